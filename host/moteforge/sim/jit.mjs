// SPDX-License-Identifier: Apache-2.0
// Which code is hot, what is translated, and when a translation is no longer true.
//
// Flash changes only by Flash.erase, program and load, which report it. SRAM is watched in pieces of
// 64 bytes: a store into a piece with translated code throws the translations of that piece away.

import { DECODER } from './decode.mjs';
import { translate } from './translate.mjs';

// Arrivals at an address before it is translated. What V8 spends on optimizing a region (some 10 ms) has to
// come back; below this, short scripts took longer than without any translation.
const HOT = 8000;
const COMPILED = 0xffff;
const NEVER = 0xfffe;
const SRAM = 0x20000000;
const SRAM_BYTES = 264 * 1024;
const FLASH = 0x10000000;
export const CODE_SHIFT = 6;
const MAX_CHANGES = 20; // after so many, a piece of SRAM counts as data

export class Jit {
  constructor(cpu) {
    const { mcu, sram16, sram32, flash16, flash32 } = cpu;
    this.cpu = cpu; // of the present Machine
    this.flashBytes = cpu.flashBytes;
    this.arrivals = new Uint16Array((this.flashBytes + SRAM_BYTES) / 2);
    this.hot = HOT;
    this.regions = new Set();
    this.runs = new Array(this.arrivals.length); // by index: a region's function
    this.blocks = new Uint16Array(this.arrivals.length); // and the number of the block in it
    this.code = new Uint8Array(SRAM_BYTES >>> CODE_SHIFT);
    this.changes = new Uint8Array(SRAM_BYTES >>> CODE_SHIFT);
    this.state = new Int32Array(8); // n, z, c, v, cycles, instructions, slow
    this.sram32 = sram32;
    this.sram16 = sram16;
    this.flash32 = flash32;
    this.flash16 = flash16;
    this.flashFrom = Infinity;
    this.flashTo = 0;
    this.memory = {
      r: cpu.r, st: this.state, code: this.code, link: this,
      s32: sram32, s16: sram16, s8: mcu.sram, f32: flash32, f16: flash16, f8: mcu.flash,
    };
  }

  /** Index of an address in the tables, or -1. */
  index(pc) {
    const sram = (pc - SRAM) >>> 0;
    if (sram < SRAM_BYTES) return (this.flashBytes + sram) >>> 1;
    const flash = (pc - FLASH) >>> 0;
    return flash < this.flashBytes ? flash >>> 1 : -1;
  }

  /** Notes an arrival; whether there is a translation now. */
  arrive(index, pc) {
    const seen = this.arrivals[index];
    if (seen >= NEVER) return seen === COMPILED;
    this.arrivals[index] = seen + 1;
    return seen + 1 >= this.hot && this.compile(pc);
  }

  halfword(pc) {
    const sram = (pc - SRAM) >>> 0;
    if (sram < SRAM_BYTES) return this.sram16[sram >>> 1];
    const flash = (pc - FLASH) >>> 0;
    return flash < this.flashBytes ? this.flash16[flash >>> 1] : undefined;
  }

  /** A literal: from flash a constant; in SRAM read each time, as data may follow code there. */
  literal(address) {
    const sram = (address - SRAM) >>> 0;
    return sram < SRAM_BYTES ? `s32[${sram >>> 2}]` : `${this.flash32[(address - FLASH) >>> 2]}`;
  }

  compile(pc) {
    const region = translate(this, DECODER, pc, this.memory);
    const own = this.index(pc);
    this.arrivals[own] = NEVER;
    if (!this.watch(region)) return false;
    this.regions.add(region);
    for (const [block, entry] of region.entries) {
      const at = this.index(entry);
      if (this.arrivals[at] === COMPILED) continue;
      this.arrivals[at] = COMPILED;
      this.runs[at] = region.run;
      this.blocks[at] = block;
    }
    return this.arrivals[own] === COMPILED;
  }

  /** Runs translated code from index on until it ends; returns the PC. State is in this.state. */
  run(index, limit) {
    const { state, runs, blocks } = this;
    for (let at = index; ; ) {
      const pc = runs[at](blocks[at], limit);
      if (state[6] !== 0 || state[4] >= limit) return pc;
      at = this.index(pc);
      if (at < 0 || !this.arrive(at, pc)) return pc;
    }
  }

  /** Starts to watch the bytes of a region; false where they change too often. */
  watch({ ranges }) {
    const pieces = ranges.filter(([from]) => from >= SRAM).map(([from, to]) => [
      (from - SRAM) >>> CODE_SHIFT,
      (to - 1 - SRAM) >>> CODE_SHIFT,
    ]);
    const isData = ([first, last]) =>
      this.changes.subarray(first, last + 1).some((count) => count >= MAX_CHANGES);
    if (pieces.some(isData)) return false;
    for (const [first, last] of pieces) this.code.fill(1, first, last + 1);
    for (const [from, to] of ranges) {
      if (from >= SRAM) continue;
      this.flashFrom = Math.min(this.flashFrom, from - FLASH);
      this.flashTo = Math.max(this.flashTo, to - FLASH);
    }
    return true;
  }

  /** SRAM changed: translations that cover any of it are dropped. */
  sramChanged(offset, count) {
    const first = offset >>> CODE_SHIFT;
    const last = (offset + count - 1) >>> CODE_SHIFT;
    let any = false;
    for (let piece = first; piece <= last && piece < this.code.length; piece++) {
      if (!this.code[piece]) continue;
      any = true;
      this.changes[piece] = Math.min(this.changes[piece] + 1, MAX_CHANGES);
    }
    if (!any) return;
    this.drop(SRAM + (first << CODE_SHIFT), SRAM + ((last + 1) << CODE_SHIFT));
    this.cpu.stop = true; // translated code that is running may be among it
  }

  flashChanged(offset, count) {
    if (offset >= this.flashTo || offset + count <= this.flashFrom) return;
    this.drop(FLASH + offset, FLASH + offset + count);
  }

  /** Forgets the regions that overlap [from, to), and rebuilds the watch on SRAM. */
  drop(from, to) {
    this.code.fill(0);
    for (const region of this.regions) {
      if (region.ranges.some(([start, end]) => start < to && end > from)) this.forget(region);
      else this.watch(region);
    }
  }

  forget(region) {
    this.regions.delete(region);
    for (const [, entry] of region.entries) {
      const at = this.index(entry);
      if (this.runs[at] !== region.run) continue;
      this.runs[at] = undefined;
      this.arrivals[at] = 0;
    }
  }
}
