/* SPDX-License-Identifier: Apache-2.0 */
/* Which inner loops are compiled, by the compiler's own macros. MOTE_PORTABLE takes the C loops everywhere: they are
 * the reference that the others are tested against. */
#ifndef MOTE_PROCESSOR_H
#define MOTE_PROCESSOR_H

#if defined(__ARM_ARCH_6M__) && !defined(MOTE_PORTABLE)
#define MOTE_USE_V6M 1
#endif
#if defined(__ARM_FEATURE_DSP) && defined(__thumb2__) && !defined(MOTE_PORTABLE)
#define MOTE_USE_DSP 1
#endif

#endif
