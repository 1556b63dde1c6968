// SPDX-License-Identifier: Apache-2.0
// ARMv6-M instruction decoding (ARM DDI 0419, A5): each 16-bit opcode gets a small operation number.
// cpu.mjs switches on the number; the two lists are read side by side.

/** [number, bit pattern (x: any), mnemonic]; a later row wins over an earlier one. */
export const OPERATIONS = [
  [1, '00000xxxxxxxxxxx', 'LSLS Rd, Rm, #imm5'],
  [2, '00001xxxxxxxxxxx', 'LSRS Rd, Rm, #imm5'],
  [3, '00010xxxxxxxxxxx', 'ASRS Rd, Rm, #imm5'],
  [4, '0001100xxxxxxxxx', 'ADDS Rd, Rn, Rm'],
  [5, '0001101xxxxxxxxx', 'SUBS Rd, Rn, Rm'],
  [6, '0001110xxxxxxxxx', 'ADDS Rd, Rn, #imm3'],
  [7, '0001111xxxxxxxxx', 'SUBS Rd, Rn, #imm3'],
  [8, '00100xxxxxxxxxxx', 'MOVS Rd, #imm8'],
  [9, '00101xxxxxxxxxxx', 'CMP Rn, #imm8'],
  [10, '00110xxxxxxxxxxx', 'ADDS Rdn, #imm8'],
  [11, '00111xxxxxxxxxxx', 'SUBS Rdn, #imm8'],
  [12, '0100000000xxxxxx', 'ANDS'],
  [13, '0100000001xxxxxx', 'EORS'],
  [14, '0100000010xxxxxx', 'LSLS Rdn, Rm'],
  [15, '0100000011xxxxxx', 'LSRS Rdn, Rm'],
  [16, '0100000100xxxxxx', 'ASRS Rdn, Rm'],
  [17, '0100000101xxxxxx', 'ADCS'],
  [18, '0100000110xxxxxx', 'SBCS'],
  [19, '0100000111xxxxxx', 'RORS'],
  [20, '0100001000xxxxxx', 'TST'],
  [21, '0100001001xxxxxx', 'RSBS Rd, Rn, #0'],
  [22, '0100001010xxxxxx', 'CMP Rn, Rm'],
  [23, '0100001011xxxxxx', 'CMN'],
  [24, '0100001100xxxxxx', 'ORRS'],
  [25, '0100001101xxxxxx', 'MULS'],
  [26, '0100001110xxxxxx', 'BICS'],
  [27, '0100001111xxxxxx', 'MVNS'],
  [28, '01000100xxxxxxxx', 'ADD Rdn, Rm (any register)'],
  [29, '01000101xxxxxxxx', 'CMP Rn, Rm (any register)'],
  [30, '01000110xxxxxxxx', 'MOV Rd, Rm (any register)'],
  [31, '010001110xxxx000', 'BX'],
  [32, '010001111xxxx000', 'BLX'],
  [33, '01001xxxxxxxxxxx', 'LDR Rt, [PC, #imm8]'],
  [34, '0101000xxxxxxxxx', 'STR Rt, [Rn, Rm]'],
  [35, '0101001xxxxxxxxx', 'STRH Rt, [Rn, Rm]'],
  [36, '0101010xxxxxxxxx', 'STRB Rt, [Rn, Rm]'],
  [37, '0101011xxxxxxxxx', 'LDRSB Rt, [Rn, Rm]'],
  [38, '0101100xxxxxxxxx', 'LDR Rt, [Rn, Rm]'],
  [39, '0101101xxxxxxxxx', 'LDRH Rt, [Rn, Rm]'],
  [40, '0101110xxxxxxxxx', 'LDRB Rt, [Rn, Rm]'],
  [41, '0101111xxxxxxxxx', 'LDRSH Rt, [Rn, Rm]'],
  [42, '01100xxxxxxxxxxx', 'STR Rt, [Rn, #imm5]'],
  [43, '01101xxxxxxxxxxx', 'LDR Rt, [Rn, #imm5]'],
  [44, '01110xxxxxxxxxxx', 'STRB Rt, [Rn, #imm5]'],
  [45, '01111xxxxxxxxxxx', 'LDRB Rt, [Rn, #imm5]'],
  [46, '10000xxxxxxxxxxx', 'STRH Rt, [Rn, #imm5]'],
  [47, '10001xxxxxxxxxxx', 'LDRH Rt, [Rn, #imm5]'],
  [48, '10010xxxxxxxxxxx', 'STR Rt, [SP, #imm8]'],
  [49, '10011xxxxxxxxxxx', 'LDR Rt, [SP, #imm8]'],
  [50, '10100xxxxxxxxxxx', 'ADR Rd, label'],
  [51, '10101xxxxxxxxxxx', 'ADD Rd, SP, #imm8'],
  [52, '101100000xxxxxxx', 'ADD SP, #imm7'],
  [53, '101100001xxxxxxx', 'SUB SP, #imm7'],
  [54, '1011001000xxxxxx', 'SXTH'],
  [55, '1011001001xxxxxx', 'SXTB'],
  [56, '1011001010xxxxxx', 'UXTH'],
  [57, '1011001011xxxxxx', 'UXTB'],
  [58, '1011010xxxxxxxxx', 'PUSH'],
  [59, '10110110011x0010', 'CPS'],
  [60, '1011101000xxxxxx', 'REV'],
  [61, '1011101001xxxxxx', 'REV16'],
  [62, '1011101011xxxxxx', 'REVSH'],
  [63, '1011110xxxxxxxxx', 'POP'],
  [64, '10111110xxxxxxxx', 'BKPT'],
  [65, '10111111xxxx0000', 'NOP, YIELD, WFE, WFI, SEV'],
  [66, '11000xxxxxxxxxxx', 'STM'],
  [67, '11001xxxxxxxxxxx', 'LDM'],
  [68, '11100xxxxxxxxxxx', 'B label'],
  [69, '11011111xxxxxxxx', 'SVC'],
  [70, '11110xxxxxxxxxxx', 'first half of a 32-bit instruction'],
  [80, '11010000xxxxxxxx', 'BEQ'],
  [81, '11010001xxxxxxxx', 'BNE'],
  [82, '11010010xxxxxxxx', 'BCS'],
  [83, '11010011xxxxxxxx', 'BCC'],
  [84, '11010100xxxxxxxx', 'BMI'],
  [85, '11010101xxxxxxxx', 'BPL'],
  [86, '11010110xxxxxxxx', 'BVS'],
  [87, '11010111xxxxxxxx', 'BVC'],
  [88, '11011000xxxxxxxx', 'BHI'],
  [89, '11011001xxxxxxxx', 'BLS'],
  [90, '11011010xxxxxxxx', 'BGE'],
  [91, '11011011xxxxxxxx', 'BLT'],
  [92, '11011100xxxxxxxx', 'BGT'],
  [93, '11011101xxxxxxxx', 'BLE'],
];

/** Sets every opcode of a pattern, by its unknown bits one after the other. */
function spread(table, number, bits) {
  if (/^[01]*x*$/.test(bits)) {
    const base = parseInt(bits.replace(/x/g, '0'), 2);
    table.fill(number, base, base + 2 ** (bits.match(/x/g) ?? []).length);
    return;
  }
  for (const bit of '01') spread(table, number, bits.replace('x', bit));
}

/** Operation number by opcode, 0 where it is undefined. */
export const DECODER = new Uint8Array(0x10000);
for (const [number, bits] of OPERATIONS) spread(DECODER, number, bits);
