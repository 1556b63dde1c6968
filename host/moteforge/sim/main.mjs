// SPDX-License-Identifier: Apache-2.0
// The simulator process: started by moteforge.sim, with its configuration as JSON in argv[2]:
//   rp2040js: folder of the package   serialFd: socket   flashFd: file or null   flashSize: bytes
//   firmware: UF2 path or null   load: [[flash offset, path], ...]   uniqueId: 16 hex digits
//   seed: of the random bits   verbose: report what the emulator does not implement

import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { GuestFault } from './cpu.mjs';
import { Flash } from './flash.mjs';
import { frame, openControl, openSerial, sendEvent } from './link.mjs';
import { Logger } from './logger.mjs';
import { Machine } from './machine.mjs';
import { Runner } from './runner.mjs';
import { readUf2 } from './uf2.mjs';

const FLASH_BASE = 0x10000000;
const XIP_BYTES = 16 * 1024 * 1024;
const QUEUE_TO_GUEST = 64 * 1024;
const QUEUE_TO_HOST = 256 * 1024;
const PARENT_CHECK_MS = 2000;

async function loadParts(folder) {
  const get = (name) => import(pathToFileURL(path.join(folder, 'dist', 'esm', name)).href);
  const [chip, clock, base, ssi] = await Promise.all([
    get('rp2040.js'),
    get('clock/simulation-clock.js'),
    get('peripherals/peripheral.js'),
    get('peripherals/ssi.js'),
  ]);
  return { ...chip, ...clock, ...base, ...ssi };
}

function openFlash(config) {
  const memory = new Uint8Array(XIP_BYTES);
  const flash = new Flash(memory, config.flashSize, config.flashFd);
  if (config.firmware) {
    for (const { address, data } of readUf2(fs.readFileSync(config.firmware))) {
      flash.load(address - FLASH_BASE, data);
    }
  }
  for (const [offset, file] of config.load) flash.load(offset, fs.readFileSync(file));
  return flash;
}

class Simulation {
  constructor(config, parts, flash) {
    this.config = config;
    this.parts = parts;
    this.flash = flash;
    this.logger = new Logger(config.verbose);
    this.logger.takeOverConsole();
    this.output = [];
    this.isOpen = false;
    this.resets = 0;
    this.serial = openSerial(config.serialFd, {
      onFrame: (type, payload) => this.fromHost(type, payload),
      onDrain: () => this.release(),
    });
    this.runner = new Runner(this.powerUp(null), {
      onFault: (error, machine) => this.fault(error, machine),
      onReset: (machine) => this.reset(machine),
      afterSlice: () => this.flush(),
    });
    openControl((command) => this.command(command));
  }

  powerUp(previous) {
    const options = { uniqueId: Buffer.from(this.config.uniqueId, 'hex'), seed: this.config.seed };
    const machine = new Machine(this.parts, this.flash, this.logger, options, previous);
    machine.usb.dtr = this.isOpen;
    machine.usb.onData = (bytes) => this.output.push(bytes);
    machine.usb.onReady = () => sendEvent({ event: 'ready', resets: this.resets });
    return machine;
  }

  // Serial data

  fromHost(type, payload) {
    const { usb } = this.runner.machine;
    if (type === 'D') usb.send(payload);
    else if (type === 'O') this.setOpen(true);
    else if (type === 'C') this.setOpen(false);
    if (usb.outgoingBytes > QUEUE_TO_GUEST) this.serial.pause();
    this.runner.wake();
  }

  setOpen(isOpen) {
    this.isOpen = isOpen;
    if (!isOpen) {
      this.output = [];
      this.serial.write(frame('C'));
    }
    this.runner.machine.usb.setDtr(isOpen);
  }

  flush() {
    const { usb } = this.runner.machine;
    if (this.output.length) {
      this.serial.write(frame('D', Buffer.concat(this.output)));
      this.output = [];
    }
    if (this.serial.writableLength > QUEUE_TO_HOST) usb.hold = true;
    if (this.serial.isPaused() && usb.outgoingBytes < QUEUE_TO_GUEST / 2) this.serial.resume();
  }

  release() {
    if (this.runner.machine.usb.hold) {
      this.runner.machine.usb.release();
      this.runner.wake();
    }
  }

  // Events

  fault(error, machine) {
    const guest = error instanceof GuestFault;
    const fatal = !guest || !machine.watchdogArmed;
    this.flush();
    sendEvent({
      event: 'fault',
      text: guest ? error.message : `simulator: ${error.stack ?? error}`,
      pc: guest ? error.pc : machine.r[15] >>> 0,
      registers: [...machine.mcu.core.registers],
      fatal,
    });
    if (fatal) {
      this.runner.stop();
      this.serial.end(); // after all data: the port goes away
    }
  }

  reset(machine) {
    this.resets++;
    this.flush();
    sendEvent({ event: 'reset', cause: machine.resetCause, resets: this.resets });
    this.serial.write(frame('R'));
    try {
      const next = this.powerUp(machine);
      this.serial.resume();
      return next;
    } catch (error) {
      machine.resetCause = null;
      this.fault(error, machine);
      return null;
    }
  }

  // Commands

  state() {
    const { machine, instructions } = this.runner;
    const { core } = machine.mcu;
    return {
      instructions,
      nanos: machine.clock.nanos,
      pc: machine.r[15] >>> 0,
      sleeping: core.waiting,
      resets: this.resets,
    };
  }

  command({ id, command, ...rest }) {
    try {
      if (command === 'state') sendEvent({ event: 'answer', id, ...this.state() });
      else if (command === 'load') {
        this.flash.load(rest.offset, Buffer.from(rest.data, 'base64'));
        sendEvent({ event: 'answer', id });
      } else throw new Error(`unknown command ${command}`);
    } catch (error) {
      sendEvent({ event: 'answer', id, error: error.message });
    }
  }
}

async function main() {
  const config = JSON.parse(process.argv[2]);
  try {
    const parts = await loadParts(config.rp2040js);
    const flash = openFlash(config);
    const simulation = new Simulation(config, parts, flash);
    simulation.runner.start();
  } catch (error) {
    sendEvent({ event: 'failed', text: error.message });
    process.exitCode = 1;
    return;
  }
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && process.exit(0), PARENT_CHECK_MS).unref();
}

await main();
