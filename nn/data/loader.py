"""Batches: how many examples a step of training looks at, and in which order they come.

The three ways of gradient descent differ in one number, the batch size:

- all of them (``batch_size=len(dataset)``): gradient descent; every step knows the whole loss;
- one (``batch_size=1``): stochastic gradient descent; cheap steps in noisy directions;
- a few (``batch_size=32``): mini-batches; what is used in practice.

One pass over all examples is an *epoch*.  ``DataLoader`` makes them of a data set, again and again,
as tensors; ``batches`` makes a single one of plain arrays and lists.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor
from nn.checks import check_random, fails, whole
from nn.data.collate import default_collate
from nn.data.dataset import Subset, TensorDataset, as_dataset
from nn.data.examples import common_length, permutation
from nn.random import source

__all__ = ["DataLoader", "batches"]


class DataLoader:
    """The examples of a data set in batches; each ``for`` over it is one epoch.

    The batch size chooses the kind of gradient descent: ``len(dataset)`` is gradient descent, 1 is
    stochastic gradient descent, and what lies between is called mini-batches.  An epoch costs much
    the same each way; a small batch makes many steps of it, each by a gradient that is the whole
    one in the mean, with noise whose standard deviation falls as one over the root of the size.

    Args:
        dataset: a ``Dataset``, or anything with ``len`` and examples by number.
        batch_size: how many examples a batch has, 1 by default.
        shuffle: take the examples in a new random order each epoch; False by default.
        drop_last: leave out the last batch if it is smaller than the others; False by default.
        rng: a NumPy Generator to draw the orders from, called ``generator`` in PyTorch; by default
            the one that ``nn.manual_seed`` starts, as for layers.
        collate_fn: makes a batch of a list of examples; by default ``default_collate``.
        transform: changes each batch, as the functions of ``nn.augment`` do: a function of its
            parts, ``lambda X, y: (shift(X, 1), y)``. Arrays that it returns become Tensors.
        generator: another name for rng.

    Yields:
        For a ``TensorDataset``, and a Subset of one, a tuple of Tensors of shape (batch, ...), made
        at once; for any other data set what ``collate_fn`` makes of a list of examples.

    Raises:
        ValueError: no examples, a batch_size below 1 or above their number, both rng and generator.
        TypeError: something that is not a data set, a batch_size that is not a whole number, a
            shuffle or drop_last that is neither True nor False, an rng of another kind.

    >>> from nn.data import TensorDataset
    >>> data = TensorDataset(np.arange(10.0).reshape(5, 2), [0, 1, 0, 1, 0])
    >>> for inputs, targets in DataLoader(data, batch_size=2):
    ...     print(inputs.data.tolist(), targets.data.tolist())
    [[0.0, 1.0], [2.0, 3.0]] [0, 1]
    [[4.0, 5.0], [6.0, 7.0]] [0, 1]
    [[8.0, 9.0]] [0]
    >>> [len(DataLoader(data, batch_size=size)) for size in (len(data), 1, 2)]
    [1, 5, 3]
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int = 1,
        shuffle: bool = False,
        drop_last: bool = False,
        rng: np.random.Generator | None = None,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        *,
        transform: Callable[..., Any] | None = None,
        generator: np.random.Generator | None = None,
    ) -> None:
        as_dataset("DataLoader", dataset)
        n = len(dataset)
        if n == 0:
            raise fails("DataLoader", "at least one example", "an empty data set", "")
        size = whole("DataLoader: batch_size", batch_size, 1)
        if size > n:
            raise fails(
                "DataLoader: batch_size",
                f"at most {n}, the number of examples",
                f"{size}",
                "For the full batch write batch_size=len(dataset).",
            )
        for name, flag in (("shuffle", shuffle), ("drop_last", drop_last)):
            if not isinstance(flag, bool | np.bool_):
                raise fails(f"DataLoader: {name}", "True or False", repr(flag), "", TypeError)
        if rng is not None and generator is not None:
            fix = "They are two names of one thing: drop one."
            raise fails("DataLoader", "at most one of rng and generator", "both", fix)
        rng = generator if rng is None else rng
        source("DataLoader: rng", rng)
        for name, function, of in (
            ("collate_fn", collate_fn, "a list of examples"),
            ("transform", transform, "the parts of a batch"),
        ):
            if function is not None and not callable(function):
                wanted = f"a function of {of}"
                raise fails(f"DataLoader: {name}", wanted, repr(function), "", TypeError)
        self.dataset = dataset
        self.batch_size = size
        self.shuffle = bool(shuffle)
        self.drop_last = bool(drop_last)
        self.rng = rng
        self.collate_fn = collate_fn
        self.transform = transform
        # The epoch that is being handed out: the seed of its order, how many batches are out.
        self._epoch: dict[str, int] | None = None
        self._resumed: dict[str, int] | None = None

    def __len__(self) -> int:
        """How many batches an epoch has."""
        n = len(self.dataset)
        return n // self.batch_size if self.drop_last else math.ceil(n / self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        """An epoch; the rest of one after ``load_state_dict`` with the state of its middle."""
        # The generator gives each epoch a seed, and the seed the order: so the middle of an epoch
        # is known by two numbers, whatever else draws from the generator meanwhile.
        epoch = self._resumed
        if epoch is None:
            seed = int(source("DataLoader", self.rng).integers(2**63)) if self.shuffle else 0
            epoch = {"seed": seed, "position": 0}
        self._resumed, self._epoch = None, epoch
        return self._batches(epoch)

    def _batches(self, epoch: dict[str, int]) -> Iterator[Any]:
        n, size = len(self.dataset), self.batch_size
        order = np.arange(n)
        if self.shuffle:
            order = np.random.default_rng(epoch["seed"]).permutation(n)
        try:
            for start in range(epoch["position"] * size, len(self) * size, size):
                batch = self._batch(order[start : start + size])
                epoch["position"] += 1
                yield batch
        finally:
            if self._epoch is epoch:
                self._epoch = None

    def _batch(self, rows: NDArray[np.int64]) -> Any:
        batch = self._gathered(rows)
        if self.transform is None:
            return batch
        changed = self.transform(*batch) if isinstance(batch, tuple) else self.transform(batch)
        return _as_tensors(changed)

    def _gathered(self, rows: NDArray[np.int64]) -> Any:
        if self.collate_fn is None:
            dataset, inner = self.dataset, rows
            while type(dataset).__getitem__ is Subset.__getitem__:
                dataset, inner = dataset.dataset, dataset.indices[inner]
            if type(dataset).__getitem__ is TensorDataset.__getitem__:
                return dataset[inner]
        collate = self.collate_fn or default_collate
        return collate([self.dataset[row] for row in rows.tolist()])

    # --- resuming ---

    def state_dict(self) -> dict[str, Any]:
        """Where it is: what a new loader needs to go on with the very batches that would follow.

        Returns:
            ``generator``, the state of the generator; and for the middle of an epoch, while
            something iterates, ``epoch``: the seed of its order, and how many batches were handed
            out (``position``), otherwise None.  Plain numbers, texts, dicts and perhaps arrays.
        """
        epoch = self._epoch or self._resumed
        return {
            "generator": source("DataLoader", self.rng).bit_generator.state,
            "epoch": None if epoch is None else dict(epoch),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where ``state_dict()`` was taken, also from the middle of an epoch.

        The generator is set to its state then; without ``rng`` that is the one of ``nn.random``.

        Raises:
            ValueError: a state of something else; nothing has changed then.
        """
        try:
            epoch = state["epoch"]
            if epoch is not None:
                epoch = {
                    "seed": whole("seed", epoch["seed"], 0),
                    "position": whole("position", epoch["position"], 0, max(1, len(self))),
                }
            source("DataLoader", self.rng).bit_generator.state = state["generator"]
        except (KeyError, TypeError, ValueError) as error:
            raise fails(
                "DataLoader.load_state_dict",
                "what state_dict() of a loader with as many batches and the same kind of "
                "generator has returned",
                f"something else ({error})",
                "Nothing was changed.",
            ) from None
        self._resumed, self._epoch = epoch, None

    def __repr__(self) -> str:
        options = f"batch_size={self.batch_size}, shuffle={self.shuffle}"
        options += ", drop_last=True" if self.drop_last else ""
        return f"DataLoader({self.dataset!r}, {options}): {len(self)} batches"


def _as_tensors(x: Any) -> Any:
    """The same with Tensors for the arrays in it."""
    if isinstance(x, dict):
        return {key: _as_tensors(part) for key, part in x.items()}
    if isinstance(x, tuple | list):
        parts = [_as_tensors(part) for part in x]
        return parts if isinstance(x, list) else tuple(parts)
    return Tensor(x) if isinstance(x, np.ndarray) else x


def batches(
    *arrays: Any,
    batch_size: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    rng: Any = None,
) -> Iterator[tuple[Any, ...]]:
    """One epoch: tuples with the same rows of all arrays, every row once.

    Args:
        *arrays: one or more NumPy arrays, lists or tuples of one length, the number of examples.
        batch_size: how many examples a batch has: None (default) for all, the full batch; 1 for
            single examples; or any number between. As in PyTorch's ``DataLoader``, the last batch
            is smaller if the examples do not divide evenly, and a ``batch_size`` beyond their
            number gives one batch of all. (Its ``batch_size=None`` is something else, though.)
        shuffle: take the examples in random order (default) or as they come.
        seed: fixes the order. The same seed in every epoch gives the same order in every epoch.
        rng: a ``random.Random`` or NumPy Generator to draw the order from instead. Share one among
            the epochs for a different order in each. Without seed and rng the order comes from
            Python's global generator, which ``random.seed`` fixes.

    Returns:
        An iterator over tuples, one entry for each argument, also if there is only one: an array
        of shape (batch, ...) and unchanged dtype for an array, a list for a list or tuple. Arrays
        are copies. There are ``math.ceil(n / batch_size)`` tuples.

    Raises:
        ValueError: no arrays, or arrays of different lengths or without examples; a batch_size
            below 1; both seed and rng.
        TypeError: an argument that has no rows, a batch_size that is not a whole number.
            All are raised by the call itself, before the first batch is asked for.

    >>> X, y = np.arange(10.0).reshape(5, 2), [0, 1, 0, 1, 0]
    >>> for inputs, targets in batches(X, y, batch_size=2, shuffle=False):
    ...     print(inputs.tolist(), targets)
    [[0.0, 1.0], [2.0, 3.0]] [0, 1]
    [[4.0, 5.0], [6.0, 7.0]] [0, 1]
    [[8.0, 9.0]] [0]
    >>> rng = np.random.default_rng(0)
    >>> for epoch in range(3):
    ...     print([label for (label,) in batches("a b c d".split(), batch_size=2, rng=rng)])
    [['c', 'a'], ['b', 'd']]
    [['d', 'c'], ['b', 'a']]
    [['b', 'd'], ['a', 'c']]
    """
    # A generator function runs none of its body until the first ``next``; so this one checks, and
    # the generator is another.
    n = common_length("batches", arrays)
    size = n
    if batch_size is not None:
        size = whole("batches: batch_size", batch_size, 1, otherwise=", or None for the full batch")
    check_random("batches", seed, rng)
    order = permutation(n, seed, rng) if shuffle else np.arange(n)
    return _slices(arrays, order, size)


def _slices(arrays: tuple[Any, ...], order: NDArray[Any], size: int) -> Iterator[tuple[Any, ...]]:
    for start in range(0, len(order), size):
        rows = order[start : start + size]
        yield tuple(
            array[rows] if isinstance(array, np.ndarray) else [array[row] for row in rows.tolist()]
            for array in arrays
        )
