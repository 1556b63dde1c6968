// SPDX-License-Identifier: Apache-2.0
// A fast interpreter for the core: it runs on the registers and memory of rp2040js's CortexM0Core and
// leaves exceptions and special registers to it. Semantics: ARM DDI 0419; cycles: Cortex-M0+ TRM, 3.3.
//
// run() works on plain memory by itself. Any other access ("bus access") goes to the emulator with the
// clock set to the moment of the access; one that may have changed interrupts or alarms ends the batch.

import { anyPending, installExceptions } from './exceptions.mjs';
import { CODE_SHIFT, Jit } from './jit.mjs';

const SRAM = 0x20000000;
const SRAM_BYTES = 264 * 1024;
const ROM_BYTES = 16384;

/** What stopped the core for good. pc: where; text: why. */
export class GuestFault extends Error {
  constructor(text, pc) {
    super(text);
    this.pc = pc >>> 0;
  }
}

const hex = (value) => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;

export class Cpu {
  /** rom: the ROM's functions by number; machine: their argument. */
  constructor(mcu, clock, rom, machine) {
    this.mcu = mcu;
    this.core = mcu.core;
    this.clock = clock;
    this.rom = rom;
    this.machine = machine;
    this.instructions = 0;
    this.r = new Int32Array(this.core.registers.buffer);
    this.sram32 = new Int32Array(mcu.sram.buffer);
    this.sram16 = new Uint16Array(mcu.sram.buffer);
    this.sram8 = mcu.sram;
    this.flash32 = new Int32Array(mcu.flash.buffer);
    this.flash16 = mcu.flash16;
    this.flash8 = mcu.flash;
    this.rom16 = new Uint16Array(mcu.bootrom.buffer);
    this.stop = false; // the batch ends after this instruction
    this.extraCycles = 0; // charged by ROM functions
    this.flashBytes = machine.flash.size;
    this.jit = machine.jit ?? new Jit(this);
    this.jit.cpu = this;
    this.code = this.jit.code;
    installExceptions(this.core);
    this.watchBusWrites();
  }

  /** Exception entry and DMA write through the emulator: changed code is noticed there as well. */
  watchBusWrites() {
    for (const name of ['writeUint8', 'writeUint16', 'writeUint32']) {
      const write = this.mcu[name].bind(this.mcu);
      this.mcu[name] = (address, value) => {
        const offset = (address - SRAM) >>> 0;
        if (offset < SRAM_BYTES && this.code[offset >>> CODE_SHIFT]) this.jit.sramChanged(offset, 4);
        write(address, value);
      };
    }
  }

  // Bus accesses

  /** Sets the clock to the moment of a bus access, `cycles` into the batch. */
  sync(cycles) {
    this.clock.nanosCounter = this.batchStart + cycles * this.nanosPerCycle;
  }

  /** Whether an address outside plain memory is decoded by anything. */
  isMapped(address) {
    const { mcu } = this;
    if (address < ROM_BYTES) return true;
    if (address >>> 28 === 0xd) return true;
    if (address >>> 20 === 0xe00) return true;
    if (address >>> 12 === 0x50100) return true;
    return mcu.findPeripheral(address) !== undefined;
  }

  checkAccess(what, address, unit, pc) {
    if (address & (unit - 1)) {
      throw new GuestFault(`HardFault: ${what} of ${unit} bytes at unaligned ${hex(address)}`, pc);
    }
    if (!this.isMapped(address)) {
      throw new GuestFault(`HardFault: ${what} of ${unit} bytes at unmapped ${hex(address)}`, pc);
    }
  }

  busRead(address, unit, cycles, pc) {
    const at = address >>> 0;
    this.checkAccess('read', at, unit, pc);
    this.sync(cycles);
    const { mcu } = this;
    const value =
      unit === 4 ? mcu.readUint32(at) : unit === 2 ? mcu.readUint16(at) : mcu.readUint8(at);
    if (this.core.interruptsUpdated) this.stop = true;
    return value | 0;
  }

  busWrite(address, value, unit, cycles, pc) {
    const at = address >>> 0;
    this.checkAccess('write', at, unit, pc);
    if (at < ROM_BYTES) return; // the chip ignores it, and TinyUSB's driver does it for endpoint 0
    this.sync(cycles);
    const { mcu } = this;
    if (unit === 4) mcu.writeUint32(at, value >>> 0);
    else if (unit === 2) mcu.writeUint16(at, value & 0xffff);
    else mcu.writeUint8(at, value & 0xff);
    if (at >>> 28 !== 0xd || this.core.interruptsUpdated) this.stop = true;
  }

  load32(address, cycles, pc) {
    const offset = (address - SRAM) >>> 0;
    if (offset < SRAM_BYTES && (address & 3) === 0) return this.sram32[offset >>> 2];
    if (address >>> 26 === 4 && (address & 3) === 0) {
      return this.flash32[(address & 0xffffff) >>> 2];
    }
    return this.busRead(address, 4, cycles, pc);
  }

  load16(address, cycles, pc) {
    const offset = (address - SRAM) >>> 0;
    if (offset < SRAM_BYTES && (address & 1) === 0) return this.sram16[offset >>> 1];
    if (address >>> 26 === 4 && (address & 1) === 0) {
      return this.flash16[(address & 0xffffff) >>> 1];
    }
    return this.busRead(address, 2, cycles, pc);
  }

  load8(address, cycles, pc) {
    const offset = (address - SRAM) >>> 0;
    if (offset < SRAM_BYTES) return this.sram8[offset];
    if (address >>> 26 === 4) return this.flash8[address & 0xffffff];
    return this.busRead(address, 1, cycles, pc);
  }

  store32(address, value, cycles, pc) {
    const offset = (address - SRAM) >>> 0;
    if (offset < SRAM_BYTES && (address & 3) === 0) {
      if (this.code[offset >>> CODE_SHIFT]) this.jit.sramChanged(offset, 4);
      this.sram32[offset >>> 2] = value;
    } else this.busWrite(address, value, 4, cycles, pc);
  }

  store16(address, value, cycles, pc) {
    const offset = (address - SRAM) >>> 0;
    if (offset < SRAM_BYTES && (address & 1) === 0) {
      if (this.code[offset >>> CODE_SHIFT]) this.jit.sramChanged(offset, 2);
      this.sram16[offset >>> 1] = value;
    } else this.busWrite(address, value, 2, cycles, pc);
  }

  store8(address, value, cycles, pc) {
    const offset = (address - SRAM) >>> 0;
    if (offset < SRAM_BYTES) {
      if (this.code[offset >>> CODE_SHIFT]) this.jit.sramChanged(offset, 1);
      this.sram8[offset] = value;
    } else this.busWrite(address, value, 1, cycles, pc);
  }

  /** The opcode at an address outside flash and SRAM. */
  fetch(pc) {
    if (pc >>> 0 < ROM_BYTES) return this.rom16[pc >>> 1];
    throw new GuestFault(`HardFault: instruction fetch from ${hex(pc)}`, pc);
  }

  // Rare instructions, with the state in the core

  breakpoint(number, pc) {
    if (pc >>> 0 < ROM_BYTES && this.rom[number]) return this.callRom(number);
    throw new GuestFault(`breakpoint instruction BKPT #${number} (a failed assertion or panic)`, pc);
  }

  /** A boot ROM function; what it refuses is the caller's fault. */
  callRom(number) {
    try {
      this.rom[number](this.machine);
    } catch (error) {
      if (error instanceof GuestFault) throw error;
      throw new GuestFault(`boot ROM: ${error.message}`, this.r[14] & ~1);
    }
  }

  /** NOP, YIELD, WFE, WFI, SEV by number. */
  hint(number) {
    const { core } = this;
    if (number === 4) core.eventRegistered = true;
    if (number === 2 && core.eventRegistered) core.eventRegistered = false;
    else if (number === 2 || number === 3) {
      core.waiting = true;
      core.interruptsUpdated = true;
      this.stop = true;
    }
  }

  /** PRIMASK may have been cleared: what was waiting for it is taken now. */
  unmasked() {
    const { core } = this;
    core.interruptsUpdated = anyPending(core);
    if (core.interruptsUpdated) this.stop = true;
  }

  /** A 32-bit instruction other than BL; core flags are current. */
  wide(opcode, second, pc) {
    const { core, r } = this;
    if (opcode === 0xf3ef && second >>> 12 === 8) {
      r[(second >>> 8) & 15] = core.readSpecialRegister(second & 0xff);
    } else if (opcode >>> 4 === 0xf38 && second >>> 8 === 0x88) {
      core.writeSpecialRegister(second & 0xff, r[opcode & 15] >>> 0);
      this.unmasked();
    } else if (opcode !== 0xf3bf || (second & 0xffc0) !== 0x8f40) {
      throw new GuestFault(`HardFault: undefined instruction ${hex((opcode << 16) | second)}`, pc);
    }
  }

  // Branches and register lists

  /** Checks the address of an interworking branch, whose Thumb bit must be set. */
  branchTarget(address, pc) {
    if ((address & 1) === 0) {
      throw new GuestFault(`HardFault: branch to ${hex(address)}, which is not Thumb code`, pc);
    }
    return address & ~1;
  }

  /** Returns from an exception; flags are given and afterwards in the core, the PC in r15. */
  leave(value, n, z, c, v) {
    const { core } = this;
    core.N = n < 0;
    core.Z = z === 0;
    core.C = c === 1;
    core.V = v === 1;
    core.exceptionReturn(value & 0x0fffffff);
    this.r[15] &= ~1;
    this.stop = true;
  }

  /** A branch to itself with nothing that could end it. */
  selfBranch(pc) {
    if (this.core.PM || this.core.IPSR) {
      throw new GuestFault('the core loops for ever with interrupts off', pc);
    }
  }

  push(op, cycles, pc) {
    const { r } = this;
    let address = r[13];
    const top = address;
    if (op & 0x100) this.store32((address -= 4), r[14], cycles, pc);
    for (let i = 7; i >= 0; i--) {
      if (op & (1 << i)) this.store32((address -= 4), r[i], cycles, pc);
    }
    r[13] = address;
    return (top - address) >>> 2;
  }

  /** Pops r0 to r7; a popped PC is left in this.popped. */
  pop(op, cycles, pc) {
    const { r } = this;
    const bottom = r[13];
    let address = bottom;
    for (let i = 0; i < 8; i++) {
      if (op & (1 << i)) {
        r[i] = this.load32(address, cycles, pc);
        address += 4;
      }
    }
    if (op & 0x100) {
      this.popped = this.load32(address, cycles, pc);
      address += 4;
    }
    r[13] = address;
    return ((address - bottom) >>> 2) + (op & 0x100 ? 1 : 0);
  }

  storeMultiple(op, cycles, pc) {
    const { r } = this;
    const base = (op >>> 8) & 7;
    const bottom = r[base];
    let address = bottom;
    for (let i = 0; i < 8; i++) {
      if (op & (1 << i)) {
        this.store32(address, r[i], cycles, pc);
        address += 4;
      }
    }
    r[base] = address;
    return (address - bottom) >>> 2;
  }

  loadMultiple(op, cycles, pc) {
    const { r } = this;
    const base = (op >>> 8) & 7;
    const bottom = r[base];
    let address = bottom;
    for (let i = 0; i < 8; i++) {
      if (op & (1 << i)) {
        r[i] = this.load32(address, cycles, pc);
        address += 4;
      }
    }
    if (!(op & (1 << base))) r[base] = address;
    return (address - bottom) >>> 2;
  }

  takeExtraCycles() {
    const extra = this.extraCycles;
    this.extraCycles = 0;
    return extra;
  }

  /** Runs until `limit` cycles have passed or something ended the batch; returns the cycles. */
  run(limit) {
    const { core } = this;
    if (core.interruptsUpdated) core.checkForInterrupts();
    if (core.waiting) return 0;
    this.stop = false;
    this.extraCycles = 0;
    this.batchStart = this.clock.nanosCounter;
    this.nanosPerCycle = 1e9 / this.mcu.clkSys;
    const cycles = this.execute(limit);
    this.clock.nanosCounter = this.batchStart;
    return cycles;
  }
}
