"""The methods of ``Tensor`` that move, copy or pick elements: ``reshape``, ``transpose``, ``take``.

Each is one call of a function of ``autograd.ops``, where its rule and its full description are.
Names and meanings are NumPy's where NumPy has the method; PyTorch's names and its habit of writing
axes and lengths one by one (``t.permute(1, 0)``, ``t.view(2, -1)``) work beside them.  Where NumPy
and PyTorch read one call in two ways, it raises and names a call for each meaning.
"""

# What `ops` returns is of the kind of its inputs, which a type checker cannot know.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn, Self

import numpy as np

from autograd import ops
from autograd.errors import message, shown
from autograd.node import ndim_of, raw
from autograd.ops.checks import axis_in, numpy_names

__all__ = ["ShapeMethods"]


def _spread(numbers: tuple[Any, ...]) -> Any:
    """``f(2, 3)`` and ``f((2, 3))`` mean the same."""
    return numbers[0] if len(numbers) == 1 and ndim_of(numbers[0]) else numbers


class ShapeMethods:
    """What an array can do without changing a number."""

    __slots__ = ()

    data: Any
    _data: np.ndarray[Any, Any]  # the same, without the way through the property

    # --- what it is ---

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return self._data.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._data.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._data.size

    @property
    def dtype(self) -> Any:
        """NumPy's type of the elements."""
        return self._data.dtype

    @property
    def nbytes(self) -> int:
        """The memory of the elements, in bytes."""
        return self._data.nbytes

    def dim(self) -> int:
        """The number of axes, by PyTorch's name."""
        return self._data.ndim

    def numel(self) -> int:
        """The number of elements, by PyTorch's name."""
        return self._data.size

    # --- as a sequence ---

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError(
                message(
                    "len",
                    expected="a tensor with axes",
                    got=repr(self),
                    fix="A single number has no length; t.size is 1.",
                )
            )
        return self.shape[0]

    def __iter__(self) -> Iterator[Self]:
        length = len(self)
        return (self[i] for i in range(length))

    def __contains__(self, number: Any) -> bool:
        return bool(np.any(self._data == raw(number)))

    def __getitem__(self, index: Any) -> Self:
        return ops.getitem(self, index)

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise TypeError(
            message(
                "item assignment",
                expected="tensors that are not changed after they were computed",
                got=f"t[{shown(index)}] = ...",
                fix="Use where(mask, new, t) or index_update(t, index, new), which make a new "
                "tensor and record the choice.",
            )
        )

    def __delitem__(self, index: Any) -> NoReturn:
        raise TypeError(
            message(
                "item deletion",
                expected="tensors that are not changed after they were computed",
                got=f"del t[{shown(index)}]",
                fix="Take the others: t[keep] with a mask or a list of positions.",
            )
        )

    # --- another shape ---

    def reshape(self, *shape: Any) -> Self:
        """The same elements in another shape: ``t.reshape(2, 3)`` or ``t.reshape((2, 3))``."""
        return ops.reshape(self, _spread(shape))

    def view(self, *shape: Any) -> Self:
        """``reshape`` by PyTorch's name."""
        return ops.reshape(self, _spread(shape))

    def ravel(self) -> Self:
        """All elements along one axis."""
        return ops.ravel(self)

    def flatten(self, start_dim: int = 0, end_dim: int = -1) -> Self:
        """The axes from one to another (all of them by default) as one."""
        start, end = (axis_in("flatten", i, self.shape or (1,)) for i in (start_dim, end_dim))
        return ops.reshape(self, (*self.shape[:start], -1, *self.shape[end + 1 :]))

    def squeeze(self, axis: Any = None, **torch: Any) -> Self:
        """Without axes of length 1: all of them, or those named."""
        return ops.squeeze(self, **numpy_names("squeeze", torch, axis=axis))

    def expand_dims(self, axis: Any) -> Self:
        """With new axes of length 1 in the named places."""
        return ops.expand_dims(self, axis)

    def unsqueeze(self, dim: int) -> Self:
        """``expand_dims`` by PyTorch's name."""
        return ops.expand_dims(self, dim)

    # --- another order of axes ---

    @property
    def T(self) -> Self:  # noqa: N802 - NumPy's name
        """All axes in reverse order."""
        return ops.transpose(self)

    @property
    def mT(self) -> Self:  # noqa: N802 - NumPy's name
        """The last two axes exchanged: the transpose of each matrix in a batch."""
        return ops.swapaxes(self, -2, -1)

    def transpose(self, *axes: Any, dim0: int | None = None, dim1: int | None = None) -> Self:
        """Axes in another order, reversed by default; or two axes exchanged.

        ``t.transpose(2, 0, 1)`` and ``t.transpose((2, 0, 1))`` name all axes, as in NumPy.  Two
        numbers for more than two axes exchange those two, as in PyTorch.

        Raises:
            ValueError: ``t.transpose(0, 1)`` of a matrix, which NumPy leaves as it is and PyTorch
                transposes; or axes that t does not have.
        """
        if dim0 is not None and dim1 is not None and not axes:
            return ops.swapaxes(self, dim0, dim1)
        if len(axes) != 2:
            return ops.transpose(self, None if axes in ((), (None,)) else _spread(axes))
        if self.ndim == 2 and axes[0] % 2 == 0 and axes[1] % 2 == 1:
            raise ValueError(
                message(
                    "transpose",
                    expected="a call that NumPy and PyTorch read in the same way",
                    got=f"t.transpose{axes} of a matrix: no change for NumPy, an exchange for "
                    "PyTorch",
                    fix="Write t.T or t.swapaxes(0, 1) for the exchange.",
                )
            )
        return ops.swapaxes(self, *axes)

    def permute(self, *dims: Any) -> Self:
        """All axes in another order: ``t.permute(2, 0, 1)``; PyTorch's name."""
        return ops.permute(self, _spread(dims))

    def swapaxes(self, axis1: int, axis2: int) -> Self:
        """Two axes exchanged."""
        return ops.swapaxes(self, axis1, axis2)

    def moveaxis(self, source: Any, destination: Any) -> Self:
        """Some axes in other places, the others in their old order."""
        return ops.moveaxis(self, source, destination)

    # --- copies ---

    def broadcast_to(self, shape: Any) -> Self:
        """Copies along new axes and axes of length 1, until the shape is reached."""
        return ops.broadcast_to(self, shape)

    def expand(self, *sizes: Any) -> Self:
        """``broadcast_to`` by PyTorch's name; -1 keeps a length."""
        sizes = tuple(_spread(sizes))
        lengths = (1,) * (len(sizes) - self.ndim) + self.shape
        if len(lengths) == len(sizes):
            sizes = tuple(n if s == -1 else s for s, n in zip(sizes, lengths, strict=True))
        return ops.broadcast_to(self, sizes)

    def repeat(self, repeats: Any, axis: int | None = None, *more: Any, **torch: Any) -> Self:
        """Each element several times in a row, along an axis or flattened: NumPy's meaning.

        PyTorch's ``t.repeat(2, 3)``, the whole side by side, is ``t.tile(2, 3)``.
        """
        if more:
            raise TypeError(
                message(
                    "repeat",
                    expected="how often, and an axis (NumPy's meaning)",
                    got=f"{2 + len(more)} numbers",
                    fix="PyTorch's repeat is t.tile(...) here.",
                )
            )
        return ops.repeat(self, repeats, axis, **torch)

    def tile(self, *reps: Any) -> Self:
        """The array side by side, several times along each axis: ``t.tile(2, 3)``."""
        return ops.tile(self, _spread(reps))

    # --- picking and moving ---

    def flip(self, *axis: Any, **torch: Any) -> Self:
        """The elements along some axes (all by default) in reverse order."""
        return ops.flip(self, _spread(axis) if axis else None, **torch)

    def roll(self, shift: Any, axis: Any = None, **torch: Any) -> Self:
        """The elements moved along axes, from the end back to the start."""
        return ops.roll(self, shift, axis, **torch)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Self:
        """The diagonal of two axes, as a last axis."""
        return ops.diagonal(self, offset, axis1, axis2)

    def tril(self, k: int = 0) -> Self:
        """The lower triangle of the last two axes, up to the k-th diagonal, with zeros above."""
        return ops.tril(self, k)

    def triu(self, k: int = 0) -> Self:
        """The upper triangle of the last two axes, from the k-th diagonal, with zeros below."""
        return ops.triu(self, k)

    def split(self, indices_or_sections: Any, axis: int = 0, **torch: Any) -> list[Self]:
        """The parts along an axis: so many equal ones, or cut at some positions (NumPy's).

        PyTorch's ``t.split(n)``, parts of n elements, is ``t.split(range(n, len(t), n))``.
        """
        return ops.split(self, indices_or_sections, axis, **torch)

    def take(self, indices: Any, axis: int | None = None, **torch: Any) -> Self:
        """The elements at some positions along an axis, or of the flattened array."""
        return ops.take(self, indices, axis, **torch)

    def gather(self, dim: int, index: Any) -> Self:
        """One element for each position along an axis (PyTorch's)."""
        return ops.gather(self, dim, index)

    def masked_fill(self, mask: Any, value: Any) -> Self:
        """``value`` where the mask is true, these elements elsewhere (PyTorch's).

        Raises:
            TypeError: a single True or False for a mask, as ``t == 0`` gives.
        """
        if mask.__class__ is bool:
            raise TypeError(
                message(
                    "masked_fill",
                    expected="a mask with an element for each",
                    got=f"the single {mask}",
                    fix="== compares nodes by identity: autograd.equal(a, b) compares numbers.",
                )
            )
        return ops.where(mask, value, self)
