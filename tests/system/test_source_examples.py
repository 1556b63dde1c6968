# SPDX-License-Identifier: Apache-2.0
"""The examples of sources on the virtual Pico (emulated), stock firmware, with recordings that stand in for sensors.

What they decide is what the same pipelines decide on the PC, on the same samples.
"""

from __future__ import annotations

import wave

import numpy as np
import pytest
from moteforge import Frontend, Pipeline
from moteforge.bench.suite import ROOT
from moteforge.deploy import install
from moteforge.errors import SimError
from moteforge.mote.native import SENSE
from moteforge.mote.source_replay import Replay
from moteforge.sim import VirtualPico, places
from moteforge.transport import attach

SECONDS = 240.0
EXAMPLES, KEYWORD = ROOT / "examples" / "sources", ROOT / "examples" / "keyword"
FILES = [
    *(EXAMPLES / f"{name}.py" for name in ("adc", "i2s", "accelerometer", "replay", "stand_in")),
    *(EXAMPLES / f"{name}.pipeline.json" for name in ("adc", "accelerometer")),
    *(EXAMPLES / name for name in ("motion.tflite", "walk_shake.wav", "knocks.wav")),
    *(KEYWORD / name for name in ("keyword.pipeline.json", "keyword.tflite", "clips/yes_no.wav")),
]


@pytest.fixture(scope="module")
def pico():
    """Stock firmware with the package, the module of further stages, and the examples with their files."""
    try:
        image = places.find_firmware("RPI_PICO")
    except SimError as error:
        pytest.skip(f"{error} ({error.remedy})")
    with VirtualPico(firmware=image) as board, attach(str(board.port), SECONDS) as link:
        install(link, None, [SENSE], quiet=True)
        for path in FILES:
            link.put(f"/{path.name}", path.read_bytes())
        yield link


@pytest.fixture
def link(pico):
    """A fresh interpreter on it."""
    pico.restart()
    return pico


def recording(path) -> np.ndarray:
    """The samples of a WAV file, all channels."""
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


RUN = """
import {example}, stand_in
told = []
it = {example}.run({sensor}, {milliseconds}, lambda *news: told.append(news))
ring = it.ring
print("#mote", (told, ring.lost, ring.overruns, ring.missing))
"""


def run(link, example: str, sensor: str, milliseconds: int) -> list:
    """What an example tells until the end of that window; it has missed nothing."""
    code = RUN.format(example=example, sensor=sensor, milliseconds=milliseconds)
    told, *lost = link.ask(code, f"running {example}.py")
    assert lost == [0, 0, 0]
    return told


def decided(pipeline, samples: np.ndarray) -> list:
    return [(d.time_ms, d.label) for d in Pipeline(pipeline).push(samples)]


def test_adc_hears_the_knocks(link):
    told = run(link, "adc", "stand_in.Pin('knocks.wav')", 3900)
    frames = Frontend(EXAMPLES / "adc.pipeline.json").push(recording(EXAMPLES / "knocks.wav"))
    sharp = [
        (128 + 64 * n, peak * 3.3 / 2**32)
        for n, (peak, k) in enumerate(frames.tolist())
        if k > 8 << 16
    ]
    assert [at for at, _ in told] == [at for n, (at, _) in enumerate(sharp) if at - 64 not in
                                      [before for before, _ in sharp[:n]]]  # fmt: skip
    heights = dict(sharp)
    for at, volts in told:
        assert abs(volts - heights[at]) < 0.002
    for at in (900, 1700, 2000, 3200):
        assert any(at < end < at + 200 for end, _ in told)


def test_i2s_hears_the_words(link):
    told = run(link, "i2s", "stand_in.Microphone('yes_no.wav')", 3200)
    samples = np.concatenate([recording(KEYWORD / "clips/yes_no.wav"), np.zeros(16000, np.int16)])
    assert told == decided(KEYWORD / "keyword.pipeline.json", samples)
    assert [label for _, label in told] == ["yes", "no"]


def test_accelerometer_feels_the_motions(link):
    told = run(link, "accelerometer", "stand_in.Lis3dh('walk_shake.wav')", 20000)
    assert told == decided(
        EXAMPLES / "accelerometer.pipeline.json", recording(EXAMPLES / "walk_shake.wav")
    )
    assert [label for _, label in told] == ["walk", "shake"]


BUSY = """
import accelerometer, stand_in, time
told = []
def pause(*news):
    told.append(news)
    time.sleep_ms(1500)
it = accelerometer.run(stand_in.Lis3dh("walk_shake.wav"), 20000, pause)
print("#mote", (told, it.overruns, it.missing, it.ring.breaks))
"""


def test_a_busy_program_marks_what_the_sensor_dropped(link):
    told, overruns, missing, breaks = link.ask(BUSY, "running accelerometer.py")
    whole = decided(
        EXAMPLES / "accelerometer.pipeline.json", recording(EXAMPLES / "walk_shake.wav")
    )
    assert [label for _, label in told] == ["walk", "shake"]
    assert (overruns, breaks) == (0, 2)
    assert 2 * 3 * 140 <= missing <= 2 * 3 * 190  # 1.5 s at 100 Hz, and what lay in the FIFO
    assert abs(told[1][0] - whole[1][0]) <= 1280  # two hops


GAPS = [[900, 300], [1500, 20]]
REPLAY = f"""
import replay
told = []
it = replay.run("walk_shake.wav", lambda *news: told.append(news), gaps={GAPS})
print("#mote", (told, it.count, it.overruns, it.missing, it.profile()))
"""


def test_a_cut_recording_is_replayed_as_on_the_pc(link):
    told, count, overruns, missing, profile = link.ask(REPLAY, "running replay.py")
    line = Pipeline(EXAMPLES / "accelerometer.pipeline.json")
    source = Replay(str(EXAMPLES / "walk_shake.wav"), gaps=GAPS)
    source.start(line)
    more, expected = True, []
    while more:
        more = source.poll()
        expected += [(d.time_ms, d.label) for d in line.poll()]
    source.stop()
    assert told == expected
    assert (count, overruns, missing) == (line.count, 0, 3 * 320)
    assert (line.lost, line.missing) == (0, 3 * 320)
    assert all(0 < times["mean"] <= times["max"] for times in profile.values())
    assert profile.keys() == line.profile().keys()


QUIET = """
import gc
from mote import Pipeline
line = Pipeline({pipeline!r})
noise = memoryview(bytes(2 * 1920))  # divides by three channels
def allocated(times):
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    for _ in range(times):
        line.push(noise)
        line.poll()
    after = gc.mem_alloc()
    gc.enable()
    return after - before
allocated(1)
print("#mote", (allocated(3), allocated(30), (line.count - line.frames) // line.stride))
"""


@pytest.mark.parametrize("name", ["keyword", "accelerometer"])
def test_waiting_for_a_decision_allocates_nothing(link, name):
    few, many, inferences = link.ask(QUIET.format(pipeline=f"{name}.pipeline.json"), "counting")
    assert inferences > 20
    assert (few, many) == (0, 0)
