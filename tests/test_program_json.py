"""Programs as text, pickles and copies: the same program, the same results, to the bit."""

from __future__ import annotations

import contextlib
import copy
import json
import math
import pickle
import warnings
from collections import namedtuple
from typing import Any

import numpy as np
import pytest
from array_row import ArrayRow
from op_samples import SAMPLES, Sample, call
from test_array_ops import ROWS
from test_passes import bits

import autograd
from autograd import Program, Tensor, Value, ops, primitive, trace
from autograd.node import PRIMITIVES, Primitive
from autograd.ops.indexing import _Place as Place
from autograd.programs.equations import Array


def by_text(program: Program) -> Program:
    return Program.from_json(program.to_json())


def by_pickle(program: Program) -> Program:
    return pickle.loads(pickle.dumps(program))  # type: ignore[no-any-return]


WAYS = [by_text, by_pickle, copy.deepcopy]


def assert_same(program: Program, other: Program, *args: Any) -> None:
    assert str(other) == str(program)
    assert [(e.op, e.array) for e in other.equations] == [
        (e.op, e.array) for e in program.equations
    ]
    assert bits(other(*args)) == bits(program(*args))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", [name for name in SAMPLES if name in PRIMITIVES])
def test_operations_of_numbers(name: str, way: Any) -> None:
    op: Primitive = PRIMITIVES[name]
    sample: Sample = SAMPLES[name]
    traced_at, point = sample.draws(op, 2)
    program = trace(lambda *xs: call(op, op, xs) * 0.1 + 1e-300, *traced_at)
    assert_same(program, way(program), *point)
    assert_same(program.grad(), way(program.grad()), *point)
    assert way(program).source == program.source


def traced(row: ArrayRow) -> Program | None:
    try:
        return trace(row.call, *row.args)
    except TypeError:  # mixed arguments, or something that cannot be traced
        return None


@pytest.mark.parametrize("way", WAYS)
def test_operations_of_arrays(way: Any) -> None:
    tried: set[str] = set()
    for row in ROWS:
        program = traced(row)
        if program is not None:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore", RuntimeWarning)
                assert_same(program, way(program), *(x * 1.01 for x in row.args))
            tried |= set(program.counts())
    assert len(tried) > 80


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "f",
    [
        lambda x: x[1:, None, ..., ::-1],
        lambda x: x[np.array([[True, False], [False, True]])],
        lambda x: x[np.array([], dtype=int)],
        lambda x: x + np.array([[math.nan, -math.inf], [-0.0, 5e-324]]),
        lambda x: x.sum(axis=0) @ np.asfortranarray(np.random.default_rng(0).normal(size=(2, 3))),
        lambda x: x * np.ones((1, 1), dtype=np.float16) * np.array(0.1),
        lambda x: x.astype(np.float32).sum(axis=(0, 1), keepdims=True),
        lambda x: ops.cast(x, bool),
        lambda x: {"a": [x, (1.5, x.T)], 3: None or x, (1, "b"): -0.0, None: math.inf, True: 7},
        lambda x: [],
        lambda x: np.ones((0, 3)),
        lambda x: x * 2**60 * -1e-308 * 0.1,
    ],
)
def test_settings_and_constants_and_structures(f: Any, way: Any) -> None:
    program = trace(f, np.array([[1.0, 2.0], [3.0, 5.0]]))
    other = way(program)
    with np.errstate(all="ignore"):
        assert_same(program, other, np.array([[0.1, -0.0], [3.0, 1.0]]))
    assert repr(other.out_tree) == repr(program.out_tree)


@pytest.mark.parametrize("way", WAYS)
def test_constants_lie_in_memory_in_the_same_order(way: Any) -> None:
    """Their order decides the last digits of sums, and what is written is not shared."""
    for constant in (np.arange(6.0).reshape(2, 3), np.asfortranarray(np.ones((2, 3))), np.ones(3)):
        program = trace(lambda x, c=constant: x + c, np.ones((2, 3)))
        new = way(program).equations[0].args[1]
        assert (new.strides, new.flags.writeable) == (constant.strides, True)
        assert not np.shares_memory(new, constant)


@pytest.mark.parametrize("way", WAYS)
def test_an_index_that_is_computed(way: Any) -> None:
    program = Program()
    x = program.var("x", Array((2, 3), np.dtype(float)))
    positions = program.add(ops.less, (x, 1.0), array=Array((2, 3), np.dtype(bool)))
    index = {"index": (Place(0),)}
    program.outputs = [program.add(PRIMITIVES["getitem"], (x, positions), index)]
    program.inputs, program.in_tree = [x], (None,)
    assert_same(program, way(program), np.arange(6.0).reshape(2, 3) / 3)


def test_arguments_keep_their_structure() -> None:
    program = trace(lambda xs, d: xs[0] * d["w"][1], [1.0, 2.0], {"w": (3.0, np.float64(4.0))})
    other = by_text(program)
    assert other.in_tree == program.in_tree == ([None, None], {"w": (None, None)})
    assert other([2.0, 0.0], {"w": (0.0, 5.0)}) == 10.0


@pytest.mark.parametrize("way", WAYS)
def test_parameters_are_new_leaves_with_the_numbers_of_now(way: Any) -> None:
    w, unnamed = Value(2.0, label="w"), Value(-0.5)
    program = trace(lambda x: w * x + unnamed, 1.0)
    w.data = 3.0
    other = way(program)
    w.data = 100.0
    new, second = other.parameters.values()
    assert (new.label, new.data, new.is_leaf) == ("w", 3.0, True)
    assert (second.label, second.data) == ("", -0.5)
    other(2.0).backward()
    assert (new.grad, w.grad) == (2.0, 0.0)
    new.data = 4.0
    assert other(2.0).data == 7.5


@pytest.mark.parametrize("way", WAYS)
def test_parameters_that_are_tensors(way: Any) -> None:
    trained = Tensor(np.ones(2, dtype=np.float32), requires_grad=True, label="trained")
    fixed, integers = Tensor([2.0, 3.0]), Tensor([1, 0], label="integers")
    program = trace(lambda x: x * trained * fixed + integers, np.ones(2))
    other = way(program)
    assert_same(program, other, np.array([0.5, 2.0]))
    old, new = (list(p.parameters.values()) for p in (program, other))
    for a, b in zip(old, new, strict=True):
        assert a is not b
        assert (a.label, a.requires_grad, a.dtype) == (b.label, b.requires_grad, b.dtype)
    other(np.ones(2)).sum().backward()
    assert new[0].grad is not None
    assert trained.grad is None


def test_a_computed_parameter_comes_back_as_a_leaf() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)
    program = trace(lambda x, w2=w * 2: x * w2, np.ones(2))
    (parameter,) = by_text(program).parameters.values()
    assert parameter.is_leaf
    assert parameter.requires_grad
    np.testing.assert_array_equal(parameter.data, [2.0, 4.0])


@pytest.mark.parametrize("way", WAYS)
def test_long_programs(way: Any) -> None:
    def f(x: Any) -> Any:
        for i in range(5_000):
            x = x * 1.0001 + i
        return x

    program = trace(f, 1.0)
    other = way(program)
    assert other(0.5) == program(0.5)
    assert len(other.equations) == 10_000


# --- what cannot be saved -------------------------------------------------------------------------


@primitive
def doubled(x: Any) -> Any:
    return 2 * x


doubled.defvjp(lambda g, out, x: 2 * g)
Pair = namedtuple("Pair", "left right")


def test_rules_of_your_own_are_pickled_by_name_but_no_text() -> None:
    program = trace(lambda x: doubled(x) + 1, np.ones(2))
    with pytest.raises(TypeError, match=r"to_json: .* got the operation doubled, which is not in"):
        program.to_json()
    assert_same(program, by_pickle(program), np.array([1.0, -3.0]))
    assert_same(program, copy.deepcopy(program), np.array([1.0, -3.0]))


def test_one_that_is_called_like_one_of_the_library() -> None:
    @primitive
    def tanh(x: Any) -> Any:
        return x

    with pytest.raises(TypeError, match="the operation tanh, which is not in"):
        trace(lambda x: tanh(x), np.ones(2)).to_json()


def test_structures_of_your_own() -> None:
    program = trace(lambda x: {"p": Pair(x, -x)}, 1.0)
    assert by_pickle(program)(2.0)["p"] == Pair(2.0, -2.0)
    pair = by_text(program)(2.0)["p"]  # not of that class, which may be gone, but alike
    assert (repr(pair), pair.right) == ("Pair(left=2.0, right=-2.0)", -2.0)
    program = trace(lambda x: {frozenset("k"): x}, 1.0)
    with pytest.raises(TypeError, match=r"to_json: .* got frozenset\({'k'}\)"):
        program.to_json()


# --- what cannot be read --------------------------------------------------------------------------

W = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True, label="w")
GOOD = trace(
    lambda x: {"y": (x[1:, None, ...] @ W).tanh().sum(axis=-1) + math.inf}, np.ones((3, 2))
).to_json()


def refused(text: str, match: str) -> None:
    with pytest.raises(ValueError, match=match) as error:
        Program.from_json(text)
    assert str(error.value).startswith("from_json: expected the text that to_json returned")


def test_other_texts() -> None:
    refused("", "got no JSON")
    refused(GOOD[:-2], "got no JSON")
    refused("[" * 100_000, "got no JSON")
    refused("null", "got format None")
    refused("[1]", r"got format \[1\]")
    refused('{"format": "onnx"}', "got format 'onnx'")
    refused(GOOD.replace('"version": 1', '"version": 2'), r"got version 2 \(int\)")
    refused(GOOD.replace('"tanh"', '"tan2h"'), "got operations that are not known here: tan2h")
    refused(GOOD.replace('"tanh"', '"__import__"'), "not known here: __import__")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"equations"', '"equation"'),
        ('{"var": 0}', '{"var": 3}'),
        ('{"var": 0}', '{"var": -1}'),
        ('{"var": 0}', '{"var": "x"}'),
        ('{"var": 0}', '{"variable": 0}'),
        ('"tanh", {"tuple": [', '"tanh", {"tuple": [1.0, '),
        ('"tanh", {"tuple": [', '"tanh", {"tuple": 1, "list": ['),
        ('"AAAAAAAA', '"AAAA'),
        ('"AAAAAAAA', '"???? AAAA'),
        ('"<f8", [2, 3]', '"<f8", [2, 4]'),
        ('"<f8", [2, 3]', '"<f8", [2, 2]'),
        ('"<f8", [2, 3]', '"<f8", [-2, -3]'),
        ('"<f8", [2, 3]', '"O", [2, 3]'),
        ('"<f8", [2, 3]', '"no type", [2, 3]'),
        ('{"float": "inf"}', '{"float": "one"}'),
        ('"slice": [1,', '"slice": [1, 2, 3,'),
        ('[["y", null]]', '[["y", null], ["z", null]]'),
        ('[["y", null]]', '[[["y"], null]]'),
        ('"inputs": [[', '"inputs": [["z", null], ['),
        ('"inputs": [["x"', '"inputs": [[7'),
    ],
)
def test_damaged_texts(old: str, new: str) -> None:
    assert old in GOOD
    refused(GOOD.replace(old, new, 1), "got a damaged one")


def test_no_part_may_be_missing() -> None:
    for name, content in json.loads(GOOD).items():
        document = json.loads(GOOD)
        del document[name]
        refused(json.dumps(document), "got")
        if isinstance(content, list) and content:
            document[name] = content[1:]
            refused(json.dumps(document), "got a damaged one")
            document[name] = [*content[:-1], {"var": 99} if name == "outputs" else content[-1][:-1]]
            refused(json.dumps(document), "got a damaged one")


def test_random_damage_never_raises_anything_else() -> None:
    rng = np.random.default_rng(0)
    letters = [*'0123456789[]{}":,.-e nulltrue', *GOOD]
    for _ in range(3000):
        text = list(GOOD)
        for place in rng.integers(0, len(text), size=2):
            text[place] = letters[rng.integers(len(letters))]
        with contextlib.suppress(ValueError):
            assert str(Program.from_json("".join(text)))


def test_nothing_is_imported_or_run() -> None:
    text = GOOD.replace('"label"', "").replace('"w"', '"__class__"')
    assert autograd.Program.from_json(text).parameters
