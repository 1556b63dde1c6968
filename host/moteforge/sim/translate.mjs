// SPDX-License-Identifier: Apache-2.0
// Translates a piece of a function ("region") into one JavaScript function.
//
// A region is what is reached from an address by branches, calls and coming back from calls, up to
// MAX_INSTRUCTIONS. Every block start in it is an entry. Indirect jumps out of it and whatever the
// interpreter has to do leave it.

import { CONDITIONS, emit, extraCycles } from './emit.mjs';
import { ALL, reads, replaces } from './flags.mjs';

const MAX_INSTRUCTIONS = 80; // larger regions run little faster and cost V8 much more to optimize
const MAX_DISTANCE = 2048; // bytes from the first instruction
const B = 68;
const WIDE = 70;
const CPS = 59;
const PRIMASK = 16;

/** Decoded instruction at pc: {pc, op, number, size, ...} with its ways on. */
function decode(image, decoder, pc) {
  const op = image.halfword(pc);
  const number = op === undefined ? 0 : decoder[op];
  const instruction = { pc, op, number, size: 2, jump: null, falls: true, entry: null };
  if (number >= 80) instruction.jump = (pc + 4 + ((op << 24) >> 23)) | 0;
  else if (number === B) {
    instruction.jump = (pc + 4 + ((op << 21) >> 20)) | 0;
    instruction.falls = false;
  } else if (number === WIDE) decodeWide(image, instruction);
  else if ([31, 32].includes(number) || isPcWrite(number, op)) {
    instruction.falls = false;
    if (number === 32) instruction.entry = pc + 2;
  } else if (number === 0 || [64, 65, 69].includes(number)) {
    instruction.falls = false;
    instruction.entry = pc + 2;
    instruction.leave = true;
  }
  return instruction;
}

const isPcWrite = (number, op) =>
  (number === 63 && (op & 0x100) !== 0) || ((number === 28 || number === 30) && (op & 0x87) === 0x87);

function decodeWide(image, instruction) {
  const { op, pc } = instruction;
  const second = image.halfword(pc + 2) ?? 0;
  instruction.size = 4;
  if (op === 0xf3bf && (second & 0xffc0) === 0x8f40) return void (instruction.text = '');
  if ((second & 0xff) === PRIMASK && op === 0xf3ef && second >>> 12 === 8) {
    return void (instruction.text = `r${(second >>> 8) & 15}=cpu.core.PM?1:0;`);
  }
  if ((second & 0xff) === PRIMASK && op >>> 4 === 0xf38 && second >>> 8 === 0x88) {
    return void (instruction.mask = `(r${op & 15}&1)!==0`);
  }
  instruction.falls = false;
  instruction.entry = pc + 4;
  if ((second & 0xd000) !== 0xd000) return void (instruction.leave = true);
  const sign = (op << 21) >> 31;
  const high = ((second >>> 13) ^ sign ^ 1) & 1;
  const low = ((second >>> 11) ^ sign ^ 1) & 1;
  const distance =
    (sign << 24) | (high << 23) | (low << 22) | ((op & 0x3ff) << 12) | ((second & 0x7ff) << 1);
  instruction.call = (pc + 4 + distance) | 0;
  return undefined;
}

/** All instructions of the region by address, and the addresses where blocks start. */
function explore(image, decoder, start) {
  const found = new Map();
  const leaders = new Set([start]);
  const work = [start];
  const near = (pc) => Math.abs(pc - start) < MAX_DISTANCE;
  while (work.length && found.size < MAX_INSTRUCTIONS) {
    let pc = work.shift();
    while (!found.has(pc) && found.size < MAX_INSTRUCTIONS) {
      const instruction = decode(image, decoder, pc);
      found.set(pc, instruction);
      for (const next of [instruction.jump, instruction.entry, instruction.call ?? null]) {
        if (next === null || (next !== instruction.call && !near(next))) continue;
        leaders.add(next);
        work.push(next);
      }
      if (instruction.jump !== null) leaders.add(pc + instruction.size);
      if (!instruction.falls) break;
      pc += instruction.size;
    }
  }
  return { found, leaders: [...leaders].filter((pc) => found.has(pc)).sort((a, b) => a - b) };
}

/** Cuts the region into blocks: {start, instructions, next: address after the last or null}. */
function cut({ found, leaders }) {
  const starts = new Set(leaders);
  return leaders.map((start) => {
    const instructions = [];
    let pc = start;
    for (;;) {
      const instruction = found.get(pc);
      if (!instruction) break;
      instructions.push(instruction);
      pc += instruction.size;
      if (!instruction.falls || instruction.jump !== null || starts.has(pc)) break;
    }
    const last = instructions.at(-1);
    return { start, instructions, next: last.falls ? pc : null, liveIn: ALL };
  });
}

/** Flags wanted after each instruction, by iteration over the blocks until nothing changes. */
function findLiveFlags(blocks) {
  const byStart = new Map(blocks.map((block) => [block.start, block]));
  const into = (pc) => byStart.get(pc)?.liveIn ?? ALL;
  for (const block of blocks) block.liveIn = 0;
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of [...blocks].reverse()) {
      const last = block.instructions.at(-1);
      let live = block.next === null ? 0 : into(block.next);
      if (last.jump !== null) live |= into(last.jump);
      if (!last.falls && last.jump === null) live = ALL;
      for (const instruction of [...block.instructions].reverse()) {
        instruction.live = live;
        live = (live & ~replaces(instruction.number)) | reads(instruction.number);
      }
      if (live !== block.liveIn) changed = true;
      block.liveIn = live;
    }
  }
}

const isCall = ({ call, number }) => call !== undefined || number === 32;

class Writer {
  constructor(image, blocks) {
    this.image = image;
    this.blocks = blocks;
    this.numbers = new Map(blocks.map((block, index) => [block.start, index]));
    const calls = blocks.map((block) => block.instructions.at(-1)).filter(isCall);
    this.returns = calls.map(({ entry }) => entry).filter((pc) => this.numbers.has(pc));
    this.lines = [];
  }

  /** Goes on at an address: in this region, or outside of it. */
  goTo(pc, from) {
    const number = this.numbers.get(pc);
    if (number === undefined) return `pc=${pc};break OUT;`;
    if (number === from) return `continue B${from};`;
    return number === from + 1 ? `break B${from};` : `s=${number};continue OUT;`;
  }

  /** Goes on at the address in pc, which may be a return into this region. */
  goToRegister() {
    const cases = this.returns.map((pc) => `case ${pc}:s=${this.numbers.get(pc)};continue OUT;`);
    return cases.length ? `switch(pc){${cases.join('')}}break OUT;` : 'break OUT;';
  }

  account(cycles, count) {
    return `cyc+=${cycles};cnt+=${count};`;
  }

  block(block, index) {
    let cycles = 0;
    let count = 0;
    this.lines.push(`case ${index}:B${index}:for(;;){if(cyc>=lim){pc=${block.start};break OUT;}`);
    for (const instruction of block.instructions) {
      const { number, op, pc } = instruction;
      const slow = `${this.account(cycles, count)}pc=${pc};slow=1;break OUT;`;
      const after = cycles + 1 + extraCycles(number, op);
      const x = {
        ...instruction,
        slow,
        stopped: `${this.account(after, count + 1)}pc=${pc + instruction.size};slow=1;break OUT;`,
        now: `cyc+${cycles + 1}`,
        literal: (address) => this.image.literal(address),
      };
      if (number >= 80) return this.conditional(instruction, block, index, cycles + 1, count + 1);
      if (number === B || instruction.call !== undefined) {
        return this.jump(instruction, index, cycles + (number === B ? 2 : 3), count + 1);
      }
      const text = instruction.leave ? null : (this.special(x) ?? emit(x, op));
      if (text === null) return void this.lines.push(`${slow}}`);
      this.lines.push(text);
      cycles = after;
      count += 1;
      if (!instruction.falls) {
        return void this.lines.push(`${this.account(cycles, count)}${this.goToRegister()}}`);
      }
    }
    return void this.lines.push(`${this.account(cycles, count)}${this.goTo(block.next, index)}}`);
  }

  /** Barriers and PRIMASK; undefined for everything else. */
  special({ text, mask, stopped }) {
    return mask ? `cpu.core.PM=${mask};cpu.unmasked();if(cpu.stop){${stopped}}` : text;
  }

  conditional(instruction, block, index, cycles, count) {
    const taken = `${this.account(cycles + 1, count)}${this.goTo(instruction.jump, index)}`;
    const other = `${this.account(cycles, count)}${this.goTo(block.next, index)}`;
    this.lines.push(`if(${CONDITIONS[instruction.number - 80]}){${taken}}else{${other}}}`);
  }

  jump(instruction, index, cycles, count) {
    const { call } = instruction;
    const link = call === undefined ? '' : `r14=${(instruction.pc + 4) | 1};`;
    const target = call ?? instruction.jump;
    this.lines.push(`${link}${this.account(cycles, count)}${this.goTo(target, index)}}`);
  }
}

const REGISTERS = Array.from({ length: 15 }, (_, i) => i);

/** The whole function's text. Registers that the region does not name are left alone. */
function assemble(body) {
  const named = REGISTERS.filter((i) => new RegExp(`\\br${i}\\b`).test(body));
  const written = named.filter((i) => new RegExp(`\\br${i}=[^=]`).test(body));
  const reading = named.map((i) => `,r${i}=r[${i}]`).join('');
  const writing = written.map((i) => `r[${i}]=r${i};`).join('');
  return `"use strict";return function region(s,lim){
const cpu=link.cpu;let n=st[0],z=st[1],c=st[2],v=st[3],cyc=st[4],cnt=0,slow=0,pc=0,a=0,b=0,t=0,x=0${reading};
OUT:for(;;){switch(s){${body}}
throw new Error("no such block");}
${writing}st[0]=n;st[1]=z;st[2]=c;st[3]=v;st[4]=cyc;st[5]+=cnt;st[6]=slow;return pc;}`;
}

/**
 * Translates the region at start. image: {halfword(pc), literal(address)}; memory: the arrays by name.
 * Returns {run(block, cycle limit), entries: [block, address] pairs, ranges: [from, to) pairs}.
 */
export function translate(image, decoder, start, memory) {
  const blocks = cut(explore(image, decoder, start));
  findLiveFlags(blocks);
  const writer = new Writer(image, blocks);
  blocks.forEach((block, index) => writer.block(block, index));
  const names = Object.keys(memory);
  const make = new Function(...names, assemble(writer.lines.join('\n')));
  return {
    run: make(...names.map((name) => memory[name])),
    entries: blocks.flatMap(({ start, instructions }, number) =>
      instructions[0].leave ? [] : [[number, start]],
    ),
    ranges: blocks.map(({ start, instructions }) => {
      const { pc, size } = instructions.at(-1);
      return [start, pc + size];
    }),
  };
}
