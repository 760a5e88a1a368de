"""``nn.functional`` with PyTorch's names and arguments: values and all gradients."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from layer_cases import numbers

import autograd
import nn
from autograd import Tensor
from nn import functional as F

IMAGE, LINE, TABLE, VECTOR = (2, 4, 6, 5), (2, 4, 7), (5, 3), (4,)
Call = Callable[..., Any]


def moment(x: Any) -> Any:
    """A number for each channel, through which no gradient flows."""
    return (x.detach() if hasattr(x, "detach") else x)[0, :, 0]


# What is called, and the shapes of its arrays.
CALLS: dict[str, tuple[Call, tuple[tuple[int, ...], ...]]] = {
    "linear": (lambda F, x, w, b: F.linear(x, w, b), ((2, 3), (4, 3), (4,))),
    "linear without bias": (lambda F, x, w: F.linear(x, w), ((2, 3), (4, 3))),
    "relu": (lambda F, x: F.relu(x, inplace=False), (TABLE,)),
    "leaky_relu": (lambda F, x: F.leaky_relu(x, 0.2), (TABLE,)),
    "prelu": (lambda F, x, w: F.prelu(x, w), (IMAGE, VECTOR)),
    "elu": (lambda F, x: F.elu(x, alpha=2.0), (TABLE,)),
    "selu": (lambda F, x: F.selu(x), (TABLE,)),
    "gelu": (lambda F, x: F.gelu(x, approximate="tanh"), (TABLE,)),
    "silu": (lambda F, x: F.silu(x), (TABLE,)),
    "softplus": (lambda F, x: F.softplus(x * 9, 2, 3), (TABLE,)),
    "sigmoid": (lambda F, x: F.sigmoid(x), (TABLE,)),
    "logsigmoid": (lambda F, x: F.logsigmoid(x), (TABLE,)),
    "tanh": (lambda F, x: F.tanh(x), (TABLE,)),
    "hardtanh": (lambda F, x: F.hardtanh(x, -0.3, 0.4), (TABLE,)),
    "relu6": (lambda F, x: F.relu6(x * 9), (TABLE,)),
    "softmax": (lambda F, x: F.softmax(x, dim=1), (TABLE,)),
    "log_softmax": (lambda F, x: F.log_softmax(x, dim=0), (TABLE,)),
    "dropout in use": (lambda F, x: F.dropout(x, 0.3, training=False), (TABLE,)),
    "dropout of all": (lambda F, x: F.dropout(x, 1.0), (TABLE,)),
    "dropout2d of all": (lambda F, x: F.dropout2d(x, p=1.0), (IMAGE,)),
    "batch_norm in training": (
        lambda F, x, w, b: F.batch_norm(x, None, None, w, b, True, eps=0.01),
        (IMAGE, VECTOR, VECTOR),
    ),
    "batch_norm in use": (
        lambda F, x, w, b: F.batch_norm(x, moment(x), moment(x) ** 2 + 0.1, w, b),
        (LINE, VECTOR, VECTOR),
    ),
    "layer_norm": (lambda F, x, w, b: F.layer_norm(x, (6, 5), w, b), (IMAGE, (6, 5), (6, 5))),
    "layer_norm without weight": (lambda F, x: F.layer_norm(x, [3], eps=0.1), (TABLE,)),
    "conv1d": (
        lambda F, x, w, b: F.conv1d(x, w, b, stride=2, padding=1, dilation=2, groups=2),
        (LINE, (6, 2, 2), (6,)),
    ),
    "conv2d": (
        lambda F, x, w: F.conv2d(x, w, None, (2, 1), (1, 0), 1, 2),
        (IMAGE, (6, 2, 3, 2)),
    ),
    "max_pool1d": (lambda F, x: F.max_pool1d(x, 3, 2, 1, 1, True), (LINE,)),
    "max_pool2d": (lambda F, x: F.max_pool2d(x, (2, 3), ceil_mode=True), (IMAGE,)),
    "avg_pool1d": (lambda F, x: F.avg_pool1d(x, 3, 2, 1, True, False), (LINE,)),
    "avg_pool2d": (lambda F, x: F.avg_pool2d(x, 3, 2, 1, False, True, 5), (IMAGE,)),
    "adaptive_avg_pool1d": (lambda F, x: F.adaptive_avg_pool1d(x, 3), (LINE,)),
    "adaptive_avg_pool2d": (lambda F, x: F.adaptive_avg_pool2d(x, (4, 3)), (IMAGE,)),
    "pad": (lambda F, x: F.pad(x, (1, 2, 0, 3)), (IMAGE,)),
    "pad with a value": (lambda F, x: F.pad(x, (1, 1), "constant", 0.5), (TABLE,)),
    "pad reflect": (lambda F, x: F.pad(x, (2, 1, 0, 3), "reflect"), (IMAGE,)),
    "pad replicate": (lambda F, x: F.pad(x, (9, 1), mode="replicate"), (LINE,)),
    "pad circular": (lambda F, x: F.pad(x, (5, 0, 2, 6), "circular"), (IMAGE,)),
    "pad circular, and take away": (lambda F, x: F.pad(x, (-2, 4), "circular"), (LINE,)),
    "pad less than nothing": (lambda F, x: F.pad(x, (-1, 1, 2, -2)), (IMAGE,)),
}


@pytest.mark.parametrize("name", CALLS)
def test_pytorch_computes_the_same(name: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    call, shapes = CALLS[name]
    arrays = [numbers(shape, 1.3 + 0.17 * i) for i, shape in enumerate(shapes)]
    ours = [Tensor(x, requires_grad=True) for x in arrays]
    theirs = [torch.tensor(x, requires_grad=True) for x in arrays]
    found, expected = call(F, *ours), call(torch.nn.functional, *theirs)
    np.testing.assert_allclose(found.data, expected.detach(), rtol=1e-10, atol=1e-10)
    g = numbers(found.shape, 0.6)
    found.backward(g)
    expected.backward(torch.tensor(g))
    for x, y in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(x.grad, y.grad, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", CALLS)
def test_plain_arrays_give_plain_arrays(name: str) -> None:
    call, shapes = CALLS[name]
    arrays = [numbers(shape, 1.3 + 0.17 * i) for i, shape in enumerate(shapes)]
    found = call(F, *arrays)
    assert isinstance(found, np.ndarray)
    np.testing.assert_allclose(found, call(F, *map(Tensor, arrays)).data, rtol=1e-13)


def test_slopes_at_kinks_are_pytorchs() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    at = {"relu": 0, "relu6": [0, 6], "hardtanh": [-1, 1], "leaky_relu": 0, "elu": 0, "selu": 0}
    for name, points in at.items():
        x = np.atleast_1d(np.array(points, float))
        ours, theirs = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
        getattr(F, name)(ours).sum().backward()
        getattr(torch.nn.functional, name)(theirs).sum().backward()
        np.testing.assert_allclose(ours.grad, theirs.grad, rtol=1e-12, err_msg=name)
    zeros = np.zeros((1, 1, 4, 4))  # ties of a pooling
    ours, theirs = Tensor(zeros, requires_grad=True), torch.tensor(zeros, requires_grad=True)
    F.max_pool2d(ours, 3, 1).sum().backward()
    torch.nn.functional.max_pool2d(theirs, 3, 1).sum().backward()
    np.testing.assert_array_equal(ours.grad, theirs.grad)


def test_far_out_nothing_overflows() -> None:
    x = np.array([-1e4, 1e4])
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_array_equal(F.softplus(x), [0, 1e4])
        np.testing.assert_array_equal(F.logsigmoid(x), [-1e4, 0])
        np.testing.assert_array_equal(F.elu(x), [-1, 1e4])
        np.testing.assert_array_equal(F.silu(np.array([-800.0, 800.0])), [0, 800])


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int8])
def test_minus_does_not_wrap(dtype: Any) -> None:
    x = np.array([0, 1, 100]).astype(dtype)
    np.testing.assert_array_equal(F.logsigmoid(x), F.logsigmoid(x.astype(np.float64)))


def test_the_largest_of_a_window_may_be_nan_or_an_integer() -> None:
    x = Tensor(np.array([[[1.0, np.nan, 3.0, 4.0]]]), requires_grad=True)
    out = F.max_pool1d(x, 2)
    np.testing.assert_array_equal(out.data, [[[np.nan, 4.0]]])
    out.sum().backward()
    assert x.grad[0, 0, :2].sum() == 1  # PyTorch: of the NaN
    assert x.grad[0, 0, 2:].tolist() == [0, 1]
    whole = F.max_pool2d(np.arange(16).reshape(1, 4, 4), 3, 1, 1)
    assert whole.dtype == np.int64
    assert whole[0, 0].tolist() == [5, 6, 7, 7]


def test_inputs_have_pytorchs_name() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    names = [name for name in dir(nn) if hasattr(getattr(nn, name), "forward")]
    compared = 0
    for name in set(names) & set(dir(torch.nn)):
        ours, theirs = (inspect.signature(getattr(m, name).forward) for m in (nn, torch.nn))
        if "Loss" not in name and not name.startswith("Module"):
            assert [*ours.parameters][:2] == [*theirs.parameters][:2], name
            compared += 1
    assert compared > 40
    assert nn.Flatten()(input=[[[1.0], [2.0]]]).tolist() == [[1.0, 2.0]]


def test_softmax_chooses_an_axis_as_pytorch_does_and_says_so() -> None:
    for shape, axis in (((3,), 0), ((2, 3), 1), ((2, 3, 4), 0), ((2, 3, 4, 5), 1)):
        x = numbers(shape, 1.0)
        with pytest.warns(UserWarning, match=f"axis {axis} of {len(shape)} was chosen"):
            np.testing.assert_array_equal(F.softmax(x), F.softmax(x, dim=axis))
    out = F.log_softmax(np.zeros((2, 2)), 1, dtype=np.float32)
    assert out.dtype == np.float32


def test_tables_of_words() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    words = np.array([[1, 0, 3], [3, 3, 2]])
    for padding in (None, 3, -1):
        table = numbers((4, 2), 1.0)
        ours, theirs = Tensor(table, requires_grad=True), torch.tensor(table, requires_grad=True)
        found = F.embedding(words, ours, padding)
        expected = torch.nn.functional.embedding(torch.tensor(words), theirs, padding)
        np.testing.assert_array_equal(found.data, expected.detach())
        g = numbers(found.shape, 0.4)
        found.backward(g)
        expected.backward(torch.tensor(g))
        np.testing.assert_allclose(ours.grad, theirs.grad, rtol=1e-13)
    for classes in (-1, 6):
        found = F.one_hot(words, classes)
        expected = torch.nn.functional.one_hot(torch.tensor(words), classes)
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == np.int64
    assert F.one_hot(Tensor(words)).shape == (2, 3, 4)


@pytest.mark.parametrize("padding", [None, 1])
@pytest.mark.parametrize("options", [
    {"max_norm": 1.0}, {"max_norm": 0.7, "norm_type": 1.0}, {"max_norm": 0.5, "norm_type": np.inf},
    {"max_norm": 9.0, "norm_type": 3.5}, {"scale_grad_by_freq": True}, {"sparse": True},
    {"max_norm": 1.0, "norm_type": 2, "scale_grad_by_freq": True},
], ids=str)  # fmt: skip
def test_options_of_tables(options: dict[str, Any], padding: int | None) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    table = numbers((5, 3), 1.0)
    ours = nn.Embedding.from_pretrained(table.copy(), False, padding, **options)
    theirs = torch.nn.Embedding.from_pretrained(torch.tensor(table), False, padding, **options)
    assert theirs.extra_repr() == ours.extra_repr()
    for words in ([[1, 0, 3], [3, 3, 2]], [[1, 1, 1], [4, 4, 1]]):
        found, expected = ours(np.array(words)), theirs(torch.tensor(words))
        np.testing.assert_allclose(found.data, expected.detach(), rtol=1e-13)
        np.testing.assert_allclose(ours.weight.data, theirs.weight.detach(), rtol=1e-13)
        g = numbers(found.shape, 0.4)
        ours.weight.grad = theirs.weight.grad = None
        found.backward(g)
        expected.backward(torch.tensor(g))
        slopes = theirs.weight.grad.to_dense()
        np.testing.assert_allclose(ours.weight.grad, slopes, rtol=1e-12, atol=1e-15)


def test_a_table_that_is_shortened_keeps_the_graphs_before_it() -> None:
    table = Tensor(np.full((2, 2), 3.0), requires_grad=True)
    before = (F.embedding([0], table) ** 2).sum()
    F.embedding([0], table, max_norm=1.0)
    np.testing.assert_allclose(table.data, [[0.5**0.5] * 2, [3.0] * 2], rtol=1e-6)
    before.backward()
    assert table.grad.tolist() == [[6.0, 6.0], [0.0, 0.0]]
    plain = np.full((2, 2), 3.0)
    F.embedding([1, 1], plain, max_norm=1.0)
    np.testing.assert_array_equal(plain[::-1], table.data)


def test_words_are_checked_at_each_run_of_a_compiled_function() -> None:
    table = nn.Embedding(4, 2)
    f = autograd.compile(lambda words: table(words) * 1.0, numbers=False)
    np.testing.assert_array_equal(f(np.array([1, 3])).data, table.weight.data[[1, 3]])
    for words in ([4, 0], [0, -1]):
        for call in (f, table):
            with pytest.raises(IndexError, match="embedding: expected numbers from 0 to 3, got"):
                call(np.array(words))


X, ROW = numbers(IMAGE, 1.0), numbers((1, 3), 1.0)
BAD: list[tuple[Call, type[Exception], str]] = [
    (lambda: F.gelu(X, "erf"), ValueError, "gelu: expected approximate as 'none' or 'tanh'"),
    (lambda: nn.GELU("erf"), ValueError, "GELU: expected approximate as 'none' or 'tanh'"),
    (lambda: F.prelu(X, np.ones(3)), ValueError, r"prelu: .*\(4,\) for input .*got shape \(3,\)"),
    (lambda: nn.PReLU(0), ValueError, "PReLU: num_parameters: expected a whole number of at"),
    (lambda: F.dropout(X, 1.5), ValueError, "dropout: p: expected a chance from 0 to 1, got 1.5"),
    (lambda: nn.Dropout(-0.1), ValueError, "Dropout: p: expected a chance"),
    (lambda: nn.Dropout("half"), TypeError, "Dropout: p: expected a chance"),
    (lambda: F.dropout2d(ROW), ValueError, r"dropout2d: expected input of 3 or 4 axes.*\(1, 3\)"),
    (lambda: nn.BatchNorm1d(3)(ROW), ValueError, "batch_norm: expected more than 1 value for each"),
    (
        lambda: nn.BatchNorm1d(4)(ROW),
        ValueError,
        r"BatchNorm1d: .*with 4 channels, got shape \(1, 3",
    ),
    (
        lambda: nn.BatchNorm2d(4)(ROW),
        ValueError,
        r"BatchNorm2d: expected input \(batch, channels, h",
    ),
    (lambda: nn.BatchNorm1d(0), ValueError, "BatchNorm1d: num_features: expected a whole number"),
    (lambda: nn.BatchNorm1d(2, eps=-1), ValueError, "BatchNorm1d: eps: expected a number of at"),
    (lambda: nn.BatchNorm1d(2, momentum=2), ValueError, "momentum: expected a number from 0 to 1"),
    (lambda: F.batch_norm(ROW, None, None), ValueError, "running_mean and running_var where train"),
    (lambda: F.batch_norm(ROW, np.ones(2), ROW[0]), ValueError, r"running_mean \(2,\)"),
    (lambda: F.batch_norm(ROW[0], None, None), ValueError, r"batch_norm: .*input \(3,\)"),
    (lambda: F.layer_norm(ROW, (4,)), ValueError, r"layer_norm: expected input \(..., 4\)"),
    (lambda: F.layer_norm(ROW, 3, np.ones(2)), ValueError, r"weight and bias \(3,\), got .*\(2,\)"),
    (lambda: nn.LayerNorm(()), ValueError, "normalized_shape: expected at least one length"),
    (lambda: nn.LayerNorm((2, 0)), ValueError, "normalized_shape: expected a whole number"),
    (lambda: F.embedding([0.5], ROW), TypeError, "embedding: expected whole numbers, got an array"),
    (lambda: F.embedding([1], ROW), IndexError, "embedding: expected numbers from 0 to 0, got 1"),
    (lambda: F.one_hot([-1, 2]), IndexError, "one_hot: expected numbers from 0 to 2, got -1"),
    (lambda: F.one_hot([3], 2), IndexError, "one_hot: expected numbers from 0 to 1, got 3"),
    (lambda: F.embedding([0], ROW, max_norm=0), ValueError, "max_norm: expected a norm above 0"),
    (lambda: F.embedding([0], ROW, None, 1.0, -1), ValueError, "norm_type: expected a number ab"),
    (lambda: nn.Embedding(3, 2, padding_idx=3), ValueError, "expected a row from -3 to 2, got 3"),
    (lambda: nn.Embedding(3, 2, padding_idx=-4), ValueError, "padding_idx: expected a whole"),
    (
        lambda: nn.Embedding.from_pretrained(ROW[0]),
        ValueError,
        r"expected a table \(rows, columns\)",
    ),
    (lambda: nn.Conv2d(3, 4, 3, groups=2), ValueError, "Conv2d: groups: expected a divisor of in"),
    (lambda: nn.Conv2d(3, 4, (3,)), ValueError, r"kernel_size: expected one number, or 2 of them"),
    (lambda: nn.Conv2d(3, 4, 0), ValueError, "Conv2d: kernel_size: expected a whole number of at"),
    (lambda: nn.Conv1d(3, 4, 2, 2, "same"), ValueError, "Conv1d: padding: .*'same' with stride 2"),
    (lambda: nn.Conv1d(3, 4, 2, 1, "same"), ValueError, "Conv1d: padding: expected an odd kernel"),
    (lambda: nn.Conv2d(4, 4, (3, 4), 1, "same"), ValueError, "expected an odd kernel for 'same'"),
    (
        lambda: F.conv2d(X, np.ones((4, 4, 3, 4)), padding="same"),
        ValueError,
        r"conv2d: expected an odd kernel for .*got a kernel of shape \(3, 4\)",
    ),
    (lambda: nn.Conv1d(3, 4, 2, padding="full"), ValueError, "Conv1d: padding: expected numbers"),
    (lambda: nn.Conv1d(3, 4, 2, padding_mode="wrap"), ValueError, "padding_mode: expected 'ze"),
    (lambda: nn.Conv2d(3, 4, 3)(X), ValueError, r"conv2d: expected input \(batch, channels, heigh"),
    (lambda: nn.Conv2d(4, 4, 9)(X), ValueError, r"conv2d: expected a window of at most \(6, 5\)"),
    (lambda: nn.MaxPool2d(2, return_indices=True)(X), ValueError, "max_pool2d: expected return_in"),
    (lambda: nn.MaxPool2d(2, padding=2)(X), ValueError, "padding at most half the kernel"),
    (
        lambda: F.adaptive_avg_pool2d(ROW, 1),
        ValueError,
        "adaptive_avg_pool2d: expected input with a",
    ),
    (lambda: F.adaptive_avg_pool2d(X, 0), ValueError, "output_size: expected a whole number of at"),
    (lambda: F.pad(ROW, (1, 2, 3)), ValueError, "pad: .*got mode 'constant', value None and 3 w"),
    (lambda: F.pad(ROW, (1, 1), "wrap"), ValueError, "pad: expected mode 'constant'"),
    (lambda: F.pad(ROW, (1, 1), "reflect", 2.0), ValueError, "mode 'reflect', value 2.0"),
    (
        lambda: F.pad(ROW, (3, 1), "reflect"),
        ValueError,
        r"reflect: .*most 2, got \(3, 1\) for an ax",
    ),
    (lambda: F.pad(ROW, (0, 4), "circular"), ValueError, "circular: expected widths of at most 3"),
    (lambda: F.pad(ROW, (1.5, 1)), TypeError, "pad: expected a whole number.*got 1.5"),
    (lambda: F.pad(ROW, 1), ValueError, "pad: .* and 1 widths"),
    (
        lambda: nn.Flatten()(ROW[0]),
        ValueError,
        r"Flatten: expected axes.*1 and -1 for shape \(3,\)",
    ),
    (lambda: nn.Flatten(2, 1)(X), ValueError, r"start_dim not behind end_dim, got 2 and 1 for sha"),
    (lambda: F.hardtanh(X, 1, -1), ValueError, "hardtanh: expected min_val of at most max_val"),
    (lambda: nn.Hardtanh(1, 1), ValueError, "Hardtanh: expected min_val below max_val, got min_va"),
    (
        lambda: F.dropout(np.array([1])),
        TypeError,
        "dropout: expected an array of floats, got one of int",
    ),
    (lambda: F.one_hot([]), TypeError, "one_hot: expected whole numbers, got an array of float64"),
    (lambda: F.one_hot(np.zeros(0, int)), ValueError, "one_hot: expected at least one class to"),
]


@pytest.mark.parametrize(("call", "error", "text"), BAD, ids=lambda x: x if type(x) is str else "")
def test_what_does_not_fit_is_named(call: Call, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call()
