"""Which error is the true one, when a compiled function fails both on numbers and on arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, Value

TABLE = np.ones((5, 2))
model = nn.MLP(2, [3, 1], seed=0)
classes = nn.MLP(2, [3, 3], seed=0)
w, W = Value(2.0), Tensor(np.ones((2, 2)), requires_grad=True)


def is_positive(x: Any) -> Any:
    return model(x) if model(x) > 0 else 0


@pytest.mark.parametrize(
    ("f", "args", "error", "says"),
    [
        (model, (np.ones((5, 3)),), ValueError, "expected 2 inputs, got 3"),
        (lambda x: model(x[:1]), (TABLE,), ValueError, "expected 2 inputs, got 1"),
        (lambda x: model(x).reluu(), (TABLE,), AttributeError, "'Value' .* no attribute 'reluu'"),
        (is_positive, (TABLE,), TypeError, r"trace: expected decisions .* write where\("),
        (lambda x: x[0] if x[0] > 0 else x[1], (TABLE,), TypeError, "decisions that are recorded"),
        (lambda x: nn.cross_entropy(model(x), 0), (TABLE,), ValueError, "a list of logits"),
        (
            lambda x, y: nn.cross_entropy(classes(x), y),
            (TABLE, np.ones(5)),
            TypeError,
            "a class from 0 to 2",
        ),
        (lambda x: model(x) * [1, 2], (TABLE,), TypeError, r"got \[1, 2\] \(list\)"),
        (lambda x: w * x + [x][2], (np.ones(5),), IndexError, "^list index out of range$"),
        (lambda x: model(x), (np.ones((2, 3, 2)),), ValueError, r"got shapes \(2, 3, 2\)"),
        (lambda x: x.reluu(), (np.ones(3),), AttributeError, "'Value' .* 'reluu'"),
    ],
)
def test_a_mistake_in_a_function_of_numbers_is_named(
    f: Callable[..., Any], args: Any, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says) as caught:
        autograd.compile(f)(*args)
    told = str(caught.value) + "".join(getattr(caught.value, "__notes__", []))
    assert "one example at a time" not in told  # which is what arrays are told
    assert "sees a row" not in told


@pytest.mark.parametrize(
    ("f", "says"),
    [
        (lambda x, s: (1 - s * model(x)).relu(), "'list, a row of a table' and 'Value'"),
        (lambda x, s: x[0] * w + s, "'Value' and 'list, a row of a table'"),
        (lambda x, s: (s - s.mean()) * model(x), "'list, a row of a table' .* 'mean'"),
        (lambda x, s: x[2] * w, "list index out of range"),
        (lambda x, s: x[:, 0] * w, "list indices must be integers"),
    ],
)
def test_of_a_row_it_is_said_that_it_is_a_list(f: Callable[..., Any], says: str) -> None:
    with pytest.raises((TypeError, AttributeError, IndexError), match=says) as caught:
        autograd.compile(f)(TABLE, np.ones((5, 1)))
    (note,) = caught.value.__notes__
    assert "a row of a table, here of x, of shape (5, 2) and s, of shape (5, 1), as a list" in note
    assert "s[:, 0]" in note
    assert "Row" not in str(caught.value)


@pytest.mark.parametrize(
    ("f", "error", "says"),
    [
        (lambda X: (X @ W).summ(), AttributeError, "'Tensor' object has no attribute 'summ'"),
        (lambda X: X.T @ W, ValueError, r"\(2, 5\) @ \(2, 2\)"),
        (lambda X: autograd.exp(X).T @ W, ValueError, r"\(2, 5\) @ \(2, 2\)"),
        (lambda X: autograd.sum(X, dim=1) @ W, ValueError, r"\(5,\) @ \(2, 2\)"),
        (lambda X: autograd.sum(X @ W, dim=7), IndexError, "axes from -2 to 1"),
        (lambda X: (X * W).sum(), ValueError, r"got \(5, 2\) and \(2, 2\)"),
        (lambda X: X[:, 5] * 2, IndexError, r"an array of shape \(5, 2\)"),
        (lambda X: X[7] @ W, IndexError, r"an array of shape \(5, 2\)"),
        (lambda X: X[0][0] * W.summ(), AttributeError, "'Tensor' object has no attribute 'summ'"),
        (lambda X: autograd.solve(X, W), ValueError, r"got shape \(5, 2\)"),
        (lambda X: X.foo(), AttributeError, "'Tensor' object has no attribute 'foo'"),
        (nn.Linear(3, 1), ValueError, r"linear: .* got \(5, 2\)"),
    ],
)
def test_a_mistake_in_a_function_of_arrays_is_named(
    f: Callable[..., Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        autograd.compile(f)(TABLE)


def test_a_mistake_in_either_is_told_twice_if_it_sounds_otherwise() -> None:
    with pytest.raises(AttributeError) as caught:
        autograd.compile(lambda x: x.reluu())(np.ones(3))
    assert "As a function of arrays it fails too: 'Tensor'" in caught.value.__notes__[0]
    with pytest.raises(ZeroDivisionError) as other:
        autograd.compile(lambda x: 1 / 0)(TABLE)
    assert not hasattr(other.value, "__notes__")


def test_fit_says_what_is_wrong_with_the_data() -> None:
    sgd = nn.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match="expected 2 inputs, got 1"):
        nn.fit(model, (TABLE[:, :1], np.ones(5)), nn.MSELoss(), sgd, 1, progress=False)
