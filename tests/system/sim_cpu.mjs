// SPDX-License-Identifier: Apache-2.0
// Random programs on three cores: our interpreter, our translator, and rp2040js's own core.
//   node sim_cpu.mjs SIM_FOLDER RP2040JS_FOLDER PROGRAMS
// Prints {"operations", "programs", "instructions", "translated", "wrong": [...]}.

import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [simFolder, packageFolder, programs] = process.argv.slice(2);
const get = (...parts) => import(pathToFileURL(path.join(...parts)).href);
const { DECODER, OPERATIONS } = await get(simFolder, 'decode.mjs');
const { Flash } = await get(simFolder, 'flash.mjs');
const { FastCpu } = await get(simFolder, 'execute.mjs');
const { RP2040 } = await get(packageFolder, 'dist', 'esm', 'rp2040.js');
const { SimulationClock } = await get(packageFolder, 'dist', 'esm', 'clock', 'simulation-clock.js');

const CODE = 0x20000000;
const DATA = 0x20010000;
const STACK = 0x20020000;
const ROUNDS = 6;
const WFI = 0xbf30;
// Where rp2040js differs from the architecture: carry after register shifts, overflow of ADCS and SBCS.
const DIFFERENT = new Set([14, 15, 16, 17, 18, 19]);
const ALU = OPERATIONS.map(([number]) => number).filter((n) => n <= 30 || (n >= 50 && n <= 62 && n !== 59));
const MEMORY = [...Array(16).keys()].map((i) => i + 34).concat([58, 63, 66, 67]);

let seed = 12345;
function random(limit) {
  seed ^= seed << 13;
  seed ^= seed >>> 17;
  seed ^= seed << 5;
  return (seed >>> 0) % limit;
}

/** A random opcode of a random operation whose result goes to r0 to r3 and whose base is r4 to r6. */
function pick(numbers) {
  const choices = opcodes.get(numbers[random(numbers.length)]);
  return choices[random(choices.length)];
}

function allowed(number, op) {
  const low = op & 7;
  const middle = (op >>> 3) & 7;
  const upper = (op >>> 8) & 7;
  if (number >= 8 && number <= 11) return upper < 4;
  if (number >= 28 && number <= 30) return (op & 0x80) === 0 && low < 4 && ((op >>> 3) & 15) < 13;
  if (number >= 34 && number <= 41) return low < 4 && middle >= 4 && middle < 7 && ((op >>> 6) & 7) === 7;
  if (number >= 42 && number <= 47) return low < 4 && middle >= 4 && middle < 7;
  if (number === 48 || number === 49 || number === 50 || number === 51) return upper < 4;
  if (number === 52 || number === 53) return false; // the stack stays balanced
  if (number === 58 || number === 63) return (op & 0x1f0) === 0 && (op & 15) !== 0;
  if (number === 66 || number === 67) return upper === 4 && (op & 0xf0) === 0 && (op & 15) !== 0;
  return low < 4;
}

/** Halfwords: r4 to r7 and SP are set, a random body with forward branches, ROUNDS times, then WFI. */
function program(numbers) {
  const start = [0x464c, 0x4655, 0x465e, 0x4667]; // MOV r4 to r7 from r9 to r12
  const body = [];
  const length = 8 + random(24);
  while (body.length < length) {
    const skip = random(3);
    if (random(6) === 0 && body.length + skip + 1 < length) {
      body.push(0xd000 | (random(14) << 8) | skip);
    } else body.push(pick(numbers));
  }
  const end = [0x4640, 0x3801, 0x4680, 0x2800]; // r8 -= 1 by way of r0
  const back = -(start.length + body.length + end.length + 2);
  return [...start, ...body, ...end, 0xd100 | (back & 0xff), WFI];
}

function makeMachine() {
  const clock = new SimulationClock();
  const mcu = new RP2040(clock);
  mcu.logger = { debug() {}, info() {}, warn() {}, error() {} };
  return { mcu, clock, core: mcu.core, flash: new Flash(mcu.flash, 4096, null) };
}

function prepare({ core, mcu }, code, values) {
  mcu.sram.fill(0);
  for (let i = 0; i < 4096; i++) mcu.sram[DATA - CODE + i] = (i * 73 + 11) & 0xff;
  code.forEach((halfword, i) => mcu.sramView.setUint16(2 * i, halfword, true));
  core.registers.fill(0);
  values.forEach((value, i) => (core.registers[i] = value));
  core.registers[8] = ROUNDS;
  [DATA + 64, DATA + 256, DATA + 512, 32].forEach((value, i) => (core.registers[9 + i] = value));
  core.registers[13] = STACK;
  core.registers[15] = CODE;
  core.APSR = 0;
  core.waiting = false;
  core.interruptsUpdated = false;
}

function outcome({ core, mcu }) {
  const sum = mcu.sram.reduce((hash, byte) => (Math.imul(hash, 31) + byte) | 0, 0);
  return JSON.stringify([[...core.registers], core.APSR >>> 0, sum]);
}

function runOurs(machine, cpu) {
  for (let i = 0; i < 200 && !machine.core.waiting; i++) cpu.run(1000);
  if (!machine.core.waiting) throw new Error('the program did not end');
}

function runTheirs({ core }) {
  for (let i = 0; i < 20000 && !core.waiting; i++) core.executeInstruction();
}

const reference = makeMachine();
const plain = makeMachine();
const translated = makeMachine();
const plainCpu = new FastCpu(plain.mcu, plain.clock, [], { flash: plain.flash });
const translatedCpu = new FastCpu(translated.mcu, translated.clock, [], { flash: translated.flash });
plainCpu.jit.hot = Infinity;
translatedCpu.jit.hot = 2;
const opcodes = new Map();
for (let op = 0; op < 0x10000; op++) {
  const number = DECODER[op];
  if (![...ALU, ...MEMORY].includes(number) || !allowed(number, op)) continue;
  if (!opcodes.has(number)) opcodes.set(number, []);
  opcodes.get(number).push(op);
}
const all = [...opcodes.keys()];
const common = all.filter((number) => !DIFFERENT.has(number));
const report = { operations: all.length, programs: 0, instructions: 0, translated: 0, wrong: [] };

for (let i = 0; i < Number(programs); i++) {
  const useAll = i % 2 === 0;
  const code = program(useAll ? all : common);
  const values = Array.from({ length: 4 }, () => (random(3) ? random(0x100000000) : random(40)) >>> 0);
  translatedCpu.jit.sramChanged(0, 4096);
  translatedCpu.jit.changes.fill(0);
  translatedCpu.jit.arrivals.fill(0);
  for (const machine of [plain, translated, reference]) prepare(machine, code, values);
  runOurs(plain, plainCpu);
  runOurs(translated, translatedCpu);
  report.translated += translatedCpu.jit.regions.size;
  const results = [outcome(plain), outcome(translated)];
  if (!useAll) {
    runTheirs(reference);
    results.push(outcome(reference));
  }
  if (new Set(results).size > 1) report.wrong.push({ code: code.map((x) => x.toString(16)), values, results });
  report.programs++;
}
report.instructions = plainCpu.instructions;
if (plainCpu.instructions !== translatedCpu.instructions) {
  report.wrong.push(`instruction counts: ${plainCpu.instructions} and ${translatedCpu.instructions}`);
}
report.wrong.length = Math.min(report.wrong.length, 3);
process.stdout.write(`${JSON.stringify(report)}\n`);
