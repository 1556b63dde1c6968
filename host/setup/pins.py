# SPDX-License-Identifier: Apache-2.0
"""Versions of everything that comes from a package registry at build time.

Each can be replaced by a directory of one's own through the variable that its entry names, and its
version by another through version_variable.
"""

from __future__ import annotations

from dataclasses import dataclass

SUITE = "trixie"  # Debian suite that carries these versions, whatever the machine itself runs


@dataclass(frozen=True)
class Pin:
    """One Debian package: source (unpacked by dpkg-source) or binary (unpacked by dpkg-deb)."""

    name: str  # directory below build/third_party
    package: str
    version: str
    source: bool
    directory: str  # path of the tree inside the unpacked package, "" for its top
    marker: str  # a file that every usable tree has
    variable: str  # names a directory to use instead
    title: str


SOURCES = (
    Pin(
        name="micropython",
        package="micropython",
        version="1.25.0+ds-1",
        source=True,
        directory="",
        marker="py/dynruntime.mk",
        variable="MICROPY_DIR",
        title="MicroPython",
    ),
    Pin(
        name="mbedtls",
        package="mbedtls",
        version="3.6.6-0.1~deb13u1",
        source=True,
        directory="",
        marker="library/ssl_tls.c",
        variable="MBEDTLS_DIR",
        title="Mbed TLS",
    ),
    Pin(
        name="pico-sdk",
        package="pico-sdk-source",
        version="2.1.1-1",
        source=False,
        directory="usr/src/pico-sdk",
        marker="pico_sdk_init.cmake",
        variable="PICO_SDK_PATH",
        title="Pico SDK",
    ),
    Pin(
        name="tinyusb",
        package="tinyusb-source",
        version="0.18.0+dfsg-1",
        source=False,
        directory="usr/src/tinyusb",
        marker="src/tusb.h",
        variable="TINYUSB_DIR",
        title="TinyUSB",
    ),
)

RP2040JS = "1.4.1"  # npm package rp2040js; RP2040JS_DIR names a directory to use instead


def version_variable(pin: Pin) -> str:
    """Environment variable that overrides a pin's version, such as MBEDTLS_VERSION."""
    return f"{pin.name.upper().replace('-', '_')}_VERSION"
