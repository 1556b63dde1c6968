# SPDX-License-Identifier: Apache-2.0
"""TensorFlow Lite Micro on this computer, from the wheel tflite-micro: the authority on every value."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from importlib import metadata
from typing import Any

import numpy as np

from .errors import MoteError, Refused

PACKAGE = "tflite-micro"
SPARE_BYTES = 1 << 20  # of its arena, besides tensors and what it keeps for each weight
MORE = 16  # times as much where that is not enough


def load() -> Any:
    """Its module `runtime`; MoteError that says how to get it."""
    try:
        from tflite_micro import runtime
    except ImportError as error:
        raise MoteError(
            f"the comparison needs TensorFlow Lite Micro, the package {PACKAGE}: {error}",
            "Install it: pip install moteforge[check] (Python 3.11 or newer).",
        ) from None
    return runtime


def version() -> str:
    """Package and version, as reports name them."""
    return f"{PACKAGE} {metadata.version(PACKAGE)}"


def quietly(call: Callable[[], Any]) -> tuple[Any, str]:
    """(result or RuntimeError, what the library wrote to stderr while it ran)."""
    with tempfile.TemporaryFile() as file:
        saved = os.dup(2)
        os.dup2(file.fileno(), 2)
        try:
            result = call()
        except (RuntimeError, ValueError) as error:
            result = error
        finally:
            os.dup2(saved, 2)
            os.close(saved)
        file.seek(0)
        return result, file.read().decode("utf-8", "replace").strip()


class Reference:
    """An interpreter of one model file, in its first state; keep: all activations can be read after a run.

    tensor_bytes: of all its activations together. Raises Refused where TFLM refuses the model, MoteError without it.
    """

    def __init__(self, data: bytes, tensor_bytes: int, keep: bool = False):
        runtime = load()
        config = runtime.InterpreterConfig
        kind = config.kPreserveAllTensors if keep else config.kAllocationRecording
        size = SPARE_BYTES + 4 * len(data) + 2 * tensor_bytes
        for arena in (size, size * MORE):
            made, said = quietly(
                lambda arena=arena: runtime.Interpreter.from_bytes(
                    data, arena_size=arena, intrepreter_config=kind
                )
            )
            if not isinstance(made, Exception):
                self.interpreter = made
                return
        reason = said.splitlines()[-1] if said else str(made)
        raise Refused(f"TensorFlow Lite Micro refuses the model: {reason}")

    def run(self, inputs: Sequence[np.ndarray], outputs: int) -> list[np.ndarray]:
        """Its outputs for one set of inputs."""
        for index, array in enumerate(inputs):
            self.interpreter.set_input(array, index)
        result, said = quietly(self.interpreter.invoke)
        if isinstance(result, Exception):
            raise MoteError(f"TensorFlow Lite Micro fails on these inputs: {said or result}")
        return [np.array(self.interpreter.get_output(index)) for index in range(outputs)]

    def tensor(self, index: int) -> np.ndarray:
        """An activation after the last run, by its index in the file; the model was opened with keep."""
        return np.array(self.interpreter.GetTensor(index, 0)["tensor_data"])
