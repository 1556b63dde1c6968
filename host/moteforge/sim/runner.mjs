// SPDX-License-Identifier: Apache-2.0
// Time: busy code runs as fast as it can, idle time takes as long as on the wall clock.
//
// While the core sleeps, virtual time passes with real time and never ahead of it by more than GAP_MS:
// alarms nearer than that are jumped to and slept off later, for a timer of the host system is not finer.

const SLICE_MS = 4; // the event loop gets its turn at least this often
const BATCH_CYCLES = 50000;
const GAP_MS = 1.5;
const LONGEST_SLEEP_MS = 200;
const LAG_MS = 5; // real time beyond this that was lost is not caught up with
const NANOS = 1e6;

export class Runner {
  /** hooks: onFault(error, machine), onReset(machine), afterSlice(). */
  constructor(machine, hooks) {
    this.machine = machine;
    this.hooks = hooks;
    this.gap = 0; // ms that virtual time is ahead of real time
    this.sleeping = null; // {timer, since, limit} while waiting for real time to pass
    this.scheduled = false;
    this.stuck = false; // the core has faulted, time goes on for the watchdog
    this.stopped = false;
    this.instructionsBefore = 0;
    this.slice = this.slice.bind(this);
  }

  get instructions() {
    return this.instructionsBefore + this.machine.cpu.instructions;
  }

  start() {
    this.schedule();
  }

  stop() {
    this.stopped = true;
    if (this.sleeping) clearTimeout(this.sleeping.timer);
  }

  schedule() {
    if (this.scheduled || this.stopped) return;
    this.scheduled = true;
    setImmediate(this.slice);
  }

  /** Something happened outside: a sleep ends now. */
  wake() {
    if (this.sleeping) this.endSleep();
    this.schedule();
  }

  slice() {
    this.scheduled = false;
    if (this.stopped || this.sleeping) return;
    const end = performance.now() + SLICE_MS;
    let asleep = false;
    do {
      this.step();
      asleep = this.sleeping !== null;
    } while (!asleep && !this.stopped && performance.now() < end);
    this.hooks.afterSlice();
    if (!asleep) this.schedule();
  }

  /** One batch of instructions, or a piece of idle time. */
  step() {
    const { machine } = this;
    const { core } = machine.mcu;
    try {
      if (core.waiting || this.stuck) this.idle();
      else this.burst();
    } catch (error) {
      this.fail(error);
    }
    if (machine.resetCause) this.reset();
  }

  burst() {
    const { clock, cpu, mcu } = this.machine;
    const nanosPerCycle = 1e9 / mcu.clkSys;
    const untilAlarm = clock.nextAlarm ? clock.nanosToNextAlarm / nanosPerCycle : BATCH_CYCLES;
    const limit = Math.max(1, Math.min(BATCH_CYCLES, Math.ceil(untilAlarm)));
    const cycles = cpu.run(limit);
    if (cycles) clock.tick(cycles * nanosPerCycle);
  }

  idle() {
    const { clock } = this.machine;
    const ahead = clock.nextAlarm ? Math.max(0, clock.nanosToNextAlarm / NANOS) : LONGEST_SLEEP_MS;
    if (this.gap + ahead < GAP_MS) this.pass(ahead);
    else this.sleep(Math.min(this.gap + ahead, LONGEST_SLEEP_MS), ahead);
  }

  /** Virtual time passes. */
  pass(ms) {
    this.gap += ms;
    this.machine.clock.tick(ms * NANOS);
  }

  sleep(ms, limit) {
    const timer = setTimeout(() => this.wake(), Math.max(1, Math.floor(ms)));
    this.sleeping = { timer, since: performance.now(), limit };
  }

  endSleep() {
    const { timer, since, limit } = this.sleeping;
    clearTimeout(timer);
    this.sleeping = null;
    this.gap -= performance.now() - since;
    if (this.gap < 0) this.pass(Math.min(-this.gap, limit));
    this.gap = Math.max(this.gap, -LAG_MS);
  }

  fail(error) {
    this.stuck = true;
    this.hooks.onFault(error, this.machine);
  }

  reset() {
    const next = this.hooks.onReset(this.machine);
    if (!next) return;
    this.instructionsBefore += this.machine.cpu.instructions;
    this.machine = next;
    this.stuck = false;
    this.gap = 0;
  }
}
