"""The graph of tensors: old graphs after an update, hooks, anomalies, copies, depth, threads."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
import threading
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, detect_anomaly, grad

RNG = np.random.default_rng(11)


def parameter(*shape: int, label: str = "") -> Tensor:
    return Tensor(RNG.normal(size=shape), requires_grad=True, label=label)


# --- data that change after the operation --------------------------------------------------------


def test_after_an_optimisers_step_an_old_graph_has_the_old_gradient() -> None:
    w = parameter(3)
    loss = (w**3).sum()
    loss.backward()
    before, old = w.data.copy(), w.grad.copy()
    nn.SGD([w], lr=0.1, momentum=0.9).step()
    assert not np.array_equal(w.data, before)
    w.zero_grad()
    loss.backward()
    np.testing.assert_array_equal(w.grad, old)


def test_data_changed_by_hand_leave_an_old_graph_as_it_was() -> None:
    def step(w: Tensor) -> None:
        w.data -= 0.1  # what a loop written by hand does

    def element(w: Tensor) -> None:
        w.data[0] = 7.0

    def with_out(w: Tensor) -> None:
        np.multiply(w.data, 2.0, out=w.data)

    def twice(w: Tensor) -> None:
        d = w.data
        d += 1.0
        d[1] = -1.0

    def from_numpy(w: Tensor) -> None:
        w.numpy()[...] = 0.0

    for change in (step, element, with_out, twice, from_numpy):
        w = parameter(3, label="w")
        before = w.data.copy()
        loss = (w**3).sum()
        change(w)
        assert not np.array_equal(w.data, before)
        after = w.data.copy()
        loss.backward()
        np.testing.assert_array_equal(w.grad, 3 * before**2)
        w.zero_grad()
        new = (w**3).sum()
        assert new.item() == (after**3).sum()
        new.backward()  # a new graph is of the new numbers
        np.testing.assert_array_equal(w.grad, 3 * after**2)


def test_an_array_that_was_handed_out_is_read_only_once_it_is_recorded() -> None:
    w = parameter(3)
    d = w.data
    d[0] = 5.0
    loss = (w**3).sum()
    with pytest.raises(ValueError, match="read-only"):
        d[0] = 6.0
    loss.backward()
    assert w.grad[0] == 75.0


def test_an_array_that_is_assigned_stays_the_users() -> None:
    w = parameter(3)
    base = np.arange(6.0)
    for given in (base[:3].copy(), base[::2], np.broadcast_to(base[1:2], 3)):
        w.data = given
        before, y = given.copy(), (w * w).sum()
        w.grad = None
        if given.flags.writeable:
            given[0] = 9.0
        base[1] = 9.0
        y.backward()
        np.testing.assert_array_equal(w.grad, 2 * before)
        np.testing.assert_array_equal(w.data, before)
    frozen = np.arange(3.0)
    frozen.flags.writeable = False  # what an optimiser does: such an array is not copied
    w.data = frozen
    assert w.primal is frozen


def test_a_view_of_data_changes_no_graph() -> None:
    for change in (lambda w: w.data[:1], lambda w: memoryview(w.data), lambda w: w.data.T[:1]):
        w = Tensor([1.0, 2.0, 3.0], requires_grad=True)
        view = change(w)
        view[0] = 5.0  # counts
        y = (w * w).sum()
        view[0] = 50.0  # comes too late
        y.backward()
        assert w.grad.tolist() == [10.0, 4.0, 6.0]
        assert w.data.tolist() == [5.0, 2.0, 3.0]


def test_data_that_nobody_else_holds_are_not_copied() -> None:
    w = parameter(3)
    place = w.data.ctypes.data
    w.data[0] = 5.0
    _ = w * w
    assert w.primal.ctypes.data == place


def test_a_tensor_has_an_array_of_its_own() -> None:
    mine = np.ones(3)
    t = Tensor(mine, requires_grad=True)
    y = (t * t).sum()
    mine[0] = 5.0
    y.backward()
    assert t.grad.tolist() == [2.0, 2.0, 2.0]
    assert t.data[0] == 1.0
    mine[:] = 0.0


def test_looking_at_data_changes_nothing() -> None:
    class Weight(Tensor):
        """A subclass with attributes."""

    for kind in (Tensor, Weight):
        w = kind(np.arange(3.0), requires_grad=True, label="w")
        y = (w * w).sum()
        d = w.data
        assert w.data is d
        assert (w.shape, w.ndim, w.size, w.dtype, len(w)) == ((3,), 1, 3, np.float64, 3)
        assert repr(w).startswith("Tensor([0., 1., 2.], label='w'")
        assert isinstance(w, kind)
        assert type(w).__name__ == kind.__name__
        d[0] = 0.5  # not locked by any of this
        assert f"{w:.1f}" == "[0.5, 1.0, 2.0]"
        with pytest.raises(ValueError, match="replaced since"):
            y.backward(create_graph=True)
        d = w.data
        d[0] = -0.0
        y = (w * w).sum()
        assert w.data[0] == 0.0
        y.backward(create_graph=True)  # nothing but looked at: still the array it was
        assert w.is_leaf


def test_copies_of_a_leaf_whose_array_is_handed_out() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True, label="w")
    w.data[0] = 5.0
    for copied in (copy.deepcopy(w), pickle.loads(pickle.dumps(w))):
        assert type(copied) is Tensor
        assert copied.data.tolist() == [5.0, 2.0]
        copied.data[1] = 0.0
    assert w.data.tolist() == [5.0, 2.0]
    w.data = np.zeros(2)
    assert (type(w), w.data.tolist()) != (Tensor, [5.0, 2.0])
    assert w.detach().data.tolist() == [0.0, 0.0]


def test_a_graph_of_gradients_needs_the_data_it_was_recorded_with() -> None:
    w = parameter(3)
    loss = (w**3).sum()
    w.data = w.data + 1
    with pytest.raises(ValueError, match="replaced since"):
        loss.backward(create_graph=True)


def test_only_leaves_take_new_data_and_only_of_their_shape() -> None:
    w = Tensor(np.ones(3, dtype=np.float32), requires_grad=True)
    w.data = w.data - np.float64(0.5) * np.ones(3)
    assert w.dtype == np.float32
    with pytest.raises(ValueError, match=r"shape \(3,\), got shape \(1, 3\)"):
        w.data = np.ones((1, 3))
    y = w * 2
    with pytest.raises(TypeError, match="a leaf to change, got the result of mul"):
        y.data = np.ones(3)


def test_computed_data_cannot_be_overwritten() -> None:
    w = parameter(3)
    y = np.exp(w)  # its own value is its derivative
    for write in (lambda a: a.fill(0), lambda a: np.add(a, 1, out=a), lambda a: a.sort()):
        with pytest.raises(ValueError, match="read-only"):
            write(y.data)
        with pytest.raises(ValueError, match="read-only"):
            write(y.numpy())
    with pytest.raises(ValueError, match="read-only"):
        y.data += 1
    y.sum().backward()
    np.testing.assert_array_equal(w.grad, np.exp(w.data))
    y.data.copy().fill(0)
    with autograd.no_grad():
        np.exp(w).data.fill(0)  # nobody's derivative


# --- gradients ------------------------------------------------------------------------------------


def test_the_gradient_of_a_number_is_an_array() -> None:
    x, y = Tensor(2.0, requires_grad=True), Tensor(3.0, requires_grad=True)
    for times in (1, 2):
        (x * x * y + y).backward()
        for t, expected in ((x, 12.0), (y, 5.0)):
            assert type(t.grad) is np.ndarray
            assert t.grad == times * expected


def test_a_gradient_set_by_hand_is_added_to_if_it_fits() -> None:
    x = Tensor(np.ones(2, np.float32), requires_grad=True)
    x.grad = np.array([1.0, 2.0])
    (x * 2).sum().backward()
    np.testing.assert_array_equal(x.grad, np.array([3, 4], np.float32), strict=True)
    x.grad = np.zeros((2, 2))
    with pytest.raises(ValueError, match=r"backward: expected a grad of the tensor's shape \(2,\)"):
        (x * 2).sum().backward()


def test_gradients_beside_integers_keep_their_fractions() -> None:
    @autograd.primitive
    def rounded(x: Any) -> Any:
        return np.round(x).astype(int)

    rounded.defvjp(lambda g, out, x: g)  # straight through
    x = Tensor(np.array([1.2, 2.7]), requires_grad=True)
    (rounded(x) * 0.5).sum().backward()
    np.testing.assert_array_equal(x.grad, [0.5, 0.5])
    rounded(x).backward([0.25, 0.5])
    np.testing.assert_array_equal(x.grad, [0.75, 1.0])
    moved = autograd.jvp(lambda x: rounded(x) * 0.5, (x.data,), (np.array([0.5, 1.5]),))[1]
    np.testing.assert_array_equal(moved, [0.25, 0.75])


def stepped(w: Any, step: Any) -> Any:
    with autograd.no_grad():
        w -= step
    return w


def test_a_step_by_hand_changes_a_parameter_inside_of_no_grad() -> None:
    w = same = parameter(2)
    start, before = w.data.copy(), (w * w).sum()
    with autograd.no_grad():
        w -= 0.5
        w *= np.array([2.0, 4.0])
    assert w is same
    assert w.is_leaf
    np.testing.assert_array_equal(w.data, (start - 0.5) * [2.0, 4.0])
    before.backward()
    np.testing.assert_array_equal(w.grad, 2 * start)  # the graph is of the time before
    with (
        autograd.no_grad(),
        pytest.raises(ValueError, match=r"shape \(2,\), got .*\(3, 2\)"),
    ):
        w += np.ones((3, 2))
    step = autograd.compile(lambda x: stepped(w, x).sum(), numbers=False)
    with pytest.raises(TypeError, match="compile: expected a function that changes nothing"):
        step(np.ones(2))
    at = np.array([0.5, 2.0])  # the variable of a derivative is no parameter: a new tensor
    assert not autograd.jacobian(autograd.grad(lambda x: (stepped(x, 1.0) ** 2).sum()))(at).any()
    constant = other = Tensor([1.0])
    with autograd.no_grad():
        constant += 1.0
    assert (constant.item(), other.item()) == (2.0, 1.0)
    w += 1.0  # recorded: a new tensor, as for numbers
    assert w is not same


def test_what_cannot_require_a_gradient_is_refused_when_it_is_set_too() -> None:
    count, x = Tensor(np.array([1, 2])), parameter(2)
    with pytest.raises(TypeError, match=r"requires_grad: expected a floating-point dtype .*int64"):
        count.requires_grad = True
    with pytest.raises(TypeError, match="requires_grad: expected True or False, got 'no'"):
        x.requires_grad = "no"  # type: ignore[assignment]
    h = x * 2
    with pytest.raises(TypeError, match=r"requires_grad: expected a leaf .*got the result of mul"):
        h.requires_grad = False
    assert (count.requires_grad, x.requires_grad, h.requires_grad) == (False, True, True)
    x.requires_grad = False
    x.requires_grad = np.True_  # type: ignore[assignment]
    assert x.requires_grad is True


def test_only_leaves_can_be_told_to_have_no_gradient() -> None:
    x = parameter(2)
    with pytest.raises(TypeError, match=r"requires_grad: expected a leaf .*got the result of mul"):
        (x * 2).requires_grad_(False)
    assert (x * 2).requires_grad_().requires_grad
    assert not x.requires_grad_(False).requires_grad


# --- anomalies ------------------------------------------------------------------------------------


def test_an_anomaly_names_operation_operands_and_line() -> None:
    x = Tensor([1.0, 0.0], requires_grad=True)
    with detect_anomaly(), np.errstate(all="ignore"):
        with pytest.raises(
            FloatingPointError,
            match=r"log: expected a finite result, got -inf at index \(1,\) "
            r"\(1 of 2 elements\) from \(array of shape \(2,\) in \[0, 1\]\) at "
            r".*test_tensor_graph\.py:\d+",
        ):
            np.log(x)
        y = np.sqrt(x)
        with pytest.raises(
            FloatingPointError, match=r"backward of sqrt: expected finite.*recorded at .*np\.sqrt"
        ):
            y.sum().backward()
    assert x.grad is None


@pytest.mark.parametrize(
    ("derivative", "says"),
    [
        (lambda: autograd.jvp(np.sqrt, (0.0,), (1.0,)), "jvp of sqrt: expected a finite tangent"),
        (lambda: autograd.make_jvp(np.sqrt)(np.array([0.0, 1.0]))(np.ones(2)), "got 1 of 2 elem"),
        (lambda: autograd.hvp(lambda x: x**1.5, 0.0, 1.0), "jvp of power: expected a finite"),
        (lambda: autograd.hvp(lambda x: (x**1.5).sum(), np.zeros(2), np.ones(2)), "got 2 of 2"),
    ],
)
def test_an_anomaly_in_forward_mode(derivative: Any, says: str) -> None:
    derivative()
    with (
        detect_anomaly(),
        pytest.raises(FloatingPointError, match=rf"{says}.*recorded at .*{Path(__file__).name}"),
    ):
        derivative()


@pytest.mark.parametrize("shape", [(), (2,)])
@pytest.mark.parametrize("inner", [False, True])
def test_an_anomaly_in_a_sum_of_gradients(shape: Any, inner: bool) -> None:
    """Each path has a finite gradient, their sum has not."""
    x = Tensor(np.full(shape, 0.25), requires_grad=True)
    with detect_anomaly():
        z = x * 1.0 if inner else x
        y = (z * 1e308 + z * 1e308).sum() / 2
        (y * 0.5).backward()
        np.testing.assert_array_equal(x.grad, np.full(shape, 5e307))
        x.grad = None
        with pytest.raises(FloatingPointError, match=r"of mul: .* for the sum over paths to the"):
            (y * 2.0).backward()
    assert x.grad is None


def test_an_anomaly_inside_of_nn_names_the_line_that_called_it() -> None:
    scores = Tensor([[np.nan, 0.0]], requires_grad=True)
    with detect_anomaly(), pytest.raises(FloatingPointError, match=r"test_tensor_graph\.py:\d+"):
        nn.cross_entropy(scores, np.array([0]))


# --- copies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))])
def test_copies_have_a_graph_of_their_own(copied: Any) -> None:
    x = parameter(2, 3, label="x")
    loss = (np.tanh(x @ np.ones((3, 2))) * x[:, :2]).sum()
    loss.backward()
    twin_x, twin = copied((x, loss))
    assert twin_x.label == "x"
    np.testing.assert_array_equal(twin_x.grad, x.grad)
    twin.backward()
    np.testing.assert_array_equal(twin_x.grad, 2 * x.grad)
    assert not np.shares_memory(twin_x.data, x.data)
    again = copied(loss)  # the leaf comes along
    again.backward()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))])
@pytest.mark.parametrize("number", [2.5, 10**9, np.float32(2.5), np.array([2.5, 3.5])])
def test_copies_of_a_graph_with_constants(copied: Any, number: Any) -> None:
    x = parameter(2)
    for _ in range(8):
        x.grad = None
        loss = (x * number * x - number).sum()
        loss.backward()
        twin_x, twin = copied((x, loss))
        twin_x.grad = None
        twin.backward()
        np.testing.assert_array_equal(twin_x.grad, x.grad)


class Parameter(Tensor):
    """A tensor with an attribute of its own."""


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))])
def test_copies_of_a_subclass_keep_its_attributes(copied: Any) -> None:
    p = Parameter(np.ones(2), requires_grad=True)
    p.decay = 0.1  # type: ignore[attr-defined]
    twin = copied(p)
    assert type(twin) is Parameter
    assert twin.decay == 0.1
    (twin * 2).sum().backward()
    np.testing.assert_array_equal(twin.grad, [2.0, 2.0])


def test_deep_graphs_are_built_walked_copied_and_freed() -> None:
    x = Tensor(1.0, requires_grad=True)
    y = x
    for _ in range(20_000):
        y = y * 1.0 + 0.0
    y.backward()
    assert x.grad == 1.0
    copy.deepcopy(y).backward()
    root = weakref.ref(y)
    gc.disable()
    try:
        del y
        assert root() is None  # no reference cycles: freed at once
    finally:
        gc.enable()


# --- the rest -------------------------------------------------------------------------------------


def test_no_path_is_none_and_a_path_of_zeros_is_zero() -> None:
    a, b = parameter(2), parameter(2)
    (a * 0).sum().backward()
    assert b.grad is None
    np.testing.assert_array_equal(a.grad, np.zeros(2))
    np.testing.assert_array_equal(grad(lambda x: 3.0)(np.ones(2)), np.zeros(2))


def test_a_single_leaf_is_its_own_root() -> None:
    x = Tensor(2.0, requires_grad=True)
    x.backward()
    x.backward()
    assert x.grad == 2.0


def test_dividing_by_zero_has_infinite_gradients() -> None:
    x = Tensor([1.0, -1.0], requires_grad=True)
    with np.errstate(all="ignore"):
        (x / 0.0).sum().backward()
    np.testing.assert_array_equal(x.grad, [np.inf, np.inf])


def test_an_infinite_slope_does_not_warn_on_the_way_back() -> None:
    x = Tensor([0.0, 4.0], requires_grad=True)
    np.sqrt(x).sum().backward()  # warnings are errors here
    np.testing.assert_array_equal(x.grad, [np.inf, 0.25])


def test_diamonds_and_repeated_use() -> None:
    a = Tensor(1.0, requires_grad=True)
    b = a + a
    c = b + b
    c.backward()
    assert a.grad == 4.0
    x = parameter(3)
    y = x
    for _ in range(20):
        y = y + y
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, 2.0**20)


def test_a_gradient_is_never_shared_with_the_graph_or_the_user() -> None:
    g = np.ones(3)
    x = parameter(3)
    (x + 0).backward(g)
    x.grad += 1
    np.testing.assert_array_equal(g, np.ones(3))
    leaf = parameter(3)
    leaf.backward(g)
    leaf.grad += 1
    np.testing.assert_array_equal(g, np.ones(3))
    a, b = parameter(2, 2), parameter(2, 2)
    out = (a + b).T.reshape(4)
    out.backward(np.arange(4.0))
    a.grad[:] = 7
    np.testing.assert_array_equal(b.grad, [[0, 2], [1, 3]])


def test_two_threads_run_backward_at_once() -> None:
    x = np.linspace(0, 1, 1000)
    results: dict[int, Any] = {}

    def work(k: int) -> None:
        for _ in range(30):
            t = Tensor(x, requires_grad=True)
            (np.sin(t * k) * t).sum().backward()
            results[k] = t.grad

    threads = [threading.Thread(target=work, args=(k,)) for k in range(1, 5)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for k, g in results.items():
        np.testing.assert_allclose(g, k * np.cos(k * x) * x + np.sin(k * x), rtol=1e-12)


def test_threads_that_share_a_leaf_lose_no_gradient() -> None:
    x = Tensor(np.ones(4), requires_grad=True)

    def work() -> None:
        for _ in range(1000):
            (x * 1.0).sum().backward()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # change threads as often as can be
    try:
        threads = [threading.Thread(target=work) for _ in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    finally:
        sys.setswitchinterval(interval)
    np.testing.assert_array_equal(x.grad, np.full(4, 4000.0))


def test_inner_variables_do_not_touch_what_is_outside() -> None:
    """A derivative inside of a function ends at its own variable."""
    w = parameter(3)
    calls: list[Any] = []
    y = w * 2
    y.register_hook(calls.append)
    inner = grad(lambda x: autograd.sum(x * y.data))(np.ones(3))
    np.testing.assert_array_equal(inner, y.data)
    assert not calls
    outer = grad(lambda x: autograd.sum(x * y))(np.ones(3))
    np.testing.assert_array_equal(outer, y.data)
    assert not calls  # y is older than x: nothing is carried to it
    assert w.grad is None


def test_training_with_tensors_learns_what_pytorch_learns() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    X = RNG.normal(size=(20, 5)).astype(np.float32)
    y = RNG.integers(0, 3, 20)
    arrays = [RNG.normal(size=s).astype(np.float32) for s in ((8, 5), (8,), (3, 8), (3,))]
    ours = [Tensor(a, requires_grad=True) for a in arrays]
    theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
    mine = nn.SGD(ours, lr=0.1, momentum=0.9, weight_decay=0.01)
    its = torch.optim.SGD(theirs, lr=0.1, momentum=0.9, weight_decay=0.01)
    for _ in range(10):
        hidden = autograd.relu(autograd.linear(X, ours[0], ours[1]))
        loss = nn.cross_entropy(autograd.linear(hidden, ours[2], ours[3]), y)
        mine.zero_grad()
        loss.backward()
        mine.step()
        t_hidden = torch.relu(torch.nn.functional.linear(torch.tensor(X), theirs[0], theirs[1]))
        t_loss = torch.nn.functional.cross_entropy(
            torch.nn.functional.linear(t_hidden, theirs[2], theirs[3]), torch.tensor(y)
        )
        its.zero_grad()
        t_loss.backward()
        its.step()
    assert loss.dtype == np.float32
    for a, b in zip(ours, theirs, strict=True):
        assert a.dtype == np.float32
        # Ten steps in float32, each rounding in another order.
        np.testing.assert_allclose(a.data, b.detach().numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("classes", "error", "words"),
    [
        ([0, 3, 1], ValueError, "classes from 0 to 2, got 3"),
        ([0, -1, 1], ValueError, "classes from 0 to 2, got -1"),
        ([0.0, 1.0, 1.0], TypeError, "whole numbers"),
        ([0, 1], ValueError, r"shape \(3,\) for \(3, 3\), got classes of shape \(2,\)"),
        ([[0, 1, 2]], ValueError, r"classes of shape \(1, 3\)"),
    ],
)
def test_bad_classes(classes: Any, error: Any, words: str) -> None:
    scores = parameter(3, 3)
    with pytest.raises(error, match=words):
        nn.cross_entropy(scores, np.array(classes))


def test_the_surprise_of_tiny_chances() -> None:
    scores = np.array([[0.0, 1000.0, -1000.0], [0.0, 700.0, 720.0]])
    out = autograd.softmax_cross_entropy(scores, np.array([2, 0]))
    np.testing.assert_allclose(out, [2000.0, 720.0 + np.log1p(np.exp(-20.0))], rtol=1e-15)
    t = Tensor(scores.astype(np.float32), requires_grad=True)
    loss = nn.cross_entropy(t, np.array([2, 0]))
    loss.backward()
    np.testing.assert_allclose(t.grad, [[0, 0.5, -0.5], [-0.5, 0, 0.5]], atol=1e-6)
