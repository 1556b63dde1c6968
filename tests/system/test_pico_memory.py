# SPDX-License-Identifier: Apache-2.0
"""What a model takes of the virtual Pico's heap (emulated): the file where it lies, or in RAM once."""

from __future__ import annotations

from moteforge import Model, romfs
from moteforge.bench.suite import MODELS
from test_pico_exact import FLASH, INPUTS_AT, MODEL_AT, board
from test_qemu_exact import random_inputs, shared

SLACK = 4096  # bytes beyond file and arena: the object, its tensors and outputs

# hold() takes all of the heap but `leave` bytes, in pieces that leave no larger gap.
HOLD = """
import gc, mote
mote.Model
def hold(leave):
    gc.collect()
    pieces = []
    while gc.mem_free() > leave + 1024:
        pieces.append(bytearray(min(4096, gc.mem_free() - leave)))
    return pieces
"""

FROM_FLASH = """
import gc, uctypes, mote
mote.Model
file = uctypes.bytearray_at({at}, {size})
given = uctypes.bytearray_at({inputs_at}, {inputs_size})
gc.collect()
before = gc.mem_alloc()
model = mote.Model(file)
output = model.run(given)[0]
gc.collect()
print("#mote", (gc.mem_alloc() - before, model.arena_bytes, bytes(output)))
"""


def test_a_model_of_333_kb_runs_from_flash_in_little_more_than_its_arena(tmp_path):
    data = shared("models/" + MODELS["vww"][1])
    model = Model(data)
    given = random_inputs(model, seed=3)[0]
    script = FROM_FLASH.format(at=FLASH + MODEL_AT, size=len(data), inputs_at=FLASH + INPUTS_AT,
                               inputs_size=given.nbytes)  # fmt: skip
    files = {MODEL_AT: data, INPUTS_AT: given.tobytes()}
    with board("RPI_PICO_MOTE", files, tmp_path) as link:
        used, arena, output = link.ask(script, "running VWW from flash")
    assert len(data) > 330_000
    assert arena == model.arena_bytes
    assert output == model.run(given)[0].tobytes()
    assert arena <= used < arena + SLACK, f"{used} bytes of heap for an arena of {arena}"


IN_RAM = """
gc.collect()
before = gc.mem_alloc()
model = mote.Model("/model.tflite")
gc.collect()
used = gc.mem_alloc() - before
del model
kept = hold({leave})
gc.collect()
left = gc.mem_free()
model = mote.Model("/model.tflite")
print("#mote", (used, left, bytes(model.run(bytes({size}))[0])))
"""


def test_stock_firmware_holds_a_file_once(tmp_path):
    """It opens a file of 54 kB even where a second copy, or half of one, would find no room."""
    data = shared("models/" + MODELS["kws"][1])
    model = Model(data)
    zeros = bytes(model.inputs[0].shape[1] * model.inputs[0].shape[2])
    once = len(data) + model.arena_bytes
    with board("RPI_PICO", {}, tmp_path) as link:
        link.put("/model.tflite", data)
        link.restart()
        script = HOLD + IN_RAM.format(leave=once + 3 * SLACK, size=len(zeros))
        used, left, output = link.ask(script, "opening a model twice")
    assert once <= used < once + SLACK, f"{used} bytes of heap for file and arena of {once}"
    assert left < once + len(data) // 2, f"{left} bytes were left: room for more than the file"
    assert output == model.run(zeros)[0].tobytes()


FROM_ROMFS = """
import gc, mote
mote.Model
given = bytes({size})
gc.collect()
before = gc.mem_alloc()
model = mote.Model("/rom/vww.tflite")
output = model.run(given)[0]
gc.collect()
print("#mote", (gc.mem_alloc() - before, bytes(output)))
"""
ROMFS_AT = 1280 << 10  # boards/RPI_PICO_MOTE/mpconfigboard.h


def test_a_file_of_romfs_is_used_where_it_lies(tmp_path):
    data = shared("models/" + MODELS["vww"][1])
    model = Model(data)
    zeros = bytes(random_inputs(model, seed=1)[0].nbytes)
    with board("RPI_PICO_MOTE", {ROMFS_AT: romfs.image({"vww.tflite": data})}, tmp_path) as link:
        used, output = link.ask(FROM_ROMFS.format(size=len(zeros)), "running VWW from ROMFS")
    assert model.arena_bytes <= used < model.arena_bytes + SLACK, f"{used} bytes of heap"
    assert output == model.run(zeros)[0].tobytes()


def test_a_file_of_romfs_that_is_not_aligned_is_copied(tmp_path, monkeypatch):
    data = shared("models/" + MODELS["kws"][1])
    model = Model(data)
    zeros = bytes(random_inputs(model, seed=1)[0].nbytes)
    monkeypatch.setattr(romfs, "ALIGN", 1)
    image = romfs.image({"kws.tflite": data})
    assert image.index(data) % 4
    script = FROM_ROMFS.format(size=len(zeros)).replace("vww", "kws")
    with board("RPI_PICO_MOTE", {ROMFS_AT: image}, tmp_path) as link:
        used, output = link.ask(script, "running KWS from ROMFS")
    both = model.arena_bytes + len(data)
    assert both <= used < both + SLACK, f"{used} bytes of heap"
    assert output == model.run(zeros)[0].tobytes()
