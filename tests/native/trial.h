/* SPDX-License-Identifier: Apache-2.0 */
/* One file of any bytes through the whole core, for programs built with sanitizers. */
#ifndef MOTE_TRIAL_H
#define MOTE_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Measures, opens, reports on, resets and runs the file; seed chooses what lies in the arena and where the file lies.
 * The process aborts with a line that says why where the core breaks a promise: a refusal without words, a report of a
 * place outside the arena, a run that fails although the model opened, outputs that depend on what lay in the arena.
 * Whether it opened. */
bool trial(const uint8_t *bytes, size_t size, uint64_t seed);

#endif
