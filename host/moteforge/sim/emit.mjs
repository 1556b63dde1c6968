// SPDX-License-Identifier: Apache-2.0
// One instruction as JavaScript text, for translate.mjs. Registers are locals r0 to r14; flags as in
// execute.mjs; s32, s16, s8 and f32, f16, f8 are SRAM and flash. Only flags in `live` are computed.
//
// A load or store outside of plain memory is a bus access of cpu.mjs; x.stopped() leaves the region after
// it where it ended the batch. Other things that the interpreter has to do leave before the instruction:
// that is what `x.slow` says.

import { C, N, V, Z } from './flags.mjs';

const SRAM = 0x20000000;
const SRAM_BYTES = 264 * 1024;
const CODE_SHIFT = 6; // of jit.mjs: SRAM is watched for changed code in pieces of 64 bytes

const low = (op, shift) => `r${(op >>> shift) & 7}`;
const high = (op) => (op & 7) | ((op >>> 4) & 8);
const any = (op) => (op >>> 3) & 15;

function nz(live, value) {
  const names = [live & N ? 'n=' : '', live & Z ? 'z=' : ''].join('');
  return names ? `${names}${value};` : '';
}

function add(x, target, left, right) {
  const { live } = x;
  const carry = live & C ? 'c=x>>>0<a>>>0?1:0;' : '';
  const overflow = live & V ? 'v=((a^x)&(b^x))>>>31;' : '';
  return `a=${left};b=${right};x=(a+b)|0;${carry}${overflow}${nz(live, 'x')}${target ? `${target}=x;` : ''}`;
}

function subtract(x, target, left, right) {
  const { live } = x;
  const carry = live & C ? 'c=a>>>0>=b>>>0?1:0;' : '';
  const overflow = live & V ? 'v=((a^b)&(a^x))>>>31;' : '';
  return `a=${left};b=${right};x=(a-b)|0;${carry}${overflow}${nz(live, 'x')}${target ? `${target}=x;` : ''}`;
}

function withCarry(x, target, left, right) {
  const { live } = x;
  const overflow = live & V ? 'v=((a^x)&(b^x))>>>31;' : '';
  const carry = live & C ? 'c=((a&b)|((a|b)&~x))>>>31;' : '';
  return `a=${left};b=${right};x=(a+b+c)|0;${overflow}${carry}${nz(live, 'x')}${target}=x;`;
}

const logic = (x, target, text) => `x=${text};${nz(x.live, 'x')}${target ? `${target}=x;` : ''}`;

function shiftImmediate(x, op, kind) {
  const amount = (op >>> 6) & 31;
  const source = low(op, 3);
  const carryBit = { left: 32 - amount, right: amount ? amount - 1 : 31 }[kind === '<<' ? 'left' : 'right'];
  let value = `(${source}${kind}${amount})|0`;
  if (!amount) value = kind === '<<' ? source : kind === '>>>' ? '0' : `${source}>>31`;
  const keepsCarry = kind === '<<' && !amount;
  const carry = x.live & C && !keepsCarry ? `c=(${source}>>>${carryBit})&1;` : '';
  return `${carry}x=${value};${nz(x.live, 'x')}${low(op, 0)}=x;`;
}

const SHIFTS = {
  14: 'if(a>32)c=x=0;else if(a===32){c=x&1;x=0;}else if(a){c=(x>>>(32-a))&1;x<<=a;}',
  15: 'if(a>32)c=x=0;else if(a===32){c=x>>>31;x=0;}else if(a){c=(x>>>(a-1))&1;x=(x>>>a)|0;}',
  16: 'if(a>=32){c=x>>>31;x>>=31;}else if(a){c=(x>>>(a-1))&1;x>>=a;}',
  19: 'if(a){a&=31;if(a)x=(x>>>a)|(x<<(32-a));c=x>>>31;}',
};

function shiftRegister(x, op) {
  const text = `x=${low(op, 0)};a=${low(op, 3)}&255;${SHIFTS[x.number]}`;
  return `${text}${nz(x.live, 'x')}${low(op, 0)}=x;`;
}

const UNITS = { 4: ['32', '&3', '>>>2'], 2: ['16', '&1', '>>>1'], 1: ['8', '', ''] };

function load(x, target, address, unit, sign = 0) {
  const [bits, unaligned, index] = UNITS[unit];
  const aligned = unaligned ? `&&!(a${unaligned})` : '';
  const finish = `${sign ? `x=(x<<${sign})>>${sign};` : ''}${target}=x;`;
  return (
    `a=(${address})|0;t=(a-${SRAM})>>>0;if(t<${SRAM_BYTES}${aligned})x=s${bits}[t${index}];` +
    `else if(a>>>26===4${aligned})x=f${bits}[(a&16777215)${index}];` +
    `else{x=cpu.busRead(a,${unit},${x.now},${x.pc});if(cpu.stop){${finish}${x.stopped}}}${finish}`
  );
}

function store(x, value, address, unit) {
  const [bits, unaligned, index] = UNITS[unit];
  const aligned = unaligned ? `&&!(a${unaligned})` : '';
  return (
    `a=(${address})|0;t=(a-${SRAM})>>>0;if(t<${SRAM_BYTES}${aligned}&&!code[t>>>${CODE_SHIFT}])` +
    `s${bits}[t${index}]=${value};` +
    `else{cpu.store${bits}(a,${value},${x.now},${x.pc});if(cpu.stop){${x.stopped}}}`
  );
}

const listed = (op, count) => Array.from({ length: count }, (_, i) => i).filter((i) => op & (1 << i));

/** The words of a register list lie in SRAM; for stores, none in watched code. */
function listCheck(x, words, isStore) {
  const last = 4 * (words - 1);
  const code = isStore ? `||code[t>>>${CODE_SHIFT}]||code[(t+${last})>>>${CODE_SHIFT}]` : '';
  return `t=(a-${SRAM})>>>0;if(t>${SRAM_BYTES - 4 * words}||a&3${code}){${x.slow}}t>>>=2;`;
}

function push(x, op) {
  const registers = listed(op, 8).concat(op & 0x100 ? [14] : []);
  const stores = registers.map((register, i) => `s32[t+${i}]=r${register};`).join('');
  return `a=(r13-${4 * registers.length})|0;${listCheck(x, registers.length, true)}${stores}r13=a;`;
}

function pop(x, op) {
  const registers = listed(op, 8);
  const words = registers.length + (op & 0x100 ? 1 : 0);
  const loads = registers.map((register, i) => `r${register}=s32[t+${i}];`).join('');
  const target = op & 0x100 ? `x=s32[t+${words - 1}];if(x>>>28===15||!(x&1)){${x.slow}}` : '';
  const next = `r13=(a+${4 * words})|0;`;
  return `a=r13;${listCheck(x, words, false)}${target}${loads}${next}${op & 0x100 ? 'pc=x&-2;' : ''}`;
}

function storeMultiple(x, op) {
  const registers = listed(op, 8);
  const base = low(op, 8);
  const stores = registers.map((register, i) => `s32[t+${i}]=r${register};`).join('');
  return `a=${base};${listCheck(x, registers.length, true)}${stores}${base}=(a+${4 * registers.length})|0;`;
}

function loadMultiple(x, op) {
  const registers = listed(op, 8);
  const base = (op >>> 8) & 7;
  const loads = registers.map((register, i) => `r${register}=s32[t+${i}];`).join('');
  const update = registers.includes(base) ? '' : `r${base}=(a+${4 * registers.length})|0;`;
  return `a=r${base};${listCheck(x, registers.length, false)}${loads}${update}`;
}

const readAny = (x, number) => (number === 15 ? `${(x.pc + 4) | 0}` : `r${number}`);

function addHigh(x, op) {
  const target = high(op);
  if (target === 15) return null;
  const sum = `(r${target}+${readAny(x, any(op))})`;
  return target === 13 ? `r13=${sum}&-4;` : `r${target}=${sum}|0;`;
}

function moveHigh(x, op) {
  const target = high(op);
  const value = readAny(x, any(op));
  if (target === 15) return `pc=${value}&-2;`;
  return target === 13 ? `r13=${value}&-4;` : `r${target}=${value};`;
}

const branchRegister = (x, op) => {
  const value = any(op) === 15 ? null : `r${any(op)}`;
  if (!value) return null;
  const link = x.number === 32 ? `r14=${(x.pc + 2) | 1};` : '';
  return `x=${value};if(x>>>28===15||!(x&1)){${x.slow}}${link}pc=x&-2;`;
};

const indexed = (op) => `${low(op, 3)}+${low(op, 6)}`;
const offset = (op, scale) => `${low(op, 3)}+${((op >>> 6) & 31) * scale}`;
const byte = (op) => op & 0xff;

const EMITTERS = {
  1: (x, op) => shiftImmediate(x, op, '<<'),
  2: (x, op) => shiftImmediate(x, op, '>>>'),
  3: (x, op) => shiftImmediate(x, op, '>>'),
  4: (x, op) => add(x, low(op, 0), low(op, 3), low(op, 6)),
  5: (x, op) => subtract(x, low(op, 0), low(op, 3), low(op, 6)),
  6: (x, op) => add(x, low(op, 0), low(op, 3), (op >>> 6) & 7),
  7: (x, op) => subtract(x, low(op, 0), low(op, 3), (op >>> 6) & 7),
  8: (x, op) => `${nz(x.live, byte(op))}${low(op, 8)}=${byte(op)};`,
  9: (x, op) => subtract(x, '', low(op, 8), byte(op)),
  10: (x, op) => add(x, low(op, 8), low(op, 8), byte(op)),
  11: (x, op) => subtract(x, low(op, 8), low(op, 8), byte(op)),
  12: (x, op) => logic(x, low(op, 0), `${low(op, 0)}&${low(op, 3)}`),
  13: (x, op) => logic(x, low(op, 0), `${low(op, 0)}^${low(op, 3)}`),
  14: shiftRegister,
  15: shiftRegister,
  16: shiftRegister,
  17: (x, op) => withCarry(x, low(op, 0), low(op, 0), low(op, 3)),
  18: (x, op) => withCarry(x, low(op, 0), low(op, 0), `~${low(op, 3)}`),
  19: shiftRegister,
  20: (x, op) => logic(x, '', `${low(op, 0)}&${low(op, 3)}`),
  21: (x, op) => subtract(x, low(op, 0), '0', low(op, 3)),
  22: (x, op) => subtract(x, '', low(op, 0), low(op, 3)),
  23: (x, op) => add(x, '', low(op, 0), low(op, 3)),
  24: (x, op) => logic(x, low(op, 0), `${low(op, 0)}|${low(op, 3)}`),
  25: (x, op) => logic(x, low(op, 0), `Math.imul(${low(op, 0)},${low(op, 3)})`),
  26: (x, op) => logic(x, low(op, 0), `${low(op, 0)}&~${low(op, 3)}`),
  27: (x, op) => logic(x, low(op, 0), `~${low(op, 3)}`),
  28: addHigh,
  29: (x, op) => subtract(x, '', readAny(x, high(op)), readAny(x, any(op))),
  30: moveHigh,
  31: branchRegister,
  32: branchRegister,
  33: (x, op) => `${low(op, 8)}=${x.literal(((x.pc + 4) & ~3) + 4 * byte(op))};`,
  34: (x, op) => store(x, low(op, 0), indexed(op), 4),
  35: (x, op) => store(x, low(op, 0), indexed(op), 2),
  36: (x, op) => store(x, low(op, 0), indexed(op), 1),
  37: (x, op) => load(x, low(op, 0), indexed(op), 1, 24),
  38: (x, op) => load(x, low(op, 0), indexed(op), 4),
  39: (x, op) => load(x, low(op, 0), indexed(op), 2),
  40: (x, op) => load(x, low(op, 0), indexed(op), 1),
  41: (x, op) => load(x, low(op, 0), indexed(op), 2, 16),
  42: (x, op) => store(x, low(op, 0), offset(op, 4), 4),
  43: (x, op) => load(x, low(op, 0), offset(op, 4), 4),
  44: (x, op) => store(x, low(op, 0), offset(op, 1), 1),
  45: (x, op) => load(x, low(op, 0), offset(op, 1), 1),
  46: (x, op) => store(x, low(op, 0), offset(op, 2), 2),
  47: (x, op) => load(x, low(op, 0), offset(op, 2), 2),
  48: (x, op) => store(x, low(op, 8), `r13+${4 * byte(op)}`, 4),
  49: (x, op) => load(x, low(op, 8), `r13+${4 * byte(op)}`, 4),
  50: (x, op) => `${low(op, 8)}=${(((x.pc + 4) & ~3) + 4 * byte(op)) | 0};`,
  51: (x, op) => `${low(op, 8)}=(r13+${4 * byte(op)})|0;`,
  52: (x, op) => `r13=(r13+${4 * (op & 0x7f)})|0;`,
  53: (x, op) => `r13=(r13-${4 * (op & 0x7f)})|0;`,
  54: (x, op) => `${low(op, 0)}=(${low(op, 3)}<<16)>>16;`,
  55: (x, op) => `${low(op, 0)}=(${low(op, 3)}<<24)>>24;`,
  56: (x, op) => `${low(op, 0)}=${low(op, 3)}&65535;`,
  57: (x, op) => `${low(op, 0)}=${low(op, 3)}&255;`,
  58: push,
  60: (x, op) =>
    `x=${low(op, 3)};${low(op, 0)}=(x<<24)|((x&65280)<<8)|((x>>>8)&65280)|(x>>>24);`,
  61: (x, op) => `x=${low(op, 3)};${low(op, 0)}=((x<<8)&-16711936)|((x>>>8)&16711935);`,
  62: (x, op) => `x=${low(op, 3)};${low(op, 0)}=((x<<24)>>16)|((x>>>8)&255);`,
  63: pop,
  66: storeMultiple,
  67: loadMultiple,
};

/** JavaScript for one instruction, or null where the interpreter has to do it. */
export function emit(x, op) {
  const emitter = EMITTERS[x.number];
  return emitter ? emitter(x, op) : null;
}

/** The condition of BEQ (80) to BLE (93) as an expression. */
export const CONDITIONS = [
  'z===0', 'z!==0', 'c!==0', 'c===0', 'n<0', 'n>=0', 'v!==0', 'v===0',
  'c!==0&&z!==0', 'c===0||z===0', 'n>>>31===v', 'n>>>31!==v',
  'z!==0&&n>>>31===v', 'z===0||n>>>31!==v',
];

/** Cycles beyond the first, as in execute.mjs; branches count their own. */
export function extraCycles(number, op) {
  if (number >= 33 && number <= 49) return 1;
  if (number === 58) return listed(op, 9).length;
  if (number === 63) return listed(op, 9).length + (op & 0x100 ? 1 : 0);
  if (number === 66 || number === 67) return listed(op, 8).length;
  if (number === 31 || number === 32) return 1;
  if (number === 70) return 2;
  if (number === 30 && high(op) === 15) return 1;
  return 0;
}
