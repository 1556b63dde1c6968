// SPDX-License-Identifier: Apache-2.0
// The boot ROM's floating point tables, as the RP2040 datasheet (2.8.3.2) describes them.
//
// Round to nearest even; denormal arguments and results count as zero; there are no NaNs. A function
// takes the registers (Int32Array) and leaves its result in r0, a 64-bit one in r0:r1.

const scratch = new DataView(new ArrayBuffer(8));
const MIN_FLOAT = 2 ** -126;
const MIN_DOUBLE = 2 ** -1022;
const U64 = 2n ** 64n - 1n;

const flush = (value, least) => (Math.abs(value) < least ? value * 0 : value);

function getFloat(r, n) {
  scratch.setInt32(0, r[n], true);
  return flush(scratch.getFloat32(0, true), MIN_FLOAT);
}

function putFloat(r, value) {
  scratch.setFloat32(0, flush(Math.fround(value), MIN_FLOAT), true);
  r[0] = scratch.getInt32(0, true);
}

function getDouble(r, n) {
  scratch.setInt32(0, r[n], true);
  scratch.setInt32(4, r[n + 1], true);
  return flush(scratch.getFloat64(0, true), MIN_DOUBLE);
}

function putDouble(r, value, n = 0) {
  scratch.setFloat64(0, flush(value, MIN_DOUBLE), true);
  r[n] = scratch.getInt32(0, true);
  r[n + 1] = scratch.getInt32(4, true);
}

const single = { get: getFloat, put: putFloat, words: 1 };
const double = { get: getDouble, put: putDouble, words: 2 };

const getS64 = (r) => (BigInt(r[1]) << 32n) | BigInt(r[0] >>> 0);
const getU64 = (r) => BigInt.asUintN(64, getS64(r));

function putS64(r, value) {
  r[0] = Number(BigInt.asIntN(32, value));
  r[1] = Number(BigInt.asIntN(32, value >> 32n));
}

const clamp = (value, low, high) => (value < low ? low : value > high ? high : value);

/** Exact floor(value * 2^bits) as a BigInt, for any finite double. */
function floorScaled(value, bits) {
  if (value === 0) return 0n;
  let scaled = value;
  let shift = bits;
  while (!Number.isInteger(scaled) && shift > 0) {
    scaled *= 2;
    shift--;
  }
  const whole = BigInt(Math.floor(scaled));
  return shift >= 0 ? whole << BigInt(shift) : whole >> BigInt(-shift);
}

function toFixed(value, bits, low, high) {
  if (value === Infinity) return high;
  if (value === -Infinity || Number.isNaN(value)) return low;
  return clamp(floorScaled(value, bits), low, high);
}

/** Float of integer * 2^-bits with one rounding: BigInt to 64 significant bits with a sticky bit. */
function fromFixed(kind, integer, bits) {
  const width = kind === single ? 24 : 53;
  const magnitude = integer < 0n ? -integer : integer;
  const extra = magnitude.toString(2).length - (width + 2);
  let kept = magnitude;
  let exponent = -bits;
  if (extra > 0) {
    kept = magnitude >> BigInt(extra);
    if (kept << BigInt(extra) !== magnitude) kept |= 1n; // sticky: below the rounding bit
    exponent += extra;
  }
  const rounded = kind === single ? Math.fround(Number(kept)) : Number(kept);
  return (integer < 0n ? -rounded : rounded) * 2 ** exponent;
}

const S32 = [-(2n ** 31n), 2n ** 31n - 1n];
const U32 = [0n, 2n ** 32n - 1n];
const S64 = [-(2n ** 63n), 2n ** 63n - 1n];
const U64_RANGE = [0n, U64];

function compare(kind) {
  return (r) => {
    const a = kind.get(r, 0);
    const b = kind.get(r, kind.words);
    r[0] = a < b ? -1 : a > b ? 1 : 0;
  };
}

function toInteger(kind, range, fixed, wide) {
  return (r) => {
    const value = toFixed(kind.get(r, 0), fixed ? r[kind.words] : 0, ...range);
    if (wide) putS64(r, value);
    else r[0] = Number(BigInt.asIntN(32, value));
  };
}

function fromInteger(kind, read, fixedAt) {
  return (r) => kind.put(r, fromFixed(kind, read(r), fixedAt ? r[fixedAt] : 0));
}

const unary = (kind, f) => (r) => kind.put(r, f(kind.get(r, 0)));
const binary = (kind, f) => (r) => kind.put(r, f(kind.get(r, 0), kind.get(r, kind.words)));

/** Sine in r0, and in the next register (pair) the cosine, which sincos wants as well. */
function sine(kind) {
  return (r) => {
    const angle = kind.get(r, 0);
    if (kind === double) return putDouble(r, Math.sin(angle));
    putFloat(r, Math.cos(angle));
    r[1] = r[0];
    return putFloat(r, Math.sin(angle));
  };
}

function sineCosine(r) {
  const angle = getDouble(r, 0);
  putDouble(r, Math.sin(angle));
  putDouble(r, Math.cos(angle), 2);
}

/** The table's functions by offset; the same offsets serve both precisions. */
function tableOf(kind) {
  const s32 = (r) => BigInt(r[0]);
  const u32 = (r) => BigInt(r[0] >>> 0);
  return {
    0x00: binary(kind, (a, b) => a + b),
    0x04: binary(kind, (a, b) => a - b),
    0x08: binary(kind, (a, b) => a * b),
    0x0c: binary(kind, (a, b) => a / b),
    0x10: compare(kind),
    0x18: unary(kind, Math.sqrt),
    0x1c: toInteger(kind, S32, false, false),
    0x20: toInteger(kind, S32, true, false),
    0x24: toInteger(kind, U32, false, false),
    0x28: toInteger(kind, U32, true, false),
    0x2c: fromInteger(kind, s32, 0),
    0x30: fromInteger(kind, s32, 1),
    0x34: fromInteger(kind, u32, 0),
    0x38: fromInteger(kind, u32, 1),
    0x3c: unary(kind, Math.cos),
    0x40: sine(kind),
    0x44: unary(kind, Math.tan),
    0x48: kind === double ? sineCosine : sine(kind),
    0x4c: unary(kind, Math.exp),
    0x50: unary(kind, (x) => (x > 0 ? Math.log(x) : -Infinity)),
    0x54: compare(kind),
    0x58: binary(kind, Math.atan2),
    0x5c: fromInteger(kind, getS64, 0),
    0x60: fromInteger(kind, getS64, 2),
    0x64: fromInteger(kind, getU64, 0),
    0x68: fromInteger(kind, getU64, 2),
    0x6c: toInteger(kind, S64, false, true),
    0x70: toInteger(kind, S64, true, true),
    0x74: toInteger(kind, U64_RANGE, false, true),
    0x78: toInteger(kind, U64_RANGE, true, true),
    0x7c: kind === single ? (r) => putDouble(r, getFloat(r, 0)) : (r) => putFloat(r, getDouble(r, 0)),
  };
}

export const TABLE_BYTES = 0x80;
export const singleTable = tableOf(single);
export const doubleTable = tableOf(double);
