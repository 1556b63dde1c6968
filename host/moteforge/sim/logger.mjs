// SPDX-License-Identifier: Apache-2.0
// What the emulator complains about: each message once, on stderr, and at most LIMIT of them.

const LIMIT = 100;

export class Logger {
  constructor(verbose) {
    this.verbose = verbose;
    this.seen = new Set();
  }

  say(message) {
    if (this.seen.has(message) || this.seen.size >= LIMIT) return;
    this.seen.add(message);
    process.stderr.write(`${message}\n`);
  }

  debug() {}

  info() {}

  warn(component, message) {
    if (this.verbose) this.say(`[${component}] ${message}`);
  }

  error(component, message) {
    this.say(`[${component}] ${message}`);
  }

  /** stdout carries events, so nothing that the emulator prints may go there. */
  takeOverConsole() {
    const say = (...words) => this.warn('rp2040js', words.join(' '));
    Object.assign(console, { log: say, info: say, debug: say, warn: say, error: say });
  }
}
