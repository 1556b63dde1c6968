// SPDX-License-Identifier: Apache-2.0
// UF2 reader: 512-byte blocks, each with up to 476 bytes of payload and its flash address.

const BLOCK = 512;
const MAGIC_START0 = 0x0a324655;
const MAGIC_START1 = 0x9e5d5157;
const MAGIC_END = 0x0ab16f30;
const FLAG_NOT_MAIN_FLASH = 0x1;
const FLAG_FAMILY_PRESENT = 0x2000;
export const RP2040_FAMILY = 0xe48bff56;

/** One block as {address, data}, or null where it is meant for another chip or not for flash. */
function readBlock(view, offset) {
  const word = (index) => view.getUint32(offset + 4 * index, true);
  if (word(0) !== MAGIC_START0 || word(1) !== MAGIC_START1 || word(127) !== MAGIC_END) {
    throw new Error(`block ${offset / BLOCK} is not a UF2 block (wrong magic numbers)`);
  }
  const flags = word(2);
  const size = word(4);
  if (size > 476) throw new Error(`block ${offset / BLOCK} claims ${size} bytes, at most 476 fit`);
  if (flags & FLAG_NOT_MAIN_FLASH) return null;
  if (flags & FLAG_FAMILY_PRESENT && word(7) !== RP2040_FAMILY) return null;
  return { address: word(3), data: new Uint8Array(view.buffer, view.byteOffset + offset + 32, size) };
}

/** All RP2040 flash blocks of a UF2 file (Uint8Array); throws where it is none or has none. */
export function readUf2(bytes) {
  if (bytes.length === 0 || bytes.length % BLOCK) {
    throw new Error(`not a UF2 file: ${bytes.length} bytes is not a multiple of ${BLOCK}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const blocks = [];
  for (let offset = 0; offset < bytes.length; offset += BLOCK) {
    const block = readBlock(view, offset);
    if (block) blocks.push(block);
  }
  if (!blocks.length) throw new Error('it has no block for the RP2040 (family 0xe48bff56)');
  return blocks;
}
