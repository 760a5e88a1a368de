"""L-BFGS goes PyTorch's way, evaluation by evaluation."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, Value
from nn.optim.line_search import Point, cubic_minimum, strong_wolfe

A = np.array([[2.0, 0.5, 0.0], [0.5, 1.0, 0.2], [0.0, 0.2, 3.0]])
STARTS = {
    "rosenbrock": [[-1.2, 1.0], [0.5, -0.5, 2.0]],
    "quadratic": [[1.0, -2.0, 0.5]],
    "wavy": [[1.0, -2.0], [[0.5, 3.0]]],
    "flat": [[1.0, -2.0, 0.5]],
}


def rosenbrock(m: Any, x: Any, y: Any) -> Any:
    parts = [(1 - t[:-1]) ** 2 + 100 * (t[1:] - t[:-1] ** 2) ** 2 for t in (x, y)]
    return parts[0].sum() + parts[1].sum()


def quadratic(m: Any, x: Any) -> Any:
    matrix = A if m is autograd else m.tensor(A)
    return 0.5 * (x @ (matrix @ x)) - x.sum()


def wavy(m: Any, x: Any, y: Any) -> Any:
    return (m.sin(3 * x) + 0.1 * x**2).sum() + (m.cos(2 * y) + 0.05 * y**4).sum()


def flat(m: Any, x: Any) -> Any:
    """So little curved that no pair is remembered."""
    return 1e-6 * quadratic(m, x)


LOSSES = {"rosenbrock": rosenbrock, "quadratic": quadratic, "wavy": wavy, "flat": flat}
OPTIONS: list[dict[str, Any]] = [
    {"lr": 1e-3},
    {"lr": 1e-3, "history_size": 3, "max_iter": 7},
    {"lr": 1e-3, "tolerance_change": 0.01},
    {"lr": 0.5, "tolerance_grad": 0.0, "tolerance_change": 0.0},
    {"line_search_fn": "strong_wolfe"},
    {"line_search_fn": "strong_wolfe", "lr": 0.1, "max_iter": 5, "history_size": 2},
    {"line_search_fn": "strong_wolfe", "max_eval": 4},
    {"line_search_fn": "strong_wolfe", "tolerance_grad": 0.1},
    {"line_search_fn": "strong_wolfe", "tolerance_change": 0.01},
    {"line_search_fn": "strong_wolfe", "lr": 20.0},
]


def walk(m: Any, name: str, options: dict[str, Any], calls: int) -> tuple[list[Any], list[Any]]:
    """The loss at each evaluation, and the parameters after each call."""
    ours = m is autograd
    make = Tensor if ours else m.tensor
    kind = {} if ours else {"dtype": m.float64}
    params = [make(x, requires_grad=True, **kind) for x in STARTS[name]]
    optimizer = (nn.LBFGS if ours else m.optim.LBFGS)(params, **options)
    losses: list[float] = []

    def closure() -> Any:
        optimizer.zero_grad()
        loss = LOSSES[name](m, *params)
        loss.backward()
        losses.append(loss.item())
        return loss

    ends = []
    for _ in range(calls):
        optimizer.step(closure)
        ends.append([(p.data if ours else p.detach().numpy()).copy() for p in params])
    counts = optimizer.state[params[0]]
    assert counts["func_evals"] == len(losses)
    assert counts["n_iter"] <= calls * optimizer.param_groups[0]["max_iter"]
    return losses, ends


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("name", LOSSES)
def test_the_way_is_pytorchs(name: str, options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    calls = 8 if len(STARTS[name]) == 1 else 5
    ours, theirs = (walk(m, name, options, calls) for m in (autograd, torch))
    # As many evaluations, at the same points.  A difference of rounding grows on the way, as the
    # guessed curvature divides small changes by small steps: hence only the start is compared so
    # closely.
    assert len(ours[0]) == len(theirs[0])
    np.testing.assert_allclose(ours[0][:30], theirs[0][:30], rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-3, atol=1e-6)
    for x, y in zip(ours[1][0], theirs[1][0], strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-10, atol=1e-10)


def test_the_minimum_is_found() -> None:
    """As closely as the default tolerance of the loss, 1e-9, makes the square root of it."""
    losses, ends = walk(autograd, "rosenbrock", {"line_search_fn": "strong_wolfe"}, 15)
    for x in ends[-1]:
        np.testing.assert_allclose(x, np.ones_like(x), atol=1e-5)
    assert losses[-1] < 1e-10
    _, ends = walk(autograd, "quadratic", {"line_search_fn": "strong_wolfe"}, 3)
    np.testing.assert_allclose(ends[-1][0], np.linalg.solve(A, np.ones(3)), atol=1e-5)


# Recorded once from PyTorch 2.13: the losses at the evaluations of the first call.
GOLDEN = [
    6.474133098777299,
    6.070254137935846,
    2.5949410246993487,
    -0.6575184182202924,
    -1.282987376897919,
    -1.5925739337371574,
    -1.8067072976208132,
    -1.9675018280443202,
    -2.0919685723622177,
    -2.1898287650939423,
    -2.267498850544847,
    -2.329555069678177,
    -2.37937216611403,
    -2.4195052606943888,
    -2.4519213888977607,
    -2.478155633602337,
    -2.5911416973482755,
    -2.591189977019012,
    -2.5913982104798405,
    -2.591400439376779,
    -2.5914019137880615,
    -2.591408198904513,
]


def test_the_evaluations_are_pytorchs() -> None:
    losses, _ = walk(autograd, "wavy", {"line_search_fn": "strong_wolfe", "lr": 0.1}, 1)
    np.testing.assert_allclose(losses, GOLDEN, rtol=1e-10, atol=1e-10)


def test_values_in_and_out_of_packs_go_the_way_of_tensors() -> None:
    X = np.linspace(-1.0, 1.0, 9)

    def losses(kind: str) -> list[float]:
        start = [0.3, -0.2, 0.1, 0.5]
        values = [Value(v) for v in start]
        t = Tensor(start, requires_grad=True)
        params = [t] if kind == "tensor" else [values[0], *reversed(values[1:])]
        optimizer = nn.LBFGS(params, line_search_fn="strong_wolfe", max_iter=4)
        found = []
        compiled = autograd.compile(
            lambda x: values[0] + values[1] * x + values[2] * (values[3] * x).tanh()
        )

        def eager() -> Any:
            total = 0.0
            for x in X.tolist():
                y = values[0] + values[1] * x + values[2] * (values[3] * x).tanh()
                total = (y - math.exp(x)) ** 2 + total
            return total

        def closure() -> Any:
            optimizer.zero_grad()
            if kind == "tensor":
                loss = ((t[0] + t[1] * X + t[2] * autograd.tanh(t[3] * X) - np.exp(X)) ** 2).sum()
            elif kind == "packed" or (kind == "mixed" and len(found) % 3):
                loss = ((compiled(X) - np.exp(X)) ** 2).sum()
            else:
                loss = eager()
            loss.backward()
            found.append(loss.item())
            return loss

        for _ in range(4):
            optimizer.step(closure)
        return found

    expected = losses("tensor")
    assert len(expected) > 10
    for kind in ("eager", "packed", "mixed"):
        np.testing.assert_allclose(losses(kind), expected, rtol=1e-8, atol=1e-12)


def test_float32_stays_float32() -> None:
    w = Tensor(np.array([3.0, -1.0], np.float32), requires_grad=True)
    optimizer = nn.LBFGS([w], line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = ((w * w - 2.0) ** 2).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    assert w.dtype == optimizer.state[w]["d"].dtype == np.float32
    np.testing.assert_allclose(w.data**2, 2.0, rtol=1e-4)


@pytest.mark.parametrize("line_search_fn", [None, "strong_wolfe"])
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_call_that_fails_has_not_happened(line_search_fn: Any, error: Any) -> None:
    w, v = Tensor([3.0, -1.0], requires_grad=True), Value(2.0)
    optimizer = nn.LBFGS([w, v], lr=0.1, line_search_fn=line_search_fn, max_iter=4)
    left = [6]

    def closure() -> float:
        left[0] -= 1
        if not left[0]:
            raise error
        w.grad, v.grad = 2 * w.data, 2 * v.data
        return float((w.data**2).sum() + v.data**2)

    optimizer.step(closure)
    while left[0] <= 0:
        left[0] += 6
    left[0] = 3
    before = w.data.copy(), v.data, copy.deepcopy(optimizer.state_dict())
    with pytest.raises(error):
        optimizer.step(closure)
    np.testing.assert_array_equal(w.data, before[0])
    assert v.data == before[1]
    assert repr(optimizer.state_dict()) == repr(before[2])
    left[0] = 100
    optimizer.step(closure)


def test_a_saved_optimizer_goes_on() -> None:
    def make() -> tuple[Any, Any, Any]:
        w = Tensor([-1.2, 1.0, 0.7], requires_grad=True)
        optimizer = nn.LBFGS([w], lr=0.5, max_iter=3, history_size=2)

        def closure() -> Tensor:
            optimizer.zero_grad()
            loss = (autograd.cosh(w) + w * w).sum()
            loss.backward()
            return loss

        return w, optimizer, closure

    w, optimizer, closure = make()
    for _ in range(3):
        optimizer.step(closure)
    u, other, other_closure = make()
    u.data = w.data.copy()
    other.load_state_dict(optimizer.state_dict())
    for _ in range(2):
        optimizer.step(closure)
        other.step(other_closure)
        np.testing.assert_array_equal(w.data, u.data)
    state = other.state_dict()
    state["state"][0]["d"] = np.zeros(4)
    state["state"][0]["old_dirs"][0] = np.zeros(2)
    kept = repr(other.state_dict())
    with pytest.raises(ValueError, match=r"d of parameter 0 of shape \(4,\).*; old_dirs"):
        other.load_state_dict(state)
    assert repr(other.state_dict()) == kept


def test_the_state_is_pytorchs_which_can_be_loaded() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    ours, theirs = Tensor([1.0, 2.0], requires_grad=True), torch.empty(2, dtype=torch.float64)
    theirs.copy_(torch.tensor([1.0, 2.0])).requires_grad_()
    mine, its = (
        nn.LBFGS([ours], lr=0.1, max_iter=3),
        torch.optim.LBFGS([theirs], lr=0.1, max_iter=3),
    )

    def closure(optimizer: Any, w: Any) -> Any:
        def evaluate() -> Any:
            optimizer.zero_grad()
            loss = (w**4).sum()
            loss.backward()
            return loss

        return evaluate

    its.step(closure(its, theirs))
    ours.data = theirs.detach().numpy().copy()
    mine.load_state_dict(its.state_dict())
    for _ in range(3):
        mine.step(closure(mine, ours))
        its.step(closure(its, theirs))
        np.testing.assert_allclose(ours.data, theirs.detach().numpy(), rtol=1e-10)
    assert mine.state_dict()["state"][0].keys() == its.state_dict()["state"][0].keys()
    for key in ("func_evals", "n_iter", "t", "H_diag", "prev_loss"):
        assert mine.state[ours][key] == pytest.approx(float(its.state[theirs][key]), rel=1e-10)


def test_bad_input() -> None:
    w, v = Value(1.0), Value(2.0)
    with pytest.raises(ValueError, match="one group"):
        nn.LBFGS([{"params": [w]}, {"params": [v]}])
    optimizer = nn.LBFGS([w])
    with pytest.raises(ValueError, match="one group"):
        optimizer.add_param_group({"params": [v]})
    with pytest.raises(TypeError, match="closure"):
        optimizer.step()
    with pytest.raises(TypeError, match="returns the loss, got None"):
        optimizer.step(lambda: None)
    for name, bad in (("lr", -1.0), ("max_iter", 0), ("history_size", 0), ("max_eval", 1.5)):
        with pytest.raises((ValueError, TypeError), match=name):
            nn.LBFGS([w], **{name: bad})
    with pytest.raises(ValueError, match="strong_wolfe"):
        nn.LBFGS([w], line_search_fn="armijo")
    assert nn.LBFGS([w], max_iter=8).max_eval == 10


def test_the_minimum_of_a_cubic() -> None:
    # t^3 - 3 t has its minimum at 1.
    a, b = (Point(t, t**3 - 3 * t, None, 3 * t * t - 3) for t in (0.0, 3.0))
    assert cubic_minimum(a, b) == pytest.approx(1.0)
    assert cubic_minimum(b, a) == pytest.approx(1.0)
    assert cubic_minimum(a, b, (1.5, 2.0)) == 1.5
    down = [Point(t, -(t**3), None, -3 * t * t - 1) for t in (0.0, 1.0)]
    assert 0.0 <= cubic_minimum(*down) <= 1.0


def wave(seed: int) -> Any:
    """A loss along a line, with hills, and with NumPy's numbers of its slope."""
    a, b, c, e = np.random.default_rng(seed).uniform(-2.0, 2.0, 4)

    def f(t: float) -> tuple[float, float]:
        loss = a * math.sin(3 * t) + b * math.cos(t) + 0.1 * (t - c) ** 2 * (2 + e)
        slope = 3 * a * math.cos(3 * t) - b * math.sin(t) + 0.2 * (t - c) * (2 + e)
        return loss, slope

    return f


def test_searches_along_a_line_are_pytorchs() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from torch.optim.lbfgs import _strong_wolfe

    compared = 0
    for seed in range(300):
        f = wave(seed)
        if f(0.0)[1] > -1e-3:
            continue

        def point(t: float, f: Any = f) -> Point:
            return Point(t, f(t)[0], None, f(t)[1])

        def torchs(x: Any, t: float, d: Any, f: Any = f) -> Any:
            loss, slope = f(float(t))
            return loss, torch.tensor([slope], dtype=torch.float64)

        d = torch.ones(1, dtype=torch.float64)
        loss, gradient = torchs(None, 0.0, d)
        for first in (1e-3, 0.5, 10.0):
            for most in (3, 25):
                expected = _strong_wolfe(
                    torchs, None, first, d, loss, gradient, gradient.dot(d), max_ls=most
                )
                found, evaluations = strong_wolfe(point, point(0.0), first, 1.0, most)
                assert evaluations == expected[3]
                assert found.loss == pytest.approx(float(expected[0]), rel=1e-9, abs=1e-9)
                assert found.t == pytest.approx(float(expected[2]), rel=1e-7)
                compared += 1
    assert compared > 600


def test_the_second_step_may_rise_if_it_is_flat() -> None:
    def f(t: float) -> Point:
        return Point(t, *((0.0, None, -1.0) if t < 0.1 else (-1.0, None, -0.95)))

    def g(t: float) -> Point:
        return f(t) if t <= 0.5 else Point(t, -0.9, None, 0.5)

    found, evaluations = strong_wolfe(g, g(0.0), 0.5, 1.0, 25)
    assert (found.loss, evaluations) == (-0.9, 2)


def test_the_conditions_hold() -> None:
    def f(t: float) -> Point:
        return Point(t, (t - 7) ** 2 + math.sin(2 * t), None, 2 * (t - 7) + 2 * math.cos(2 * t))

    start = f(0.0)
    for first in (0.01, 1.0, 30.0):
        found, evaluations = strong_wolfe(f, start, first, 1.0, 25)
        assert found.loss <= start.loss + 1e-4 * found.t * start.slope
        assert abs(found.slope) <= 0.9 * abs(start.slope)
        assert evaluations <= 26
