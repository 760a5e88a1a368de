"""What the reference page says in words, and what the functions without a rule are called with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["COMPOSITES", "ELSEWHERE", "INTRODUCTION", "PART_OF", "SECTIONS", "Composite", "Section"]

INTRODUCTION = r"""# Operations and their derivatives

<!-- Generated: python -m autograd.reference > docs/operations.md -->

No formula on this page was typed in.  The rules of the library were called with symbols instead of
numbers, and what came back is printed here; the slopes at kinks were computed, of a `Value` where
`x` is a number, of a `Tensor` where it is a list.  `python -m autograd.reference` writes the page
anew.

Inputs are $x, y, z$ and the result is $\mathrm{out}$, which many rules reuse.  Brackets
$\lbrack x \gt 0 \rbrack$ are 1 where the condition holds, else 0.  $\sigma$ is the sigmoid.  What
the code does for NaN only is left out of the formulas.
"""


class Section(NamedTuple):
    """A part of the page: the kinds of primitives in it, a text, and the columns of its table."""

    kinds: tuple[str, ...]
    text: str
    header: tuple[str, ...] = ()


SECTIONS = {
    "Elementwise": Section(
        ("elementwise",),
        r"""
One number from one, two or three, and arrays element by element.  In reverse mode the cotangent of
an input is that of the result times the derivative shown; in forward mode the tangent of the result
is the sum of derivatives times tangents.  To an input without a derivative here no gradient flows.
""",
        ("operation", "value", "derivatives", "slope at a kink"),
    ),
    "Flat": Section(
        ("flat",),
        """
The derivative is zero wherever there is one, so no gradient flows.
""",
        ("operation", "value", "what it is"),
    ),
    "Reductions": Section(
        ("reduction",),
        """
One number from many, over a sequence or over axes of an array; the derivative to one element $x_i$.
""",
        ("operation", "derivatives", "what it is"),
    ),
    "Selections": Section(
        ("selection",),
        r"""
One of many is chosen.  From here on a bar is a *cotangent*: $\bar{x}$ says how much the final
result changes with $x$.  A dot is a *tangent*: $\dot{x}$ says how fast $x$ moves.
""",
    ),
    "Moving elements": Section(
        ("linear",),
        r"""
These are linear: forward mode moves tangents as the operation moves numbers, and in reverse mode
its *transpose* moves cotangents back.  Shown is what the rule does in one example, as code.
""",
        ("operation", "example", "reverse mode"),
    ),
    "Products": Section(
        ("bilinear", "multilinear"),
        r"""
Linear in each input, so that each cotangent is another product.  $A^{\top}$ is a transposed matrix.
""",
    ),
    "With rules of their own": Section(
        ("custom",),
        r"""
Formulas are those of matrices and vectors: $\odot$ multiplies element by element, $\mathrm{row}$
and $\mathrm{col}$ make a row or a column of a vector (their difference is the matrix of all
differences), $\mathrm{diag}$ is the diagonal of a matrix and also the matrix with this diagonal,
$\mathrm{tril}$ and $\mathrm{triu}$ are the lower and the upper triangle.
""",
    ),
    "Made of these": Section(
        ("composite",),
        """
Functions without a rule of their own: what they are made of knows its derivatives.
""",
        ("function", "a call like", "is made of"),
    ),
    "Kinks": Section(
        ("kink",),
        """
Where a function has no derivative, or several, one is agreed on.  Shown is the slope of the sum of
the result, for each input.
""",
        ("function", "at", "slope", "because"),
    ),
}

# Primitives that are reached through another function, for they have no name in ``autograd``.
PART_OF = {
    **dict.fromkeys(("astype", "as_integers"), "Tensor.astype"),
    **dict.fromkeys(("getitem", "scatter_add"), "Tensor.__getitem__"),
    **dict.fromkeys(("clamp_min", "clamp_max"), "clip"),
    **dict.fromkeys(("safe_sqrt", "safe_power"), "norm"),
    **dict.fromkeys(("shift", "recurrence"), "cumprod"),
    **dict.fromkeys(("windows", "fold"), "conv2d"),
    "sum_to": "broadcast_to",
    "embed_diagonal": "diagonal",
    "hand_on": "Program.grad",
    "trace": "Tensor.trace",
    "det_sign": "slogdet",
    "log_abs_det": "slogdet",
    "dot_arrays": "dot",
    "untake": "take",
    "ungather": "gather",
    "that_stay": "index_update",
    "that_spans": "svd",
    "of_constant_rank": "pinv",
    "cross_entropy_slope": "softmax_cross_entropy",
    **dict.fromkeys(("standardized", "projected", "inverse_deviation"), "standardize"),
    **dict.fromkeys(("max_of_windows", "winners", "at_winners", "to_winners"), "max_pool2d"),
    **dict.fromkeys(
        ("rnn_tanh", "rnn_relu", "gru", "lstm", "carried", "carried_back"), "recurrent"
    ),
}

# Where NumPy or PyTorch has another name, or none of its own but a way to write it.
ELSEWHERE: dict[str, dict[str, str]] = {
    "sub": {"NumPy": "subtract"},
    "mul": {"NumPy": "multiply"},
    "div": {"NumPy": "divide"},
    "neg": {"NumPy": "negative"},
    "power": {"PyTorch": "pow"},
    "clip": {"PyTorch": "clamp"},
    "equal": {"PyTorch": "eq"},
    "stop_gradient": {"PyTorch": "Tensor.detach"},
    "softmax_cross_entropy": {"PyTorch": "nn.functional.cross_entropy"},
    "binary_cross_entropy": {"PyTorch": "nn.functional.binary_cross_entropy"},
    "standardize": {"PyTorch": "nn.functional.layer_norm"},
    "not_equal": {"PyTorch": "ne"},
    "leaky_relu": {"PyTorch": "nn.functional.leaky_relu"},
    "elu": {"PyTorch": "nn.functional.elu"},
    "silu": {"PyTorch": "nn.functional.silu"},
    "gelu": {"PyTorch": "nn.functional.gelu"},
    "softplus": {"PyTorch": "nn.functional.softplus"},
    "erf": {"PyTorch": "erf"},
    "erfc": {"PyTorch": "erfc"},
    "linear": {"PyTorch": "nn.functional.linear"},
    "recurrent": {"PyTorch": "nn.GRU"},
    "max_pool2d": {"PyTorch": "nn.functional.max_pool2d"},
    "avg_pool2d": {"PyTorch": "nn.functional.avg_pool2d"},
    "max_pool1d": {"PyTorch": "nn.functional.max_pool1d"},
    "avg_pool1d": {"PyTorch": "nn.functional.avg_pool1d"},
    "conv1d": {"PyTorch": "nn.functional.conv1d"},
    "conv2d": {"PyTorch": "nn.functional.conv2d"},
    "max": {"PyTorch": "amax"},
    "min": {"PyTorch": "amin"},
    "take": {"PyTorch": "index_select"},
    "gather": {"NumPy": "take_along_axis"},
    "index_add": {"NumPy": "add.at"},
    "index_update": {"PyTorch": "index_put"},
    "sum_to": {"PyTorch": "Tensor.sum_to_size"},
    "astype": {"NumPy": "ndarray.astype", "PyTorch": "Tensor.to"},
    "windows": {
        "NumPy": "lib.stride_tricks.sliding_window_view",
        "PyTorch": "nn.functional.unfold",
    },
    "fold": {"PyTorch": "nn.functional.fold"},
    "pad": {"PyTorch": "nn.functional.pad"},
    "repeat": {"PyTorch": "repeat_interleave"},
    "inv": {"NumPy": "linalg.inv", "PyTorch": "linalg.inv"},
    "solve": {"NumPy": "linalg.solve", "PyTorch": "linalg.solve"},
    "det": {"NumPy": "linalg.det", "PyTorch": "linalg.det"},
    "slogdet": {"NumPy": "linalg.slogdet", "PyTorch": "linalg.slogdet"},
    "cholesky": {"NumPy": "linalg.cholesky", "PyTorch": "linalg.cholesky"},
    "eigh": {"NumPy": "linalg.eigh", "PyTorch": "linalg.eigh"},
    "svd": {"NumPy": "linalg.svd", "PyTorch": "linalg.svd"},
    "qr": {"NumPy": "linalg.qr", "PyTorch": "linalg.qr"},
    "pinv": {"NumPy": "linalg.pinv", "PyTorch": "linalg.pinv"},
    "svdvals": {"NumPy": "linalg.svdvals", "PyTorch": "linalg.svdvals"},
    "matrix_power": {"NumPy": "linalg.matrix_power", "PyTorch": "linalg.matrix_power"},
    "norm": {"NumPy": "linalg.norm", "PyTorch": "linalg.norm"},
    "vector_norm": {"NumPy": "linalg.vector_norm", "PyTorch": "linalg.vector_norm"},
    "matrix_norm": {"NumPy": "linalg.matrix_norm", "PyTorch": "linalg.matrix_norm"},
    "vecdot": {"PyTorch": "linalg.vecdot"},
    "expand_dims": {"PyTorch": "unsqueeze"},
    "permute": {"NumPy": "transpose"},
}


class Composite(NamedTuple):
    """A function without a rule: a call, and the shapes of the inputs in it."""

    call: str
    inputs: Mapping[str, tuple[int, ...]]


_X = {"x": (2, 3)}

COMPOSITES = {
    "avg_pool1d": Composite("avg_pool1d(x, 2)", {"x": (1, 1, 4)}),
    "avg_pool2d": Composite("avg_pool2d(x, 2)", {"x": (1, 4, 4)}),
    "conv1d": Composite("conv1d(x, w, b)", {"x": (1, 2, 5), "w": (3, 2, 2), "b": (3,)}),
    "conv2d": Composite("conv2d(x, w, b)", {"x": (1, 2, 5, 5), "w": (3, 2, 2, 2), "b": (3,)}),
    "expand_dims": Composite("expand_dims(x, 0)", _X),
    "kron": Composite("kron(x, y)", _X | {"y": (2, 2)}),
    "matrix_norm": Composite("matrix_norm(x)", _X),
    "matrix_power": Composite("matrix_power(x, 5)", {"x": (2, 2)}),
    "max_pool1d": Composite("max_pool1d(x, 2)", {"x": (1, 1, 4)}),
    "max_pool2d": Composite("max_pool2d(x, 2)", {"x": (1, 4, 4)}),
    "mean": Composite("mean(x)", _X),
    "moveaxis": Composite("moveaxis(x, 0, 1)", _X),
    "norm": Composite("norm(x)", _X),
    "outer": Composite("outer(x, y)", {"x": (2,), "y": (3,)}),
    "permute": Composite("permute(x, (1, 0))", _X),
    "ravel": Composite("ravel(x)", _X),
    "recurrent": Composite(
        "recurrent('gru', p, h, w, b)",
        {"p": (3, 2, 1, 2), "h": (1, 1, 2), "w": (3, 2, 2), "b": (3, 2)},
    ),
    "repeat": Composite("repeat(x, 2)", _X),
    "slogdet": Composite("slogdet(x)", {"x": (2, 2)}),
    "split": Composite("split(x, 2)", _X),
    "squeeze": Composite("squeeze(x)", {"x": (1, 3)}),
    "stack": Composite("stack([x, y])", _X | {"y": (2, 3)}),
    "standardize": Composite("standardize(x, -1)", _X),
    "std": Composite("std(x)", _X),
    "swapaxes": Composite("swapaxes(x, 0, 1)", _X),
    "tensordot": Composite("tensordot(x, y, 1)", _X | {"y": (3, 2)}),
    "tile": Composite("tile(x, 2)", _X),
    "topk": Composite("topk(x, 2)", _X),
    "var": Composite("var(x)", _X),
    "vdot": Composite("vdot(x, y)", _X | {"y": (6,)}),
    "vector_norm": Composite("vector_norm(x)", _X),
}
