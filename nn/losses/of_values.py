"""Losses of numbers: one number that says how wrong the predictions are.

Each takes Values or plain numbers, for one example or a list of examples, and returns the mean over
the examples as one node.  Tensors go to the function of arrays with the same name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import autograd
from autograd import Tensor
from nn.losses import classes, distances, margins

__all__ = ["cross_entropy", "hinge_loss", "mse_loss"]


def _is_list(x: Any) -> bool:
    return isinstance(x, Sequence) or (hasattr(x, "tolist") and getattr(x, "ndim", 1) > 0)


def _mean(losses: list[Any]) -> Any:
    return losses[0] if len(losses) == 1 else autograd.sum(losses) / len(losses)


def _pairs(name: str, predictions: Any, targets: Any) -> list[tuple[Any, Any]]:
    """Predictions and targets side by side, for one example or many."""
    if _is_list(predictions) != _is_list(targets):
        raise ValueError(
            f"{name}: expected predictions and targets both single or both lists, got one of each."
        )
    if not _is_list(predictions):
        return [(predictions, targets)]
    if len(predictions) != len(targets) or not len(predictions):
        raise ValueError(
            f"{name}: expected as many targets as predictions and at least one, "
            f"got {len(predictions)} predictions and {len(targets)} targets."
        )
    return list(zip(predictions, targets, strict=True))


def mse_loss(predictions: Any, targets: Any) -> Any:
    """Mean squared error: the mean of ``(prediction - target)**2``.

    Args:
        predictions: a number or a sequence of numbers (Values), or a Tensor.
        targets: as many.

    Raises:
        ValueError: the lengths differ, or there is nothing to compare.

    >>> from autograd import Value
    >>> mse_loss([Value(1.0), Value(4.0)], [1.0, 2.0]).data
    2.0
    """
    if isinstance(predictions, Tensor) or isinstance(targets, Tensor):
        return distances.mse_loss(predictions, targets)
    return _mean([(p - t) ** 2 for p, t in _pairs("mse_loss", predictions, targets)])


def hinge_loss(scores: Any, signs: Any) -> Any:
    """The hinge of a support-vector machine: the mean of ``relu(1 - sign * score)``.

    It is 0 for an example whose score has the right sign and a margin of 1 (Cortes and Vapnik,
    1995).

    Args:
        scores: a number or a sequence of numbers (Values), or a Tensor.
        signs: as many classes, each -1 or 1.

    Raises:
        ValueError: a class that is not -1 or 1, the lengths differ, or there is nothing to compare.

    >>> from autograd import Value
    >>> hinge_loss([Value(0.25), Value(-3.0)], [1, -1]).data
    0.375
    """
    if isinstance(scores, Tensor):
        return margins.hinge_loss(scores, signs)
    pairs = _pairs("hinge_loss", scores, signs)
    for _, sign in pairs:
        if sign not in (-1, 1):
            raise ValueError(
                f"hinge_loss: expected classes -1 and 1, got {sign!r}. "
                "From classes 0 and 1, use 2 * y - 1."
            )
    return _mean([autograd.relu(1 - sign * score) for score, sign in pairs])


def cross_entropy(logits: Any, targets: Any) -> Any:
    """Softmax cross-entropy: the mean of ``-log(softmax(logits)[target])``, without overflow.

    Args:
        logits: the scores of the classes, not yet through a softmax: a list of numbers (Values) for
            one example, or a list of such lists, or a Tensor of shape (examples, classes).
        targets: the right class, a whole number from 0, or one for each example.

    Raises:
        ValueError: a class out of range, the lengths differ, or there is nothing to compare.
        TypeError: a class that is not a whole number.

    >>> from autograd import Value
    >>> loss = cross_entropy([Value(2.0), Value(2.0)], 1)
    >>> round(loss.data, 6)  # two equal chances: log(2)
    0.693147
    """
    if isinstance(logits, Tensor):
        return classes.cross_entropy(logits, targets)
    if not _is_list(logits):
        raise ValueError(
            "cross_entropy: expected a list of logits, one per class, got a single number. "
            "Give the network one output per class."
        )
    pairs = _pairs("cross_entropy", logits, targets) if _is_list(targets) else [(logits, targets)]
    return _mean([_surprise(scores, target) for scores, target in pairs])


def _surprise(logits: Any, target: Any) -> Any:
    """Minus the log-probability of one example's right class."""
    if not _is_list(logits):
        raise ValueError(
            "cross_entropy: expected one list of logits per target, got a single number. "
            "For one example, give the target as a plain number."
        )
    if not len(logits):
        raise ValueError("cross_entropy: expected a logit for each class, got none.")
    try:
        index = range(len(logits))[target]  # refuses 1.5, and what is out of range
    except (IndexError, TypeError) as error:
        kind = ValueError if isinstance(error, IndexError) else TypeError
        raise kind(
            f"cross_entropy: expected a class from 0 to {len(logits) - 1}, got {target!r}."
        ) from None
    if target < 0:
        raise ValueError(
            f"cross_entropy: expected a class from 0 to {len(logits) - 1}, got {target!r}."
        )
    return autograd.logsumexp(logits) - logits[index]
