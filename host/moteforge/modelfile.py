# SPDX-License-Identifier: Apache-2.0
"""Models and arrays as files named by a user: every way in which they can be wrong, as an error."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import Refused, UsageError
from .outfile import check_place, replace_file

if TYPE_CHECKING:
    import numpy as np

    from .model import Model

MAX_FILE_BYTES = 64 << 20
TFLITE_MAGIC = b"TFL3"  # file identifier, behind the first four bytes
NPY_MAGIC = b"\x93NUMPY"


def read_file(path: str | Path, what: str) -> bytes:
    """A file's bytes; UsageError naming it where it cannot be read or is over 64 MiB."""
    if not str(path):
        raise UsageError(f"the name of the {what} is empty", "Name a file.")
    file = Path(path)
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise UsageError(
                f"{what} {path} has {file.stat().st_size} bytes, more than 64 MiB",
                "Name another file.",
            )
        return file.read_bytes()
    except OSError as error:
        raise UsageError(
            f"cannot read {what} {path}: {error.strerror}", "Check the path."
        ) from None


def open_model(path: str | Path) -> tuple[Model, bytes]:
    """The model and its bytes; Refused, with operator and reason, where it cannot run."""
    from . import Model

    data = read_file(path, "model")
    try:
        return Model(data), data
    except ValueError as error:
        raise refused(path, data, str(error)) from None


def refused(path: str | Path, data: bytes, reason: str) -> Refused:
    """The error for a model file that the core refuses, with a remedy that helps for this one."""
    if not data:
        return Refused(f"{path} is refused: the file is empty", "Export or copy the model again.")
    if data[4:8] != TFLITE_MAGIC:
        return Refused(f"{path} is refused: {reason}", "Name a TensorFlow Lite file (.tflite).")
    if "operator" in reason:
        return Refused(
            f"{path} is refused: {reason}", f"`mote inspect {path}` lists every operator."
        )
    return Refused(f"{path} is refused: {reason}", "Copy or convert the model again.")


def load_array(path: str | Path) -> np.ndarray:
    """A .npy array of numbers; UsageError for anything else."""
    import numpy as np

    if not read_file(path, "input").startswith(NPY_MAGIC):
        raise UsageError(f"{path} is no .npy file", "Save the array with numpy.save.")
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError, SyntaxError) as error:
        raise UsageError(
            f"{path} is a damaged .npy file: {error}", "Save the array with numpy.save."
        ) from None
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "iufb":
        raise UsageError(f"{path} holds no array of numbers", "Save it with numpy.save.")
    return array


def as_input(model: Model, index: int, array: np.ndarray, name: str) -> np.ndarray:
    """The array as input `index`: floats quantized by the model's parameters, the type as it is.

    Shapes fit when they are equal without dimensions of 1, or the array is flat and of the right
    size. Raises UsageError naming both sides.
    """
    import numpy as np

    info = model.inputs[index]
    flat = (int(np.prod(info.shape)),)
    if squeezed(array.shape) not in (squeezed(info.shape), squeezed(flat)):
        raise UsageError(
            f"{name} has shape {tuple(array.shape)}; input {info.name!r} takes {tuple(info.shape)}",
            shape_remedy(info.shape, array.shape),
        )
    if array.dtype == info.dtype:
        return np.ascontiguousarray(array).reshape(info.shape)
    if array.dtype.kind != "f" or not info.scale:
        raise UsageError(
            f"{name} is {array.dtype}; {info.name!r} takes {info.dtype}, or floats to quantize",
            "Save the array as one of these.",
        )
    if not np.isfinite(array).all():
        raise UsageError(f"{name} holds values that are not finite", "Remove NaN and infinities.")
    return np.asarray(model.quantize(array, index)).reshape(info.shape)


def shape_remedy(want: Any, have: Any, many: bool = False) -> str:
    """What to do with an array of another shape than an input's; many: several inputs along a first axis will do."""
    import numpy as np

    needed, count = int(np.prod(want)), int(np.prod(have))
    if count == needed:
        return f"Reshape the array to {tuple(want)}, axes in this order."
    if many and count and count % needed == 0:
        return f"Reshape the array to {(count // needed, *want)}, axes in this order."
    if not many and len(have) and count == have[0] * needed and have[0] > 1:
        return f"These are {have[0]} inputs: give one at a time, or all of them to --check."
    some = f"a multiple of {needed:,} values, inputs" if many else f"{needed:,} values, one input"
    return f"Save {some} of shape {tuple(want)}; there {'is' if count == 1 else 'are'} {count:,}."


def squeezed(shape: Any) -> tuple[int, ...]:
    """A shape without its ones."""
    return tuple(int(size) for size in shape if size != 1)


def check_output(path: str | Path, count: int, inputs: Iterable[str | Path] = ()) -> str:
    """The suffix of a file for count arrays; UsageError where `path` cannot become one, or is one of inputs."""
    target = Path(path)
    suffix = ".npy" if count == 1 else ".npz"
    if target.suffix != suffix:
        some = "one output goes" if count == 1 else f"{count} outputs go"
        raise UsageError(
            f"--output {path}: {some} to a {suffix} file", f"Name one: {target.stem}{suffix}."
        )
    check_place("--output", path, inputs)
    return suffix


def save_arrays(path: str | Path, arrays: list[np.ndarray]) -> None:
    """One array as .npy, several as .npz; written whole or not at all."""
    import numpy as np

    if check_output(path, len(arrays)) == ".npy":
        replace_file(path, lambda file: np.save(file, arrays[0]))
    else:
        replace_file(path, lambda file: np.savez(file, *arrays))
