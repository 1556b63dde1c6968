// SPDX-License-Identifier: Apache-2.0
// Which exception is taken, and when a sleeping core wakes (ARM DDI 0419, B1.5).
//
// rp2040js takes a masked interrupt when it ends a WFI; here it only wakes the core, as PRIMASK says.

const NMI = 2;
const SVCALL = 11;
const PENDSV = 14;
const SYSTICK = 15;
const FIRST_IRQ = 16;
const HARDWARE_IRQS = 26;
const PRIORITIES = 4;

/** The most urgent pending and enabled exception as {number, priority}, or null. */
function mostUrgent(core) {
  if (core.pendingNMI) return { number: NMI, priority: -2 };
  const interrupts = core.pendingInterrupts & core.enabledInterrupts;
  for (let priority = 0; priority < PRIORITIES; priority++) {
    if (core.pendingSVCall && core.svCallPriority === priority) return { number: SVCALL, priority };
    if (core.pendingPendSV && core.pendSVPriority === priority) return { number: PENDSV, priority };
    if (core.pendingSystick && core.systickPriority === priority) {
      return { number: SYSTICK, priority };
    }
    const level = interrupts & core.interruptPriorities[priority];
    if (level) return { number: FIRST_IRQ + 31 - Math.clz32(level & -level), priority };
  }
  return null;
}

/** Whether any exception is pending and enabled, masked by PRIMASK or not. */
export function anyPending(core) {
  return (
    (core.pendingInterrupts & core.enabledInterrupts) !== 0 ||
    core.pendingPendSV ||
    core.pendingSystick ||
    core.pendingSVCall ||
    core.pendingNMI
  );
}

function acknowledge(core, number) {
  if (number === NMI) core.pendingNMI = false;
  else if (number === SVCALL) core.pendingSVCall = false;
  else if (number === PENDSV) core.pendingPendSV = false;
  else if (number === SYSTICK) core.pendingSystick = false;
  else if (number >= FIRST_IRQ + HARDWARE_IRQS) {
    core.pendingInterrupts &= ~(1 << (number - FIRST_IRQ));
  }
}

/** Replaces the core's own check; returns whether it woke or took an exception. */
export function installExceptions(core) {
  core.checkForInterrupts = () => {
    const next = mostUrgent(core);
    const active = core.exceptionPriority(core.IPSR);
    core.interruptsUpdated = false;
    if (!next || next.priority >= active) return false;
    core.waiting = false;
    if (core.PM && next.priority >= 0) return true;
    acknowledge(core, next.number);
    core.exceptionEntry(next.number);
    core.interruptsUpdated = true;
    return true;
  };
}
