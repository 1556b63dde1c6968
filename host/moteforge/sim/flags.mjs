// SPDX-License-Identifier: Apache-2.0
// Which condition flags an operation (numbers of decode.mjs) reads and replaces, as masks.

export const N = 1;
export const Z = 2;
export const C = 4;
export const V = 8;
export const ALL = N | Z | C | V;

const NONE = [0, 0];
const BY_CONDITION = [Z, C, N, V, C | Z, N | V, N | Z | V]; // EQ/NE, CS/CC, MI/PL, VS/VC, HI/LS, GE/LT, GT/LE

function effectOf(number) {
  if (number >= 80 && number <= 93) return [BY_CONDITION[(number - 80) >> 1], 0];
  if ([4, 5, 6, 7, 9, 10, 11, 21, 22, 23, 29].includes(number)) return [0, ALL];
  if ([17, 18].includes(number)) return [C, ALL];
  if ([2, 3].includes(number)) return [0, N | Z | C];
  if ([1, 14, 15, 16, 19].includes(number)) return [C, N | Z]; // a shift by 0 leaves C as it was
  if ([8, 12, 13, 20, 24, 25, 26, 27].includes(number)) return [0, N | Z];
  return NONE;
}

const EFFECTS = Array.from({ length: 256 }, (_, number) => effectOf(number));

/** Flags that an operation reads (or may pass on unchanged). */
export const reads = (number) => EFFECTS[number][0];

/** Flags that it replaces in every case. */
export const replaces = (number) => EFFECTS[number][1];
