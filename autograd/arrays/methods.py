"""The methods of ``Tensor`` that compute: sums, order, products of matrices, functions of elements.

Each is one call of a function of ``autograd.ops`` or ``autograd.composites``, where its rule and
its full description are.  Names and settings are NumPy's (``axis``, ``keepdims``); PyTorch's
(``dim``, ``keepdim``, ``correction``, ``p``) work too, and so do names that only PyTorch has.
Where NumPy and PyTorch disagree NumPy is followed: ``var`` divides by n, ``sort`` returns one
array, ``max`` the numbers without their positions.
"""

# What `ops` returns is of the kind of its inputs, which a type checker cannot know.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any, NoReturn, Self

import numpy as np

from autograd import composites, norms, ops
from autograd.arrays import masks
from autograd.arrays.shapes import ShapeMethods
from autograd.branches import refuse_branch, refuse_number
from autograd.errors import message, shown
from autograd.operators import Operators
from autograd.ops.checks import numpy_names

__all__ = ["ArrayMethods"]


class ArrayMethods(ShapeMethods, Operators):
    """What an array can compute from its numbers, and how it turns into Python's."""

    __slots__ = ()

    requires_grad: bool
    _data: Any
    _shown: Any
    primal: Any

    # --- one number from many ---

    def sum(self, axis: Any = None, keepdims: bool = False, **torch: Any) -> Self:
        """The sum over all elements, or over axes."""
        if axis is None and not torch:  # the usual case, without the questions
            return ops.sum(self, keepdims=keepdims)
        return ops.sum(self, **numpy_names("sum", torch, axis=axis, keepdims=keepdims))

    def prod(self, axis: Any = None, keepdims: bool = False, **torch: Any) -> Self:
        """The product over all elements, or over axes."""
        return ops.prod(self, **numpy_names("prod", torch, axis=axis, keepdims=keepdims))

    def mean(self, axis: Any = None, keepdims: bool = False, **torch: Any) -> Self:
        """The mean over all elements, or over axes."""
        if axis is None and not torch:
            return composites.mean(self, keepdims=keepdims)
        return composites.mean(self, **numpy_names("mean", torch, axis=axis, keepdims=keepdims))

    def var(self, axis: Any = None, ddof: Any = 0, keepdims: bool = False, **torch: Any) -> Self:
        """The variance, over n - ddof; PyTorch's default is ``correction=1``, ours NumPy's 0."""
        settings = numpy_names("var", torch, axis=axis, ddof=ddof, keepdims=keepdims)
        return composites.var(self, **settings)

    def std(self, axis: Any = None, ddof: Any = 0, keepdims: bool = False, **torch: Any) -> Self:
        """The standard deviation; PyTorch's default is ``correction=1``, ours NumPy's 0."""
        settings = numpy_names("std", torch, axis=axis, ddof=ddof, keepdims=keepdims)
        return composites.std(self, **settings)

    def norm(self, ord: Any = None, axis: Any = None, keepdims: bool = False, **torch: Any) -> Self:
        """The length of the vector of all elements, or of those along axes."""
        settings = numpy_names("norm", torch, ord=ord, axis=axis, keepdims=keepdims)
        return norms.vector_norm(self, **settings)

    def max(self, axis: Any = None, keepdims: bool = False, **torch: Any) -> Self:
        """The largest element; k equal winners get 1/k of the gradient each.

        Its position is that of ``argmax``.  PyTorch's ``t.max(dim=1)``, which returns both, raises.
        """
        return ops.max(self, **numpy_names("max", torch, axis=axis, keepdims=keepdims))

    def min(self, axis: Any = None, keepdims: bool = False, **torch: Any) -> Self:
        """The smallest element; k equal winners get 1/k of the gradient each."""
        return ops.min(self, **numpy_names("min", torch, axis=axis, keepdims=keepdims))

    def amax(self, axis: Any = None, keepdims: bool = False, **torch: Any) -> Self:
        """``max`` by another name, also with ``dim``."""
        return ops.max(self, **numpy_names("amax", torch, axis=axis, keepdims=keepdims))

    def amin(self, axis: Any = None, keepdims: bool = False, **torch: Any) -> Self:
        """``min`` by another name, also with ``dim``."""
        return ops.min(self, **numpy_names("amin", torch, axis=axis, keepdims=keepdims))

    def logsumexp(self, axis: Any = None, keepdims: bool = False, **torch: Any) -> Self:
        """``log(sum(exp(t)))`` without overflow."""
        settings = numpy_names("logsumexp", torch, axis=axis, keepdims=keepdims)
        return ops.logsumexp(self, **settings)

    def any(self, axis: Any = None, keepdims: bool = False, **torch: Any) -> Self:
        """Whether an element is not zero; no gradient flows."""
        return masks.any(self, **numpy_names("any", torch, axis=axis, keepdims=keepdims))

    def all(self, axis: Any = None, keepdims: bool = False, **torch: Any) -> Self:
        """Whether no element is zero; no gradient flows."""
        return masks.all(self, **numpy_names("all", torch, axis=axis, keepdims=keepdims))

    # --- along an axis ---

    def cumsum(self, axis: Any = None, **torch: Any) -> Self:
        """The running sum along an axis, or over the flattened array."""
        return ops.cumsum(self, **numpy_names("cumsum", torch, axis=axis))

    def cumprod(self, axis: Any = None, **torch: Any) -> Self:
        """The running product along an axis, or over the flattened array."""
        return ops.cumprod(self, **numpy_names("cumprod", torch, axis=axis))

    def softmax(self, axis: Any = -1, **torch: Any) -> Self:
        """``exp(t) / sum(exp(t))`` along an axis, the last by default."""
        return ops.softmax(self, **numpy_names("softmax", torch, -1, axis=axis))

    def log_softmax(self, axis: Any = -1, **torch: Any) -> Self:
        """``log(softmax(t))`` along an axis, the last by default."""
        return ops.log_softmax(self, **numpy_names("log_softmax", torch, -1, axis=axis))

    # --- order ---

    def sort(self, axis: Any = -1, kind: Any = None, **how: Any) -> Self:
        """The elements in ascending order: a new tensor, as from ``np.sort``.

        NumPy's method sorts in place, PyTorch's returns the positions too: those are ``argsort``.
        Both take ``descending`` and ``stable`` too, as ``autograd.sort`` does.
        """
        return ops.sort(self, axis, kind, **how)

    def argsort(self, axis: Any = -1, kind: Any = None, **how: Any) -> Self:
        """The positions that sort the array; integers."""
        return ops.argsort(self, axis, kind, **how)

    def argmax(self, axis: Any = None, keepdims: bool = False, **torch: Any) -> Self:
        """The position of the largest element, the first of equal ones."""
        return ops.argmax(self, **numpy_names("argmax", torch, axis=axis, keepdims=keepdims))

    def argmin(self, axis: Any = None, keepdims: bool = False, **torch: Any) -> Self:
        """The position of the smallest element, the first of equal ones."""
        return ops.argmin(self, **numpy_names("argmin", torch, axis=axis, keepdims=keepdims))

    def topk(self, k: int, dim: int = -1, largest: bool = True) -> tuple[Self, Self]:
        """The k largest (or smallest) elements in order, and their positions (PyTorch's)."""
        return ops.topk(self, k, dim, largest)

    # --- products and matrices ---

    def __matmul__(self, other: Any) -> Self:
        return ops.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Self:
        return ops.matmul(other, self)

    def matmul(self, other: Any) -> Self:
        """``t @ other``."""
        return ops.matmul(self, other)

    def dot(self, other: Any) -> Self:
        """NumPy's ``dot``: ``t @ other`` for vectors and matrices."""
        return ops.product(self, other)

    def outer(self, other: Any) -> Self:
        """All products of an element of this with one of the other."""
        return ops.outer(self, other)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Self:
        """The sum of the diagonal of two axes."""
        return ops.trace(self, offset, axis1, axis2)

    def det(self) -> Self:
        """The determinant of each matrix."""
        return ops.det(self)

    def inv(self) -> Self:
        """The inverse of each matrix."""
        return ops.inv(self)

    # --- functions of each element (those that a Value has too are in ``operators.py``) ---

    def pow(self, exponent: Any) -> Self:
        """``t ** exponent``."""
        return ops.power(self, exponent)

    def square(self) -> Self:
        """``t * t``."""
        return ops.square(self)

    def reciprocal(self) -> Self:
        """``1 / t``."""
        return ops.reciprocal(self)

    def erf(self) -> Self:
        """The error function."""
        return ops.erf(self)

    def erfc(self) -> Self:
        """One minus the error function."""
        return ops.erfc(self)

    def silu(self) -> Self:
        """``t * sigmoid(t)``."""
        return ops.silu(self)

    def elu(self, alpha: Any = 1.0) -> Self:
        """``t`` where t > 0, ``alpha * (exp(t) - 1)`` elsewhere."""
        return ops.elu(self, alpha)

    def floor(self) -> Self:
        """The largest integer up to each number; no gradient flows."""
        return ops.floor(self)

    def ceil(self) -> Self:
        """The smallest integer from each number on; no gradient flows."""
        return ops.ceil(self)

    def clip(self, min: Any = None, max: Any = None) -> Self:
        """The numbers between the bounds, and the nearer bound for the others."""
        return ops.clip(self, min, max)

    # PyTorch's other names for the same.
    clamp, absolute, negative = clip, Operators.abs, Operators.__neg__
    asin, acos, atan = Operators.arcsin, Operators.arccos, Operators.arctan
    asinh, acosh, atanh = Operators.arcsinh, Operators.arccosh, Operators.arctanh

    # --- masks ---

    def __and__(self, other: Any) -> Self:
        return masks.both(self, other)

    def __or__(self, other: Any) -> Self:
        return masks.either(self, other)

    def __xor__(self, other: Any) -> Self:
        return masks.one_of(self, other)

    def __invert__(self) -> Self:
        return masks.negated(self)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    # --- other types ---

    def astype(self, dtype: Any) -> Self:
        """The same numbers in another type; no gradient flows through integers and booleans."""
        return ops.cast(self, dtype)

    def to(self, dtype: Any) -> Self:
        """``astype`` by PyTorch's name."""
        return ops.cast(self, dtype)

    def float(self) -> Self:
        """As float32, what PyTorch calls float."""
        return ops.cast(self, np.float32)

    def double(self) -> Self:
        """As float64."""
        return ops.cast(self, np.float64)

    def copy(self) -> Self:
        """A copy in memory of its own; gradients flow through it."""
        return ops.astype(self, dtype=self.dtype)

    clone = copy

    def numpy(self) -> np.ndarray[Any, Any]:
        """The array itself, without its history (no copy)."""
        return self.data

    def tolist(self) -> Any:
        """Nested lists of Python's numbers, without history."""
        return self.primal.tolist()

    def item(self) -> Any:
        """The number of a tensor with one element, without history.

        Raises:
            ValueError: more or fewer elements.
        """
        self._only("item", "Take one first, t[0].item(), or use t.tolist().")
        return self.primal.item()

    # --- what Python asks of a number ---

    def _only(self, name: str, fix: str, error: type[Exception] = ValueError) -> None:
        if self.size != 1:
            got = f"a tensor of shape {self.shape}"
            raise error(message(name, expected="one element", got=got, fix=fix))

    def __bool__(self) -> bool:
        self._only("bool", "Write t.any() or t.all(); to choose element by element use where.")
        refuse_branch(self)
        return bool(self._data)

    def _plain(self, name: str) -> Any:
        """The number, where no history is lost with it."""
        refuse_number(self)
        if self.requires_grad:
            raise TypeError(
                message(
                    name,
                    expected="a number without a history",
                    got=f"{shown(self)}, whose gradient would be lost",
                    fix="Use autograd's functions instead of the math module's, or .item() or "
                    ".data for what is plain.",
                )
            )
        self._only(name, "Take one first, or use .data for the array.", TypeError)
        return self.primal.item()

    def __float__(self) -> Any:
        return float(self._plain("float"))

    def __int__(self) -> int:
        return int(self._plain("int"))

    def __index__(self) -> int:
        refuse_number(self)
        if self.dtype.kind not in "iu" or self.ndim:
            raise TypeError(
                message(
                    "index",
                    expected="a single integer",
                    got=f"a tensor of {self.dtype} and shape {self.shape}",
                    fix="argmax, argsort and the like give integers.",
                )
            )
        return int(self.primal)

    def __round__(self, digits: int | None = None) -> Any:
        return round(self._plain("round"), digits)

    def __complex__(self) -> NoReturn:
        raise TypeError(
            message(
                "complex",
                expected="real numbers",
                got="a Tensor",
                fix="Use .item() for the plain number.",
            )
        )

    def __format__(self, spec: str) -> str:
        """``f"{t:.3f}"``: every element in this format."""
        if not spec or self.size == 1:
            return format(self._shown().item(), spec) if spec else repr(self)
        return np.array2string(
            self._shown(), separator=", ", formatter={"all": lambda x: format(x, spec)}
        )
