// SPDX-License-Identifier: Apache-2.0
// Block access to the guest's memory for the ROM's memset, memcpy and flash programming.

const SRAM = 0x20000000;
const FLASH = 0x10000000;
const DPRAM = 0x50100000;
const MAX_PIECEWISE = 4096; // bytes; larger blocks outside of memory are a mistake
const DPRAM_BUFFERS = 0x100; // below lie control registers, where a write has an effect

export class Memory {
  /** onSram(offset, count) is told of every block written to SRAM. */
  constructor(mcu, onSram) {
    this.mcu = mcu;
    this.onSram = onSram;
  }

  written(address, count) {
    const offset = address - SRAM;
    if (count && offset >= 0 && offset < this.mcu.sram.length) this.onSram(offset, count);
  }

  /** The bytes at address as a view, where the whole range is plain memory; else null. */
  view(address, count, writable) {
    const { mcu } = this;
    const sram = address - SRAM;
    if (sram >= 0 && sram + count <= mcu.sram.length) return mcu.sram.subarray(sram, sram + count);
    const dpram = address - DPRAM;
    if (dpram >= DPRAM_BUFFERS && dpram + count <= mcu.usbDPRAM.length) {
      return mcu.usbDPRAM.subarray(dpram, dpram + count);
    }
    const flash = address - FLASH;
    if (!writable && flash >= 0 && flash < 0x04000000) {
      const offset = flash & 0xffffff;
      return mcu.flash.subarray(offset, offset + count);
    }
    return null;
  }

  /** Refuses a block that is not memory: the chip would take a HardFault. */
  checkPiecewise(address, count) {
    if (count > MAX_PIECEWISE) {
      throw new RangeError(`block of ${count} bytes at 0x${address.toString(16)} is not in memory`);
    }
  }

  read(address, count) {
    const view = this.view(address, count, false);
    if (view) return view;
    this.checkPiecewise(address, count);
    return Uint8Array.from({ length: count }, (_, i) => this.mcu.readUint8(address + i));
  }

  fill(address, value, count) {
    const view = this.view(address, count, true);
    if (!view) this.checkPiecewise(address, count);
    if (view) view.fill(value);
    else for (let i = 0; i < count; i++) this.mcu.writeUint8(address + i, value);
    this.written(address, count);
  }

  copy(to, from, count) {
    const target = this.view(to, count, true);
    const source = this.view(from, count, false);
    if (!target) this.checkPiecewise(to, count);
    if (!source) this.checkPiecewise(from, count);
    if (target && source) target.set(source);
    else for (let i = 0; i < count; i++) this.mcu.writeUint8(to + i, this.mcu.readUint8(from + i));
    this.written(to, count);
  }
}
