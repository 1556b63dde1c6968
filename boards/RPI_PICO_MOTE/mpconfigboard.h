/* SPDX-License-Identifier: Apache-2.0 */
/* Raspberry Pi Pico with the module _mote inside. Its 2 MiB of flash, in KiB:
 *    0 ..  512  firmware
 *  512 ..  896  model slot A
 *  896 .. 1280  model slot B
 * 1280 .. 2048  file system */
#define MICROPY_HW_BOARD_NAME "Raspberry Pi Pico, MoteForge"
#define MICROPY_HW_FLASH_STORAGE_BYTES (768 * 1024)
