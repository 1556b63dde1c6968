// SPDX-License-Identifier: Apache-2.0
// One powered RP2040: rp2040js's chip with our ROM, flash, core and peripherals around it.
//
// A reset makes a new Machine from the old one: flash, SRAM and the watchdog's scratch registers and
// reason live on, everything else starts as at power-on.

import { buildBootrom } from './bootrom.mjs';
import { hasBootStage } from './crc.mjs';
import { GuestFault } from './cpu.mjs';
import { FastCpu } from './execute.mjs';
import { Memory } from './memory.mjs';
import {
  flashInterface,
  installMailbox,
  qspiPads,
  rememberingPeripheral,
  ringOscillator,
} from './peripherals.mjs';
import { UsbHost } from './usb.mjs';

const FLASH_BASE = 0x10000000;
const BOOT_STACK = 0x20041f00;
const REBOOT_MAGIC = 0xb007c0d3;
const PSM_PROC1 = 1 << 16;
const CORE_1_OFF = 0x04;
const bootrom = buildBootrom();

/** The chip without the erasing of its 16 MiB of flash, as the flash is ours. */
const withoutFlash = (RP2040) =>
  class Chip extends RP2040 {
    reset() {
      this.core.reset();
      this.pwm.reset();
    }
  };

export class Machine {
  /**
   * parts: {RP2040, SimulationClock, BasePeripheral, RPSSI} of rp2040js; options: {uniqueId, seed};
   * previous: the Machine before a reset, or null at power-on.
   */
  constructor(parts, flash, logger, options, previous = null) {
    this.clock = new parts.SimulationClock();
    this.mcu = new (withoutFlash(parts.RP2040))(this.clock);
    this.mcu.logger = logger;
    this.flash = flash;
    this.resetCause = null; // set by the watchdog: the runner then makes the next Machine
    this.jit = previous?.jit;
    this.keepMemory(previous);
    this.mcu.bootrom.set(bootrom.image);
    this.addPeripherals(parts, options);
    this.usb = new UsbHost(this.mcu.usbCtrl, this.clock);
    this.cpu = new FastCpu(this.mcu, this.clock, bootrom.functions, this);
    this.jit = this.cpu.jit;
    this.memory = new Memory(this.mcu, (offset, count) => this.jit.sramChanged(offset, count));
    flash.onChange = (offset, count) => this.jit.flashChanged(offset, count);
    this.r = this.cpu.r;
    this.watchdog = this.mcu.peripherals[0x40058];
    this.keepWatchdog(previous);
    this.start();
  }

  keepMemory(previous) {
    const { mcu } = this;
    mcu.flash = this.flash.memory;
    mcu.flash16 = new Uint16Array(mcu.flash.buffer);
    mcu.flashView = new DataView(mcu.flash.buffer);
    if (!previous) return;
    mcu.sram = previous.mcu.sram;
    mcu.sramView = previous.mcu.sramView;
    mcu.core.registers = previous.mcu.core.registers.fill(0); // translated code refers to the array
  }

  keepWatchdog(previous) {
    const { watchdog } = this;
    if (previous) {
      watchdog.reason = previous.watchdog.reason;
      watchdog.scratchData.set(previous.watchdog.scratchData);
    }
    watchdog.onWatchdogTrigger = () => {
      watchdog.alarm.enable = false; // else it would fire again at the same moment, for ever
      this.resetCause = watchdog.reason === 2 ? 'software' : 'watchdog';
      this.cpu.stop = true;
    };
  }

  addPeripherals(parts, options) {
    const { mcu } = this;
    const Remembering = rememberingPeripheral(parts.BasePeripheral);
    const Ssi = flashInterface(parts.RPSSI, options.uniqueId);
    const Pads = qspiPads(Remembering, () => this.ssi.deselect());
    const Oscillator = ringOscillator(Remembering, options.seed);
    this.ssi = new Ssi(mcu, 'SSI');
    Object.assign(mcu.peripherals, {
      0x14000: new Remembering(mcu, 'XIP_CTRL', { 0x00: 3, 0x08: 3 }),
      0x18000: this.ssi,
      0x40018: new Pads(mcu, 'IO_QSPI'),
      0x40060: new Oscillator(mcu, 'ROSC'),
      0x40064: new Remembering(mcu, 'VREG_AND_CHIP_RESET', { 0x00: 0x10b1, 0x08: 0x100 }),
    });
    this.addCoreOne(mcu.peripherals[0x40010]);
  }

  /** Core 1 answers resets; a program for it is refused, as only core 0 is emulated. */
  addCoreOne(powerManager) {
    const mailbox = installMailbox(this.mcu, (entry) => {
      const where = `0x${entry.toString(16)}`;
      throw new GuestFault(`core 1 is not emulated: nothing can run there (_thread, ${where})`, this.r[15]);
    });
    const write = powerManager.writeUint32.bind(powerManager);
    powerManager.writeUint32 = (offset, value) => {
      const wasOff = powerManager.frceOff & PSM_PROC1;
      write(offset, value);
      if (offset === CORE_1_OFF && wasOff && !(powerManager.frceOff & PSM_PROC1)) mailbox.restart();
    };
  }

  /** What the boot ROM does: an address left by the last program, else the second stage in flash. */
  start() {
    const { core } = this.mcu;
    const scratch = this.watchdog.scratchData;
    const [magic, check, stack, entry] = scratch.subarray(4, 8);
    core.LR = 0;
    if (magic === REBOOT_MAGIC && check === (entry ^ -REBOOT_MAGIC) >>> 0) {
      scratch[4] = 0;
      core.SP = stack;
      core.PC = entry & ~1;
      return;
    }
    if (!hasBootStage(this.flash.bytes)) {
      throw new GuestFault('flash has no valid boot stage: a Pico would wait for a UF2 file', FLASH_BASE);
    }
    core.SP = BOOT_STACK;
    core.PC = FLASH_BASE;
  }

  /** machine.bootloader(): no drive is emulated, so this ends the simulation. */
  onUsbBoot() {
    throw new GuestFault('the firmware entered the USB boot loader (BOOTSEL)', this.r[15]);
  }

  /** Whether the watchdog will end whatever the core is stuck in. */
  get watchdogArmed() {
    return this.watchdog.enable && this.watchdog.alarm.enable;
  }
}
