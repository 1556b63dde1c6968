# SPDX-License-Identifier: Apache-2.0
"""Signal operators. Where TFLM leaves parts of an output as they were, the models avoid those parts."""

from __future__ import annotations

import numpy as np
from single_op import BOOL, INT16, INT32, UINT32, UINT64, Case, Graph, Spec


def _int16(rng: np.random.Generator, shape) -> np.ndarray:
    """Samples of any loudness, some of them at the ends of the range."""
    loud = 2.0 ** rng.uniform(0, 15)
    values = np.clip(rng.normal(0, loud, shape), -32768, 32767)
    ends = rng.choice([-32768, 32767], shape)
    return np.where(rng.random(shape) < rng.choice([0, 0.02, 0.5]), ends, values).astype(np.int16)


def _unsigned(rng: np.random.Generator, shape, bits: int) -> np.ndarray:
    """Numbers of all lengths up to `bits`."""
    size = rng.integers(0, bits + 1, shape)
    kind = np.uint32 if bits <= 32 else np.uint64
    whole = rng.integers(0, 2**bits, shape, dtype=np.uint64, endpoint=False)
    return (whole >> (bits - size).astype(np.uint64) % np.uint64(64)).astype(kind) * (size > 0)


def _outer(rng: np.random.Generator, most: int = 3) -> tuple[int, ...]:
    return tuple(int(n) for n in rng.integers(1, 4, int(rng.integers(0, most))))


def _case(graph: Graph, inputs: list[int], outputs: list[int], feed) -> Case:
    return Case(graph.pack(inputs, outputs), feed)


def window(rng: np.random.Generator) -> Case:
    graph, count = Graph(), int(rng.integers(1, 70))
    shape = (*_outer(rng), count)
    source = graph.tensor(Spec(shape, INT16))
    fixed = rng.random() < 0.7
    data = _int16(rng, count) if fixed else None
    weights = graph.tensor(Spec((count,), INT16, data=data))
    output = graph.tensor(Spec(shape, INT16))
    shift = int(rng.choice([12, 14, 0, rng.integers(0, 32)]))
    graph.custom("SignalWindow", [source, weights], [output], {"shift": shift})
    inputs = [source] if fixed else [source, weights]
    shapes = [shape] if fixed else [shape, (count,)]
    return _case(graph, inputs, [output], lambda rng: [_int16(rng, s) for s in shapes])


def fft_auto_scale(rng: np.random.Generator) -> Case:
    graph, shape = Graph(), (int(rng.integers(1, 600)),)
    source, output = graph.tensor(Spec(shape, INT16)), graph.tensor(Spec(shape, INT16))
    shift = graph.tensor(Spec((), INT32))
    graph.custom("SignalFftAutoScale", [source], [output, shift], {})
    return _case(graph, [source], [output, shift], lambda rng: [_int16(rng, shape)])


def _transform(rng: np.random.Generator, name: str, bins_in: bool) -> Case:
    graph, outer = Graph(), _outer(rng)
    size = int(rng.choice([16, 32, 64, 128, 256, 512, 1024]))
    samples = int(rng.choice([size, rng.integers(1, size + 1)]))
    shapes = [(*outer, samples), (*outer, size + 2)]
    if bins_in:
        shapes = [shapes[1], (*outer, size)]
    source, output = graph.tensor(Spec(shapes[0], INT16)), graph.tensor(Spec(shapes[1], INT16))
    graph.custom(name, [source], [output], {"T": INT16, "fft_length": size})
    return _case(graph, [source], [output], lambda rng: [_int16(rng, shapes[0])])


def rfft(rng: np.random.Generator) -> Case:
    return _transform(rng, "SignalRfft", bins_in=False)


def irfft(rng: np.random.Generator) -> Case:
    return _transform(rng, "SignalIrfft", bins_in=True)


def energy(rng: np.random.Generator) -> Case:
    graph, bins = Graph(), int(rng.integers(1, 300))
    source = graph.tensor(Spec((2 * bins,), INT16))
    output = graph.tensor(Spec((bins,), UINT32))
    graph.custom("SignalEnergy", [source], [output], {"start_index": 0, "end_index": bins})
    return _case(graph, [source], [output], lambda rng: [_int16(rng, (2 * bins,))])


def filter_bank(rng: np.random.Generator) -> Case:
    graph, channels, bins = Graph(), int(rng.integers(1, 50)), int(rng.integers(4, 300))
    table = int(rng.integers(4, 400))
    widths = rng.integers(-1, min(12, bins, table) + 1, channels + 1)
    room = np.maximum(widths, 0)
    starts = [rng.integers(0, limit - room + 1) for limit in (bins, table)]
    source = graph.tensor(Spec((bins,), UINT32))
    tables = [_int16(rng, table), _int16(rng, table), *starts, widths]
    operands = [graph.tensor(Spec((len(data),), INT16, data=data)) for data in tables]
    output = graph.tensor(Spec((channels,), UINT64))
    graph.custom("SignalFilterBank", [source, *operands], [output], {"num_channels": channels})
    return _case(graph, [source], [output], lambda rng: [_unsigned(rng, bins, 32)])


def square_root(rng: np.random.Generator) -> Case:
    graph, shape = Graph(), (int(rng.integers(1, 60)),)
    source, shift = graph.tensor(Spec(shape, UINT64)), graph.tensor(Spec((), INT32))
    output = graph.tensor(Spec(shape, UINT32))
    graph.custom("SignalFilterBankSquareRoot", [source, shift], [output], {})

    def feed(rng: np.random.Generator) -> list[np.ndarray]:
        values = _unsigned(rng, shape, 64)
        if rng.random() < 0.5:  # next to squares
            root = values >> np.uint64(32)
            values = root * root + root + rng.integers(-2, 3, shape).astype(np.uint64)
        return [values, np.array(rng.integers(0, 32), np.int32)]

    return _case(graph, [source, shift], [output], feed)


def spectral_subtraction(rng: np.random.Generator) -> Case:
    graph, channels = Graph(), int(rng.integers(1, 50))
    bits = int(rng.choice([14, 14, 10, 15]))
    even, odd = (int(n) for n in rng.integers(0, 2**bits + 1, 2))
    source, *outputs = (graph.tensor(Spec((channels,), UINT32)) for _ in range(3))
    options = {
        "alternate_one_minus_smoothing": 2**bits - odd,
        "alternate_smoothing": odd,
        "clamping": bool(rng.random() < 0.5),
        "min_signal_remaining": int(rng.integers(0, 2**bits + 1)),
        "num_channels": channels,
        "one_minus_smoothing": 2**bits - even,
        "smoothing": even,
        "smoothing_bits": int(rng.choice([10, 10, 0, rng.integers(0, 32)])),
        "spectral_subtraction_bits": bits,
    }
    graph.custom("SignalFilterBankSpectralSubtraction", [source], outputs, options)
    length = int(rng.choice([20, 32]))
    return _case(graph, [source], outputs, lambda rng: [_unsigned(rng, channels, length)])


def pcan(rng: np.random.Generator) -> Case:
    graph, channels = Graph(), int(rng.integers(1, 50))
    signal, noise, output = (graph.tensor(Spec((channels,), UINT32)) for _ in range(3))
    gains = graph.tensor(Spec((125,), INT16, data=_int16(rng, 125)))
    shift = int(rng.choice([6, 6, rng.integers(0, 64)]))
    graph.custom("SignalPCAN", [signal, noise, gains], [output], {"snr_shift": shift})

    def feed(rng: np.random.Generator) -> list[np.ndarray]:
        return [_unsigned(rng, channels, 32), _unsigned(rng, channels, 32)]

    return _case(graph, [signal, noise], [output], feed)


def filter_bank_log(rng: np.random.Generator) -> Case:
    graph, channels = Graph(), int(rng.integers(1, 50))
    source = graph.tensor(Spec((channels,), UINT32))
    output = graph.tensor(Spec((channels,), INT16))
    options = {
        "input_correction_bits": int(rng.choice([3, 0, rng.integers(0, 32)])),
        "output_scale": int(rng.choice([64, 1600, 2**31 - 1, -(2**31), rng.integers(1, 4000)])),
    }
    graph.custom("SignalFilterBankLog", [source], [output], options)
    return _case(graph, [source], [output], lambda rng: [_unsigned(rng, channels, 32)])


def framer(rng: np.random.Generator) -> Case:
    """Prefilled, so that every frame is valid."""
    graph, outer, frames = Graph(), _outer(rng), int(rng.integers(1, 4))
    step = int(rng.integers(1, 20))
    size = step + int(rng.choice([0, rng.integers(0, 50)]))
    source = graph.tensor(Spec((*outer, frames * step), INT16))
    output = graph.tensor(Spec((*outer, frames, size), INT16))
    valid = graph.tensor(Spec((), BOOL))
    options = {"frame_size": size, "frame_step": step, "prefill": True}
    graph.custom("SignalFramer", [source], [output, valid], options)
    shape = (*outer, frames * step)
    return _case(graph, [source], [output, valid], lambda rng: [_int16(rng, shape)])


def delay(rng: np.random.Generator) -> Case:
    graph, shape = Graph(), (*_outer(rng), int(rng.integers(1, 30)))
    source, output = graph.tensor(Spec(shape, INT16)), graph.tensor(Spec(shape, INT16))
    length = int(rng.choice([0, rng.integers(0, 80)]))
    graph.custom("SignalDelay", [source], [output], {"delay_length": length})
    return _case(graph, [source], [output], lambda rng: [_int16(rng, shape)])


def stacker(rng: np.random.Generator) -> Case:
    """Without right context and by single steps, so that every output is valid."""
    graph, channels, left = Graph(), int(rng.integers(1, 20)), int(rng.integers(0, 5))
    source = graph.tensor(Spec((channels,), INT16))
    output = graph.tensor(Spec(((left + 1) * channels,), INT16))
    valid = graph.tensor(Spec((), BOOL))
    options = {
        "num_channels": channels,
        "stacker_left_context": left,
        "stacker_right_context": 0,
        "stacker_step": 1,
    }
    graph.custom("SignalStacker", [source], [output, valid], options)
    return _case(graph, [source], [output, valid], lambda rng: [_int16(rng, channels)])


def overlap_add(rng: np.random.Generator) -> Case:
    graph, outer, frames = Graph(), _outer(rng), int(rng.integers(1, 4))
    size = int(rng.integers(1, 50))
    step = int(rng.choice([size, rng.integers(1, size + 1)]))
    shape = (*outer, frames, size)
    source = graph.tensor(Spec(shape, INT16))
    output = graph.tensor(Spec((*outer, frames * step), INT16))
    graph.custom("SignalOverlapAdd", [source], [output], {"T": INT16, "frame_step": step})
    return _case(graph, [source], [output], lambda rng: [_int16(rng, shape)])


OPERATORS = {
    "SignalWindow int16": window,
    "SignalFftAutoScale int16": fft_auto_scale,
    "SignalRfft int16": rfft,
    "SignalIrfft int16": irfft,
    "SignalEnergy int16": energy,
    "SignalFilterBank uint32": filter_bank,
    "SignalFilterBankSquareRoot uint64": square_root,
    "SignalFilterBankSpectralSubtraction uint32": spectral_subtraction,
    "SignalPCAN uint32": pcan,
    "SignalFilterBankLog uint32": filter_bank_log,
    "SignalFramer int16": framer,
    "SignalDelay int16": delay,
    "SignalStacker int16": stacker,
    "SignalOverlapAdd int16": overlap_add,
}
