/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of an operator before its kernel looks at it. */
#ifndef MOTE_OPERATORS_H
#define MOTE_OPERATORS_H

#include "graph.h"

#define MOTE_CUSTOM_CODES 224 /* codes from here to 255 are this core's own, for operators that the file names */

/* Whether the kernel may ask for scratch or persistent memory; false for codes that are not known. */
bool mote_code_has_workspace(int code);
/* The group that holds the kernel for an operator of this type of first output; -1: not known. */
int mote_code_group(int code, int type);
/* The code of a custom operator by its name; -1: not known. */
int mote_custom_code(const uint8_t *text, uint32_t length);

#endif
