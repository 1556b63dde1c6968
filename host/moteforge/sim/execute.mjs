// SPDX-License-Identifier: Apache-2.0
// The interpreter's loop. One function, over 60 lines on purpose: its state (pc, flags, counts) stays in
// local variables, which is what makes it fast. The case numbers are those of decode.mjs.
//
// Flags: N is (n < 0), Z is (z === 0), C and V are 0 or 1.

import { Cpu, GuestFault } from './cpu.mjs';
import { DECODER as DECODE } from './decode.mjs';

export class FastCpu extends Cpu {
  execute(limit) {
  const { core, r, sram16, flash16, jit } = this;
  const { state } = jit;
  let arrived = true;
  let pc = r[15] & ~1;
  let n = core.N ? -1 : 0;
  let z = core.Z ? 0 : 1;
  let c = core.C ? 1 : 0;
  let v = core.V ? 1 : 0;
  let cycles = 0;
  let count = 0;
  let at = pc;
  let a = 0;
  let b = 0;
  let d = 0;
  let x = 0;
  try {
    while (cycles < limit) {
      if (arrived) {
        x = jit.index(pc);
        if (x >= 0 && jit.arrive(x, pc)) {
          state[0] = n;
          state[1] = z;
          state[2] = c;
          state[3] = v;
          state[4] = cycles;
          pc = jit.run(x, limit);
          n = state[0];
          z = state[1];
          c = state[2];
          v = state[3];
          cycles = state[4];
          if (cycles >= limit || this.stop) break;
        }
      }
      at = pc;
      const op =
        pc >>> 28 === 1
          ? flash16[(pc & 0xffffff) >>> 1]
          : pc >>> 28 === 2 && (pc & 0xfffffff) < 0x42000
            ? sram16[(pc & 0x7ffff) >>> 1]
            : this.fetch(pc);
      pc = (pc + 2) | 0;
      count++;
      cycles++;
      switch (DECODE[op]) {
        case 1: // LSLS Rd, Rm, #imm5
          x = r[(op >>> 3) & 7];
          a = (op >>> 6) & 31;
          if (a) {
            c = (x >>> (32 - a)) & 1;
            x <<= a;
          }
          n = z = r[op & 7] = x;
          break;
        case 2: // LSRS Rd, Rm, #imm5
          x = r[(op >>> 3) & 7];
          a = (op >>> 6) & 31;
          if (a) {
            c = (x >>> (a - 1)) & 1;
            x >>>= a;
          } else {
            c = x >>> 31;
            x = 0;
          }
          n = z = r[op & 7] = x | 0;
          break;
        case 3: // ASRS Rd, Rm, #imm5
          x = r[(op >>> 3) & 7];
          a = (op >>> 6) & 31;
          if (a) {
            c = (x >>> (a - 1)) & 1;
            x >>= a;
          } else {
            c = x >>> 31;
            x >>= 31;
          }
          n = z = r[op & 7] = x;
          break;
        case 4: // ADDS Rd, Rn, Rm
          a = r[(op >>> 3) & 7];
          b = r[(op >>> 6) & 7];
          x = (a + b) | 0;
          c = x >>> 0 < a >>> 0 ? 1 : 0;
          v = ((a ^ x) & (b ^ x)) >>> 31;
          n = z = r[op & 7] = x;
          break;
        case 5: // SUBS Rd, Rn, Rm
          a = r[(op >>> 3) & 7];
          b = r[(op >>> 6) & 7];
          x = (a - b) | 0;
          c = a >>> 0 >= b >>> 0 ? 1 : 0;
          v = ((a ^ b) & (a ^ x)) >>> 31;
          n = z = r[op & 7] = x;
          break;
        case 6: // ADDS Rd, Rn, #imm3
          a = r[(op >>> 3) & 7];
          x = (a + ((op >>> 6) & 7)) | 0;
          c = x >>> 0 < a >>> 0 ? 1 : 0;
          v = (~a & x) >>> 31;
          n = z = r[op & 7] = x;
          break;
        case 7: // SUBS Rd, Rn, #imm3
          a = r[(op >>> 3) & 7];
          b = (op >>> 6) & 7;
          x = (a - b) | 0;
          c = a >>> 0 >= b ? 1 : 0;
          v = (a & ~x) >>> 31;
          n = z = r[op & 7] = x;
          break;
        case 8: // MOVS Rd, #imm8
          n = z = r[(op >>> 8) & 7] = op & 0xff;
          break;
        case 9: // CMP Rn, #imm8
          a = r[(op >>> 8) & 7];
          b = op & 0xff;
          n = z = (a - b) | 0;
          c = a >>> 0 >= b ? 1 : 0;
          v = (a & ~n) >>> 31;
          break;
        case 10: // ADDS Rdn, #imm8
          a = r[(op >>> 8) & 7];
          x = (a + (op & 0xff)) | 0;
          c = x >>> 0 < a >>> 0 ? 1 : 0;
          v = (~a & x) >>> 31;
          n = z = r[(op >>> 8) & 7] = x;
          break;
        case 11: // SUBS Rdn, #imm8
          a = r[(op >>> 8) & 7];
          b = op & 0xff;
          x = (a - b) | 0;
          c = a >>> 0 >= b ? 1 : 0;
          v = (a & ~x) >>> 31;
          n = z = r[(op >>> 8) & 7] = x;
          break;
        case 12: // ANDS
          n = z = r[op & 7] = r[op & 7] & r[(op >>> 3) & 7];
          break;
        case 13: // EORS
          n = z = r[op & 7] = r[op & 7] ^ r[(op >>> 3) & 7];
          break;
        case 14: // LSLS Rdn, Rm
          x = r[op & 7];
          a = r[(op >>> 3) & 7] & 0xff;
          if (a > 32) c = x = 0;
          else if (a === 32) {
            c = x & 1;
            x = 0;
          } else if (a) {
            c = (x >>> (32 - a)) & 1;
            x <<= a;
          }
          n = z = r[op & 7] = x;
          break;
        case 15: // LSRS Rdn, Rm
          x = r[op & 7];
          a = r[(op >>> 3) & 7] & 0xff;
          if (a > 32) c = x = 0;
          else if (a === 32) {
            c = x >>> 31;
            x = 0;
          } else if (a) {
            c = (x >>> (a - 1)) & 1;
            x >>>= a;
          }
          n = z = r[op & 7] = x | 0;
          break;
        case 16: // ASRS Rdn, Rm
          x = r[op & 7];
          a = r[(op >>> 3) & 7] & 0xff;
          if (a >= 32) {
            c = x >>> 31;
            x >>= 31;
          } else if (a) {
            c = (x >>> (a - 1)) & 1;
            x >>= a;
          }
          n = z = r[op & 7] = x;
          break;
        case 17: // ADCS
          a = r[op & 7];
          b = r[(op >>> 3) & 7];
          x = (a + b + c) | 0;
          v = ((a ^ x) & (b ^ x)) >>> 31;
          c = ((a & b) | ((a | b) & ~x)) >>> 31;
          n = z = r[op & 7] = x;
          break;
        case 18: // SBCS
          a = r[op & 7];
          b = ~r[(op >>> 3) & 7];
          x = (a + b + c) | 0;
          v = ((a ^ x) & (b ^ x)) >>> 31;
          c = ((a & b) | ((a | b) & ~x)) >>> 31;
          n = z = r[op & 7] = x;
          break;
        case 19: // RORS
          x = r[op & 7];
          a = r[(op >>> 3) & 7] & 0xff;
          if (a) {
            a &= 31;
            if (a) x = (x >>> a) | (x << (32 - a));
            c = x >>> 31;
          }
          n = z = r[op & 7] = x;
          break;
        case 20: // TST
          n = z = r[op & 7] & r[(op >>> 3) & 7];
          break;
        case 21: // RSBS Rd, Rn, #0
          b = r[(op >>> 3) & 7];
          x = -b | 0;
          c = b === 0 ? 1 : 0;
          v = (b & x) >>> 31;
          n = z = r[op & 7] = x;
          break;
        case 22: // CMP Rn, Rm
          a = r[op & 7];
          b = r[(op >>> 3) & 7];
          n = z = (a - b) | 0;
          c = a >>> 0 >= b >>> 0 ? 1 : 0;
          v = ((a ^ b) & (a ^ n)) >>> 31;
          break;
        case 23: // CMN
          a = r[op & 7];
          b = r[(op >>> 3) & 7];
          n = z = (a + b) | 0;
          c = n >>> 0 < a >>> 0 ? 1 : 0;
          v = ((a ^ n) & (b ^ n)) >>> 31;
          break;
        case 24: // ORRS
          n = z = r[op & 7] = r[op & 7] | r[(op >>> 3) & 7];
          break;
        case 25: // MULS
          n = z = r[op & 7] = Math.imul(r[op & 7], r[(op >>> 3) & 7]);
          break;
        case 26: // BICS
          n = z = r[op & 7] = r[op & 7] & ~r[(op >>> 3) & 7];
          break;
        case 27: // MVNS
          n = z = r[op & 7] = ~r[(op >>> 3) & 7];
          break;
        case 28: // ADD Rdn, Rm (any register)
          d = (op & 7) | ((op >>> 4) & 8);
          a = (op >>> 3) & 15;
          b = a === 15 ? pc + 2 : r[a];
          if (d === 15) {
            pc = (pc + 2 + b) & ~1;
            cycles++;
          } else if (d === 13) r[13] = (r[13] + b) & ~3;
          else r[d] = r[d] + b;
          break;
        case 29: // CMP Rn, Rm (any register)
          a = r[(op & 7) | ((op >>> 4) & 8)];
          b = r[(op >>> 3) & 15];
          n = z = (a - b) | 0;
          c = a >>> 0 >= b >>> 0 ? 1 : 0;
          v = ((a ^ b) & (a ^ n)) >>> 31;
          break;
        case 30: // MOV Rd, Rm (any register)
          d = (op & 7) | ((op >>> 4) & 8);
          a = (op >>> 3) & 15;
          x = a === 15 ? pc + 2 : r[a];
          if (d === 15) {
            pc = x & ~1;
            cycles++;
          } else if (d === 13) r[13] = x & ~3;
          else r[d] = x;
          break;
        case 31: // BX
          x = r[(op >>> 3) & 15];
          cycles++;
          if (x >>> 28 === 15) {
            this.leave(x, n, z, c, v);
            pc = r[15];
            n = core.N ? -1 : 0;
            z = core.Z ? 0 : 1;
            c = core.C ? 1 : 0;
            v = core.V ? 1 : 0;
          } else pc = this.branchTarget(x, at);
          break;
        case 32: // BLX
          x = r[(op >>> 3) & 15];
          r[14] = pc | 1;
          pc = this.branchTarget(x, at);
          cycles++;
          break;
        case 33: // LDR Rt, [PC, #imm8]
          r[(op >>> 8) & 7] = this.load32(((pc + 2) & ~3) + ((op & 0xff) << 2), cycles, at);
          cycles++;
          break;
        case 34: // STR Rt, [Rn, Rm]
          this.store32(r[(op >>> 3) & 7] + r[(op >>> 6) & 7], r[op & 7], cycles, at);
          cycles++;
          break;
        case 35: // STRH Rt, [Rn, Rm]
          this.store16(r[(op >>> 3) & 7] + r[(op >>> 6) & 7], r[op & 7], cycles, at);
          cycles++;
          break;
        case 36: // STRB Rt, [Rn, Rm]
          this.store8(r[(op >>> 3) & 7] + r[(op >>> 6) & 7], r[op & 7], cycles, at);
          cycles++;
          break;
        case 37: // LDRSB Rt, [Rn, Rm]
          x = this.load8(r[(op >>> 3) & 7] + r[(op >>> 6) & 7], cycles, at);
          r[op & 7] = (x << 24) >> 24;
          cycles++;
          break;
        case 38: // LDR Rt, [Rn, Rm]
          r[op & 7] = this.load32(r[(op >>> 3) & 7] + r[(op >>> 6) & 7], cycles, at);
          cycles++;
          break;
        case 39: // LDRH Rt, [Rn, Rm]
          r[op & 7] = this.load16(r[(op >>> 3) & 7] + r[(op >>> 6) & 7], cycles, at);
          cycles++;
          break;
        case 40: // LDRB Rt, [Rn, Rm]
          r[op & 7] = this.load8(r[(op >>> 3) & 7] + r[(op >>> 6) & 7], cycles, at);
          cycles++;
          break;
        case 41: // LDRSH Rt, [Rn, Rm]
          x = this.load16(r[(op >>> 3) & 7] + r[(op >>> 6) & 7], cycles, at);
          r[op & 7] = (x << 16) >> 16;
          cycles++;
          break;
        case 42: // STR Rt, [Rn, #imm5]
          this.store32(r[(op >>> 3) & 7] + ((op >>> 4) & 0x7c), r[op & 7], cycles, at);
          cycles++;
          break;
        case 43: // LDR Rt, [Rn, #imm5]
          r[op & 7] = this.load32(r[(op >>> 3) & 7] + ((op >>> 4) & 0x7c), cycles, at);
          cycles++;
          break;
        case 44: // STRB Rt, [Rn, #imm5]
          this.store8(r[(op >>> 3) & 7] + ((op >>> 6) & 0x1f), r[op & 7], cycles, at);
          cycles++;
          break;
        case 45: // LDRB Rt, [Rn, #imm5]
          r[op & 7] = this.load8(r[(op >>> 3) & 7] + ((op >>> 6) & 0x1f), cycles, at);
          cycles++;
          break;
        case 46: // STRH Rt, [Rn, #imm5]
          this.store16(r[(op >>> 3) & 7] + ((op >>> 5) & 0x3e), r[op & 7], cycles, at);
          cycles++;
          break;
        case 47: // LDRH Rt, [Rn, #imm5]
          r[op & 7] = this.load16(r[(op >>> 3) & 7] + ((op >>> 5) & 0x3e), cycles, at);
          cycles++;
          break;
        case 48: // STR Rt, [SP, #imm8]
          this.store32(r[13] + ((op & 0xff) << 2), r[(op >>> 8) & 7], cycles, at);
          cycles++;
          break;
        case 49: // LDR Rt, [SP, #imm8]
          r[(op >>> 8) & 7] = this.load32(r[13] + ((op & 0xff) << 2), cycles, at);
          cycles++;
          break;
        case 50: // ADR Rd, label
          r[(op >>> 8) & 7] = ((pc + 2) & ~3) + ((op & 0xff) << 2);
          break;
        case 51: // ADD Rd, SP, #imm8
          r[(op >>> 8) & 7] = r[13] + ((op & 0xff) << 2);
          break;
        case 52: // ADD SP, #imm7
          r[13] = r[13] + ((op & 0x7f) << 2);
          break;
        case 53: // SUB SP, #imm7
          r[13] = r[13] - ((op & 0x7f) << 2);
          break;
        case 54: // SXTH
          r[op & 7] = (r[(op >>> 3) & 7] << 16) >> 16;
          break;
        case 55: // SXTB
          r[op & 7] = (r[(op >>> 3) & 7] << 24) >> 24;
          break;
        case 56: // UXTH
          r[op & 7] = r[(op >>> 3) & 7] & 0xffff;
          break;
        case 57: // UXTB
          r[op & 7] = r[(op >>> 3) & 7] & 0xff;
          break;
        case 58: // PUSH
          cycles += this.push(op, cycles, at);
          break;
        case 59: // CPS
          core.PM = (op & 0x10) !== 0;
          this.unmasked();
          break;
        case 60: // REV
          x = r[(op >>> 3) & 7];
          r[op & 7] =
            (x << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24);
          break;
        case 61: // REV16
          x = r[(op >>> 3) & 7];
          r[op & 7] = ((x << 8) & 0xff00ff00) | ((x >>> 8) & 0x00ff00ff);
          break;
        case 62: // REVSH
          x = r[(op >>> 3) & 7];
          r[op & 7] = ((x << 24) >> 16) | ((x >>> 8) & 0xff);
          break;
        case 63: // POP
          cycles += this.pop(op, cycles, at);
          if (op & 0x100) {
            x = this.popped;
            if (x >>> 28 === 15) {
              this.leave(x, n, z, c, v);
              pc = r[15];
              n = core.N ? -1 : 0;
              z = core.Z ? 0 : 1;
              c = core.C ? 1 : 0;
              v = core.V ? 1 : 0;
            } else pc = this.branchTarget(x, at);
          }
          break;
        case 64: // BKPT
          r[15] = pc;
          this.sync(cycles);
          this.breakpoint(op & 0xff, at);
          cycles += this.takeExtraCycles();
          break;
        case 65: // NOP, YIELD, WFE, WFI, SEV
          if (op !== 0xbf00) this.hint((op >>> 4) & 15);
          break;
        case 66: // STM
          cycles += this.storeMultiple(op, cycles, at);
          break;
        case 67: // LDM
          cycles += this.loadMultiple(op, cycles, at);
          break;
        case 68: // B label
          if (op === 0xe7fe) this.selfBranch(at);
          pc = (pc + 2 + ((op << 21) >> 20)) | 0;
          cycles++;
          break;
        case 69: // SVC
          core.pendingSVCall = true;
          core.interruptsUpdated = true;
          this.stop = true;
          break;
        case 70: // 32-bit
          x = pc >>> 28 === 1 ? flash16[(pc & 0xffffff) >>> 1] : this.load16(pc, cycles, at);
          pc = (pc + 2) | 0;
          cycles += 2;
          if ((x & 0xd000) === 0xd000) {
            a = (op << 21) >> 31; // sign S
            d = ((x >>> 13) ^ a ^ 1) & 1;
            b = ((x >>> 11) ^ a ^ 1) & 1;
            r[14] = pc | 1;
            pc = (pc + ((a << 24) | (d << 23) | (b << 22) | ((op & 0x3ff) << 12) | ((x & 0x7ff) << 1))) | 0;
          } else {
            core.N = n < 0;
            core.Z = z === 0;
            core.C = c === 1;
            core.V = v === 1;
            r[15] = pc;
            this.wide(op, x, at);
            n = core.N ? -1 : 0;
            z = core.Z ? 0 : 1;
            c = core.C ? 1 : 0;
            v = core.V ? 1 : 0;
          }
          break;
        case 80: // BEQ
          if (z === 0) {
            pc = (pc + 2 + ((op << 24) >> 23)) | 0;
            cycles++;
          }
          break;
        case 81: // BNE
          if (z !== 0) {
            pc = (pc + 2 + ((op << 24) >> 23)) | 0;
            cycles++;
          }
          break;
        case 82: // BCS
          if (c !== 0) {
            pc = (pc + 2 + ((op << 24) >> 23)) | 0;
            cycles++;
          }
          break;
        case 83: // BCC
          if (c === 0) {
            pc = (pc + 2 + ((op << 24) >> 23)) | 0;
            cycles++;
          }
          break;
        case 84: // BMI
          if (n < 0) {
            pc = (pc + 2 + ((op << 24) >> 23)) | 0;
            cycles++;
          }
          break;
        case 85: // BPL
          if (n >= 0) {
            pc = (pc + 2 + ((op << 24) >> 23)) | 0;
            cycles++;
          }
          break;
        case 86: // BVS
          if (v !== 0) {
            pc = (pc + 2 + ((op << 24) >> 23)) | 0;
            cycles++;
          }
          break;
        case 87: // BVC
          if (v === 0) {
            pc = (pc + 2 + ((op << 24) >> 23)) | 0;
            cycles++;
          }
          break;
        case 88: // BHI
          if (c !== 0 && z !== 0) {
            pc = (pc + 2 + ((op << 24) >> 23)) | 0;
            cycles++;
          }
          break;
        case 89: // BLS
          if (c === 0 || z === 0) {
            pc = (pc + 2 + ((op << 24) >> 23)) | 0;
            cycles++;
          }
          break;
        case 90: // BGE
          if (n >>> 31 === v) {
            pc = (pc + 2 + ((op << 24) >> 23)) | 0;
            cycles++;
          }
          break;
        case 91: // BLT
          if (n >>> 31 !== v) {
            pc = (pc + 2 + ((op << 24) >> 23)) | 0;
            cycles++;
          }
          break;
        case 92: // BGT
          if (z !== 0 && n >>> 31 === v) {
            pc = (pc + 2 + ((op << 24) >> 23)) | 0;
            cycles++;
          }
          break;
        case 93: // BLE
          if (z === 0 || n >>> 31 !== v) {
            pc = (pc + 2 + ((op << 24) >> 23)) | 0;
            cycles++;
          }
          break;
        default:
          throw new GuestFault(`HardFault: undefined instruction 0x${op.toString(16)}`, at);
      }
      if (this.stop) break;
      arrived = pc !== ((at + 2) | 0);
    }
  } finally {
    core.N = n < 0;
    core.Z = z === 0;
    core.C = c === 1;
    core.V = v === 1;
    r[15] = pc;
    this.instructions += count + state[5];
    state[5] = 0;
  }
  return cycles;
  }
}
