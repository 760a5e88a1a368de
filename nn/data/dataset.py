"""Data sets: examples that can be counted and asked for by number.

That is all a data set is: ``len(dataset)`` says how many examples there are and ``dataset[i]``
gives one.  A list is one.  ``Dataset`` is the class to derive from for examples that are made or
read when they are asked for; ``TensorDataset`` holds them in arrays, and can hand out many at once;
``Subset`` is a part of another data set, by the numbers of its examples, without a copy.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd import Tensor
from nn.checks import fails
from nn.data.examples import as_array, common_length

__all__ = ["ConcatDataset", "Dataset", "Subset", "TensorDataset", "as_dataset"]


class Dataset:
    """Examples by number.  Subclasses define ``__len__`` and ``__getitem__``.

    >>> class Squares(Dataset):
    ...     def __len__(self):
    ...         return 5
    ...
    ...     def __getitem__(self, i):
    ...         return float(i), float(i * i)
    >>> len(Squares()), Squares()[3]
    (5, (3.0, 9.0))
    """

    def __len__(self) -> int:
        """How many examples there are."""
        raise NotImplementedError(
            f"{type(self).__name__}: expected a method __len__, got none. "
            "Define def __len__(self): ..., the number of examples."
        )

    def __getitem__(self, index: Any) -> Any:
        """The example of a number from 0 to ``len(self) - 1``."""
        raise NotImplementedError(
            f"{type(self).__name__}: expected a method __getitem__, got none. "
            "Define def __getitem__(self, i): ..., the example number i."
        )


class TensorDataset(Dataset):
    """Examples in the rows of arrays: ``TensorDataset(X, y)[i]`` is ``(X[i], y[i])``.

    Args:
        *tensors: one or more arrays, lists or tensors of real numbers, with one row for each
            example.  They are not copied: if you change an array, you change the data.

    Attributes:
        arrays: what is held, NumPy arrays that are read only.

    Raises:
        ValueError: no arrays, no examples, or different numbers of rows.
        TypeError: something that is not an array of real numbers; a tensor that requires gradients.

    >>> dataset = TensorDataset([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], [0, 1, 0])
    >>> len(dataset), dataset[1]
    (3, (Tensor([2., 3.]), Tensor(1)))
    >>> dataset[:2]
    (Tensor([[0., 1.], [2., 3.]]), Tensor([0, 1]))
    """

    def __init__(self, *tensors: ArrayLike | Tensor) -> None:
        arrays = tuple(_rows(position, x) for position, x in enumerate(tensors))
        self._length = common_length("TensorDataset", arrays)
        self.arrays = arrays

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """The arrays as tensors, as PyTorch calls them."""
        return tuple(Tensor(array) for array in self.arrays)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        """One example for a whole number; a batch for a slice or a list of whole numbers."""
        return tuple(_tensor(array[index]) for array in self.arrays)

    def __repr__(self) -> str:
        shapes = ", ".join(f"{array.dtype} {array.shape}" for array in self.arrays)
        return f"TensorDataset({shapes})"


class Subset(Dataset):
    """Some examples of a data set, in an order of their own.

    Args:
        dataset: anything with ``len`` and examples by number.
        indices: the numbers of its examples; one may come twice.

    Raises:
        IndexError: a number that is out of range.
        TypeError: indices that are not whole numbers.

    >>> letters = Subset("a b c d".split(), [3, 0])
    >>> len(letters), letters[0]
    (2, 'd')
    """

    def __init__(self, dataset: Any, indices: Sequence[int] | NDArray[Any]) -> None:
        as_dataset("Subset", dataset)
        rows = np.asarray(indices)
        if rows.ndim != 1 or (rows.size and rows.dtype.kind not in "iu"):
            raise fails(
                "Subset",
                "a list of whole numbers, of the examples to take",
                f"an array of shape {rows.shape} and dtype {rows.dtype}",
                "For a mask of True and False, take np.flatnonzero(mask).",
                TypeError,
            )
        n = len(dataset)
        outside = (rows < -n) | (rows >= n)
        if outside.any():
            raise fails(
                "Subset",
                f"numbers of examples, from 0 to {n - 1}",
                f"{rows[outside][0]}",
                "",
                IndexError,
            )
        self.dataset = dataset
        self.indices = rows.astype(np.int64)

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: Any) -> Any:
        """One example; for a slice what the data set gives for a list of numbers."""
        row = self.indices[index]
        return self.dataset[int(row) if row.ndim == 0 else row]

    def __repr__(self) -> str:
        return f"Subset({len(self)} of {self.dataset!r})"


class ConcatDataset(Dataset):
    """Several data sets, one after the other.

    >>> both = ConcatDataset(["ab", "cde"])
    >>> len(both), both[1], both[2], both[-1]
    (5, 'b', 'c', 'e')
    """

    def __init__(self, datasets: Sequence[Any]) -> None:
        self.datasets = [as_dataset("ConcatDataset", dataset) for dataset in datasets]
        self._ends = np.cumsum([len(dataset) for dataset in self.datasets])

    def __len__(self) -> int:
        return int(self._ends[-1]) if self.datasets else 0

    def __getitem__(self, index: Any) -> Any:
        # It counts from the end, and refuses, as a list does.
        row = range(len(self))[operator.index(index)]
        which = int(np.searchsorted(self._ends, row, side="right"))
        return self.datasets[which][row - int(self._ends[which]) + len(self.datasets[which])]


def as_dataset(what: str, dataset: Any) -> Any:
    """``dataset`` if it is one: examples by number."""
    single = isinstance(dataset, np.ndarray | Tensor) and dataset.ndim == 0
    countable = hasattr(dataset, "__len__") and hasattr(dataset, "__getitem__")
    # The tuple (X, y) has two items, and neither is an example.
    parts = isinstance(dataset, tuple) and any(isinstance(x, np.ndarray | Tensor) for x in dataset)
    if countable and not single and not parts and not isinstance(dataset, dict):
        return dataset
    raise fails(
        what,
        "a data set, with len(dataset) and dataset[i] for i = 0, 1, ...",
        f"{type(dataset).__name__}{' of arrays' if parts else ''}",
        "Put arrays into TensorDataset(X, y), or derive from Dataset.",
        TypeError,
    )


def _rows(position: int, x: Any) -> NDArray[Any]:
    """What becomes part of a TensorDataset: the same numbers, read only."""
    if isinstance(x, Tensor):
        if x.requires_grad:
            raise fails(
                "TensorDataset",
                "data",
                f"a tensor that requires gradients at position {position}",
                "Take x.detach(): no gradient would reach it.",
                TypeError,
            )
        return x.primal
    array = as_array(x)
    if array.dtype.kind not in "biuf" or array.ndim == 0:
        given = "a single number" if array.dtype.kind in "biuf" else type(x).__name__
        given += f" of dtype {array.dtype}" if isinstance(x, np.ndarray) and array.ndim else ""
        raise fails(
            "TensorDataset",
            "arrays of real numbers with one row for each example",
            f"{given} at position {position}",
            "Classes that are names become numbers by np.unique(y, return_inverse=True)[1].",
            TypeError,
        )
    view = array.view()
    view.flags.writeable = False
    return view


def _tensor(array: Any) -> Tensor:
    """A tensor of a fresh array.  It is not copied: a Tensor shares what nobody can write on."""
    array = np.asarray(array)
    array.flags.writeable = False
    return Tensor(array)
