/* SPDX-License-Identifier: Apache-2.0 */
#include "variables.h"

#include "tflite.h"

typedef struct {
  fb_vector container, name; /* a container that is absent stands for any */
  int32_t output;
} handle;

/* The next VAR_HANDLE from operator *at on; false: none is left. *at becomes its index. */
static bool find_handle(mote_graph *graph, int *at, handle *found) {
  fb_file *file = &graph->file;
  for (; *at < (int)graph->operators.count && !file->bad; ++*at) {
    uint32_t table = fb_table_at(file, graph->operators, (uint32_t)*at);
    if (mote_graph_code(graph, table) != TFL_OP_VAR_HANDLE) continue;
    uint32_t options = fb_get_table(file, table, TFL_OP_OPTIONS);
    fb_vector outputs = fb_get_vector(file, table, TFL_OP_OUTPUTS, 4);
    found->container = fb_get_vector(file, options, TFL_VAR_HANDLE_CONTAINER, 1);
    found->name = fb_get_vector(file, options, TFL_VAR_HANDLE_NAME, 1);
    found->output = outputs.count ? fb_i32_at(file, outputs, 0) : -1;
    return !file->bad;
  }
  return false;
}

static bool same_text(const fb_file *file, fb_vector a, fb_vector b) {
  if (a.pos == b.pos) return true;
  if (a.pos == 0 || b.pos == 0 || a.count != b.count) return false;
  for (uint32_t i = 0; i < a.count; i++) {
    if (file->base[a.pos + i] != file->base[b.pos + i]) return false;
  }
  return true;
}

/* The first handle of the main graph that names what `wanted` names; -1: none. */
static int first_handle(mote_graph *main, const handle *wanted) {
  handle other;
  int at = 0;
  for (int n = 0; n < MOTE_MAX_VARIABLES && find_handle(main, &at, &other); n++, at++) {
    bool same = wanted->container.pos == 0 || same_text(&main->file, wanted->container, other.container);
    if (same && same_text(&main->file, wanted->name, other.name)) return at;
  }
  return -1;
}

int mote_variable_home(mote_graph *main, mote_graph *graph, int32_t tensor) {
  handle made;
  int at = 0;
  for (int n = 0; n < MOTE_MAX_VARIABLES && find_handle(graph, &at, &made); n++, at++) {
    if (made.output == tensor) return first_handle(main, &made);
  }
  return MOTE_NO_VARIABLE;
}

/* The first operator before `end` that assigns to a handle's tensor, and the tensor that it assigns. */
static int find_assignment(mote_graph *graph, int32_t handle_tensor, int end, int32_t *value) {
  fb_file *file = &graph->file;
  for (int i = 0; i < end && !file->bad; i++) {
    uint32_t table = fb_table_at(file, graph->operators, (uint32_t)i);
    if (mote_graph_code(graph, table) != TFL_OP_ASSIGN_VARIABLE) continue;
    fb_vector inputs = fb_get_vector(file, table, TFL_OP_INPUTS, 4);
    if (inputs.count != 2 || fb_i32_at(file, inputs, 0) != handle_tensor) continue;
    *value = fb_i32_at(file, inputs, 1);
    return i;
  }
  return end;
}

static bool first_value(mote_graph *main, mote_graph *graph, int home, mote_tensor *value) {
  handle made;
  int at = 0, end = (int)graph->operators.count;
  int32_t index = -1, have, want;
  for (int n = 0; n < MOTE_MAX_VARIABLES && find_handle(graph, &at, &made); n++, at++) {
    if (first_handle(main, &made) == home) end = find_assignment(graph, made.output, end, &index);
  }
  return index >= 0 && mote_graph_tensor(graph, index, value, &have, &want) == MOTE_OK;
}

bool mote_variable_value(mote_graph *main, int home, mote_tensor *value) {
  mote_graph graph;
  if (first_value(main, main, home, value)) return true;
  for (uint32_t i = 1; i < MOTE_MAX_GRAPHS && mote_graph_further(main, i, &graph); i++) {
    if (first_value(main, &graph, home, value)) return true;
  }
  return false;
}
