// SPDX-License-Identifier: Apache-2.0
// CRC-32 as the boot ROM checks it (polynomial 0x04c11db7, start 0xffffffff, nothing reflected).

const BOOT2_BYTES = 256;

export function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  return crc >>> 0;
}

/** Whether the first 256 bytes of flash are a second stage that the boot ROM would start. */
export function hasBootStage(flash) {
  const stage = flash.subarray(0, BOOT2_BYTES);
  const stored = new DataView(stage.buffer, stage.byteOffset).getUint32(BOOT2_BYTES - 4, true);
  return crc32(stage.subarray(0, BOOT2_BYTES - 4)) === stored;
}
