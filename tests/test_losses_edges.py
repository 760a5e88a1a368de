"""Losses where numbers are extreme, where nothing counts, and with input that is wrong."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, Value
from nn import functional as F


def slopes(loss: Any, x: Any) -> Any:
    t = Tensor(x, requires_grad=True)
    out = loss(t)
    out.sum().backward()
    return out.data, t.grad


def test_single_numbers_and_one_class_in_a_list_are_pytorchs() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    theirs = torch.nn.functional
    x, y = np.array(-0.5), np.array(0.25)
    out = F.kl_div(Tensor(x), y, reduction="batchmean")
    expected = theirs.kl_div(torch.tensor(x), torch.tensor(y), reduction="batchmean")
    assert out.data == pytest.approx(expected.item(), rel=1e-15)
    line = np.array([0.5, 1.0, -2.0])
    out = F.multi_margin_loss(line, [1])
    assert out == pytest.approx(theirs.multi_margin_loss(torch.tensor(line), torch.tensor([1])))


# --- stable ---------------------------------------------------------------------------------------


def test_logits_far_out_keep_their_digits() -> None:
    x = np.array([-800.0, -40.0, 40.0, 800.0])
    for label, expected, slope in (
        (0.0, [0.0, math.exp(-40), 40.0, 800.0], [0.0, math.exp(-40), 1.0, 1.0]),
        (1.0, [800.0, 40.0, math.exp(-40), 0.0], [-1.0, -1.0, -math.exp(-40), 0.0]),
    ):
        y = np.full(4, label)
        out, grad = slopes(
            lambda t, y=y: F.binary_cross_entropy_with_logits(t, y, reduction="none"), x
        )
        np.testing.assert_allclose(out, expected, rtol=1e-14)
        np.testing.assert_allclose(grad, slope, rtol=1e-14)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        loss = F.cross_entropy(Tensor([[1e300, 0.0], [-1e300, 0.0]]), [1, 1], label_smoothing=0.5)
    assert loss.data == pytest.approx((0.75e300 + 0.25e300) / 2, rel=1e-15)


@pytest.mark.parametrize("compiled", [False, True])
def test_chances_of_0_and_1_are_pytorchs(compiled: bool) -> None:
    x, y = np.array([0.0, 0.0, 1.0, 1.0, 1e-50]), np.array([0.0, 1.0, 0.0, 1.0, 1.0])
    loss: Any = nn.BCELoss(reduction="none")
    if compiled:
        loss = autograd.compile(loss, numbers=False)
    with np.errstate(all="raise"):
        out, grad = slopes(lambda t: loss(t, y), x)
    assert out.tolist() == [0.0, 100.0, 100.0, 0.0, 100.0]
    steep = 1 / float(np.float32(1e-12))
    np.testing.assert_allclose(grad, [0.0, -steep, steep, 0.0, -steep], rtol=1e-15)
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    t = torch.tensor(x, requires_grad=True)
    theirs = torch.nn.BCELoss(reduction="none")(t, torch.tensor(y))
    theirs.sum().backward()
    np.testing.assert_allclose(out, theirs.detach().numpy(), rtol=1e-14)
    np.testing.assert_allclose(grad, t.grad.numpy(), rtol=1e-14)


def test_kinks_have_the_slopes_of_pytorch() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    x, y = np.array([1.0, -1.0, 0.0, 0.25, 1.0]), np.array([-1.0, 1.0, -1.0, 1.0, 1.0])
    zero = np.zeros(5)
    for name, target, settings in (
        ("L1Loss", x, {}),
        ("SmoothL1Loss", zero, {}),
        ("SmoothL1Loss", x, {"beta": 0.0}),
        ("HuberLoss", zero, {"delta": 0.25}),
        ("HingeEmbeddingLoss", y, {}),
    ):
        _, grad = slopes(lambda t: getattr(nn, name)(**settings)(t, target), x)  # noqa: B023
        t = torch.tensor(x, requires_grad=True)
        getattr(torch.nn, name)(**settings)(t, torch.tensor(target)).backward()
        assert grad.tolist() == t.grad.tolist(), name
    for p in (1, 2):
        _, grad = slopes(lambda t: nn.MultiMarginLoss(p)(t, [0]), [[1.0, 0.0, 2.0]])  # noqa: B023
        t = torch.tensor([[1.0, 0.0, 2.0]], requires_grad=True)
        torch.nn.MultiMarginLoss(p)(t, torch.tensor([0])).backward()
        np.testing.assert_allclose(grad, t.grad.tolist(), rtol=1e-7)
    for settings in ({"weight": np.array([1.0, 3.0, 0.0, 2.0, 0.5])},):
        for name in ("mse_loss", "l1_loss", "huber_loss"):
            for reduction in ("mean", "sum", "none"):
                ours = getattr(F, name)(x, zero, reduction=reduction, **settings)
                theirs = getattr(torch.nn.functional, name)(
                    torch.tensor(x), torch.tensor(zero), reduction=reduction,
                    weight=torch.tensor(settings["weight"]),
                )  # fmt: skip
                np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-14)


def test_hinge_of_arrays_is_the_hinge_of_numbers() -> None:
    scores, signs = [0.25, -3.0, 2.0, 0.5, 1.0], [1, -1, -1, 1, 1]
    values = [Value(s) for s in scores]
    nn.hinge_loss(values, signs).backward()
    for loss in (nn.HingeLoss(), F.hinge_loss, nn.hinge_loss):
        out, grad = slopes(lambda t, loss=loss: loss(t, np.array(signs)), scores)
        assert out == 0.85
        assert grad.tolist() == [v.grad for v in values]
    assert nn.mse_loss(Tensor([1.0, 4.0]), [1.0, 2.0]).data == 2.0


def test_a_gradient_flows_to_the_targets_of_hinge_too() -> None:
    scores, signs = np.array([0.5, 0.25]), Tensor([1.0, -1.0], requires_grad=True)
    F.hinge_loss(scores, signs).backward()
    np.testing.assert_array_equal(signs.grad, -scores / 2)


# --- classes that do not count --------------------------------------------------------------------


def test_ignored_examples_neither_count_nor_pull() -> None:
    scores, some = np.arange(6.0).reshape(3, 2) ** 2, np.array([1, -100, 0])
    for loss in (F.cross_entropy, F.nll_loss):
        out, grad = slopes(lambda t, loss=loss: loss(t, some), scores)
        kept, _ = slopes(lambda t, loss=loss: loss(t, some[[0, 2]]), scores[[0, 2]])
        assert out == pytest.approx(kept, rel=1e-15)
        assert grad[1].tolist() == [0.0, 0.0]
        assert np.any(grad[0])
        assert loss(Tensor(scores), np.full(3, 1), ignore_index=1, reduction="sum").data == 0.0
    # An array and a Tensor of classes are the same.
    np.testing.assert_array_equal(
        F.cross_entropy(Tensor(scores), Tensor(some)).data, F.cross_entropy(scores, some)
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "settings", [{}, {"weight": [0.5, 2.0]}, {"label_smoothing": 0.5}], ids=str
)
@pytest.mark.parametrize("compiled", [False, True])
def test_where_nothing_counts_the_mean_is_nan_and_nothing_pulls(
    compiled: bool, settings: Any, dtype: Any
) -> None:
    scores, ignored = np.arange(6.0).reshape(3, 2).astype(dtype), np.full(3, -100)
    for name in ("cross_entropy", "nll_loss")[: 2 - ("label_smoothing" in settings)]:
        loss: Any = lambda x, y, name=name: getattr(F, name)(x, y, **settings)  # noqa: E731
        loss = autograd.compile(loss) if compiled else loss
        with np.errstate(all="raise"):
            out, grad = slopes(lambda t, loss=loss: loss(t, ignored), scores)
        assert np.isnan(out)
        assert out.dtype == dtype
        np.testing.assert_array_equal(grad, np.zeros((3, 2)))
        torch = pytest.importorskip("torch", reason="PyTorch is not installed")
        t = torch.tensor(scores, requires_grad=True)
        options = {k: torch.tensor(v, dtype=t.dtype) if k == "weight" else v
                   for k, v in settings.items()}  # fmt: skip
        theirs = getattr(torch.nn.functional, name)(t, torch.tensor(ignored), **options)
        theirs.backward()
        assert np.isnan(theirs.item())
        np.testing.assert_array_equal(grad, t.grad.numpy())
    # Classes that weigh nothing are the same, where PyTorch has slopes of NaN.
    out, grad = slopes(lambda t: F.nll_loss(t, [1, 1, 1], [1.0, 0.0]), scores)
    assert np.isnan(out)
    assert not grad.any()


def test_the_plain_loss_of_classes_is_one_node() -> None:
    scores = Tensor(np.ones((2, 3)), requires_grad=True)
    for loss in (nn.CrossEntropyLoss(), F.cross_entropy, nn.cross_entropy):
        out = loss(scores, np.array([0, 2]))
        assert out.op.name == "softmax_cross_entropy"
        assert out.inputs[0] is scores


# --- compiled -------------------------------------------------------------------------------------


def test_a_compiled_loss_finds_classes_that_came_later() -> None:
    nn.manual_seed(0)
    model, x = nn.Linear(2, 3), np.ones((4, 2))
    losses: list[Any] = [
        nn.CrossEntropyLoss(),
        lambda s, y: F.nll_loss(autograd.log_softmax(s, axis=-1), y),
        nn.MultiMarginLoss(),
    ]
    for loss in losses:
        step = autograd.compile(lambda x, y, loss=loss: loss(model(x), y))
        eager = [loss(model(x), y).data for y in (np.zeros(4, int), np.array([0, 1, 2, 1]))]
        assert [step(x, np.zeros(4, int)).data, step(x, np.array([0, 1, 2, 1])).data] == eager
        for wrong in (3, -1):
            with pytest.raises(ValueError, match=rf"expected classes from 0 to 2, got {wrong}"):
                step(x, np.array([0, 1, wrong, 1]))
    step = autograd.compile(lambda x, y: losses[0](model(x), y))
    step(x, np.zeros(4, int))
    some = np.array([0, -100, 1, -100])  # none was ignored when it was recorded
    assert step(x, some).data == pytest.approx(losses[0](model(x), some).data, rel=1e-15)


def test_a_compiled_loss_finds_signs_and_chances_that_came_later() -> None:
    for loss, good, bad in (
        (F.hinge_loss, ([0.5], [1.0]), ([0.5], [0.0])),
        (F.hinge_embedding_loss, ([0.5], [-1.0]), ([0.5], [2.0])),
        (F.binary_cross_entropy, ([0.5], [1.0]), ([1.5], [1.0])),
    ):
        compiled = autograd.compile(loss, numbers=False)
        found = compiled(*(np.array(a) for a in good))
        assert found.data == pytest.approx(loss(*good), rel=1e-15)
        with pytest.raises(
            ValueError, match=r"expected (targets -1 and 1|chances between 0 and 1)"
        ):
            compiled(*(np.array(a) for a in bad))


# --- dtypes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", [[1, 1], [True, True], [1.0, 1.0],
    *(np.ones(2, kind) for kind in (int, np.uint8, bool)), Tensor([1, 1])], ids=repr)  # fmt: skip
def test_targets_take_the_precision_of_the_predictions(target: Any) -> None:
    for name in ("mse_loss", "l1_loss", "huber_loss", "smooth_l1_loss", "kl_div", "hinge_loss",
                 "soft_margin_loss", "hinge_embedding_loss", "binary_cross_entropy",
                 "binary_cross_entropy_with_logits"):  # fmt: skip
        for dtype in (np.float32, np.float64):
            x = Tensor(np.array([0.25, 0.75], dtype))
            out = getattr(F, name)(x, target)
            assert out.dtype == dtype, name
            assert out.data == getattr(F, name)(x, np.ones(2, dtype)).data
    assert F.mse_loss(Tensor(np.ones(2, np.float32)), np.zeros(2)).dtype == np.float64  # as NumPy's


def test_whole_numbers_do_not_wrap_around() -> None:
    small, large = np.array([1, 0], np.uint8), np.array([2, 255], np.uint8)
    assert F.l1_loss(small, large, reduction="none").tolist() == [1.0, 255.0]
    assert F.mse_loss(small, large) == (1 + 255**2) / 2
    assert F.l1_loss([True, False], [False, False]) == 0.5


# --- penalties ------------------------------------------------------------------------------------


def test_penalties_of_tensors_and_values() -> None:
    nn.manual_seed(1)
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    scalar = nn.MLP(2, [3, 1], seed=0)
    flat = np.concatenate([p.data.ravel() for p in model.parameters()])
    numbers = np.array([p.data for p in scalar.parameters()])
    for penalty, value, slope in (
        (nn.l1_penalty, lambda x: np.abs(x).sum(), np.sign),
        (nn.l2_penalty, lambda x: (x * x).sum(), lambda x: 2 * x),
    ):
        for network, x in ((model, flat), (scalar, numbers)):
            network.zero_grad()
            out = penalty(network)
            out.backward()
            assert out.data == pytest.approx(value(x), rel=1e-14)
            grads = np.concatenate([np.ravel(p.grad) for p in network.parameters()])
            np.testing.assert_allclose(grads, slope(x), rtol=1e-15)
    assert nn.l2_penalty(model[0].weight).data == pytest.approx((model[0].weight.data ** 2).sum())
    for bad in (nn.ReLU(), [], [1.0], 3.0):
        with pytest.raises(TypeError, match="l1_penalty: expected a model with parameters"):
            nn.l1_penalty(bad)
    with pytest.raises(TypeError, match="Values or Tensors as parameters, got both"):
        nn.l2_penalty([*model.parameters(), *scalar.parameters()])


def test_penalties_within_compiled_losses() -> None:
    nn.manual_seed(1)
    x, y = np.array([[1.0, 2.0], [0.5, -1.0]]), np.array([[1.0], [0.0]])
    model = nn.Linear(2, 1)

    def loss(x: Any, y: Any) -> Any:
        return F.mse_loss(model(x), y) + 0.1 * nn.l1_penalty(model) + 0.1 * nn.l2_penalty(model)

    found = []
    for run in (loss, autograd.compile(loss)):
        model.zero_grad()
        out = run(x, y)
        out.backward()
        found.append([out.data, model.weight.grad, model.bias.grad])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14)
    scalar = nn.MLP(2, [2, 1], seed=0)
    decayed = autograd.compile(lambda x, y: nn.mse_loss(scalar(x), y) + 0.1 * nn.l2_penalty(scalar))
    eager = [
        (nn.mse_loss(scalar(r), t) + 0.1 * nn.l2_penalty(scalar)).data
        for r, t in zip(x.tolist(), y[:, 0].tolist(), strict=True)
    ]
    np.testing.assert_allclose(decayed(x, y[:, 0]).data, eager, rtol=1e-14)


# --- bad input ------------------------------------------------------------------------------------

X, XY = np.ones((2, 3)), np.ones((2, 3, 2))


@pytest.mark.parametrize(
    ("error", "text", "call"),
    [
        (ValueError, r"got an input of shape \(2, 3\) and a target of shape \(2,\)",
         lambda: F.mse_loss(X, np.ones(2))),
        (ValueError, "shape", lambda: F.binary_cross_entropy(X, np.ones((2, 1)))),
        (ValueError, "shape", lambda: F.hinge_loss(X, np.ones(3))),
        (ValueError, "shape", lambda: F.kl_div(X, XY)),
        (ValueError, "reduction mean, sum, none, got 'batchmean'",
         lambda: F.mse_loss(X, X, reduction="batchmean")),
        (ValueError, "reduction mean, sum, none, batchmean, got 'avg'",
         lambda: F.kl_div(X, X, reduction="avg")),
        (ValueError, "reduction", lambda: F.cross_entropy(X, [0, 1], reduction=None)),
        (ValueError, "reduction", lambda: F.nll_loss(X, [0, 1], reduction="")),
        (TypeError, r"of numbers, got list of Values\. For Values use nn\.mse_loss",
         lambda: F.mse_loss([Value(1.0)], [1.0])),
        (TypeError, r"got a Value\. For Values", lambda: F.l1_loss(Value(1.0), 1.0)),
        (TypeError, r"got list of Values beside a Tensor\. Give Values and plain numbers, or Tens",
         lambda: nn.mse_loss([Value(1.0)], Tensor([1.0]))),
        (TypeError, r"got str of <U4\. Convert text", lambda: nn.mse_loss(Tensor(X), "text")),
        (TypeError, r"got NoneType\. Give numbers", lambda: nn.mse_loss(Tensor(X), None)),
        (ValueError, "delta: expected a number above 0, got 0",
         lambda: F.huber_loss(X, X, delta=0)),
        (ValueError, "beta", lambda: F.smooth_l1_loss(X, X, beta=-1.0)),
        (ValueError, r"a weight of shape \(2, 3\), got shape \(3,\)",
         lambda: F.mse_loss(X, X, weight=np.ones(3))),
        (ValueError, "targets -1 and 1, got 0.0", lambda: F.hinge_loss(X, 0 * X)),
        (ValueError, "targets -1 and 1, got 2.0", lambda: F.soft_margin_loss(X, 2 * X)),
        (ValueError, "targets -1 and 1, got nan", lambda: F.hinge_loss(X, X * np.nan)),
        (ValueError, "targets -1 and 1, got 0.5", lambda: F.hinge_loss(Tensor(X), Tensor(X / 2))),
        (ValueError, "targets -1 and 1", lambda: F.hinge_embedding_loss(X, 0 * X)),
        (ValueError, "got numbers from 2 to 2", lambda: F.binary_cross_entropy(2 * X, X)),
        (ValueError, "got numbers from -1 to -1", lambda: F.binary_cross_entropy(Tensor(-X), X)),
        (ValueError, "from nan", lambda: F.binary_cross_entropy(X * np.nan, X)),
        (ValueError, "classes from 0 to 2, got 3", lambda: F.cross_entropy(X, [0, 3])),
        (ValueError, "classes from 0 to 2, got -1", lambda: F.cross_entropy(X, [0, -1])),
        (ValueError, "classes from 0 to 2, got 3",
         lambda: F.cross_entropy(X, [0, 3], label_smoothing=0.1)),
        (ValueError, "classes from 0 to 2, got -2",
         lambda: F.cross_entropy(X, Tensor(np.array([-100, -2])), np.ones(3))),
        (ValueError, "nll_loss: expected classes from 0 to 2, got -3",
         lambda: F.nll_loss(X, [0, -3])),
        (ValueError, "multi_margin_loss: expected classes from 0 to 2, got -100",
         lambda: F.multi_margin_loss(X, [0, -100])),
        (ValueError, r"shape \(2,\) for \(2, 3\), got classes of shape \(3,\)",
         lambda: F.cross_entropy(X, [0, 1, 1])),
        (ValueError, r"shape \(2, 2\) for \(2, 3, 2\), got classes of shape \(2,\)",
         lambda: F.cross_entropy(XY, [0, 1])),
        (ValueError, r"shape \(\) for \(3,\), got classes of shape \(1,\)",
         lambda: F.nll_loss(np.ones(3), [0])),
        (TypeError, "whole numbers, got float64", lambda: F.cross_entropy(X, [0.0, 1.0])),
        (TypeError, "whole numbers, got float64", lambda: F.nll_loss(X, Tensor([0.0, 1.0]))),
        (TypeError, "whole numbers, got bool", lambda: F.multi_margin_loss(X, [True, False])),
        (TypeError, "got int64 of the same shape", lambda: F.cross_entropy(X, X.astype(int))),
        (ValueError, "no ignore_index for chances", lambda: F.cross_entropy(X, X, ignore_index=0)),
        (TypeError, "ignore_index as a whole number, got 1.5",
         lambda: F.cross_entropy(X, [0, 1], ignore_index=1.5)),
        (TypeError, "ignore_index as a whole number, got array",
         lambda: F.cross_entropy(X, [0, 1], ignore_index=np.array([0, 1]))),
        (TypeError, "label_smoothing: expected a number between 0 and 1, got array",
         lambda: F.cross_entropy(X, [0, 1], label_smoothing=np.zeros(2))),
        (ValueError, "expected reduction mean, sum, none, got array",
         lambda: F.cross_entropy(X, [0, 1], reduction=np.array(["mean", "sum"]))),
        (ValueError, "label_smoothing: expected a number between 0 and 1, got 2",
         lambda: F.cross_entropy(X, [0, 1], label_smoothing=2)),
        (ValueError, "label_smoothing", lambda: F.cross_entropy(X, X, label_smoothing=-0.5)),
        (ValueError, r"a weight of shape \(3,\), got shape \(2,\)",
         lambda: F.cross_entropy(X, [0, 1], np.ones(2))),
        (ValueError, r"a weight of shape \(3,\)", lambda: F.cross_entropy(X, X, np.ones(2))),
        (ValueError, r"weight that broadcasts to the shape of the input, \(2, 3\), got shape \(2,",
         lambda: F.binary_cross_entropy(X, X, np.ones(2))),
        (ValueError, r"weight that broadcasts .*, got shape \(2, 2, 3\)",
         lambda: F.binary_cross_entropy_with_logits(X, X, np.ones((2, 2, 3)))),
        (ValueError, "pos_weight that broadcasts",
         lambda: F.binary_cross_entropy_with_logits(X, X, pos_weight=np.ones((3, 3)))),
        (TypeError, "mse_loss: expected arrays .*, got list of different lengths",
         lambda: F.mse_loss([[1.0], [1.0, 2.0]], X)),
        (ValueError, r"a weight of shape \(3,\)", lambda: F.nll_loss(X, [0, 1], np.ones(4))),
        (ValueError, "one element for each class",
         lambda: F.cross_entropy(np.ones((2, 0)), [0, 0])),
        (ValueError, "one element for each class", lambda: F.nll_loss(1.0, 0)),
        (ValueError, r"scores of shape \(N, C\) or \(C,\), got shape \(2, 3, 2\)",
         lambda: F.multi_margin_loss(XY, [0, 1])),
        (ValueError, "p 1 or 2, got 3", lambda: F.multi_margin_loss(X, [0, 1], p=3)),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(error: Any, text: str, call: Any) -> None:
    with pytest.raises(error, match=text):
        call()


@pytest.mark.parametrize(
    ("shape", "target", "advice"),
    [
        ((4,), np.arange(4.0)[:, None], "target[:, 0]"),
        ((4, 1), np.arange(4.0), "target[:, None]"),
        ((4, 1), Tensor(np.arange(4.0)), "target[:, None]"),
        ((4,), [[0.0], [1.0], [2.0], [3.0]], "np.array(target)[:, 0]"),
        ((2, 3, 1), np.arange(6.0).reshape(2, 3), "target[..., None]"),
        ((2, 3), Tensor(np.arange(6.0).reshape(2, 3, 1)), "target[..., 0]"),
        ((1, 4), np.arange(4.0), "target.reshape((1, 4))"),
        ((), Tensor([0.0]), "target[0]"),
        ((3, 2), np.arange(6.0).reshape(2, 3), "target.T"),
    ],
)
def test_advice_for_a_target_of_another_shape_gives_it_the_right_one(
    shape: Any, target: Any, advice: str
) -> None:
    outputs = Tensor(np.zeros(shape))
    with pytest.raises(ValueError, match=re.escape(f"Use {advice}.")):
        nn.mse_loss(outputs, target)
    better = eval(advice, {"target": target, "np": np})
    assert better.shape == shape
    assert nn.mse_loss(outputs, better).item() == np.mean(np.arange(outputs.size) ** 2.0)


def test_no_shape_is_advised_for_a_target_of_another_size() -> None:
    with pytest.raises(ValueError, match=r"shape \(4,\)\. Each element of the input needs one"):
        nn.mse_loss(Tensor(np.ones((4, 2))), np.ones(4))


def test_weights_of_losses_are_buffers() -> None:
    loss = nn.BCEWithLogitsLoss(weight=[1.0, 2.0], pos_weight=np.array([3.0, 1.0]))
    assert list(loss.state_dict()) == ["weight", "pos_weight"]
    assert loss.parameters() == []
    assert nn.CrossEntropyLoss().state_dict() == {}
    assert repr(nn.MSELoss()) == "MSELoss()"
