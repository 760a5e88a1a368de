"""SGD is PyTorch's SGD, and a step that fails has not happened."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, Value, draw

START = [1.0, -2.0, 0.5]
GRID = [
    {"momentum": momentum, "weight_decay": decay, "nesterov": nesterov}
    for momentum, decay, nesterov in itertools.product((0.0, 0.5, 0.9), (0.0, 0.01), (False, True))
    if momentum or not nesterov
]


def gradient(step: int, index: int, x: float) -> float | None:
    """A bowl that tilts from step to step; some parameters are not reached in some steps."""
    if (step + 2 * index) % 5 == 0:
        return None
    return (index + 1) * x + math.sin(step + index)


def run(options: dict[str, Any], steps: int = 30) -> list[list[float]]:
    params = [Value(x) for x in START]
    optimizer = nn.SGD(params, lr=0.1, **options)
    path = []
    for step in range(steps):
        optimizer.zero_grad()
        for index, p in enumerate(params):
            g = gradient(step, index, p.data)
            if g is not None:
                p.grad = g
        optimizer.step()
        path.append([p.data for p in params])
    return path


@pytest.mark.parametrize("options", GRID, ids=str)
def test_thirty_steps_are_pytorchs(options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    params = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in START]
    optimizer = torch.optim.SGD(params, lr=0.1, **options)
    for step, ours in enumerate(run(options)):
        optimizer.zero_grad()
        for index, p in enumerate(params):
            g = gradient(step, index, p.item())
            p.grad = None if g is None else torch.tensor(g, dtype=torch.float64)
        optimizer.step()
        # The same multiply-adds; a fused one may round once less.
        assert ours == pytest.approx([p.item() for p in params], rel=1e-12, abs=1e-12)


# Recorded once from torch.optim.SGD 2.13 by the loop above: the parameters after 30 steps.
GOLDEN: list[tuple[dict[str, Any], list[float]]] = [
    (
        {"momentum": 0.0, "weight_decay": 0.0, "nesterov": False},
        [0.078955634983991, -0.011740030453322385, 0.09673765774051667],
    ),
    (
        {"momentum": 0.0, "weight_decay": 0.01, "nesterov": False},
        [0.07708514752630992, -0.011266381358648124, 0.09676186154320454],
    ),
    (
        {"momentum": 0.5, "weight_decay": 0.0, "nesterov": False},
        [-0.0443853197809872, -0.08981502442907914, 0.157126379153122],
    ),
    (
        {"momentum": 0.5, "weight_decay": 0.0, "nesterov": True},
        [-0.01965796085607379, -0.009691137773809038, 0.1762689291901308],
    ),
    (
        {"momentum": 0.5, "weight_decay": 0.01, "nesterov": False},
        [-0.04512022223009596, -0.08932915668432104, 0.15718631507158065],
    ),
    (
        {"momentum": 0.5, "weight_decay": 0.01, "nesterov": True},
        [-0.02017752084640607, -0.009083108756770325, 0.17619177296666286],
    ),
    (
        {"momentum": 0.9, "weight_decay": 0.0, "nesterov": False},
        [-0.17512647383556648, -0.18794898067201019, 0.20819089016639036],
    ),
    (
        {"momentum": 0.9, "weight_decay": 0.0, "nesterov": True},
        [-0.17213861732210536, -0.06251604855491474, 0.2596072033845173],
    ),
    (
        {"momentum": 0.9, "weight_decay": 0.01, "nesterov": False},
        [-0.19283187636157742, -0.20227004595997183, 0.20491842421055045],
    ),
    (
        {"momentum": 0.9, "weight_decay": 0.01, "nesterov": True},
        [-0.17766851279333504, -0.062261293588340545, 0.25939292498015476],
    ),
]


@pytest.mark.parametrize(("options", "expected"), GOLDEN, ids=str)
def test_thirty_steps_end_where_pytorchs_ended(
    options: dict[str, Any], expected: list[float]
) -> None:
    assert run(options)[-1] == pytest.approx(expected, rel=1e-12)


def test_a_step_by_hand() -> None:
    w = Value(1.0)
    optimizer = nn.SGD([w], lr=0.5, momentum=0.5, weight_decay=0.25)
    w.grad = 1.0
    optimizer.step()  # g = 1 + 0.25 = v; w = 1 - 0.625
    assert w.data == 0.375
    optimizer.step()  # g = 1 + 0.09375; v = 0.625 + g = 1.71875; w = 0.375 - 0.859375
    assert w.data == -0.484375


def test_nesterov_by_hand() -> None:
    w = Value(1.0)
    optimizer = nn.SGD([w], lr=0.5, momentum=0.5, nesterov=True)
    w.grad = 1.0
    optimizer.step()  # v = 1; w = 1 - 0.5 * (1 + 0.5)
    assert w.data == 0.25
    optimizer.step()  # v = 1.5; w = 0.25 - 0.5 * (1 + 0.75)
    assert w.data == -0.625


def test_the_names_and_defaults_are_pytorchs() -> None:
    optimizer = nn.SGD([Value(1.0)])
    state = (optimizer.lr, optimizer.momentum, optimizer.weight_decay, optimizer.nesterov)
    assert state == (1e-3, 0.0, 0.0, False)
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    (group,) = torch.optim.SGD([torch.zeros(1, requires_grad=True)]).param_groups
    assert state == tuple(group[k] for k in ("lr", "momentum", "weight_decay", "nesterov"))


def test_a_parameter_without_a_gradient_stays_but_one_with_gradient_zero_decays() -> None:
    untouched, zero = Value(1.0), Value(1.0)
    zero.grad = 0.0
    nn.SGD([untouched, zero], lr=0.5, weight_decay=0.5).step()
    assert (untouched.data, zero.data) == (1.0, 0.75)


def test_zero_grad_forgets() -> None:
    w = Value(2.0)
    optimizer = nn.SGD([w], lr=0.5)
    (w * w).backward()
    optimizer.zero_grad()
    assert (w.grad, w.has_grad) == (0.0, False)
    optimizer.step()
    assert w.data == 2.0
    assert "not computed yet" in draw(w, engine="builtin").svg


def test_the_learning_rate_may_be_changed_between_steps() -> None:
    w = Value(1.0)
    optimizer = nn.SGD([w], lr=0.5)
    w.grad = 1.0
    optimizer.step()
    optimizer.lr = 0.25
    optimizer.step()
    assert w.data == 0.25


def test_a_learning_rate_of_zero_moves_nothing() -> None:
    w = Value(1.0)
    w.grad = 5.0
    nn.SGD([w], lr=0, momentum=0.9).step()
    assert w.data == 1.0


def test_parameters_may_come_from_a_generator() -> None:
    values = [Value(1.0), Value(2.0)]
    assert nn.SGD((v for v in values), lr=0.1).params == values
    model = nn.MLP(2, [1], seed=0)
    assert nn.SGD((p for _, p in model.named_parameters()), lr=0.1).params == model.parameters()


def test_it_trains() -> None:
    X, y = nn.datasets.load("circles", n=60)[:2]
    model = nn.MLP(2, [8, 1], seed=1)
    optimizer = nn.SGD(model.parameters(), lr=0.1, momentum=0.9)
    losses = []
    for _ in range(60):
        loss = nn.hinge_loss([model(x) for x in X], 2 * y - 1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.data)
    assert losses[-1] < 0.1 < losses[0]
    right = [nn.predicted_class(model(x)) == label for x, label in zip(X, y, strict=True)]
    assert sum(right) >= 0.95 * len(y)


def test_repr_tells_everything() -> None:
    optimizer = nn.SGD([Value(1.0), Value(2.0)], lr=0.1, momentum=0.9, nesterov=True)
    for part in ("SGD", "2 parameters", "lr=0.1", "momentum=0.9", "nesterov=True"):
        assert part in repr(optimizer)


# --- graphs that were recorded before a step ------------------------------------------------------


def test_backward_on_a_graph_from_before_a_step_uses_the_old_parameters() -> None:
    x = [0.5, -1.0]
    model, untouched = (nn.MLP(2, [4, 1], activation="tanh", seed=2) for _ in range(2))
    loss, reference = ((m(x) - 1.0) ** 2 for m in (model, untouched))
    loss.backward()
    optimizer = nn.SGD(model.parameters(), lr=0.5)
    optimizer.step()
    optimizer.zero_grad()
    loss.backward()  # recorded at the old point, so it tells the slope there
    reference.backward()
    assert [p.grad for p in model.parameters()] == [p.grad for p in untouched.parameters()]
    assert [p.data for p in model.parameters()] != [p.data for p in untouched.parameters()]


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lr", "momentum", "weight_decay"])
@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf, "0.1", None, 1j, [0.1]])
def test_a_bad_number_is_refused_by_name(name: str, bad: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=rf"SGD: .*{name}.*") as error:
        nn.SGD([Value(1.0)], **{name: bad})
    assert repr(bad) in str(error.value)


@pytest.mark.parametrize("lr", [1, 0.5, np.float64(0.5), np.float32(0.5), np.int64(1)])
def test_numbers_of_every_kind_are_learning_rates(lr: Any) -> None:
    w = Value(1.0)
    w.grad = 1.0
    nn.SGD([w], lr=lr).step()
    assert w.data == 1.0 - float(lr)
    assert type(w.data) is float


def test_nesterov_needs_a_momentum() -> None:
    with pytest.raises(ValueError, match="momentum"):
        nn.SGD([Value(1.0)], lr=0.1, nesterov=True)


def test_parameters_must_be_leaves_once_each() -> None:
    w = Value(1.0)
    with pytest.raises(ValueError, match="at least one parameter"):
        nn.SGD([], lr=0.1)
    with pytest.raises(ValueError, match="twice"):
        nn.SGD([w, w], lr=0.1)
    with pytest.raises(TypeError, match="leaf"):
        nn.SGD([w * 2.0], lr=0.1)
    with pytest.raises(TypeError, match=r"leaf.*3\.0"):
        nn.SGD([3.0], lr=0.1)


@pytest.mark.parametrize("thing", [Value(1.0), nn.MLP(2, [1], seed=0), 3.0, None])
def test_what_is_no_list_of_parameters_is_refused_with_advice(thing: Any) -> None:
    with pytest.raises(TypeError, match=r"SGD: expected .*parameters\(\)"):
        nn.SGD(thing, lr=0.1)


def test_a_step_that_fails_has_not_happened() -> None:
    params = [Value(1.0), Value(2.0), Value(3.0)]
    optimizer = nn.SGD(params, lr=0.1, momentum=0.9)
    for p in params:
        p.grad = 1.0
    optimizer.step()
    before = [p.data for p in params]
    params[2].grad = "broken"  # type: ignore[assignment]
    with pytest.raises(TypeError):
        optimizer.step()
    assert [p.data for p in params] == before
    assert [p.grad for p in params] == [1.0, 1.0, "broken"]

    params[2].grad = 1.0
    optimizer.step()  # the velocity is that of one step, not of two
    assert [b - p.data for b, p in zip(before, params, strict=True)] == pytest.approx([0.19] * 3)


@pytest.mark.parametrize("bad", [np.ones(()), 1.0, np.ones(3), np.ones((1, 3)), "abc", Tensor(1.0)])
@pytest.mark.parametrize("kind", [nn.SGD, nn.Adam, nn.optim.LBFGS])
def test_a_gradient_of_another_shape_moves_nothing(kind: Any, bad: Any) -> None:
    """NumPy would spread a single number over all, or say something about its operands."""
    p, q = (Tensor(np.zeros((2, 3)), requires_grad=True) for _ in range(2))
    optimizer = kind([p, q], lr=1.0)
    before = repr(optimizer.state_dict())
    p.grad, q.grad = np.ones((2, 3)), bad
    closure = {"closure": lambda: 1.0} if kind is nn.optim.LBFGS else {}
    wish = rf"^{kind.__name__}: step: expected .* shape \(2, 3\), got .*\. Set p\.grad to None"
    with pytest.raises((ValueError, TypeError), match=wish):
        optimizer.step(**closure)
    assert not p.data.any()
    assert not q.data.any()
    assert repr(optimizer.state_dict()) == before


def test_a_gradient_of_a_value_is_one_number() -> None:
    v = Value(2.0)
    v.grad = np.ones(2)  # type: ignore[assignment]
    with pytest.raises(ValueError, match=r"shape \(\), got shape \(2,\)"):
        nn.SGD([v], lr=1.0).step()
    v.grad = np.float64(0.5)
    nn.SGD([v], lr=1.0).step()
    assert v.data == 1.5
