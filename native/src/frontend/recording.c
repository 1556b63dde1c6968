/* SPDX-License-Identifier: Apache-2.0 */
/* Whole recordings in one call, for computers that hold them: the ring is filled and emptied in turn, so that the
 * frames are those of the same samples pushed in any pieces. */
#include "mote.h"

int mote_frontend_run(mote_frontend *frontend, mote_ring *ring, const int16_t *samples, uint32_t count, uint32_t *fed,
                      void *frames, uint32_t most) {
  if (!frontend || !ring || !samples || !fed || !frames || *fed > count) return MOTE_ERR_ARGUMENT;
  uint32_t bytes = mote_frontend_values(frontend) * mote_frontend_value_bytes(frontend), taken = 0;
  if (most > INT32_MAX) most = INT32_MAX;
  uint8_t *out = frames;
  for (uint32_t now = 1; now > 0 && taken < most; *fed += now) {
    int status = 0;
    while (taken < most && (status = mote_frontend_next(frontend, ring, out + taken * (size_t)bytes)) > 0) taken++;
    if (status < 0) return status;
    /* What is left in the ring is less than a window, so that samples fit wherever there are any. */
    now = taken < most ? mote_ring_feed(ring, samples + *fed, count - *fed) : 0;
  }
  return (int)taken;
}
