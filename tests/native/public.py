# SPDX-License-Identifier: Apache-2.0
"""The public models and recordings that tests read where they are present; they are not part of the project."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("MOTE_SHARED") or ROOT.parent / "shared")
MODELS = {
    "ad": "mlperf-tiny/ad01_int8.tflite",
    "kws": "mlperf-tiny/kws_ref_model.tflite",
    "ic": "mlperf-tiny/pretrainedResnet_quant.tflite",
    "vww": "mlperf-tiny/vww_96_int8.tflite",
    "micro_speech": "micro-speech/micro_speech_quantized.tflite",
}


def model_bytes(name: str) -> bytes:
    """A public model by its short name, or any file below models/; skips the test where it is absent."""
    path = SHARED / "models" / MODELS.get(name, name)
    if not path.exists():
        pytest.skip(f"{path} is absent (set MOTE_SHARED to the folder that has models/)")
    return path.read_bytes()
