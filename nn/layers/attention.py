"""Attention and what is built of it: ``MultiheadAttention`` and the encoder of a transformer.

Each head compares the queries with the keys, and returns the mean of the values, weighted by how
well their keys fit (``nn.functional.scaled_dot_product_attention``).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
from nn import functional as F
from nn import init
from nn.checks import fails, real, whole
from nn.layers.containers import ModuleList
from nn.layers.dropout import Dropout
from nn.layers.linear import Linear
from nn.layers.norms import LayerNorm
from nn.module import Module, Parameter
from nn.stateless.attention import additive_mask, attention

__all__ = ["MultiheadAttention", "Transformer", "TransformerEncoder", "TransformerEncoderLayer"]


def _probability(what: str, value: Any) -> float:
    return real(what, value, "a probability between 0 and 1", lambda p: 0 <= p <= 1)


class MultiheadAttention(Module):
    """Attention in several heads, each with its own projections of queries, keys and values.

    Args:
        embed_dim: the size of queries and of the result.
        num_heads: how many heads; each gets ``embed_dim / num_heads`` of that.
        dropout: the probability to drop a weight, in training.
        bias: whether the projections have biases.
        add_bias_kv, add_zero_attn: not supported; for PyTorch's order of the arguments.
        kdim, vdim: sizes of keys and values; ``embed_dim`` by default.
        batch_first: whether examples come first, (examples, steps, size); else after the steps.
        dtype: of the parameters; NumPy's, float64 by default (PyTorch's default is float32).

    Attributes:
        in_proj_weight: of shape (3 * embed_dim, embed_dim): for queries, keys, values; None where
            these have other sizes, and there are instead
        q_proj_weight, k_proj_weight, v_proj_weight: of shape (embed_dim, size).
        in_proj_bias: of shape (3 * embed_dim,), or None.
        out_proj: a ``Linear`` layer.

    Raises:
        ValueError: heads that do not divide the size, settings that are not supported, inputs or
            masks whose shapes do not fit.

    >>> import nn
    >>> x = np.ones((5, 2, 8))  # (steps, examples, size)
    >>> output, weights = nn.MultiheadAttention(8, num_heads=2)(x, x, x)
    >>> output.shape, weights.shape
    ((5, 2, 8), (2, 5, 5))
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        dtype: Any = None,
    ) -> None:
        what = "MultiheadAttention"
        self.embed_dim = whole(f"{what}: embed_dim", embed_dim, 1)
        self.num_heads = whole(f"{what}: num_heads", num_heads, 1)
        if embed_dim % num_heads:
            got = f"{num_heads} of {embed_dim}"
            raise fails(what, "heads that divide the size", got, "Each gets an equal part.")
        for name, switch in {"add_bias_kv": add_bias_kv, "add_zero_attn": add_zero_attn}.items():
            if switch:
                raise fails(f"{what}: {name}", "PyTorch's default", repr(switch), "Leave it out.")
        self.kdim = embed_dim if kdim is None else whole(f"{what}: kdim", kdim, 1)
        self.vdim = embed_dim if vdim is None else whole(f"{what}: vdim", vdim, 1)
        self.dropout = _probability(f"{what}: dropout", dropout)
        self.batch_first = bool(batch_first)
        sizes, shared = (embed_dim, self.kdim, self.vdim), self.kdim == self.vdim == embed_dim
        for letter, size in zip("qkv", sizes, strict=True):
            weight = None if shared else Parameter(np.empty((embed_dim, size), dtype))
            setattr(self, f"{letter}_proj_weight", weight)
        weight = Parameter(np.empty((3 * embed_dim, embed_dim), dtype)) if shared else None
        self.in_proj_weight = weight
        self.in_proj_bias = Parameter(np.empty(3 * embed_dim, dtype)) if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias, dtype)
        self._reset()

    def _reset(self) -> None:
        """Draw new numbers: Glorot's for the projections, zeros for the biases."""
        for weight in self._weights() if self.in_proj_weight is None else [self.in_proj_weight]:
            init.xavier_uniform_(weight)
        self.out_proj.reset_parameters()
        for bias in (self.in_proj_bias, self.out_proj.bias):
            if bias is not None:
                init.zeros_(bias)

    def _weights(self) -> list[Any]:
        """Of the projections of queries, keys and values."""
        if self.in_proj_weight is None:
            return [self.q_proj_weight, self.k_proj_weight, self.v_proj_weight]
        size = self.embed_dim
        return [self.in_proj_weight[i * size : (i + 1) * size] for i in range(3)]

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Any, Any]:
        """The result of attention, and its weights.

        Masks are of bool, True where one must *not* look, or numbers to add to the scores.

        Args:
            query: of shape (queries, examples, size), with ``batch_first`` (examples, queries,
                size), or (queries, size) for one example.
            key: likewise, of size ``kdim``.
            value: likewise, of size ``vdim``, one for each key.
            key_padding_mask: of shape (examples, keys), or (keys,) for one example.
            need_weights: whether to return weights; None else.
            attn_mask: of shape (queries, keys) or (examples * heads, queries, keys).
            average_attn_weights: whether the weights are the mean over the heads.
            is_causal: a promise that ``attn_mask`` is a causal mask; it must be given too.

        Returns:
            The result, of the shape of ``query``, and weights of shape (examples, queries, keys),
            or (examples, heads, queries, keys); without examples for one.  A query that may look
            at nothing gets zeros for weights (PyTorch gives NaN if weights are returned).
        """
        same = key is query and value is key
        given: list[Any] = [
            x if isinstance(x, autograd.Node) else np.asarray(x) for x in (query, key, value)
        ]
        self._check(*(x.shape for x in given))
        if is_causal and attn_mask is None:
            fix = "Pass nn.Transformer.generate_square_subsequent_mask(steps) as attn_mask."
            raise fails("MultiheadAttention", "the mask that is_causal speaks of", "None", fix)
        single = given[0].ndim == 2
        if single:
            given = [x[None] for x in given]
        elif not self.batch_first:
            turned = autograd.swapaxes(given[0], 0, 1)
            given = [turned] * 3 if same else [autograd.swapaxes(x, 0, 1) for x in given]
        q, k, v = self._projected(given, same)
        mask = self._mask(attn_mask, key_padding_mask, q.shape, k.shape[-2], q.dtype)
        mean, weights = attention(q, k, v, mask, self.dropout if self.training else 0.0)
        examples, _, steps, _ = q.shape
        mean = autograd.reshape(autograd.swapaxes(mean, 1, 2), (examples, steps, self.embed_dim))
        out = self.out_proj(mean)
        if need_weights and average_attn_weights:
            weights = weights.mean(axis=1)
        if single:
            return out[0], weights[0] if need_weights else None
        out = out if self.batch_first else autograd.swapaxes(out, 0, 1)
        return out, weights if need_weights else None

    def _check(self, query: Any, key: Any, value: Any) -> None:
        batch = 0 if self.batch_first else 1
        axes = len(query)
        sizes = {len(key), len(value), axes} == {axes} and axes in (2, 3)
        wanted = self.embed_dim, self.kdim, self.vdim
        fits = sizes and (query[-1], key[-1], value[-1]) == wanted
        fits = fits and key[:-1] == value[:-1] and (axes == 2 or query[batch] == key[batch])
        if not fits:
            order = "(examples, steps, size)" if self.batch_first else "(steps, examples, size)"
            raise fails(
                "MultiheadAttention",
                f"query, key and value of shape {order} or (steps, size), with sizes "
                f"{', '.join(map(str, wanted))} and a value for each key",
                f"{query}, {key} and {value}",
                "batch_first=True is for examples in front." if batch else "",
            )

    def _projected(self, given: list[Any], same: bool) -> list[Any]:
        """Queries, keys and values, of shape (examples, heads, steps, part of the size)."""
        size, heads = self.embed_dim, self.num_heads
        if same and self.in_proj_weight is not None:  # all in one go
            x = F.linear(given[0], self.in_proj_weight, self.in_proj_bias)
            x = autograd.reshape(x, (*x.shape[:2], 3, heads, -1))
            x = autograd.transpose(x, (2, 0, 3, 1, 4))
            return [x[0], x[1], x[2]]
        projected = []
        for i, (x, weight) in enumerate(zip(given, self._weights(), strict=True)):
            part = slice(i * size, (i + 1) * size)
            bias = None if self.in_proj_bias is None else self.in_proj_bias[part]
            x = F.linear(x, weight, bias)
            x = autograd.reshape(x, (*x.shape[:2], heads, -1))
            projected.append(autograd.swapaxes(x, 1, 2))
        return projected

    def _mask(
        self, attn_mask: Any, key_padding_mask: Any, shape: Any, keys: int, dtype: Any
    ) -> Any:
        """Both masks as numbers to add to scores of shape (examples, heads, queries, keys)."""
        examples, heads, queries, _ = shape
        total = None
        wanted: dict[str, Any] = {
            "attn_mask": (
                attn_mask,
                {(queries, keys): (queries, keys)}
                | {(examples * heads, queries, keys): (examples, heads, queries, keys)},
            ),
            "key_padding_mask": (
                key_padding_mask,
                {(examples, keys): (examples, 1, 1, keys)}
                | ({(keys,): (1, 1, 1, keys)} if examples == 1 else {}),
            ),
        }
        for name, (mask, shapes) in wanted.items():
            if mask is None:
                continue
            mask = additive_mask(f"MultiheadAttention: {name}", mask, dtype, masked=True)
            if mask.shape not in shapes:
                expected = f"shape {' or '.join(map(str, shapes))}"
                raise fails(f"MultiheadAttention: {name}", expected, f"shape {mask.shape}", "")
            mask = autograd.reshape(mask, shapes[mask.shape])
            total = mask if total is None else total + mask
        return total

    def extra_repr(self) -> str:
        """Sizes: PyTorch shows none."""
        return f"embed_dim={self.embed_dim}, num_heads={self.num_heads}"


ACTIVATIONS: dict[str, Callable[[Any], Any]] = {"relu": F.relu, "gelu": F.gelu}


class TransformerEncoderLayer(Module):
    """Attention of a sequence to itself, then a network for each step, each added to its input.

    Args:
        d_model: the size of inputs and results.
        nhead: the number of heads.
        dim_feedforward: the size of the hidden layer of the network.
        dropout: the probability to drop, in training.
        activation: "relu", "gelu" or a function.
        layer_norm_eps: of the layer norms.
        batch_first: whether examples come first, (examples, steps, size).
        norm_first: whether to normalise before attention and network instead of after them.
        bias: whether linear layers and norms have biases.
        dtype: of the parameters; NumPy's, float64 by default (PyTorch's default is float32).

    Raises:
        ValueError: heads that do not divide the size, an unknown activation, inputs or masks whose
            shapes do not fit.

    >>> import nn
    >>> layer = nn.TransformerEncoderLayer(8, nhead=2, dim_feedforward=16, batch_first=True)
    >>> layer(np.ones((2, 5, 8))).shape
    (2, 5, 8)
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Any], Any] = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        dtype: Any = None,
    ) -> None:
        what = "TransformerEncoderLayer"
        if not (
            callable(activation) or (isinstance(activation, str) and activation in ACTIVATIONS)
        ):
            expected = "'relu', 'gelu' or a function"
            raise fails(f"{what}: activation", expected, repr(activation), "")
        _probability(f"{what}: dropout", dropout)
        self.self_attn = MultiheadAttention(
            d_model, nhead, dropout, bias, batch_first=batch_first, dtype=dtype
        )
        self.linear1 = Linear(d_model, dim_feedforward, bias, dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, dtype)
        self.norm_first = bool(norm_first)
        self.norm1 = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.activation = ACTIVATIONS[activation] if isinstance(activation, str) else activation

    def forward(
        self,
        src: Any,
        src_mask: Any = None,
        src_key_padding_mask: Any = None,
        is_causal: bool = False,
    ) -> Any:
        """The result, of the shape of ``src``; masks are those of ``MultiheadAttention``."""
        masks = src_mask, src_key_padding_mask, is_causal
        if self.norm_first:
            x = src + self._attended(self.norm1(src), *masks)
            return x + self._each_step(self.norm2(x))
        x = self.norm1(src + self._attended(src, *masks))
        return self.norm2(x + self._each_step(x))

    def _attended(self, x: Any, mask: Any, padding: Any, is_causal: bool) -> Any:
        x, _ = self.self_attn(
            x, x, x, padding, need_weights=False, attn_mask=mask, is_causal=is_causal
        )
        return self.dropout1(x)

    def _each_step(self, x: Any) -> Any:
        x = self.linear2(self.dropout(self.activation(self.linear1(x))))
        return self.dropout2(x)


class TransformerEncoder(Module):
    """Several encoder layers, one after the other, which start as copies of one.

    Args:
        encoder_layer: a ``TransformerEncoderLayer``.
        num_layers: how many copies.
        norm: a module that comes last, or None.
        enable_nested_tensor, mask_check: PyTorch's; they change nothing here.

    Raises:
        ValueError: less than one layer.

    >>> import nn
    >>> encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), num_layers=2)
    >>> mask = nn.Transformer.generate_square_subsequent_mask(5)
    >>> encoder(np.ones((5, 3, 8)), mask).shape
    (5, 3, 8)
    """

    def __init__(
        self,
        encoder_layer: Module,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        self.num_layers = whole("TransformerEncoder: num_layers", num_layers, 1)
        self.layers = ModuleList(copy.deepcopy(encoder_layer) for _ in range(num_layers))
        self.norm = norm

    def forward(
        self,
        src: Any,
        mask: Any = None,
        src_key_padding_mask: Any = None,
        is_causal: bool | None = None,
    ) -> Any:
        """The result, of the shape of ``src``; masks are those of ``MultiheadAttention``."""
        for layer in self.layers:
            src = layer(src, mask, src_key_padding_mask, bool(is_causal))
        return src if self.norm is None else self.norm(src)


class Transformer:
    """The place of a helper; encoder and decoder in one are not here.

    >>> Transformer.generate_square_subsequent_mask(2)
    Tensor([[  0., -inf],
            [  0.,   0.]])
    """

    def __init__(self, *_: Any, **__: Any) -> None:
        fix = "Build it of TransformerEncoderLayer and MultiheadAttention."
        raise fails("Transformer", "an encoder", "encoder and decoder in one", fix, TypeError)

    @staticmethod
    def generate_square_subsequent_mask(sz: int, dtype: Any = None) -> Any:
        """A causal mask: 0 where a step may look, -inf above the diagonal.

        Args:
            sz: the number of steps.
            dtype: NumPy's, float64 by default.
        """
        size = whole("generate_square_subsequent_mask", sz, 1)
        return autograd.Tensor(np.triu(np.full((size, size), -math.inf, dtype), 1))
