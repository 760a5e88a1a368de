"""The operators and methods that every node type shares: ``a + b`` is ``ops.add(a, b)``.

``Symbol`` uses these as they are.  ``Value`` inherits them, so that editors and type checkers see
them, and replaces the ones that must be fast by code generated from the same table.  Of an array
of Values NumPy's functions call the methods of the same names: ``np.log1p(array)``.
"""

from __future__ import annotations

from typing import Any, NoReturn, Self

from autograd import ops
from autograd.errors import masked

__all__ = ["DUNDERS", "Operators"]

# Python's binary operators, each with its primitive and whether the node stands on the right.
DUNDERS = {
    f"__{prefix}{python}__": (name, prefix == "r")
    for python, name in {
        "add": "add", "sub": "sub", "mul": "mul", "truediv": "div", "pow": "power",
        "floordiv": "floor_divide", "mod": "remainder",
    }.items()
    for prefix in ("", "r")
} | {f"__{python}__": (name, False) for python, name in {
    "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal",
}.items()}  # fmt: skip


class Operators:
    """Python's operators and the functions of ``ops`` as methods."""

    __slots__ = ()

    @property
    def _mask(self) -> NoReturn:
        """What an array of ``np.ma`` asks for in ``array * node``, where it takes bare numbers."""
        raise masked("np.ma", self)

    def __add__(self, other: Any) -> Self:
        return ops.add(self, other)  # type: ignore[no-any-return]

    def __radd__(self, other: Any) -> Self:
        return ops.add(other, self)  # type: ignore[no-any-return]

    def __sub__(self, other: Any) -> Self:
        return ops.sub(self, other)  # type: ignore[no-any-return]

    def __rsub__(self, other: Any) -> Self:
        return ops.sub(other, self)  # type: ignore[no-any-return]

    def __mul__(self, other: Any) -> Self:
        return ops.mul(self, other)  # type: ignore[no-any-return]

    def __rmul__(self, other: Any) -> Self:
        return ops.mul(other, self)  # type: ignore[no-any-return]

    def __truediv__(self, other: Any) -> Self:
        return ops.div(self, other)  # type: ignore[no-any-return]

    def __rtruediv__(self, other: Any) -> Self:
        return ops.div(other, self)  # type: ignore[no-any-return]

    def __floordiv__(self, other: Any) -> Self:
        return ops.floor_divide(self, other)  # type: ignore[no-any-return]

    def __rfloordiv__(self, other: Any) -> Self:
        return ops.floor_divide(other, self)  # type: ignore[no-any-return]

    def __mod__(self, other: Any) -> Self:
        return ops.remainder(self, other)  # type: ignore[no-any-return]

    def __rmod__(self, other: Any) -> Self:
        return ops.remainder(other, self)  # type: ignore[no-any-return]

    def __divmod__(self, other: Any) -> tuple[Self, Self]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Self, Self]:
        return other // self, other % self

    def __pow__(self, other: Any) -> Self:
        return ops.power(self, other)  # type: ignore[no-any-return]

    def __rpow__(self, other: Any) -> Self:
        return ops.power(other, self)  # type: ignore[no-any-return]

    def __lt__(self, other: Any) -> Self:
        return ops.less(self, other)  # type: ignore[no-any-return]

    def __le__(self, other: Any) -> Self:
        return ops.less_equal(self, other)  # type: ignore[no-any-return]

    def __gt__(self, other: Any) -> Self:
        return ops.greater(self, other)  # type: ignore[no-any-return]

    def __ge__(self, other: Any) -> Self:
        return ops.greater_equal(self, other)  # type: ignore[no-any-return]

    def __neg__(self) -> Self:
        return ops.neg(self)  # type: ignore[no-any-return]

    def __pos__(self) -> Self:
        return self

    def __abs__(self) -> Self:
        return ops.abs(self)  # type: ignore[no-any-return]

    def abs(self) -> Self:
        """Absolute value; its slope at 0 is 0."""
        return ops.abs(self)  # type: ignore[no-any-return]

    def exp(self) -> Self:
        """e to the power of this node."""
        return ops.exp(self)  # type: ignore[no-any-return]

    def expm1(self) -> Self:
        """``exp(t) - 1``, exact for small numbers."""
        return ops.expm1(self)  # type: ignore[no-any-return]

    def exp2(self) -> Self:
        """2 to the power t."""
        return ops.exp2(self)  # type: ignore[no-any-return]

    def log(self) -> Self:
        """Natural logarithm."""
        return ops.log(self)  # type: ignore[no-any-return]

    def log1p(self) -> Self:
        """``log(1 + t)``, exact for small numbers."""
        return ops.log1p(self)  # type: ignore[no-any-return]

    def log2(self) -> Self:
        """The logarithm to the base 2."""
        return ops.log2(self)  # type: ignore[no-any-return]

    def log10(self) -> Self:
        """The logarithm to the base 10."""
        return ops.log10(self)  # type: ignore[no-any-return]

    def sqrt(self) -> Self:
        """Square root; its slope at 0 is inf."""
        return ops.sqrt(self)  # type: ignore[no-any-return]

    def sin(self) -> Self:
        """Sine, in radians."""
        return ops.sin(self)  # type: ignore[no-any-return]

    def cos(self) -> Self:
        """Cosine, in radians."""
        return ops.cos(self)  # type: ignore[no-any-return]

    def tan(self) -> Self:
        """Tangent, in radians."""
        return ops.tan(self)  # type: ignore[no-any-return]

    def arcsin(self) -> Self:
        """The angle with this sine."""
        return ops.arcsin(self)  # type: ignore[no-any-return]

    def arccos(self) -> Self:
        """The angle with this cosine."""
        return ops.arccos(self)  # type: ignore[no-any-return]

    def arctan(self) -> Self:
        """The angle with this tangent."""
        return ops.arctan(self)  # type: ignore[no-any-return]

    def arctan2(self, x: Any) -> Self:
        """The angle of the point (x, this node)."""
        return ops.arctan2(self, x)  # type: ignore[no-any-return]

    def hypot(self, other: Any) -> Self:
        """``sqrt(self**2 + other**2)`` without overflow."""
        return ops.hypot(self, other)  # type: ignore[no-any-return]

    def sinh(self) -> Self:
        """Hyperbolic sine."""
        return ops.sinh(self)  # type: ignore[no-any-return]

    def cosh(self) -> Self:
        """Hyperbolic cosine."""
        return ops.cosh(self)  # type: ignore[no-any-return]

    def tanh(self) -> Self:
        """Hyperbolic tangent."""
        return ops.tanh(self)  # type: ignore[no-any-return]

    def arcsinh(self) -> Self:
        """Inverse of the hyperbolic sine."""
        return ops.arcsinh(self)  # type: ignore[no-any-return]

    def arccosh(self) -> Self:
        """Inverse of the hyperbolic cosine."""
        return ops.arccosh(self)  # type: ignore[no-any-return]

    def arctanh(self) -> Self:
        """Inverse of the hyperbolic tangent."""
        return ops.arctanh(self)  # type: ignore[no-any-return]

    def sigmoid(self) -> Self:
        """The logistic function ``1 / (1 + exp(-x))``."""
        return ops.sigmoid(self)  # type: ignore[no-any-return]

    def relu(self) -> Self:
        """``max(x, 0)``; its slope at 0 is 0."""
        return ops.relu(self)  # type: ignore[no-any-return]

    def softplus(self) -> Self:
        """``log(1 + exp(x))``."""
        return ops.softplus(self)  # type: ignore[no-any-return]

    def gelu(self) -> Self:
        """``x * Phi(x)`` with the normal cdf Phi."""
        return ops.gelu(self)  # type: ignore[no-any-return]

    def sign(self) -> Self:
        """-1, 0 or 1; no gradient flows through it."""
        return ops.sign(self)  # type: ignore[no-any-return]

    def leaky_relu(self, negative_slope: Any = 0.01) -> Self:
        """``x`` where x > 0, ``negative_slope * x`` elsewhere."""
        return ops.leaky_relu(self, negative_slope)  # type: ignore[no-any-return]

    def maximum(self, other: Any) -> Self:
        """The larger of the two; a tie gives each half of the gradient."""
        return ops.maximum(self, other)  # type: ignore[no-any-return]

    def minimum(self, other: Any) -> Self:
        """The smaller of the two; a tie gives each half of the gradient."""
        return ops.minimum(self, other)  # type: ignore[no-any-return]

    def where(self, condition: Any, other: Any) -> Self:
        """This node where the condition is not zero, else ``other`` (PyTorch's argument order)."""
        return ops.where(condition, self, other)  # type: ignore[no-any-return]
