/* SPDX-License-Identifier: Apache-2.0 */
#include "dot.h"

void mote_dot4_channels(mote_dot4 *dot, const mote_layer *layer, const int8_t *filter, int32_t size, int32_t first,
                        int32_t count) {
  dot->input_zero = layer->input_zero;
  for (int32_t i = 0; i < 4; i++) {
    int32_t channel = first + (i < count ? i : 0);
    dot->weights[i] = filter + channel * size;
    dot->bias[i] = layer->bias ? layer->bias[channel] : 0;
  }
  if (first == 0 || layer->filter->n_scales > 1) mote_layer_scales(layer, first, count, dot->scale);
}
