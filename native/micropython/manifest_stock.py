# SPDX-License-Identifier: Apache-2.0
# What stock RP2040 firmware freezes, without the modules that its release takes from micropython-lib
# (onewire, ds18x20, dht, neopixel).
freeze("$(PORT_DIR)/modules")
include("$(MPY_DIR)/extmod/asyncio")
