# SPDX-License-Identifier: Apache-2.0
"""Figures of other engines for the same models, taken once; `make bench` prints them unchanged."""

from __future__ import annotations

SOURCES = {
    "tflm": "TensorFlow Lite Micro with its reference kernels, -O3: same models, same "
    "compiler (arm-none-eabi-gcc 12.2), same QEMU machine and cycle model as ours.",
    "cmsis": "TensorFlow Lite Micro with CMSIS-NN kernels, -O3: taken in the same way. With "
    "-Os it is 24 % slower.",
    "hale": "Bosch HALE: cycles published for STM32G0B1 silicon (Cortex-M0+). Silicon, not "
    "emulated.",
    "arena": "Arena of TensorFlow Lite Micro on a 32-bit target.",
    "floor": "Live activations: the largest sum of tensors that must exist at one time, the "
    "least any planner could reach without splitting operators.",
    "preprocessor": "TensorFlow Lite Micro's audio_preprocessor_int8 for one 30 ms frame, 40 "
    "features, same cycle model.",
    "code": "Code on Cortex-M0+ without a model: TensorFlow Lite Micro + CMSIS-NN with -Os; "
    "TinyMaix; emlearn's int8 CNN as an armv6m .mpy (float requantization, far fewer "
    "operators, not bit-exact).",
}

# Cycles and instructions in millions, bytes; None: no figure known.
MODELS = {
    "ad": {"tflm": (4.25, 3.38), "cmsis": (2.36, 1.76), "hale": 2.62,
        "arena": 2580, "floor": 768, "cmsis_m4": 0.58},
    "kws": {"tflm": (107.9, 73.9), "cmsis": (40.0, 29.0), "hale": 30.4,
        "arena": 22820, "floor": 16000, "cmsis_m4": 7.69},
    "ic": {"tflm": (307.8, 211.0), "cmsis": (143.2, 97.6), "hale": 97.4,
        "arena": 54980, "floor": 49152, "cmsis_m4": 29.7},
    "vww": {"tflm": (266.9, 183.3), "cmsis": (119.6, 86.9), "hale": 90.5,
        "arena": 100708, "floor": 55296, "cmsis_m4": 24.2},
    "micro_speech": {"tflm": (19.9, 13.7), "cmsis": (3.35, 2.57), "hale": None,
        "arena": None, "floor": None, "cmsis_m4": None},
}  # fmt: skip

FRONTEND = {"cycles": 310_000, "arena": 8448}
CODE = {
    "TensorFlow Lite Micro + CMSIS-NN": 83_900,
    "TinyMaix": 9_600,
    "emlearn int8 CNN .mpy": 10_200,
}
