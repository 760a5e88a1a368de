"""What is wrong with a loss can be read in its graph, between the loss and the model's output.

Two mistakes leave a training that runs, and learns badly.

*Softmax twice.*  Cross-entropy takes scores and does the softmax itself.  Given chances, it takes
the softmax of numbers between 0 and 1: all classes come out nearly equal, the loss cannot get near
0, and gradients are small.

*A table where a list was meant.*  ``pred - target`` of shapes (n, 1) and (n,) is broadcast to
(n, n), every prediction against every target.  The mean over all of them is smallest when each
prediction is the mean of the targets, whatever the input.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd import Node
from nn.linting.warning import Finding

__all__ = ["broadcast_error", "name_of", "softmax_twice", "source"]

# Operations that arrange numbers and do not compute.
ARRANGING = ("reshape", "transpose", "astype", "concatenate", "broadcast_to")
SQUASHING = ("softmax", "log_softmax", "sigmoid")
CODE = "softmax-before-cross-entropy"


def name_of(x: Any) -> str:
    """The name of the operation that made a node; "" for leaves and constants."""
    return x.op.name if isinstance(x, Node) and x.op is not None else ""


def source(x: Any) -> Any:
    """What is behind operations that only arrange (a selection that keeps the last axis too)."""
    while True:
        name = name_of(x)
        kept = name == "getitem" and np.shape(x.inputs[0])[-1:] == np.shape(x)[-1:]
        if name not in ARRANGING and not kept:
            return x
        x = x.inputs[0]


# --- softmax twice --------------------------------------------------------------------------------


def squashed(x: Any) -> tuple[str, Any]:
    """Which squashing function made x, if one did, also written by hand, and its result."""
    x = source(x)
    name = name_of(x)
    if name in SQUASHING:
        return name, x
    if name == "div":  # exp(scores) / sum(exp(scores))
        above, below = x.inputs[0], source(x.inputs[1])
        if name_of(above) == "exp" and name_of(below) == "sum" and below.inputs[0] is above:
            return "softmax", x
    if name == "exp":  # of Values: exp(score - logsumexp(scores))
        inner = x.inputs[0]
        if name_of(inner) == "sub" and name_of(inner.inputs[1]) == "logsumexp":
            return "softmax", x
    if name == "sub" and name_of(x.inputs[1]) == "logsumexp" and not np.shape(x):
        return "log_softmax", x
    return "", x


def softmax_twice(order: list[Any], model: Any = None) -> Finding | None:
    """Cross-entropy of what has been through a softmax, log-softmax or sigmoid.

    Args:
        order: the nodes of the loss's graph.
        model: to name the layer that is too many.
    """
    found = [
        (loss, kinds.pop(), results)
        for loss, scores, harmful in _squashing_losses(order)
        for kinds, results in [_all_squashed(scores)]
        if kinds <= set(harmful)
    ]
    # A cross-entropy has its softmax as a node of its own: the name of the loss says more.
    found.sort(key=lambda entry: entry[0] in ("softmax", "log_softmax"))
    return _twice(*found[0], model) if found else None


def _all_squashed(scores: list[Any]) -> tuple[set[str], list[Any]]:
    pairs = [squashed(x) for x in scores]
    return {kind for kind, _ in pairs}, [result for _, result in pairs]


def _squashing_losses(order: list[Any]) -> Iterator[tuple[str, list[Any], tuple[str, ...]]]:
    """What squashes scores itself, its scores, and what these must not have been through."""
    positive, negative = set(), set()
    for node in order:
        name = name_of(node)
        if name == "softmax_cross_entropy":
            yield "cross_entropy", [node.inputs[0]], SQUASHING
        elif name == "log_softmax":
            yield "log_softmax", [node.inputs[0]], SQUASHING
        elif name == "softmax":  # a softmax of sigmoids may be meant
            yield "softmax", [node.inputs[0]], ("softmax", "log_softmax")
        elif name == "logsumexp" and len(node.inputs) > 1:  # the cross-entropy of Values
            yield "cross_entropy", list(node.inputs), SQUASHING
        elif name == "softplus":  # y softplus(-x) + (1 - y) softplus(x), with the same x
            x = node.inputs[0]
            if name_of(x) == "neg":
                negative.add(x.inputs[0])
            elif isinstance(x, Node):
                positive.add(x)
    for x in positive & negative:
        yield "binary_cross_entropy_with_logits", [x], SQUASHING


def _twice(loss: str, kind: str, results: list[Any], model: Any) -> Finding:
    binary = loss.startswith("binary")
    layer = kind + _last_layer(model, kind)
    shape = np.shape(results[0]) or (len(results),)
    low, high = (f([x.primal for x in results]) for f in (np.min, np.max))
    seen = (
        f"{loss} was given the result of {layer}, of shape {shape} with numbers from {low:.3g} to "
        f"{high:.3g}, "
    )
    if kind == "log_softmax" and not binary:
        seen += "and takes a softmax itself: the second changes nothing and costs time."
        return Finding(CODE, loss, seen, f"Drop the {layer}, or use nn.NLLLoss.")
    seen += f"but takes a {'sigmoid' if binary else 'softmax'} itself"
    if binary:
        least = math.log(2) if kind == "sigmoid" else 0.0
        seen += f": the loss of a target 0 cannot fall below {least:.3g}" if least else ""
        also = ", or use nn.BCELoss, which takes chances"
    else:
        least = math.log(1 + (shape[-1] - 1) / math.e)  # the right class 1, all others 0
        seen += f": with {shape[-1]} classes the loss cannot fall below {least:.3g}"
        also = " (the largest score is the class all the same)"
    return Finding(CODE, loss, f"{seen}.", f"Drop the {layer}, and give it the scores{also}.")


def _last_layer(model: Any, kind: str) -> str:
    """ " (layer '3' of the model)" if the last module of that kind is known, else ""."""
    modules = model.named_modules() if hasattr(model, "named_modules") else ()
    wanted = kind.replace("_", "")
    paths = [path for path, m in modules if path and type(m).__name__.lower() == wanted]
    return f" (layer {paths[-1]!r} of the model)" if paths else ""


# --- (n, 1) against (n,) --------------------------------------------------------------------------


def broadcast_error(loss: Any, model: Any = None) -> Finding | None:
    """A prediction of shape (n, 1) against a target of shape (n,), or the other way round.

    Only where nothing but functions of elements and sums lie between it and the loss: a distance
    of all pairs inside of a model is another thing.  One of the two is data, the other is not.
    """
    for node in _elementwise_below(loss):
        if name_of(node) not in ("sub", "mul"):
            continue
        shapes = [np.shape(x) for x in node.inputs]
        n = np.shape(node)[0] if len(np.shape(node)) == 2 else 0
        if n < 2 or sorted(shapes, key=len) != [(n,), (n, 1)]:
            continue
        needs = [isinstance(x, Node) and x.requires_grad for x in node.inputs]
        if needs[0] == needs[1]:
            continue
        target = node.inputs[needs.index(False)]
        if any(target is b for b in (model.buffers() if hasattr(model, "buffers") else ())):
            continue
        return _broadcast(n, name_of(node), shapes[needs.index(True)], np.shape(target))
    return None


def _elementwise_below(loss: Any) -> Iterator[Any]:
    """The nodes that only functions of elements and sums lie between and the loss."""
    seen, stack = {loss}, [loss]
    while stack:
        node = stack.pop()
        if node.op is None:
            continue
        if node.op.kind != "elementwise" and name_of(node) not in ("sum", "reshape", "astype"):
            continue
        yield node
        for x in node.inputs:
            if isinstance(x, Node) and x not in seen:
                seen.add(x)
                stack.append(x)


def _broadcast(n: int, operation: str, prediction: Any, target: Any) -> Finding:
    sign = {"sub": "-", "mul": "*"}[operation]
    seen = (
        f"in the loss, a prediction of shape {prediction} {sign} a target of shape {target} has "
        f"the shape {(n, n)}: each of {n} predictions meets every target, {n * n} terms in place "
        f"of {n}, and the best answer is the same for all inputs."
    )
    fix = "pred[:, 0]" if len(prediction) == 2 else "target[:, 0]"
    other = "target[:, None]" if len(prediction) == 2 else "pred[:, None]"
    advice = f"Write {fix} or {other}; nn.mse_loss and its relatives refuse shapes that differ."
    return Finding("broadcast-in-loss", "loss", seen, advice)
