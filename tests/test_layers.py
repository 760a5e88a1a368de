"""Layers in every option: values, gradients, buffers, against PyTorch, compiled, numerically."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from layer_cases import CASES, Case, inputs, numbers, of_ours, of_pytorch, summary

import autograd
import nn
from autograd import Tensor

GOLDEN = json.loads((Path(__file__).parent / "layer_golden.json").read_text(encoding="utf-8"))
each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@each
def test_pytorch_computes_the_same(case: Case) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    ours, theirs = of_ours(case), of_pytorch(case)
    assert ours.keys() == theirs.keys()
    for name, expected in theirs.items():
        assert np.shape(ours[name]) == expected.shape, name
        np.testing.assert_allclose(ours[name], expected, rtol=1e-10, atol=1e-10, err_msg=name)


@each
def test_pytorch_once_computed_the_same(case: Case) -> None:
    ours = {name: summary(x) for name, x in of_ours(case).items()}
    expected = GOLDEN[case.name]
    assert ours.keys() == expected.keys()
    for name, pair in expected.items():
        np.testing.assert_allclose(ours[name], pair, rtol=1e-9, atol=1e-9, err_msg=name)


def test_nothing_is_recorded_that_is_not_compared() -> None:
    assert GOLDEN.keys() == {case.name for case in CASES}


@each
def test_a_compiled_layer_computes_the_same(case: Case) -> None:
    eager, compiled = (
        of_ours(case),
        of_ours(case, lambda module: autograd.compile(lambda x: module(x) * 1, numbers=False)),
    )
    for name, expected in eager.items():
        np.testing.assert_allclose(compiled[name], expected, rtol=1e-12, atol=1e-13, err_msg=name)


@each
def test_gradients_are_those_of_the_numbers(case: Case) -> None:
    module = case.build(nn).train(case.train)
    weights = [p for p in module.parameters() if p is not None]
    x = inputs(case)

    def f(*given: Any) -> Any:
        names = [name for name, _ in module.named_parameters()]
        for name, w in zip(names, given[-len(names) :] if names else (), strict=True):
            object.__setattr__(module, name, w)
        return module(given[0] if not case.classes else x)

    starts = [numbers(w.shape, 0.31) for w in weights]
    autograd.check_grads(f)(*([] if case.classes else [x]), *starts)


@each
def test_float32_stays_float32(case: Case) -> None:
    module = case.build(nn).train(case.train).float()
    x = inputs(case)
    t = Tensor(x if case.classes else x.astype(np.float32), requires_grad=not case.classes)
    out = module(t)
    assert out.dtype == np.float32
    out.sum().backward()
    for p in module.parameters():
        assert p.grad.dtype == np.float32
    for name, b in module.named_buffers():
        assert b.dtype == (np.int64 if name == "num_batches_tracked" else np.float32)


@each
def test_what_people_read_is_pytorchs(case: Case) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    ours, theirs = repr(case.build(nn)).split("  #")[0], repr(case.build(torch.nn))
    if ours.startswith(("Conv", "BatchNorm", "Embedding", "MaxPool", "PReLU", "ELU", "Softmax")):
        # It forgets the quotes of a text.
        theirs = re.sub(r"padding=(same|valid)", r"padding='\1'", theirs)
        assert ours == theirs
