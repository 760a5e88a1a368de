"""Attention as a function: a mean of values, weighted by how well queries fit keys."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd
from nn.checks import fails
from nn.stateless.dropout import dropout

__all__ = ["additive_mask", "attention", "scaled_dot_product_attention"]


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
) -> Any:
    """``softmax(query @ key.T * scale + mask) @ value``: a mean of values (Vaswani et al., 2017).

    Args:
        query: of shape (..., queries, size).
        key: of shape (..., keys, size).
        value: of shape (..., keys, size of the values).
        attn_mask: of a shape that broadcasts to (..., queries, keys): True where a query may look
            at a key, or numbers to add.
        dropout_p: the probability to drop a weight, now, be it training or not.
        is_causal: whether query i may look at keys 0 to i only.
        scale: ``1 / sqrt(size)`` by default.

    Returns:
        An array of shape (..., queries, size of the values); 0 for a query that may look at none.

    Raises:
        ValueError: shapes that do not fit, ``is_causal`` together with a mask.

    >>> x = np.eye(3)[None]
    >>> scaled_dot_product_attention(x, x, x, is_causal=True)[0, 0]
    array([1., 0., 0.])
    """
    if is_causal:
        if attn_mask is not None:
            what, fix = "scaled_dot_product_attention", "Drop one of them."
            raise fails(what, "is_causal or a mask", "both", fix)
        attn_mask = np.tri(query.shape[-2], key.shape[-2], dtype=bool)
    return attention(query, key, value, attn_mask, dropout_p, scale)[0]


def attention(
    query: Any, key: Any, value: Any, mask: Any, dropout_p: float, scale: float | None = None
) -> tuple[Any, Any]:
    """The mean of the values, and the weights of shape (..., queries, keys)."""
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise fails(
            "attention",
            "queries and keys of one size, and a value for each key",
            f"shapes {query.shape}, {key.shape} and {value.shape}",
            "The last axes are (queries, size), (keys, size) and (keys, size of the values).",
        )
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = autograd.matmul(query * scale, autograd.swapaxes(key, -1, -2))
    if mask is None:
        weights = autograd.softmax(scores, axis=-1)
    else:
        mask, zero = additive_mask("attn_mask", mask, scores.dtype), scores.dtype.type(0)
        blind = autograd.equal(autograd.max(mask, axis=-1, keepdims=True), -math.inf)
        weights = autograd.softmax(scores + autograd.where(blind, zero, mask), axis=-1)
        weights = autograd.where(blind, zero, weights)
    if dropout_p:
        weights = dropout(weights, dropout_p)
    return autograd.matmul(weights, value), weights


def additive_mask(name: str, mask: Any, dtype: Any, masked: bool = False) -> Any:
    """A mask as numbers to add to scores: -inf where one of bool is ``masked``, else 0."""
    mask = mask if isinstance(mask, autograd.Node) else np.asarray(mask)
    if mask.dtype.kind == "b":
        numbers = dtype.type(0), dtype.type(-math.inf)
        return autograd.where(mask, *(numbers[::-1] if masked else numbers))
    if mask.dtype.kind != "f":
        fix = "Convert it with mask.astype(bool)."
        raise fails(name, "a mask of bool or of floats", str(mask.dtype), fix, TypeError)
    return mask if mask.dtype == dtype else mask.astype(dtype)
