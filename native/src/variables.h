/* SPDX-License-Identifier: Apache-2.0 */
/* Resource variables: which VAR_HANDLE of the main graph stands for one, and what it holds.
 *
 * A variable is known by its container and name. Its home is the first VAR_HANDLE of the main graph that names it:
 * that operator's persistent memory is the variable, and the tensors that handles give lie there too, so that
 * READ_VARIABLE and ASSIGN_VARIABLE find it without looking anything up. Its size is that of the first value that any
 * graph assigns, the main graph before the others, as in TFLM's MicroResourceVariables. */
#ifndef MOTE_VARIABLES_H
#define MOTE_VARIABLES_H

#include "graph.h"

#define MOTE_MAX_VARIABLES 128 /* handles of one graph that are looked at */
#define MOTE_MAX_GRAPHS 16     /* of one file that are looked at */
#define MOTE_MAX_NAME 255      /* bytes of the names of handles that are looked at */

/* The home of the variable that a tensor of `graph` refers to: an operator of `main`, or MOTE_FOREIGN where only other
 * graphs name the variable, or MOTE_NO_VARIABLE where the tensor is not the result of a VAR_HANDLE. */
#define MOTE_FOREIGN (-1)
#define MOTE_NO_VARIABLE (-2)
int mote_variable_home(mote_graph *main, mote_graph *graph, int32_t tensor);

/* The first value that is assigned to the variable with this home; false: none is, or the file is bad. */
bool mote_variable_value(mote_graph *main, int home, mote_tensor *value);

#endif
