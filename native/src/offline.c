/* SPDX-License-Identifier: Apache-2.0 */
#include "offline.h"

#include "tflite.h"

static bool named(fb_file *file, uint32_t metadata) {
  static const char name[] = "OfflineMemoryAllocation";
  fb_vector text = fb_get_vector(file, metadata, TFL_METADATA_NAME, 1);
  if (text.count != sizeof name - 1) return false;
  for (uint32_t i = 0; i < text.count; i++) {
    if (file->base[text.pos + i] != (uint8_t)name[i]) return false;
  }
  return true;
}

/* The metadata's words: format version, subgraph, number of offsets, then one offset a tensor, -1 for "plan it". */
static fb_vector find_words(mote_graph *graph) {
  fb_file *file = &graph->file;
  uint32_t model = fb_root(file, "TFL3");
  fb_vector entries = fb_get_vector(file, model, TFL_MODEL_METADATA, 4);
  for (uint32_t i = 0; i < entries.count && !file->bad; i++) {
    uint32_t entry = fb_table_at(file, entries, i);
    if (!named(file, entry)) continue;
    uint32_t index = (uint32_t)fb_get_i32(file, entry, TFL_METADATA_BUFFER, 0);
    fb_vector words = fb_get_vector(file, fb_table_at(file, graph->buffers, index), TFL_BUFFER_DATA, 1);
    words.count /= 4;
    return words;
  }
  return (fb_vector){0, 0};
}

bool mote_offline_read(mote_graph *graph, uint32_t *offsets, uint32_t count, mote_fault *fault) {
  fb_file *file = &graph->file;
  fb_vector words = find_words(graph);
  if (file->bad) {
    *fault = (mote_fault){MOTE_ERR_TRUNCATED, -1, -1, -1, (int32_t)file->size, -1};
    return false;
  }
  if (words.count < 3 || fb_i32_at(file, words, 1) != 0) return true; /* none, or for another subgraph */
  uint32_t given = (uint32_t)fb_i32_at(file, words, 2);
  *fault = (mote_fault){MOTE_ERR_PLAN, -1, -1, -1, (int32_t)given, (int32_t)count};
  if (given > count || given > words.count - 3) return false;
  for (uint32_t i = 0; i < given; i++) {
    int32_t offset = fb_i32_at(file, words, 3 + i);
    if (offset == -1) continue;
    *fault = (mote_fault){MOTE_ERR_PLAN, -1, -1, (int16_t)i, offset, MOTE_ALIGN};
    if (offset < 0 || offset > MOTE_MAX_BYTES || offset % 4 != 0) return false;
    offsets[i] = (uint32_t)offset;
  }
  fault->status = MOTE_OK;
  return true;
}
