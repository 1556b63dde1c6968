// SPDX-License-Identifier: Apache-2.0
// A stand-in for the boot ROM: the tables of the RP2040 datasheet (2.8.3), with functions in JavaScript.
//
// Every function is `bkpt #k; bx lr`; the emulator's break hook calls functions[k] with the machine.
// Nothing of the real ROM is needed or copied. The time that a call takes is an assumed round
// number, not a measured one: of the order of what such functions and a serial flash take.

import { TABLE_BYTES, doubleTable, singleTable } from './romfloat.mjs';

export const ROM_BYTES = 16384;
const VERSION = 3;
const STACK_TOP = 0x20042000;
const BKPT = 0xbe00;
const BX_LR = 0x4770;
const FUNCTIONS_AT = 0x100;
const code2 = (text) => text.charCodeAt(0) | (text.charCodeAt(1) << 8);

function reverse(value) {
  let result = 0;
  for (let bit = 0; bit < 32; bit++) result |= ((value >>> bit) & 1) << (31 - bit);
  return result;
}

function popcount(value) {
  let count = 0;
  for (let rest = value >>> 0; rest; rest = (rest & (rest - 1)) >>> 0) count++;
  return count;
}

/** rom_table_lookup(table, code): pairs of halfwords, code and pointer, ended by a zero code. */
function lookup(machine) {
  const { r } = machine;
  const wanted = r[1] & 0xffff;
  for (let at = r[0] >>> 0; at < ROM_BYTES; at += 4) {
    const entry = machine.mcu.readUint16(at);
    if (entry === wanted) return void (r[0] = machine.mcu.readUint16(at + 2));
    if (entry === 0) break;
  }
  r[0] = 0;
}

const BITS_CYCLES = 10;
const ERASE_SECONDS = 0.045; // a sector
const PROGRAM_SECONDS = 0.0004; // a page
const wordLoop = ({ r }) => 20 + (r[2] >>> 2) * 2;
const erasing = ({ r, mcu }) => ((r[1] >>> 12) * ERASE_SECONDS * mcu.clkSys) | 0;
const programming = ({ r, mcu }) => ((r[2] >>> 8) * PROGRAM_SECONDS * mcu.clkSys) | 0;
const COSTS = { MS: wordLoop, S4: wordLoop, MC: wordLoop, C4: wordLoop, RE: erasing, RP: programming };

/** Cycles of a floating point function, by its offset: arithmetic or series. */
const floatCycles = (offset, isDouble) => {
  const series = (offset >= 0x3c && offset <= 0x50) || offset === 0x58;
  return (series ? 600 : 70) * (isDouble ? 2 : 1);
};

const functionTable = {
  P3: ({ r }) => void (r[0] = popcount(r[0])),
  R3: ({ r }) => void (r[0] = reverse(r[0])),
  L3: ({ r }) => void (r[0] = Math.clz32(r[0])),
  T3: ({ r }) => void (r[0] = r[0] ? 31 - Math.clz32(r[0] & -r[0]) : 32),
  MS: ({ r, memory }) => memory.fill(r[0] >>> 0, r[1] & 0xff, r[2] >>> 0),
  S4: ({ r, memory }) => memory.fill(r[0] >>> 0, r[1] & 0xff, r[2] >>> 0),
  MC: ({ r, memory }) => memory.copy(r[0] >>> 0, r[1] >>> 0, r[2] >>> 0),
  C4: ({ r, memory }) => memory.copy(r[0] >>> 0, r[1] >>> 0, r[2] >>> 0),
  UB: (machine) => machine.onUsbBoot(),
  IF: () => {},
  EX: () => {},
  RE: ({ r, flash }) => flash.erase(r[0] >>> 0, r[1] >>> 0),
  RP: ({ r, flash, memory }) => flash.program(r[0] >>> 0, memory.read(r[1] >>> 0, r[2] >>> 0)),
  FC: (machine) => machine.ssi.deselect(),
  CX: () => {},
};

/** Builds the ROM: {image: Uint32Array, functions: [(machine) => void]}. */
export function buildBootrom() {
  const bytes = new Uint8Array(ROM_BYTES);
  const view = new DataView(bytes.buffer);
  const functions = [];
  let next = FUNCTIONS_AT;

  /** Appends a function; returns its address with the Thumb bit. */
  function place(action, cost = () => BITS_CYCLES) {
    view.setUint16(next, BKPT | functions.length, true);
    view.setUint16(next + 2, BX_LR, true);
    functions.push((machine) => {
      machine.cpu.extraCycles += cost(machine);
      action(machine);
    });
    next += 4;
    return next - 4 + 1;
  }

  function placeFloats(table, isDouble) {
    const addresses = new Map();
    for (const [key, action] of Object.entries(table)) {
      const cycles = floatCycles(Number(key), isDouble);
      addresses.set(Number(key), place(({ r }) => action(r), () => cycles));
    }
    return addresses;
  }

  function writeFloats(addresses) {
    next += 4;
    view.setUint8(next - 2, TABLE_BYTES / 4);
    for (const [offset, address] of addresses) view.setUint32(next + offset, address, true);
    next += TABLE_BYTES;
    return next - TABLE_BYTES;
  }

  function writeTable(pairs) {
    const start = next;
    for (const [name, address] of pairs) {
      view.setUint16(next, code2(name), true);
      view.setUint16(next + 2, address, true);
      next += 4;
    }
    next += 4;
    return start;
  }

  const lookupAt = place(lookup);
  const entries = Object.entries(functionTable).map(([name, action]) => [name, place(action, COSTS[name])]);
  const singles = placeFloats(singleTable, false);
  const doubles = placeFloats(doubleTable, true);
  const data = [
    ['SF', writeFloats(singles)],
    ['SD', writeFloats(doubles)],
    ['FS', FUNCTIONS_AT],
    ['FE', next],
    ['GR', next],
    ['CR', next],
  ];
  next += 4;
  view.setUint32(0, STACK_TOP, true);
  bytes.set([0x4d, 0x75, 0x01, VERSION], 0x10);
  view.setUint16(0x14, writeTable(entries), true);
  view.setUint16(0x16, writeTable(data), true);
  view.setUint16(0x18, lookupAt, true);
  return { image: new Uint32Array(bytes.buffer), functions };
}
