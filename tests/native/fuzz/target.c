/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of libFuzzer. The input is the file; its last eight bytes are the trial's seed too. */
#include <string.h>

#include "../trial.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  uint64_t seed = 0;
  if (size >= sizeof seed) memcpy(&seed, bytes + size - sizeof seed, sizeof seed);
  trial(bytes, size, seed);
  return 0;
}
