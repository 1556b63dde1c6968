/* SPDX-License-Identifier: Apache-2.0 */
/* Raspberry Pi Pico with the modules _mote and _mote_chain inside. Its 2 MiB of flash, in KiB:
 *    0 ..  512  firmware
 *  512 ..  896  model slot A
 *  896 .. 1280  model slot B
 * 1280 .. 1664  ROMFS, whose files are used where they lie: `mote romfs` makes an image of models
 * 1664 .. 2048  file system */
#define MICROPY_HW_BOARD_NAME "Raspberry Pi Pico, MoteForge"
#define MICROPY_HW_FLASH_STORAGE_BYTES (384 * 1024)
#define MICROPY_HW_ROMFS_BYTES (384 * 1024)
