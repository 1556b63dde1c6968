# SPDX-License-Identifier: Apache-2.0
"""One model or one signal chain in the emulator, compared with this computer's result."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import MoteError, Refused
from .emulator import run_frontend, run_model
from .image import get_cpu

METHOD = {
    "cortex-m0plus": "emulated: QEMU, Cortex-M0+ cycle model, zero wait states",
    "cortex-m4": "emulated: QEMU, instructions only",
    "rv32imc": "emulated: QEMU, instructions only",
}


def random_inputs(model: Any, seed: int) -> list[np.ndarray]:
    """One value a element over the whole range of each input's type; float inputs in -1..1."""
    generator = np.random.default_rng(seed)
    arrays = []
    for info in model.inputs:
        dtype = np.dtype(info.dtype)
        if dtype.kind == "f":
            arrays.append(generator.uniform(-1, 1, info.shape).astype(dtype))
        else:
            limits = np.iinfo(dtype)
            arrays.append(
                generator.integers(limits.min, limits.max, info.shape, dtype, endpoint=True)
            )
    return arrays


def bench_model(
    data: bytes, cpu: str = "cortex-m0plus", seed: int = 1, functions: bool = False
) -> dict[str, Any]:
    """Runs a .tflite file once on random input. functions: lists them too.

    Raises Refused where the core refuses the file.
    """
    from ..model import Model

    chosen = get_cpu(cpu)
    try:
        model = Model(data)
    except ValueError as error:
        raise Refused(str(error)) from None
    inputs = random_inputs(model, seed)
    expected = b"".join(output.tobytes() for output in model.run(*inputs))
    result = run_model(data, [b"".join(x.tobytes() for x in inputs)], chosen)
    if result["output"][0] != expected:
        raise MoteError(f"the model's output on {cpu} differs from this computer's")
    result["output"] = result["output"][0].hex()
    if not functions:
        del result["functions"]
    return {"cpu": cpu, "method": METHOD[cpu], "seed": seed, "matches_host": True, **result}


def bench_frontend(config: dict, samples: np.ndarray, cpu: str = "cortex-m0plus") -> dict[str, Any]:
    """Runs a pipeline's signal chain over int16 samples; cycles and instructions a frame (mean)."""
    from ..mote import chain
    from ..signal import Frontend

    words = list(chain.words(config))
    result = run_frontend(words, samples.astype("<i2").tobytes(), get_cpu(cpu))
    expected = [np.asarray(frame).tobytes() for frame in Frontend(config).push(samples)]
    if result["frames"] != expected:
        raise MoteError(f"the features on {cpu} differ from this computer's")
    result["frames"] = len(expected)
    return {"cpu": cpu, "method": METHOD[cpu], "matches_host": True, **result}
