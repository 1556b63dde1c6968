# SPDX-License-Identifier: Apache-2.0
"""One model or one signal chain in the emulator, compared with this computer's result; this computer's speed."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from ..errors import MoteError, Refused
from ..samples import random_samples
from .emulator import check_memory, run_frontend, run_model
from .image import build, get_cpu
from .results import keep_result, measure_code

CYCLES = "emulated: QEMU, Cortex-M0+ cycle model, zero wait states"
INSTRUCTIONS = "emulated: QEMU, instructions only"


def method(cpu: str) -> str:
    """How a processor's figures come about."""
    return CYCLES if get_cpu(cpu).has_cycles else INSTRUCTIONS


def bench_model(
    data: bytes, cpu: str = "cortex-m0plus", seed: int = 1, functions: bool = False
) -> dict[str, Any]:
    """Runs a .tflite file once on random input. functions: lists them too.

    Raises Refused where the core refuses the file, MoteError where its arena is larger than the image's memory.
    """
    from ..model import Model

    chosen = get_cpu(cpu)
    try:
        model = Model(data)
    except ValueError as error:
        raise Refused(str(error)) from None
    image = build(chosen)
    check_memory(model.arena_bytes, chosen, image)
    inputs = random_samples(model, 1, seed)[0]
    expected = b"".join(output.tobytes() for output in model.run(*inputs))
    result = run_model(data, [b"".join(x.tobytes() for x in inputs)], chosen, image)
    if result["output"][0] != expected:
        raise MoteError(f"the model's output on {cpu} differs from this computer's")
    measure_code(chosen)
    keep_result(data, chosen, result)
    result["output"] = result["output"][0].hex()
    if not functions:
        del result["functions"]
    cpu = chosen.name
    return {"cpu": cpu, "method": method(cpu), "seed": seed, "matches_host": True, **result}


def bench_frontend(config: dict, samples: np.ndarray, cpu: str = "cortex-m0plus") -> dict[str, Any]:
    """Runs a pipeline's signal chain over int16 samples; cycles and instructions a frame (mean)."""
    from ..mote import chain
    from ..signal import Frontend

    words = list(chain.words(config))
    chosen = get_cpu(cpu)
    result = run_frontend(words, samples.astype("<i2").tobytes(), chosen)
    expected = [np.asarray(frame).tobytes() for frame in Frontend(config).push(samples)]
    if result["frames"] != expected:
        raise MoteError(f"the features on {cpu} differ from this computer's")
    result["frames"] = len(expected)
    cpu = chosen.name
    return {"cpu": cpu, "method": method(cpu), "matches_host": True, **result}


def times_real_time(config: dict, samples: np.ndarray, seconds: float = 120.0) -> float:
    """Length of the sound over the time that this computer takes for its features, set-up left out."""
    from ..signal import Frontend

    frontend = Frontend(config)
    rate = config["sampleRate"] * config.get("channels", 1)
    whole = np.resize(samples, int(seconds * rate))
    start = time.perf_counter()
    frames = frontend.push(whole)
    taken = time.perf_counter() - start
    if not len(frames):
        raise MoteError("the samples are too few for a frame")
    return seconds / taken
