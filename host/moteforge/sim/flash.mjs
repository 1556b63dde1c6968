// SPDX-License-Identifier: Apache-2.0
// The flash chip: NOR semantics on the emulator's memory, written through to a file.
//
// Each erase and each programmed page is one write at its place in the file, in the order in which
// the firmware asks for it. So whatever kills the simulator is to the file what a power cut is to
// flash: the operations before it are there, those after it are not.

import fs from 'node:fs';

export const SECTOR = 4096;
export const PAGE = 256;
const ERASED = 0xff;

export class Flash {
  /** memory: Uint8Array, the emulator's whole XIP window; size: bytes of the chip; fd: file or null. */
  constructor(memory, size, fd) {
    this.memory = memory;
    this.size = size;
    this.fd = fd;
    this.bytes = memory.subarray(0, size);
    this.onChange = () => {};
    this.bytes.fill(ERASED);
    if (fd !== null) this.readAll();
  }

  readAll() {
    let done = 0;
    while (done < this.size) {
      const count = fs.readSync(this.fd, this.bytes, done, this.size - done, done);
      if (!count) throw new Error(`the flash file ends at ${done} of ${this.size} bytes`);
      done += count;
    }
  }

  save(offset, count) {
    this.onChange(offset, count);
    if (this.fd === null) return;
    for (let done = 0; done < count; ) {
      done += fs.writeSync(this.fd, this.bytes, offset + done, count - done, offset + done);
    }
  }

  check(what, offset, count, unit) {
    if (offset % unit || count % unit || offset + count > this.size) {
      throw new Error(
        `${what} of ${count} bytes at flash offset 0x${offset.toString(16)}: it must be a multiple ` +
          `of ${unit} inside ${this.size} bytes`,
      );
    }
  }

  /** Sets whole sectors to 0xff. */
  erase(offset, count) {
    this.check('erase', offset, count, SECTOR);
    for (let at = offset; at < offset + count; at += SECTOR) {
      this.bytes.fill(ERASED, at, at + SECTOR);
      this.save(at, SECTOR);
    }
  }

  /** Clears bits: what is 0 stays 0 until it is erased. */
  program(offset, data) {
    this.check('program', offset, data.length, PAGE);
    for (let at = 0; at < data.length; at += PAGE) {
      for (let i = at; i < at + PAGE; i++) this.bytes[offset + i] &= data[i];
      this.save(offset + at, PAGE);
    }
  }

  /** Writes bytes anywhere as a programmer would; sectors that already hold them stay untouched. */
  load(offset, data) {
    if (offset < 0 || offset + data.length > this.size) {
      throw new Error(
        `${data.length} bytes at flash offset 0x${offset.toString(16)} do not fit ${this.size} bytes`,
      );
    }
    const end = offset + data.length;
    for (let sector = offset - (offset % SECTOR); sector < end; sector += SECTOR) {
      const from = Math.max(sector, offset);
      const part = data.subarray(from - offset, Math.min(sector + SECTOR, end) - offset);
      if (part.every((value, i) => this.bytes[from + i] === value)) continue;
      this.bytes.set(part, from);
      this.save(sector, SECTOR);
    }
  }
}
