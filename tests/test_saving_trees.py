"""What is saved is what is loaded: every bit of every array, and the tree around them."""

from __future__ import annotations

import math
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import nn
from autograd import Tensor, Value
from nn.saving.trees import DTYPES

pytest.importorskip("safetensors", reason="safetensors is not installed")

SUFFIXES = (".npz", ".safetensors")
suffixes = pytest.mark.parametrize("suffix", SUFFIXES)


def same(a: Any, b: Any) -> bool:
    """Equal in types, bits, and the order of keys; NaN is NaN."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return len(a) == len(b) and all(
            same(k, m) and same(x, y) for (k, x), (m, y) in zip(a.items(), b.items(), strict=True)
        )
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float | np.floating):
        return bool((a == b and np.signbit(a) == np.signbit(b)) or (a != a and b != b))
    return bool(a == b)


def there_and_back(thing: Any, folder: Path, suffix: str) -> Any:
    nn.save(thing, folder / f"thing{suffix}")
    assert [path.name for path in folder.iterdir()] == [f"thing{suffix}"]
    return nn.load(folder / f"thing{suffix}")


def test_what_counts_as_the_same() -> None:
    assert same({1: [math.nan, (np.ones(2),)]}, {1: [math.nan, (np.ones(2),)]})
    for a, b in [
        (1, 1.0), (1, True), ([1], (1,)), (0.0, -0.0), (1.0, np.float64(1)), ({1: 2}, {"1": 2}),
        ({1: 2, 3: 4}, {3: 4, 1: 2}), (np.ones(2), np.ones(2, "f4")), (np.ones(2), np.ones((2, 1))),
    ]:  # fmt: skip
        assert not same(a, b)


@suffixes
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3, 4)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_bit_of_an_array(dtype: str, shape: Any, suffix: str, tmp_path: Path) -> None:
    size = math.prod(shape) * np.dtype(dtype).itemsize
    raw = np.random.default_rng(3).integers(0, 2 if dtype == "bool" else 256, size, np.uint8)
    array = np.frombuffer(raw.tobytes(), dtype).reshape(shape)  # NaNs and denormal numbers as well
    loaded = there_and_back({"x": array}, tmp_path, suffix)
    assert same(loaded, {"x": array})
    loaded["x"][...] = 1  # its own memory


@suffixes
@pytest.mark.parametrize("special", [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324])
def test_special_numbers_in_arrays_and_alone(special: float, suffix: str, tmp_path: Path) -> None:
    tree = [np.full(3, special), np.full(3, special, "f4"), special, np.float32(special)]
    assert same(there_and_back(tree, tmp_path, suffix), tree)


@suffixes
def test_arrays_in_other_orders(suffix: str, tmp_path: Path) -> None:
    x = np.arange(24.0).reshape(2, 3, 4)
    arrays = {
        "transposed": x.T,
        "strided": x[:, ::-2, 1:],
        "broadcast": np.broadcast_to(x[0, 0], (3, 4)),
        "fortran": np.asfortranarray(x[0]),
        "same again": x[0],
    }
    loaded = there_and_back(arrays, tmp_path, suffix)
    for name, array in arrays.items():
        assert_array_equal(loaded[name], array)
    if suffix == ".npz":  # products of matrices may differ in the last bit between the orders
        assert loaded["fortran"].flags.f_contiguous
    big = there_and_back(x.astype(">f8"), tmp_path, suffix)
    assert big.dtype == x.dtype
    assert_array_equal(big, x)


@suffixes
def test_types_of_plain_data(suffix: str, tmp_path: Path) -> None:
    tree = {
        "none": None, "booleans": [True, False], "text": "", "pair": (1, 2.5),
        "empty": [[], (), {}],
        "big": [2**127 + 1, -(2**64), 2**9_999], "infinite": [math.inf, -math.inf, math.nan],
        "numpy": [np.float16(0.1), np.float32(0.1), np.float64(0.1), np.int64(3), np.bool_(True)],
        "zero": (0.0, -0.0), "smallest": 5e-324,
    }  # fmt: skip
    assert same(there_and_back(tree, tmp_path, suffix), tree)


@suffixes
@pytest.mark.parametrize("thing", [None, 3, "text", [], {}, (), np.ones(2), np.array(1.0), [{}]])
def test_a_tree_may_be_anything(thing: Any, suffix: str, tmp_path: Path) -> None:
    assert same(there_and_back(thing, tmp_path, suffix), thing)


KEYS = [
    "", ".", "..", "/", "a/b", "a.b", "a.npy", "../../etc/passwd", "/absolute", "C:\\x", "a\\b",
    "\0", "a\0b", "\n", " ", "é", "重み", "𝛼", "\ud800", "a" * 3000, "tree.json", "tree",
    "checksum", "__metadata__", "$array", "$dict", "$", "array", "array 0", "array 1'", "file",
    "self", "0", 0, 1, -5, 2**70, 0.5, math.inf, True, None,
]  # fmt: skip


@suffixes
@pytest.mark.parametrize("inside", ["arrays", "numbers", "both"])
def test_keys_of_all_kinds(inside: str, suffix: str, tmp_path: Path) -> None:
    items: Any = {
        "arrays": lambda i: np.full(i, i),
        "numbers": lambda i: i,
        "both": lambda i: {"x": [np.full(i, i)], "y": i},
    }[inside]
    keys = [key for key in KEYS if key is not True]  # True == 1
    tree = {key: items(i) for i, key in enumerate(keys)}
    assert same(there_and_back(tree, tmp_path, suffix), tree)
    for i, key in enumerate(KEYS):
        assert same(there_and_back({key: items(i)}, tmp_path, suffix), {key: items(i)})


@suffixes
def test_paths_that_meet(suffix: str, tmp_path: Path) -> None:
    """Different places in a tree whose paths read the same."""
    tree = {
        "a/b": np.array(1),
        "a": {"b": np.array(2), "b/": {"c": np.array(3)}},
        "a/b/": {"c": np.array(4)},
        "a/b'": np.array(5),
        "0": np.array(6),
        0: np.array(7),
        "l": [np.array(8)],
        "l/0": np.array(9),
    }
    assert same(there_and_back(tree, tmp_path, suffix), tree)


plain = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(width=64)
    | st.text(max_size=5)
    | st.sampled_from([np.arange(3), np.array(2.0), np.zeros((0, 2), "f4"), np.float32(0.1)])
)
keys = st.text(max_size=4) | st.integers(-3, 3) | st.sampled_from(["$array", "a/b", "a"])
trees = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(keys, inner, max_size=4)
    ),
    max_leaves=12,
)


@given(tree=trees, suffix=st.sampled_from(SUFFIXES))
@settings(max_examples=150, deadline=None)
def test_any_tree(tree: Any, suffix: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert same(there_and_back(tree, tmp_path_factory.mktemp("tree"), suffix), tree)


@suffixes
def test_nodes_and_subclasses_become_plain(suffix: str, tmp_path: Path) -> None:
    tree = {"t": Tensor([1.0, 2.0]), "v": Value(3.0), "d": OrderedDict(b=1, a=nn.Parameter(2.0))}
    expected = {"t": np.array([1.0, 2.0]), "v": 3.0, "d": {"b": 1, "a": np.array(2.0)}}
    assert same(there_and_back(tree, tmp_path, suffix), expected)


@suffixes
def test_the_same_data_give_the_same_file(suffix: str, tmp_path: Path) -> None:
    tree = {"x": np.arange(3), "y": [1, {"z": np.ones(2)}]}
    nn.save(tree, tmp_path / f"a{suffix}")
    nn.save(tree, tmp_path / f"b{suffix}")
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


# --- models and optimisers ---


def models() -> list[nn.Module]:
    return [
        nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU()),
        nn.LSTM(3, 4),
        nn.Linear(3, 2).astype("float32"),
        nn.MLP(2, [3, 1]),
        nn.ReLU(),
    ]


@suffixes
@pytest.mark.parametrize("index", range(5))
def test_a_model(index: int, suffix: str, tmp_path: Path) -> None:
    nn.manual_seed(0)
    model = models()[index]
    loaded = there_and_back(model, tmp_path, suffix)
    assert same(loaded, model.state_dict())
    other = models()[index]
    other.load_state_dict(loaded)
    assert same(other.state_dict(), model.state_dict())


def numbers(tree: Any) -> Any:
    """A tree with Python's numbers in the place of NumPy's."""
    if isinstance(tree, dict):
        return {key: numbers(x) for key, x in tree.items()}
    if isinstance(tree, list):
        return [numbers(x) for x in tree]
    return tree.item() if isinstance(tree, np.generic) else tree


OPTIMIZERS: dict[str, Any] = {
    "SGD": lambda params: nn.SGD(params, lr=0.1, momentum=0.9),
    "Adam": lambda params: nn.Adam(params, amsgrad=True),
    "NAdam": nn.NAdam,
    "LBFGS": lambda params: nn.LBFGS(params, line_search_fn="strong_wolfe"),
}


@suffixes
@pytest.mark.parametrize("scalar", [True, False])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_goes_on_the_same(name: str, scalar: bool, suffix: str, tmp_path: Path) -> None:
    """Three steps, saved and loaded, three more: the same as six."""

    def fresh(seed: int) -> Any:
        nn.manual_seed(seed)
        if scalar:
            model: Any = nn.MLP(2, [3, 1], seed=seed)
        else:
            model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
        optimizer = OPTIMIZERS[name](model.parameters())
        return model, optimizer, nn.optim.lr_scheduler.StepLR(optimizer, 2, 0.5)

    def train(model: Any, optimizer: Any, schedule: Any) -> None:
        def closure() -> Any:
            optimizer.zero_grad()
            loss = (model([1.0, -2.0]) - 0.3) ** 2
            loss = loss if scalar else loss.sum()
            loss.backward()
            return loss

        for _ in range(3):
            optimizer.step(closure)
            schedule.step()

    def state(parts: Any) -> dict[str, Any]:
        return {str(i): part.state_dict() for i, part in enumerate(parts)}

    whole = fresh(1)
    train(*whole)
    loaded = there_and_back(state(whole), tmp_path, suffix)
    assert same(loaded, state(whole))
    train(*whole)
    resumed = fresh(2)
    for i, part in enumerate(resumed):
        part.load_state_dict(loaded[str(i)])
    train(*resumed)
    assert same(numbers(state(resumed)), numbers(state(whole)))


@suffixes
def test_states_of_random_generators(suffix: str, tmp_path: Path) -> None:
    import random

    for bits in (np.random.PCG64(7), np.random.MT19937(7), np.random.SFC64(7), np.random.Philox(7)):
        rng = np.random.Generator(bits)
        rng.random(3)
        rng.integers(0, 9, dtype=np.uint32)
        state = there_and_back(bits.state, tmp_path, suffix)
        expected = rng.random(5)
        other = np.random.Generator(type(bits)(0))
        other.bit_generator.state = state
        assert_array_equal(other.random(5), expected)
    python = random.Random(3)
    state = there_and_back(python.getstate(), tmp_path, suffix)
    other_python = random.Random()
    other_python.setstate(state)
    assert other_python.random() == python.random()


# --- what NumPy makes of it, and what is made of NumPy's ---


def test_numpy_reads_a_model(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    nn.save(model, tmp_path / "m.npz")
    with np.load(tmp_path / "m.npz") as archive:
        assert archive.files == list(model.state_dict())
        for name, array in model.state_dict().items():
            assert_array_equal(archive[name], array)


def test_numpy_reads_the_arrays_of_a_tree(tmp_path: Path) -> None:
    nn.save({"model": nn.Linear(2, 3), "steps": [1, np.arange(2)]}, tmp_path / "m.npz")
    with np.load(tmp_path / "m.npz") as archive:
        assert archive.files == ["model/weight", "model/bias", "steps/1", "tree.json"]


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_archives_of_numpy(write: Any, tmp_path: Path) -> None:
    arrays = {"w": np.arange(6.0).reshape(2, 3), "b": np.zeros(100, "i1"), "f": np.ones((3, 2)).T}
    write(tmp_path / "a.npz", **arrays)
    assert same(nn.load(tmp_path / "a.npz"), arrays)


# --- what cannot be saved ---


@suffixes
@pytest.mark.parametrize(
    ("thing", "told"),
    [
        ({"f": len}, "f"),
        ({"a": [1, {"b": object()}]}, "a/1/b"),
        ({"x": np.array(["text"])}, "x"),
        ({"x": np.array([None])}, "x"),
        ({"x": np.ones(2, complex)}, "complex128"),
        ({"x": np.ones(2, np.longdouble)}, "longdouble|float128|float96|x"),
        ({"x": 1j}, "x"),
        ({"x": {1, 2}}, "x"),
        ({"x": b"bytes"}, "x"),
        ({(1, 2): 3}, r"\(1, 2\)"),
    ],
)
def test_what_is_not_plain_data(thing: Any, told: str, suffix: str, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=told):
        nn.save(thing, tmp_path / f"x{suffix}")
    assert list(tmp_path.iterdir()) == []


def test_an_optimizer_itself_is_told_to_save_its_state(tmp_path: Path) -> None:
    optimizer = nn.SGD(nn.Linear(2, 2).parameters())
    with pytest.raises(TypeError, match=r"optimizer: .*state_dict\(\)"):
        nn.save({"optimizer": optimizer}, tmp_path / "x.npz")


def test_a_tree_in_itself_and_numbers_without_end(tmp_path: Path) -> None:
    tree: dict[str, Any] = {}
    tree["again"] = [tree, tree]
    with pytest.raises(ValueError, match="contain itself"):
        nn.save(tree, tmp_path / "x.npz")
    with pytest.raises(ValueError, match="10,000 bits"):
        nn.save([10**5000], tmp_path / "x.npz")
    deep: Any = np.ones(1)
    for _ in range(50):
        deep = {1: deep}
    assert same(there_and_back(deep, tmp_path, ".npz"), deep)


@pytest.mark.parametrize("name", ["model", "model.pt", "x.npy", "npz", ".npz", "x.npz/", "x.npz."])
def test_other_endings(name: str, tmp_path: Path) -> None:
    for call in (lambda p: nn.save(nn.Linear(1, 1), p), nn.load):
        with pytest.raises((ValueError, OSError), match=r"\.npz") as raised:
            call(f"{tmp_path}/{name}")
        if not name.endswith("/"):
            assert r".safetensors" in str(raised.value)


def test_arguments_the_other_way_round(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"nn\.save\(model, path\)"):
        nn.save("model.npz", nn.Linear(1, 1))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a path"):
        nn.load(3.5)  # type: ignore[arg-type]


def test_capitals_and_paths_of_bytes(tmp_path: Path) -> None:
    nn.save([1], tmp_path / "A.NPZ")
    assert nn.load(bytes(tmp_path / "A.NPZ")) == [1]  # type: ignore[arg-type]


def test_without_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nn.save([1], tmp_path / "x.safetensors")
    monkeypatch.setitem(__import__("sys").modules, "safetensors.numpy", None)
    for call in (lambda: nn.save([2], tmp_path / "x.safetensors"),
                 lambda: nn.load(tmp_path / "x.safetensors")):  # fmt: skip
        with pytest.raises(ImportError, match=r"chalkgrad\[safetensors\]"):
            call()
    monkeypatch.undo()
    assert nn.load(tmp_path / "x.safetensors") == [1]
