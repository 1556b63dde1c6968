# SPDX-License-Identifier: Apache-2.0
"""What the stages and keys of a pipeline file mean, with units, for its model and JSON Schema.

Ranges and defaults are not here: the tables of device/mote/chain.py and sense.py have them. Each text is (unit,
sentence); unit "" is a plain number, None no number.
"""

from __future__ import annotations

Text = tuple[str | None, str]

HEAD: dict[str, Text] = {
    "format": ("", "Of this document."),
    "sampleRate": ("Hz", "Samples a second of each channel."),
    "channels": ("", "Interleaved channels or axes that come in."),
    "bufferSize": (
        "samples",
        "Capacity of the ring, of all channels: a power of two, at least windowSize x channels.",
    ),
    "windowSize": ("samples", "Of each channel in a window, at the rate that comes in."),
    "hopLength": ("samples", "Of each channel from one window to the next; at most windowSize."),
    "fixedPointScale": ("", "Full scale of the samples: int16."),
}

DECISION: dict[str, Text] = {
    "frames": ("frames", "The model's input: the last so many frames."),
    "stride": ("frames", "From one inference to the next."),
    "smoothing": ("inferences", "Over which scores are averaged."),
    "threshold": ("", "Score from which on a label fires."),
    "hysteresis": ("", "A label that fired is armed again below threshold - hysteresis."),
    "debounceMs": ("ms", "Between two firings of one label, at least."),
}

STAGES: dict[str, str] = {
    "calibration": "Offset and gain of every channel: (sample - offset) x gain.",
    "dcRemoval": "High-pass of first order: removes what is constant.",
    "biquad": "Cascade of second-order filters.",
    "decimate": "Low-pass filter, then every factor-th sample.",
    "vectorMagnitude": "Three axes become the length of their vector.",
    "tiltFree": "Three axes become two that do not depend on tilt: along gravity and across it.",
    "window": "Weights the window's samples, so that its edges do not spread over the spectrum.",
    "fft": "Real Fourier transform of the window, filled up with zeros.",
    "energy": "Squared magnitude of the spectrum.",
    "magnitude": "Magnitude of the spectrum.",
    "filterbank": "Triangular bands over the power spectrum, then the square root.",
    "noiseReduction": "Follows the noise in every band and subtracts it.",
    "pcan": "Gain control by the noise in every band.",
    "log": "Natural logarithm.",
    "dct": "Discrete cosine transform over the bands: cepstra.",
    "statistics": "Figures of the window beside what flows on.",
    "spectralStatistics": "Figures of the spectrum beside what flows on.",
    "normalize": "(value - mean) / std of every feature.",
    "deltas": "Adds how the features change from frame to frame.",
    "quantize": "(value x multiplier + divisor / 2) / divisor + zeroPoint as int8.",
    "toModel": "Into the quantization of the model's input.",
}

PARAMETERS: dict[tuple[str, str], Text] = {
    ("calibration", "offset"): ("samples' units", "Subtracted; one for all channels, or a list."),
    ("calibration", "gain"): ("", "Factor behind the offset; one for all channels, or a list."),
    ("dcRemoval", "cutoffHz"): ("Hz", "Frequency at which 3 dB are lost."),
    ("biquad", "sections"): (
        "1 / 268435456",
        "b0, b1, b2, a1, a2 of every section (a0 is 1), integers with 28 fraction bits.",
    ),
    ("biquad", "design"): (
        None,
        'What `mote pipeline design` makes the sections of, as "lowpass 800 Hz".',
    ),
    ("biquad", "order"): ("", "Of the filter in design."),
    ("biquad", "ripple"): ("dB", "In the passband of the filter in design, which then is a Chebyshev one."),
    ("biquad", "q"): ("", "Of a notch in design: its frequency by its width at -3 dB."),
    ("biquad", "sos"): ("", "Sections as SciPy has them, b0, b1, b2, a0, a1, a2, to be rounded."),
    ("decimate", "factor"): ("", "Samples of which one is kept."),
    ("decimate", "taps"): ("", "Of the low-pass filter, for each of factor: more are steeper."),
    ("vectorMagnitude", "halve"): (None, "Half the length, which cannot saturate."),
    ("tiltFree", "cutoffHz"): ("Hz", "Of the low-pass that finds gravity."),
    ("window", "shape"): (None, "Hann, Hamming, or all ones."),
    ("window", "weightBits"): ("bits", "Fraction bits of the weights."),
    ("window", "scaling"): (
        None,
        "none: samples times weights; block: scaled up to 14 bits, so that quiet ones stay exact.",
    ),
    ("fft", "size"): ("points", "A power of two, at least the window behind decimation."),
    ("fft", "scaling"): (
        None,
        "Against rounding: none; window: scaled up to 15 bits; block: in every pass, as little as fits.",
    ),
    ("magnitude", "fractionBits"): ("bits", "Kept behind the point."),
    ("filterbank", "scale"): (None, "On which the bands' centres have equal distances."),
    ("filterbank", "channels"): ("", "Bands."),
    ("filterbank", "lowHz"): ("Hz", "Lower end of the lowest band."),
    ("filterbank", "highHz"): ("Hz", "Upper end of the highest band, below half the rate."),
    ("filterbank", "weightBits"): ("bits", "Fraction bits of the triangles' weights."),
    ("filterbank", "fractionBits"): ("bits", "Kept behind the point, for weak signals."),
    ("noiseReduction", "evenSmoothing"): ("", "Share of a new value in even bands' estimate."),
    ("noiseReduction", "oddSmoothing"): ("", "The same of odd bands; 0: as even ones."),
    ("noiseReduction", "minSignalRemaining"): ("", "Share of a value that is kept at least."),
    ("noiseReduction", "smoothingBits"): ("bits", "Further fraction bits of the estimate."),
    ("noiseReduction", "clamping"): (None, "The estimate is never above the value."),
    ("pcan", "strength"): ("", "Exponent of the gain."),
    ("pcan", "offset"): ("", "Added to the noise estimate."),
    ("pcan", "gainBits"): ("bits", "Fraction bits of the gain."),
    ("log", "outputScale"): ("", "Of the result: outputScale x ln(value)."),
    ("dct", "coefficients"): ("", "Cepstra that are kept, from the 0th on."),
    ("statistics", "values"): (None, "Which, in this order."),
    ("spectralStatistics", "bands"): ("", "Bands whose energies are given."),
    ("spectralStatistics", "lowHz"): ("Hz", "Lower end of the lowest band."),
    ("spectralStatistics", "highHz"): ("Hz", "Upper end of the highest band; 0: half the rate."),
    ("spectralStatistics", "logBands"): (None, "Logarithms of the bands' energies."),
    ("spectralStatistics", "centroid"): (None, "Mean frequency."),
    ("spectralStatistics", "rolloff"): ("", "Share of the energy below the frequency given; 0: none."),
    ("spectralStatistics", "flatness"): (None, "Geometric by arithmetic mean of the power."),
    ("spectralStatistics", "dominant"): ("", "How many of the strongest frequencies are given."),
    ("normalize", "outputScale"): ("", "What a feature of one standard deviation becomes."),
    ("normalize", "mean"): ("", "One for all features, or a list."),
    ("normalize", "std"): ("", "One for all features, or a list."),
    ("deltas", "width"): ("frames", "To each side, over which the slope is taken."),
    ("deltas", "order"): ("", "1: slopes; 2: the slopes' slopes, too."),
    ("quantize", "multiplier"): ("", "Numerator of the factor."),
    ("quantize", "divisor"): ("", "Denominator of the factor."),
    ("quantize", "zeroPoint"): ("", "What 0 becomes."),
}  # fmt: skip
