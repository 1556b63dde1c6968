/* SPDX-License-Identifier: Apache-2.0 */
#include "variables.h"

#include <string.h>

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
    if (found->container.count > MOTE_MAX_NAME || found->name.count > MOTE_MAX_NAME) continue;
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

/* Tensors of one graph that stand for one variable, a bit each. */
typedef struct {
  uint8_t bits[MOTE_MAX_TENSORS / 8];
} tensor_set;

/* The handles whose home is this one, `first_of_name` if it is the first of its name: without a container the first of
 * a name is meant, with one the first of both. */
static void collect(mote_graph *graph, const handle *home, bool first_of_name, tensor_set *set) {
  handle made;
  int at = 0;
  memset(set, 0, sizeof *set);
  for (int n = 0; n < MOTE_MAX_VARIABLES && find_handle(graph, &at, &made); n++, at++) {
    bool meant = made.container.pos ? same_text(&graph->file, made.container, home->container) : first_of_name;
    if (!meant || !same_text(&graph->file, made.name, home->name)) continue;
    if (made.output >= 0 && made.output < MOTE_MAX_TENSORS)
      set->bits[made.output / 8] |= (uint8_t)(1 << made.output % 8);
  }
}

/* The tensor that is first assigned to a tensor of the set; -1: none. */
static int32_t first_assigned(mote_graph *graph, const tensor_set *set) {
  fb_file *file = &graph->file;
  for (uint32_t i = 0; i < graph->operators.count && !file->bad; i++) {
    uint32_t table = fb_table_at(file, graph->operators, i);
    if (mote_graph_code(graph, table) != TFL_OP_ASSIGN_VARIABLE) continue;
    fb_vector inputs = fb_get_vector(file, table, TFL_OP_INPUTS, 4);
    int32_t to = inputs.count == 2 ? fb_i32_at(file, inputs, 0) : -1;
    if (to < 0 || to >= MOTE_MAX_TENSORS || !(set->bits[to / 8] >> to % 8 & 1)) continue;
    return fb_i32_at(file, inputs, 1);
  }
  return -1;
}

bool mote_variable_value(mote_graph *main, int home, mote_tensor *value) {
  handle names, name_only;
  tensor_set set;
  mote_graph graph = *main;
  int32_t have, want;
  int at = home;
  if (!find_handle(main, &at, &names) || at != home) return false;
  name_only = names;
  name_only.container.pos = 0;
  bool first_of_name = first_handle(main, &name_only) == home;
  for (uint32_t i = 0; i < MOTE_MAX_GRAPHS; i++) {
    if (i && !mote_graph_further(main, i, &graph)) return false;
    collect(&graph, &names, first_of_name, &set);
    int32_t index = first_assigned(&graph, &set);
    if (index >= 0 && mote_graph_tensor(&graph, index, value, &have, &want) == MOTE_OK) return true;
  }
  return false;
}
