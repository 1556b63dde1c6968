# SPDX-License-Identifier: Apache-2.0
"""The plan of random graphs: tensors that live together lie apart, and the results are TFLM's."""

import numpy as np
import pytest
from moteforge import Model, _native
from single_op import Graph, Spec, tfl

runtime = pytest.importorskip("tflite_micro").runtime

GRAPHS = 60


class RandomGraph:
    """A graph of ADD and RESHAPE with branches; what lives when is known here, independently of the core."""

    def __init__(self, seed: int):
        self.rng, self.graph = np.random.default_rng(seed), Graph()
        self.size: dict[int, int] = {}
        self.born: dict[int, int] = {}
        self.last: dict[int, int] = {}
        self.place: dict[int, int] = {}
        self.sources = [self.activation(self.length(), 0) for _ in range(self.rng.integers(1, 3))]
        count = int(self.rng.integers(2, 12))
        for at in range(count):
            (self.reshape if self.rng.random() < 0.3 else self.add)(at)
        self.results = [max(self.size)]
        self.use(self.results[0], count)

    def length(self) -> int:
        return int(self.rng.choice([1, 7, 40, 200, 1000]))

    def activation(self, length: int, at: int) -> int:
        index = self.graph.tensor(
            Spec((1, length), scale=float(self.rng.uniform(0.05, 0.2)), zero=3)
        )
        self.size[index], self.born[index], self.place[index] = length, at, index
        self.last[index] = at
        return index

    def use(self, index: int, at: int) -> None:
        self.last[self.place[index]] = max(self.last[self.place[index]], at)

    def pick(self) -> int:
        return int(self.rng.choice(list(self.size)))

    def add(self, at: int) -> None:
        a = self.pick()
        b = int(self.rng.choice([i for i in self.size if self.size[i] == self.size[a]]))
        self.use(a, at), self.use(b, at)
        output = self.activation(self.size[a], at)
        options = tfl.AddOptionsT()
        self.graph.operator(tfl.BuiltinOperator.ADD, [a, b], [output], options, 11, 2)

    def reshape(self, at: int) -> None:
        source = self.pick()
        self.use(source, at)
        spec = self.graph.graph.tensors[source]
        output = self.graph.tensor(
            Spec((self.size[source], 1), scale=spec.quantization.scale[0], zero=3)
        )
        self.size[output], self.place[output] = self.size[source], self.place[source]
        # Shapes of two ranks: only tensors of one rank may be added without broadcasting.
        self.graph.operator(tfl.BuiltinOperator.RESHAPE, [source], [output])
        back = self.graph.tensor(
            Spec((1, self.size[source]), scale=spec.quantization.scale[0], zero=3)
        )
        self.size[back], self.place[back] = self.size[source], self.place[source]
        self.graph.operator(tfl.BuiltinOperator.RESHAPE, [output], [back])
        del self.size[output]

    def pack(self) -> bytes:
        return self.graph.pack(self.sources, self.results)


def offsets(model: Model, count: int) -> list[int]:
    return [_native.model_tensor(model._state, 2, i)[5] for i in range(count)]


@pytest.mark.parametrize("seed", range(GRAPHS))
def test_results_are_those_of_tflm(seed):
    made = RandomGraph(seed)
    data = made.pack()
    model, rng = Model(data), np.random.default_rng(seed)
    interpreter = runtime.Interpreter.from_bytes(data, arena_size=1 << 18)
    inputs = [rng.integers(-128, 128, info.shape, dtype=np.int8) for info in model.inputs]
    for index, array in enumerate(inputs):
        interpreter.set_input(array, index)
    interpreter.invoke()
    assert np.array_equal(model.run(*inputs)[0], interpreter.get_output(0))


@pytest.mark.parametrize("seed", range(GRAPHS))
def test_tensors_alive_together_lie_apart(seed):
    made = RandomGraph(seed)
    model = Model(made.pack())
    at = offsets(model, len(made.graph.graph.tensors))
    owners, pairs = list(made.born), 0
    for i, a in enumerate(owners):
        assert at[a] + made.size[a] <= model.arena_bytes - model.state_bytes
        for b in owners[:i]:
            if made.born[a] <= made.last[b] and made.born[b] <= made.last[a]:
                assert at[a] + made.size[a] <= at[b] or at[b] + made.size[b] <= at[a]
                pairs += 1
    assert pairs


def test_a_reshaped_tensor_shares_its_bytes():
    graph = Graph()
    source = graph.tensor(Spec((4, 4), scale=0.1))
    output = graph.tensor(Spec((16,), scale=0.1))
    graph.operator(tfl.BuiltinOperator.RESHAPE, [source], [output])
    model = Model(graph.pack([source], [output]))
    assert offsets(model, 2) == [0, 0]
    assert model.arena_bytes - model.state_bytes == 16


def chain(offline: list[int] | None) -> bytes:
    """input -> ADD -> ADD -> output, 32 bytes each, with an offline plan."""
    graph = Graph()
    tensors = [graph.tensor(Spec((1, 32), scale=0.1 + 0.1 * i)) for i in range(3)]
    for a, b in ((0, 1), (1, 2)):
        graph.operator(
            tfl.BuiltinOperator.ADD, [tensors[a]] * 2, [tensors[b]], tfl.AddOptionsT(), 11, 2
        )
    if offline is not None:
        words = np.array([1, 0, len(offline), *offline], np.int32)
        graph.metadata("OfflineMemoryAllocation", words.tobytes())
    return graph.pack(tensors[:1], tensors[2:])


def test_the_files_own_plan_is_honoured():
    assert offsets(Model(chain([64, 0, 128])), 3) == [64, 0, 128]
    mixed = Model(chain([64, -1, -1]))
    assert offsets(mixed, 3)[0] == 64
    assert offsets(mixed, 3)[1] != 64
    x = np.arange(32, dtype=np.int8).reshape(1, 32)
    assert np.array_equal(mixed.run(x)[0], Model(chain(None)).run(x)[0])


@pytest.mark.parametrize(
    "offline", [[0, 16, 64], [0, 0, 64], [-2, 0, 64], [3, 64, 128], [0, 64, 128, 0]]
)
def test_an_inconsistent_plan_is_refused(offline):
    with pytest.raises(ValueError, match="memory plan is inconsistent"):
        Model(chain(offline))
