/* SPDX-License-Identifier: Apache-2.0 */
/* Many small models in one job. A record is four words: bytes of the .tflite file, bytes of inputs, number of runs, 0;
 * then the file and the inputs of all runs, each filled up to 16 bytes. A model is run with each of its inputs, then
 * reset and run with the first once more. Its line has the CRC-32 of the outputs of each run, or why it was refused. */
#include "support.h"

typedef struct {
  const uint8_t *file, *inputs;
  uint32_t file_bytes, runs;
} record;

static uint32_t filled(uint32_t bytes) { return (bytes + 15) & ~(uint32_t)15; }

static const uint32_t *read_record(const uint32_t *words, record *one) {
  one->file = (const uint8_t *)(words + 4);
  one->file_bytes = words[0];
  one->inputs = one->file + filled(words[0]);
  one->runs = words[2];
  return (const uint32_t *)(one->inputs + filled(words[1]));
}

/* CRC-32 as in IEEE 802.3, four bits at a time. */
static uint32_t crc32(uint32_t crc, const uint8_t *bytes, uint32_t count) {
  static const uint32_t table[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
                                     0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
                                     0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
  crc = ~crc;
  for (uint32_t i = 0; i < count; i++) {
    crc = table[(crc ^ bytes[i]) & 15] ^ crc >> 4;
    crc = table[(crc ^ bytes[i] >> 4) & 15] ^ crc >> 4;
  }
  return ~crc;
}

static uint32_t digest(const mote_model *model, const uint8_t *arena) {
  mote_tensor_info info;
  uint32_t crc = 0;
  for (int i = 0; i < mote_model_outputs(model); i++) {
    mote_model_output(model, i, &info);
    crc = crc32(crc, arena + info.offset, info.bytes);
  }
  return crc;
}

static int open_record(const record *one, mote_model **model, mote_fault *fault) {
  uint32_t bytes;
  int status = mote_model_measure(one->file, one->file_bytes, &bytes, fault);
  if (status < 0) return status;
  *model = take(bytes);
  return mote_model_open(*model, bytes, one->file, one->file_bytes, NULL, fault);
}

/* One run; *from moves on to the next one's inputs. */
static int run(mote_model *model, uint8_t *arena, const uint8_t **from, mote_fault *fault) {
  *from = write_inputs(model, arena, *from);
  int status = mote_model_run(model, arena, mote_model_arena_bytes(model), fault);
  if (status < 0) return status;
  print(" ");
  print_number(digest(model, arena));
  return status;
}

static int run_record(const record *one, mote_fault *fault) {
  mote_model *model;
  int status = open_record(one, &model, fault);
  if (status < 0) return status;
  uint32_t bytes = mote_model_arena_bytes(model);
  uint8_t *arena = take(bytes);
  const uint8_t *from = one->inputs;
  status = mote_model_reset(model, arena, bytes, fault);
  for (uint32_t i = 0; i < one->runs && status >= 0; i++) status = run(model, arena, &from, fault);
  if (status >= 0) status = mote_model_reset(model, arena, bytes, fault);
  from = one->inputs;
  return status < 0 ? status : run(model, arena, &from, fault);
}

void bench_exact(const uint32_t *records, uint32_t count) {
  record one;
  mote_fault fault;
  for (; count > 0; count--) {
    records = read_record(records, &one);
    release();
    print("model");
    if (run_record(&one, &fault) < 0) print(" "), print_fault(&fault);
    else print("\n");
  }
}
