"""Groups of parameters, saved states, and steps that fail; the same for all optimisers."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import numpy as np
import pytest
from optim_cases import SOME, Case, case_name, double_by_default

import nn
from autograd import Tensor, Value

NAMES = ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "NAdam", "RAdam"]


def tensors(n: int = 3) -> list[Tensor]:
    return [Tensor(np.cos(i + np.arange(2.0)), requires_grad=True) for i in range(n)]


def slope(step: int, i: int, x: Any) -> Any:
    return x + np.sin(step + i + np.arange(2.0))


def steps(optimizer: Any, params: list[Any], start: int = 0, end: int = 10) -> None:
    for step in range(start, end):
        for i, p in enumerate(params):
            p.grad = slope(step, i, p.data)
        optimizer.step()


# --- groups ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_groups_have_settings_of_their_own(name: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    ours = tensors()
    theirs = [torch.tensor(p.data, requires_grad=True) for p in ours]
    optimizers = []
    for module, params in ((nn.optim, ours), (torch.optim, theirs)):
        groups = [{"params": params[:1], "lr": 0.5}, {"params": params[1:2], "weight_decay": 0.2}]
        optimizer = getattr(module, name)(groups, lr=0.05)
        optimizer.add_param_group({"params": params[2], "lr": 0.25})
        optimizers.append(optimizer)
    for step in range(30):
        for i, (p, q) in enumerate(zip(ours, theirs, strict=True)):
            p.grad = slope(step, i, p.data)
            q.grad = torch.tensor(p.grad)
        if step == 10:
            for optimizer in optimizers:
                optimizer.param_groups[1]["lr"] = 0.01
        with double_by_default(torch):
            for optimizer in optimizers:
                optimizer.step()
    for p, q in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(p.data, q.detach().numpy(), rtol=1e-10, atol=1e-10)


def test_a_setting_is_read_and_set_for_all_groups() -> None:
    a, b = Value(1.0), Value(2.0)
    optimizer = nn.Adam([{"params": [a], "lr": 0.1}, {"params": [b], "lr": 0.2}])
    assert optimizer.betas == (0.9, 0.999)
    with pytest.raises(AttributeError, match=r"one value for all groups .*, got 0.1, 0.2"):
        _ = optimizer.lr
    optimizer.lr = 0.3
    assert [g["lr"] for g in optimizer.param_groups] == [0.3, 0.3]
    optimizer.add_param_group({"params": [Value(1.0)]})
    assert optimizer.lr == 0.3
    with pytest.raises(ValueError, match="Adam: lr"):
        optimizer.lr = -1.0
    assert optimizer.lr == 0.3
    sgd = nn.SGD([a], momentum=0.9, nesterov=True)
    with pytest.raises(ValueError, match="momentum"):
        sgd.momentum = 0.0
    assert sgd.momentum == 0.9


def test_names_of_parameters() -> None:
    model = nn.Linear(2, 1)
    optimizer = nn.SGD(model.named_parameters(), lr=0.1)
    assert optimizer.params == model.parameters()
    assert optimizer.param_groups[0]["param_names"] == ["weight", "bias"]
    assert optimizer.state_dict()["param_groups"][0]["param_names"] == ["weight", "bias"]


def test_groups_of_whoever_passes_them_are_left_alone() -> None:
    group = {"params": [Value(1.0)], "lr": 0.5}
    kept = dict(group)
    optimizer = nn.SGD([group], momentum=0.9)
    assert group == kept
    optimizer.param_groups[0]["lr"] = 0.1
    assert group == kept
    assert "2 parameters" in repr(nn.SGD([{"params": [Value(1.0), Value(2.0)]}, group]))
    assert "lr=0.5" in repr(nn.SGD([{"params": [Value(1.0)]}, group]))


def test_parameters_added_to_a_group_by_hand_are_stepped() -> None:
    a, b = Value(1.0), Value(1.0)
    a.grad = b.grad = 1.0
    optimizer = nn.SGD([a], lr=0.5)
    optimizer.step()
    optimizer.param_groups[0]["params"].append(b)
    optimizer.step()
    optimizer.param_groups[0]["params"] = [b, Value(0.0)]
    optimizer.step()
    assert (a.data, b.data) == (0.0, 0.0)


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_groups_changed_by_hand_are_followed_as_in_pytorch(name: str) -> None:
    """Groups replaced, taken out and put back, a parameter put in the place of another."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    rng = np.random.default_rng(0)
    start, slopes = rng.normal(size=(3, 2)), rng.normal(size=(14, 3, 2))

    def trained(library: Any, leaf: Any, array: Any) -> list[Any]:
        a, b, c = params = [leaf(x, requires_grad=True) for x in start]
        settings = {"lr": 0.1, "momentum": 0.9} if name == "SGD" else {"lr": 0.1}
        optimizer = getattr(library, name)([{"params": [a]}, {"params": [b]}], **settings)
        groups = optimizer.param_groups

        def exchanged() -> None:
            groups[1]["params"][0] = c

        def restored() -> None:
            groups[1]["params"][0] = b

        def copied() -> None:
            groups[0] = {**groups[0], "lr": 0.01}

        def removed() -> None:
            kept.append(groups.pop())

        def alone() -> None:
            optimizer.param_groups = [{**kept[0], "params": [c]}]

        kept: list[Any] = []
        changes = [exchanged, restored, copied, removed, lambda: groups.append(kept[0]), alone]
        for i, slope in enumerate(slopes):
            if i % 2 == 0 and i:
                changes[i // 2 - 1]()
            for p, g in zip(params, slope, strict=True):
                p.grad = array(g)
            optimizer.step()
        return [np.asarray(p.detach().data) for p in params]

    pairs = zip(
        trained(torch.optim, torch.tensor, torch.tensor), trained(nn, Tensor, np.array), strict=True
    )
    for theirs, ours in pairs:
        np.testing.assert_allclose(ours, theirs, rtol=1e-10)


@pytest.mark.parametrize("set_to_none", [True, False])
def test_zero_grad(set_to_none: bool) -> None:
    t, v, untouched = Tensor([1.0, 2.0], requires_grad=True), Value(1.0), Value(1.0)
    t.grad, v.grad = np.array([math.nan, 1.0]), 3.0
    nn.SGD([t, v, untouched]).zero_grad(set_to_none=set_to_none)
    if set_to_none:
        assert t.grad is None
    else:
        np.testing.assert_array_equal(t.grad, [0.0, 0.0])
    assert v.grad == 0.0
    assert type(v.grad) is float
    assert (v.has_grad, untouched.has_grad) == (not set_to_none, False)


# --- states ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", SOME, ids=case_name)
def test_a_saved_optimizer_goes_on(case: Case) -> None:
    name, options = case
    params, twins = tensors(), tensors()
    optimizer = getattr(nn.optim, name)(params, **options)
    steps(optimizer, params, 0, 10)
    state = optimizer.state_dict()
    kept = copy.deepcopy(state)
    for p, twin in zip(params, twins, strict=True):
        twin.data = p.data.copy()
    steps(optimizer, params, 10, 20)
    assert repr(state) == repr(kept)  # a copy
    for entry in optimizer.state_dict()["state"].get(0, {}).values():
        if isinstance(entry, np.ndarray):
            entry[:] = np.nan
    other = getattr(nn.optim, name)(twins)
    other.load_state_dict(state)
    assert other.defaults != optimizer.defaults or not options
    steps(other, twins, 10, 20)
    assert repr(state) == repr(kept)
    for p, twin in zip(params, twins, strict=True):
        np.testing.assert_array_equal(p.data, twin.data)
    steps(optimizer, params, 20, 21)
    assert all(np.isfinite(p.data).all() for p in params)


@pytest.mark.parametrize("case", SOME, ids=case_name)
def test_the_structure_is_pytorchs_whose_states_can_be_loaded(case: Case) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    name, options = case
    ours = tensors()
    theirs = [torch.tensor(p.data, requires_grad=True) for p in ours]
    mine = getattr(nn.optim, name)([{"params": ours[:2]}, {"params": ours[2:]}], **options)
    its = getattr(torch.optim, name)([{"params": theirs[:2]}, {"params": theirs[2:]}], **options)
    for step in range(8):
        for i, q in enumerate(theirs):
            q.grad = torch.tensor(slope(step, i, q.detach().numpy()))
        with double_by_default(torch):
            its.step()
    for p, q in zip(ours, theirs, strict=True):
        p.data = q.detach().numpy().copy()
    mine.load_state_dict(its.state_dict())
    for step in range(8, 16):
        for i, (p, q) in enumerate(zip(ours, theirs, strict=True)):
            p.grad = slope(step, i, p.data)
            q.grad = torch.tensor(p.grad)
        mine.step()
        with double_by_default(torch):
            its.step()
    for p, q in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(p.data, q.detach().numpy(), rtol=1e-10, atol=1e-10)
    a, b = mine.state_dict(), its.state_dict()
    assert a["state"].keys() == b["state"].keys()
    for i, entries in b["state"].items():
        assert a["state"][i].keys() == entries.keys()
        for key, entry in entries.items():
            np.testing.assert_allclose(a["state"][i][key], entry.numpy(), rtol=1e-10, atol=1e-10)
    for x, y in zip(a["param_groups"], b["param_groups"], strict=True):
        assert x.items() <= y.items()


@pytest.mark.parametrize("case", SOME, ids=case_name)
@pytest.mark.parametrize("kind", ["values", "tensors"])
@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_go_on_alone(duplicate: Any, kind: str, case: Case) -> None:
    name, options = case
    params: list[Any] = [Value(1.0), Value(-2.0)] if kind == "values" else tensors(2)
    optimizer = getattr(nn.optim, name)(params, **options)

    def go(optimizer: Any, params: list[Any]) -> list[Any]:
        path = []
        for _ in range(4):
            for p in params:
                p.grad = p.data * 0.5
            optimizer.step()
            path.append([np.array(p.data) for p in params])
        return path

    go(optimizer, params)
    twin, twins = duplicate((optimizer, params))
    assert all(p is q for p, q in zip(twin.params, twins, strict=True))
    np.testing.assert_array_equal(go(optimizer, params), go(twin, twins))


def test_the_state_of_a_parameter_may_be_changed() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)
    optimizer = nn.SGD([w], lr=1.0, momentum=1.0)
    w.grad = np.array([1.0, 1.0])
    optimizer.step()
    np.testing.assert_array_equal(optimizer.state[w]["momentum_buffer"], [1.0, 1.0])
    optimizer.state[w]["momentum_buffer"] = np.array([10.0, 10.0])
    optimizer.step()
    np.testing.assert_array_equal(w.data, [-11.0, -10.0])


def test_an_optimizer_of_ones_own_written_for_pytorch() -> None:
    class Heavy(nn.optim.Optimizer):
        def __init__(self, params: Any, lr: float = 0.1) -> None:
            super().__init__(params, {"lr": lr})

        def step(self, closure: Any = None) -> None:
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is None:
                        continue
                    state = self.state[p]
                    state["count"] = state.get("count", 0) + 1
                    p.data = p.data - group["lr"] / state["count"] * p.grad

    w = Tensor([1.0], requires_grad=True)
    optimizer = Heavy([{"params": [w], "lr": 0.5}])
    for _ in range(2):
        w.grad = np.array([1.0])
        optimizer.step()
    assert w.data == 0.25
    assert optimizer.state[w] == {"count": 2}
    with pytest.raises(ValueError, match="Did you mean lr"):
        Heavy([{"params": [w], "Lr": 0.5}])
    with pytest.raises(NotImplementedError, match="Base: expected a method update"):
        type("Base", (nn.optim.Optimizer,), {})([w], {}).step()


def test_a_state_that_does_not_fit_changes_nothing() -> None:
    params = tensors(2)
    optimizer = nn.Adam([{"params": params[:1]}, {"params": params[1:], "lr": 0.1}])
    steps(optimizer, params)
    before = optimizer.state_dict()

    def refused(state: Any, words: str, error: Any = ValueError) -> None:
        with pytest.raises(error, match=words):
            optimizer.load_state_dict(state)
        assert repr(optimizer.state_dict()) == repr(before)

    state = copy.deepcopy(before)
    state["state"][0]["exp_avg"] = np.zeros(3)
    state["state"][1]["exp_avg_sq"] = "much"
    state["state"][7] = {}
    refused(state, r"unknown parameter 7; exp_avg of parameter 0 of shape \(3,\) for \(2,\); exp_a")
    state = copy.deepcopy(before)
    state["param_groups"][1]["lr"] = -1.0
    refused(state, "Adam: lr")
    state = copy.deepcopy(before)
    state["param_groups"][1]["momentum"] = 0.9
    refused(state, "'momentum'")
    refused(nn.Adam(tensors(2)).state_dict(), r"groups of \[1, 1\] parameters, got groups of \[2\]")
    for nothing in (None, {}, {"state": {}}, {"state": [], "param_groups": [3]}):
        refused(nothing, r"state_dict\(\)", TypeError)


# --- steps that fail ------------------------------------------------------------------------------


class Stubborn(Tensor):
    """A tensor whose data cannot be assigned, once."""

    __slots__ = ("error",)

    @property
    def data(self) -> Any:
        return Tensor.data.fget(self)  # type: ignore[attr-defined]

    @data.setter
    def data(self, data: Any) -> None:
        error, self.error = getattr(self, "error", None), None
        if error:
            raise error
        Tensor.data.fset(self, data)  # type: ignore[attr-defined]


@pytest.mark.parametrize("case", SOME, ids=case_name)
@pytest.mark.parametrize("where", ["gradient", "assignment", "interrupt"])
def test_a_step_that_fails_has_not_happened(where: str, case: Case) -> None:
    name, options = case
    first, last = tensors(2)
    middle, stubborn = Value(0.5), Stubborn([1.0, 2.0], requires_grad=True)
    params = [first, middle, stubborn, last]
    optimizer = getattr(nn.optim, name)(params, **options)
    for _ in range(2):
        for p in params:
            p.grad = 1.0 if p is middle else np.ones(2)
        optimizer.step()
    before = [np.array(p.data) for p in params], optimizer.state_dict()
    if where == "gradient":
        last.grad = np.ones(5)
        error: Any = ValueError
    else:
        stubborn.error = error = KeyboardInterrupt if where == "interrupt" else MemoryError
    with pytest.raises(error):
        optimizer.step()
    for p, x in zip(params, before[0], strict=True):
        np.testing.assert_array_equal(p.data, x)
    assert repr(optimizer.state_dict()) == repr(before[1])
    last.grad = np.ones(2)
    optimizer.step()
    assert repr(optimizer.state_dict()) != repr(before[1]) or (name, options.get("momentum")) == (
        "SGD",
        0.0,
    )


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf, "0.1", None, True])
def test_bad_numbers_are_refused_by_name(name: str, bad: Any) -> None:
    w = Value(1.0)
    kind = getattr(nn.optim, name)
    defaults = kind([w]).defaults
    for key, default in defaults.items():
        if type(default) is float and not (key == "dampening" and bad == -0.1):
            with pytest.raises((TypeError, ValueError), match=rf"{name}: {key}: expected") as error:
                kind([w], **{key: bad})
            assert repr(bad) in str(error.value)
            with pytest.raises((TypeError, ValueError), match=rf"{name}: {key}: expected"):
                kind([{"params": [w], key: bad}])
        fixed = name == "AdamW" and key == "decoupled_weight_decay"
        if type(default) is bool and bad is not True and not fixed:
            with pytest.raises(TypeError, match=rf"{name}: {key}: expected True or False"):
                kind([w], **{key: bad})


@pytest.mark.parametrize("bad", [(1.0, 0.9), (0.9, 1.0), (-0.1, 0.9), (0.9, math.nan)])
def test_betas_out_of_range(bad: Any) -> None:
    for name in ("Adam", "AdamW", "NAdam", "RAdam"):
        with pytest.raises(ValueError, match=rf"{name}: betas\[[01]\]: expected .* less than 1"):
            getattr(nn, name)([Value(1.0)], betas=bad)
        for other in (0.9, (0.9,), (0.9, 0.9, 0.9), "ab", None):
            with pytest.raises(TypeError, match=f"{name}: betas: expected two numbers"):
                getattr(nn, name)([Value(1.0)], betas=other)
    with pytest.raises(ValueError, match="rho"):
        nn.Adadelta([Value(1.0)], rho=1.5)
    with pytest.raises(ValueError, match="dampening"):
        nn.SGD([Value(1.0)], momentum=0.9, dampening=0.5, nesterov=True)


@pytest.mark.parametrize("name", [*NAMES, "LBFGS"])
def test_parameters_must_be_leaves_once_each(name: str) -> None:
    kind = getattr(nn.optim, name)
    w, t = Value(1.0), Tensor([1.0], requires_grad=True)
    cases: list[tuple[Any, Any, str]] = [
        ([], ValueError, "at least one parameter"),
        ([{"params": []}], ValueError, "at least one parameter"),
        ([w, t, w], ValueError, "twice"),
        ([w * 2.0], TypeError, "leaf"),
        ([t * 2.0], TypeError, "leaf"),
        ([3.0], TypeError, r"leaf.*3\.0"),
        (w, TypeError, r"parameters\(\)"),
        ({"params": [w]}, TypeError, r"list of parameters"),
        ({w, t}, TypeError, r"list of parameters"),
        ("params", TypeError, r"list of parameters"),
        (nn.Sequential(nn.Linear(1, 1)), TypeError, r"parameters\(\)"),
        ([{"lr": 0.1}], TypeError, '"params"'),
        ([{"params": {w, t}}], TypeError, "list of parameters"),
        (
            [{"params": nn.Linear(1, 1)}],
            TypeError,
            r"list of parameters, got Linear.*parameters\(\)",
        ),
        ([{"params": 3.0}], TypeError, r"list of parameters, got 3\.0"),
        ([{"params": [w]}, w], (TypeError, ValueError), "group"),
        ([{"params": [w], "learning_rate": 0.1}], ValueError, "'learning_rate'"),
    ]
    for params, error, words in cases:
        with pytest.raises(error, match=f"(?s){name}: .*{words}"):
            kind(params)
    if name != "LBFGS":
        with pytest.raises(ValueError, match="twice"):
            kind([{"params": [w]}, {"params": [t, w]}])


def test_a_group_that_is_refused_changes_nothing() -> None:
    w, v = Value(1.0), Value(2.0)
    optimizer = nn.SGD([w], lr=0.1)
    bad: list[Any] = [
        {"params": [w]},
        {"params": [v, v]},
        {"params": [v], "lr": -1.0},
        {"params": [v], "momentun": 0.9},
        {"params": [v], "nesterov": True},
        {"params": [v * 2.0]},
        {"lr": 0.1},
        [v],
    ]
    for group in bad:
        with pytest.raises((TypeError, ValueError), match="SGD: "):
            optimizer.add_param_group(group)
        assert (optimizer.params, len(optimizer.param_groups)) == ([w], 1)
    optimizer.add_param_group({"params": [v], "name": "more"})
    assert optimizer.params == [w, v]
