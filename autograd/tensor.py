"""``Tensor``: an array that remembers how it was computed.

Where a ``Value`` keeps the local derivative to each input as a number, a Tensor keeps its inputs
and leaves it to the rule of its primitive to carry a gradient back: for arrays the local derivative
is a matrix (the Jacobian) that nobody wants to see written out.  What is recorded is the same: the
primitive, its inputs, and its settings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np

from autograd import composites, ops, pullback
from autograd.errors import message, shown
from autograd.node import Node, Primitive, is_recording, switch
from autograd.operators import Operators

__all__ = ["Tensor"]


class Tensor(Operators, Node):
    """An array node: an ndarray with a history.

    Args:
        data: an array, a number, or nested lists of numbers; a Tensor's array is shared.
        requires_grad: whether ``backward()`` fills ``grad``; integers become float64 then.
        label: a name for pictures and messages.
        dtype: NumPy's; by default that of the data, float64 for Python's numbers.

    Attributes:
        data: the ndarray.
        grad: an ndarray of the same shape and dtype, None until a backward pass reaches the tensor.
        requires_grad: whether gradients flow to this tensor.

    Raises:
        TypeError: data that are not real numbers.

    >>> w = Tensor([1.0, 2.0], requires_grad=True)
    >>> (w * w).sum().backward()
    >>> w.grad
    array([2., 4.])
    """

    __slots__ = ("_args", "_params", "data", "requires_grad")

    data: np.ndarray[Any, Any]
    grad: Any

    def __init__(
        self, data: Any, requires_grad: bool = False, label: str = "", dtype: Any = None
    ) -> None:
        array = np.asarray(data.data if isinstance(data, Tensor) else data, dtype=dtype)
        if array.dtype.kind not in "biuf":
            raise TypeError(
                message(
                    "Tensor",
                    expected="real numbers",
                    got=f"{shown(data)} with dtype {array.dtype}",
                    fix="For a list of nodes use autograd.stack([a, b]).",
                )
            )
        if requires_grad and array.dtype.kind != "f":
            array = array.astype(np.float64)
        self.data = array
        self.grad = None
        self.label = label
        self.op = None
        self.requires_grad = requires_grad
        self._args: tuple[Any, ...] = ()
        self._params: dict[str, Any] = {}

    # --- the graph ---

    @property
    def inputs(self) -> tuple[Any, ...]:
        """What this node was computed from: tensors, and plain arrays and numbers for constants."""
        return self._args

    @property
    def partials(self) -> tuple[Any, ...]:
        """For each input what carries a gradient to it, or None where none flows."""
        if self.op is None:
            return ()
        return tuple(
            self.op.vjp_of(i) if isinstance(x, Tensor) and x.requires_grad else None
            for i, x in enumerate(self._args)
        )

    def backward(self, grad: Any = None, create_graph: bool = False) -> None:
        """Compute d self / d leaf for every leaf that requires a gradient, and add it to its grad.

        Args:
            grad: the gradient of what follows with respect to this tensor, of its shape; may be
                left out for a single number.
            create_graph: record the backward pass itself, so that gradients can be differentiated.
        """
        pullback.backward(self, grad, create_graph)

    def detach(self) -> Tensor:
        """The same array without its history."""
        return Tensor(self.data)

    def zero_grad(self) -> None:
        """Forget the gradient."""
        self.grad = None

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Ask for gradients of a leaf, in place."""
        self.requires_grad = requires_grad
        return self

    # --- what NumPy's arrays have ---

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.data.shape)

    @property
    def ndim(self) -> int:
        return self.data.ndim

    @property
    def size(self) -> int:
        return self.data.size

    @property
    def dtype(self) -> Any:
        return self.data.dtype

    @property
    def T(self) -> Tensor:  # noqa: N802 - NumPy's name
        return ops.transpose(self)  # type: ignore[no-any-return]

    def item(self) -> float:
        """The number of a tensor with one element."""
        return self.data.item()  # type: ignore[no-any-return]

    def numpy(self) -> np.ndarray[Any, Any]:
        """The array, without its history."""
        return self.data

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: Any) -> Tensor:
        return ops.getitem(self, index=index)  # type: ignore[no-any-return]

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise TypeError(
            message(
                "item assignment",
                expected="tensors that are not changed after they were computed",
                got=f"t[{shown(index)}] = ...",
                fix="Use where(mask, new, t), which records the choice.",
            )
        )

    def __matmul__(self, other: Any) -> Tensor:
        return ops.matmul(self, other)  # type: ignore[no-any-return]

    def __rmatmul__(self, other: Any) -> Tensor:
        return ops.matmul(other, self)  # type: ignore[no-any-return]

    def reshape(self, *shape: Any) -> Tensor:
        """The same elements in another shape: ``t.reshape(2, 3)`` or ``t.reshape((2, 3))``."""
        return ops.reshape(self, shape=_spread(shape))  # type: ignore[no-any-return]

    def transpose(self, *axes: Any) -> Tensor:
        """Axes in another order, reversed by default."""
        return ops.transpose(self, axes=_spread(axes) or None)  # type: ignore[no-any-return]

    @property
    def mT(self) -> Tensor:  # noqa: N802 - NumPy's name
        """The last two axes exchanged: the transpose of each matrix in a batch."""
        n = self.ndim
        return self.transpose(*range(n - 2), n - 1, n - 2)

    def sum(self, axis: Any = None, keepdims: bool = False, **torch: Any) -> Tensor:
        """The sum over all elements, or over axes."""
        return ops.sum(self, **_axes(axis, keepdims, torch))  # type: ignore[no-any-return]

    def max(self, axis: Any = None, keepdims: bool = False, **torch: Any) -> Tensor:
        """The largest element; k equal winners get 1/k of the gradient each."""
        return ops.max(self, **_axes(axis, keepdims, torch))  # type: ignore[no-any-return]

    def min(self, axis: Any = None, keepdims: bool = False, **torch: Any) -> Tensor:
        """The smallest element; k equal winners get 1/k of the gradient each."""
        return ops.min(self, **_axes(axis, keepdims, torch))  # type: ignore[no-any-return]

    def mean(self, axis: Any = None, keepdims: bool = False, **torch: Any) -> Tensor:
        """The mean over all elements, or over axes."""
        return composites.mean(self, **_axes(axis, keepdims, torch))  # type: ignore[no-any-return]

    def __bool__(self) -> bool:
        return bool(self.data)

    def __repr__(self) -> str:
        body = np.array2string(self.data, separator=", ", prefix="Tensor(")
        extras = f", label={self.label!r}" if self.label else ""
        extras += ", requires_grad=True" if self.requires_grad and self.is_leaf else ""
        extras += f", op={self.op.name}" if self.op else ""
        return f"Tensor({body}{extras})"

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """NumPy's functions on Tensors record the graph: ``np.exp(t)``, ``np.ones(3) + t``."""
        primitive = ops.UFUNCS.get(ufunc)
        if method == "__call__" and not kwargs and primitive is not None:
            return primitive(*inputs)
        if ufunc in (np.equal, np.not_equal):  # `==` and `!=` compare identity
            return (inputs[0] is inputs[1]) == (ufunc is np.equal)
        raise TypeError(
            message(
                f"np.{ufunc.__name__}" + ("" if method == "__call__" else f".{method}"),
                expected="a function that records the graph, without keywords: "
                + ", ".join(sorted(u.__name__ for u in ops.UFUNCS)),
                got="a Tensor",
                fix="Compose it of these, or use .data for the plain array.",
            )
        )

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        raise TypeError(
            message(
                "np.array",
                expected="a plain array",
                got=f"a Tensor of shape {self.shape}, whose history would be lost",
                fix="Use .data for the array, or autograd.stack([a, b]) to join tensors.",
            )
        )

    def __float__(self) -> NoReturn:
        self.__array__()

    @staticmethod
    def _apply_primitive(
        primitive: Primitive, args: tuple[Any, ...], params: dict[str, Any]
    ) -> Tensor:
        """What a primitive means on Tensors: compute now, and remember."""
        needs = False
        arrays = []
        for arg in args:
            if arg.__class__ is Tensor:
                arrays.append(arg.data)
                needs = needs or arg.requires_grad
            else:
                arrays.append(arg)
        out = primitive.forward(*arrays, **params)
        node = _new(Tensor)
        node.data = out if out.__class__ is np.ndarray else np.asarray(out)
        node.grad = None
        node.label = ""
        if needs and (not switch.active or is_recording()):
            node.op, node._args, node._params = primitive, args, params
            node.requires_grad = primitive.kind != "flat"
        else:
            node.op, node._args, node._params = None, (), {}
            node.requires_grad = False
        return node


def _spread(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    """``f(2, 3)`` and ``f((2, 3))`` mean the same."""
    if len(sizes) == 1 and not isinstance(sizes[0], int | np.integer):
        return tuple(sizes[0])
    return sizes


def _axes(axis: Any, keepdims: bool, torch: dict[str, Any]) -> dict[str, Any]:
    """NumPy's axis and keepdims, or PyTorch's dim and keepdim."""
    axis = torch.pop("dim", axis)
    keepdims = torch.pop("keepdim", keepdims)
    if torch:
        raise TypeError(
            message(
                "reduction",
                expected="axis and keepdims (or dim and keepdim)",
                got=", ".join(torch),
                fix="Drop what does not apply.",
            )
        )
    return {"axis": tuple(axis) if isinstance(axis, list) else axis, "keepdims": keepdims}


_new = object.__new__
