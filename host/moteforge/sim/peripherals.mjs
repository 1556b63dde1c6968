// SPDX-License-Identifier: Apache-2.0
// Small stand-ins for what rp2040js leaves out: flash commands, ring oscillator, pads, core 1's mailbox.

const BYTES_OF_ID = 8;
const READ_UNIQUE_ID = 0x4b;
const READ_JEDEC_ID = 0x9f;
const READ_STATUS_2 = 0x35;
const QUAD_ENABLED = 0x02;
const JEDEC_ID = [0xef, 0x40, 0x15]; // Winbond W25Q16: 2 MiB, as on a Raspberry Pi Pico

/** Registers that only remember what was written. */
export function rememberingPeripheral(BasePeripheral) {
  return class Remembering extends BasePeripheral {
    constructor(mcu, name, initial = {}) {
      super(mcu, name);
      this.values = new Map(Object.entries(initial).map(([key, value]) => [Number(key), value]));
    }

    readUint32(offset) {
      return (this.values.get(offset & 0xfff) ?? 0) >>> 0;
    }

    writeUint32(offset, value) {
      this.values.set(offset & 0xfff, value);
    }
  };
}

/** The SSI with a flash chip behind it that answers the identification commands. */
export function flashInterface(RPSSI, uniqueId) {
  const DATA = 0x60;
  const STATUS = 0x28;
  return class FlashInterface extends RPSSI {
    constructor(mcu, name) {
      super(mcu, name);
      this.deselect();
    }

    /** Chip select goes high: the next byte is a command again. */
    deselect() {
      this.sent = [];
      this.answers = [];
    }

    readUint32(offset) {
      if (offset === DATA) return this.answers.shift() ?? 0;
      if (offset === STATUS) return 0x06 | (this.answers.length ? 0x08 : 0);
      return super.readUint32(offset);
    }

    writeUint32(offset, value) {
      if (offset === 0x08) this.deselect(); // SSIENR
      if (offset !== DATA) return super.writeUint32(offset, value);
      this.sent.push(value & 0xff);
      this.answers.push(this.answerTo(this.sent.length - 1));
      if (this.sent.length > 512) this.sent.length = 512;
      return undefined;
    }

    answerTo(index) {
      const [command] = this.sent;
      if (command === READ_UNIQUE_ID && index >= 5) return uniqueId[(index - 5) % BYTES_OF_ID];
      if (command === READ_JEDEC_ID && index >= 1) return JEDEC_ID[(index - 1) % 3];
      if (command === READ_STATUS_2) return QUAD_ENABLED;
      return 0;
    }
  };
}

/** Ring oscillator: stable, and a random bit from a seeded xorshift generator. */
export function ringOscillator(Remembering, seed) {
  const STATUS = 0x18;
  const RANDOM_BIT = 0x1c;
  return class RingOscillator extends Remembering {
    constructor(mcu, name) {
      super(mcu, name);
      this.state = seed | 1;
    }

    readUint32(offset) {
      if (offset === STATUS) return 0x80001000;
      if (offset !== RANDOM_BIT) return super.readUint32(offset);
      this.state ^= this.state << 13;
      this.state ^= this.state >>> 17;
      this.state ^= this.state << 5;
      return (this.state >>> 16) & 1;
    }
  };
}

/** QSPI pads: all high (BOOTSEL not pressed); releasing chip select ends a flash command. */
export function qspiPads(Remembering, onDeselect) {
  const SS_CTRL = 0x0c;
  return class QspiPads extends Remembering {
    readUint32(offset) {
      return (offset & 7) === 0 && offset < 0x30 ? 0x000a0000 : super.readUint32(offset);
    }

    writeUint32(offset, value) {
      super.writeUint32(offset, value);
      if ((offset & 0xfff) === SS_CTRL && ((value >> 8) & 3) === 3) onDeselect();
    }
  };
}

/**
 * The mailbox to core 1, which waits in its boot ROM: it echoes the words of the launch sequence
 * (RP2040 datasheet 2.8.2) and then would start. onLaunch(entry) is called instead.
 */
export function installMailbox(mcu, onLaunch) {
  const { sio } = mcu;
  const STATUS = 0x50;
  const WRITE = 0x54;
  const READ = 0x58;
  const words = [];
  const sequence = [];
  const read = sio.readUint32.bind(sio);
  const write = sio.writeUint32.bind(sio);

  function receive(value) {
    const start = [0, 0, 1];
    if (sequence.length < 3 && value !== start[sequence.length]) sequence.length = 0;
    else sequence.push(value);
    words.push(value);
    if (sequence.length === 6) onLaunch(value);
  }

  sio.readUint32 = (offset) => {
    if (offset === STATUS) return 2 | (words.length ? 1 : 0);
    if (offset === READ) return words.shift() ?? 0;
    return read(offset);
  };
  sio.writeUint32 = (offset, value) => {
    if (offset === WRITE) receive(value >>> 0);
    else if (offset !== STATUS) write(offset, value);
  };
  return {
    /** Core 1 comes out of reset: its boot ROM empties the mailbox and sends a zero. */
    restart() {
      words.length = 0;
      sequence.length = 0;
      words.push(0);
    },
  };
}
