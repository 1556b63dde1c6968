/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/one_pole.h"

#include "frontend/exact.h"

#define TURN 0x91091822daef5ce3ull /* 2 pi / ln 2 / 16 * 2^64 */

int mote_cutoff_measure(const mote_params *params, const mote_flow *flow) {
  int32_t range[1][2] = {{1, (int32_t)(500 * flow->rate) - 1}};
  return mote_stage_ranges(params, 1, (const int32_t(*)[2])range);
}

/* 2^-z with z = 2 pi cutoff / (rate ln 2) < 4.6, 48 fraction bits. */
uint32_t mote_alpha(int32_t cutoff, uint32_t rate) {
  const uint64_t one = 1ull << MOTE_LOG_BITS;
  uint64_t z = mote_high_product(mote_ratio((uint32_t)cutoff, 1000ull * rate, 62), TURN) >> (58 - MOTE_LOG_BITS);
  uint64_t whole = z >> MOTE_LOG_BITS, rest = z & (one - 1);
  uint64_t kept = rest ? mote_exp2(one - rest) >> (whole + 1) : 1ull << (MOTE_EXP_BITS - whole);
  return (uint32_t)mote_round((1ull << MOTE_EXP_BITS) - kept, MOTE_EXP_BITS - 32);
}
