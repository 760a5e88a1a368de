"""Each optimiser takes PyTorch's steps, with all of its options, on tensors and on Values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from optim_cases import CASES, SHAPES, SOME, START, Case, case_name, double_by_default, gradient

import nn
from autograd import Tensor, Value

GOLDEN = json.loads((Path(__file__).parent / "golden_optim.json").read_text(encoding="utf-8"))


def run(case: Case, steps: int = 30, dtype: Any = np.float64) -> list[Tensor]:
    name, options = case
    params = [Tensor(x.astype(dtype), requires_grad=True) for x in START]
    optimizer = getattr(nn.optim, name)(params, **options)
    for step in range(steps):
        for i, p in enumerate(params):
            p.grad = gradient(step, i, p.data)
        optimizer.step()
    return params


def run_torch(torch: Any, case: Case, steps: int = 30) -> list[Any]:
    name, options = case
    params = [torch.tensor(x, requires_grad=True) for x in START]
    optimizer = getattr(torch.optim, name)(params, **options)
    with double_by_default(torch):
        for step in range(steps):
            for i, p in enumerate(params):
                g = gradient(step, i, p.detach().numpy())
                p.grad = None if g is None else torch.tensor(g)
            optimizer.step()
    return [p.detach().numpy() for p in params]


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_thirty_steps_are_pytorchs(case: Case) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    for ours, theirs in zip(run(case), run_torch(torch, case), strict=True):
        np.testing.assert_allclose(ours.data, theirs, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("case", SOME, ids=case_name)
def test_thirty_steps_end_where_pytorchs_ended(case: Case) -> None:
    for ours, theirs, shape in zip(run(case), GOLDEN[case_name(case)], SHAPES, strict=True):
        np.testing.assert_allclose(ours.data, np.reshape(theirs, shape), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_values_take_the_steps_of_tensors(case: Case) -> None:
    """Each element of the tensors is a Value, among which some have no gradient in a step."""
    name, options = case
    values = [[Value(v) for v in x.ravel().tolist()] for x in START]
    optimizer = getattr(nn.optim, name)([v for part in values for v in part], **options)
    for step in range(30):
        optimizer.zero_grad()
        for i, part in enumerate(values):
            g = gradient(step, i, np.array([v.data for v in part]))
            if g is not None:
                for v, slope in zip(part, g.tolist(), strict=True):
                    v.grad = slope
        optimizer.step()
    for part, tensor in zip(values, run(case), strict=True):
        assert all(type(v.data) is float for v in part)
        expected = tensor.data.ravel()
        np.testing.assert_allclose([v.data for v in part], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("case", SOME, ids=case_name)
def test_float32_stays_float32(case: Case) -> None:
    name, options = case
    params = run(case, 5, np.float32)
    assert [p.dtype for p in params] == [np.float32] * len(params)
    for p, q in zip(params, run(case, 5), strict=True):
        np.testing.assert_allclose(p.data, q.data, rtol=1e-4, atol=1e-5)
    optimizer = getattr(nn.optim, name)(params, **options)
    optimizer.param_groups[0]["lr"] = np.float64(0.1)  # as a schedule of one's own may set it
    for p in params:
        p.grad = np.ones(p.shape, np.float32)
    optimizer.step()
    optimizer.step()
    kinds = {np.asarray(x).dtype for p in params for k, x in optimizer.state[p].items() if
             np.shape(x) == p.shape and p.ndim}  # fmt: skip
    assert kinds <= {np.dtype(np.float32)}


def test_a_state_is_loaded_in_the_dtype_of_the_parameters() -> None:
    params = [[Tensor(np.ones(2, dtype), requires_grad=True)] for dtype in (float, np.float32)]
    double, single = (nn.SGD(p, lr=0.1, momentum=0.9) for p in params)
    params[0][0].grad = np.ones(2)
    double.step()
    single.load_state_dict(double.state_dict())
    assert single.state[params[1][0]]["momentum_buffer"].dtype == np.float32
    params[1][0].grad = np.ones(2, np.float32)
    single.step()
    assert params[1][0].dtype == np.float32


@pytest.mark.parametrize("case", SOME, ids=case_name)
def test_a_step_writes_on_nobodys_arrays(case: Case) -> None:
    """Neither on the parameter's old array and the gradient, nor on what was remembered."""
    name, options = case
    w = Tensor([1.0, -2.0], requires_grad=True)
    optimizer = getattr(nn.optim, name)([w], **options)
    kept = []
    for _ in range(3):
        w.grad = np.array([0.5, 0.25])
        memory = {k: x for k, x in optimizer.state[w].items() if isinstance(x, np.ndarray)}
        arrays = [w.primal, w.grad, *memory.values()]
        kept.append((arrays, [x.copy() for x in arrays]))
        optimizer.step()
        w.grad += 1.0  # nor does the optimiser keep the array of the gradient
    for arrays, copies in kept:
        for i, (x, y) in enumerate(zip(arrays, copies, strict=True)):
            np.testing.assert_array_equal(x - (i == 1), y)
    u = Tensor([1.0, -2.0], requires_grad=True)
    other = getattr(nn.optim, name)([u], **options)
    for _ in range(3):
        u.grad = np.array([0.5, 0.25])
        other.step()
    np.testing.assert_array_equal(u.data, w.data)


@pytest.mark.parametrize(
    "name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "NAdam", "RAdam", "LBFGS"]
)
def test_the_names_and_defaults_are_pytorchs(name: str) -> None:
    ours = getattr(nn.optim, name)([Tensor([1.0], requires_grad=True)])
    assert getattr(nn, name) is getattr(nn.optim, name)
    assert all(getattr(ours, key) == value for key, value in ours.defaults.items())
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    theirs = getattr(torch.optim, name)([torch.zeros(1, requires_grad=True)]).defaults
    hints = {"foreach", "fused", "capturable", "differentiable"}
    assert ours.defaults == {k: v for k, v in theirs.items() if k not in hints}


def test_a_closure_is_called_first_and_its_loss_returned() -> None:
    w = Tensor([3.0], requires_grad=True)
    optimizer = nn.Adam([w], lr=1.0)

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    import autograd

    with autograd.no_grad():
        assert optimizer.step(closure).item() == 9.0
    assert w.data.round(6) == 2.0


def test_gradients_that_are_nodes() -> None:
    w = Tensor([3.0], requires_grad=True)
    (w * w).sum().backward(create_graph=True)
    nn.SGD([w], lr=0.5, momentum=0.5).step()
    assert w.data == 0.0
