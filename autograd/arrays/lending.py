"""What a tensor computes with never changes under it: its array is lent out as a copy.

A graph remembers the very arrays it was computed from, so nobody may write on them.  Who asks a
leaf for its ``data``, to write on it, gets a copy that counts as the leaf's array from then on,
until an operation uses the leaf: then the copy is made read-only and stays what it is.

    w.data[0] = 1.0           a copy, with a 1 in it, is the leaf's array now
    y = w * x                 recorded; the copy is read-only from here on
    w.data[0] = 2.0           another copy; y's graph keeps the 1
    y.backward()              the gradient at 1

Views of that copy cannot be made read-only with it.  Where somebody may still hold one, the leaf
takes a copy of the copy: what is written on the view later is seen by no graph, nor by the leaf.

A leaf is of another class while its array is lent, so that operations need not ask.  A plain array
of the user's own that takes part in what is recorded is copied: ``kept``.
"""

from __future__ import annotations

import functools
import sys
from typing import Any

import numpy as np

__all__ = ["Lent", "is_own", "kept", "lend", "read_only"]

ndarray = np.ndarray


class Lent:
    """What is different about a leaf whose array is lent.

    Its slot ``_data`` holds a pair: the array as it was, and the copy that somebody has.
    """

    __slots__ = ()

    held: Any  # reads the slot, which is behind a property here
    given_back: Any  # the class that it is otherwise

    @property
    def data(self) -> Any:
        """The array that was lent."""
        return self.held(self)[1]

    @data.setter
    def data(self, data: Any) -> None:
        _, lent = self.held(self)
        if data is not lent:  # `t.data -= step` ends here with the same
            self._data  # noqa: B018 - which gives the array back
            self.data = data

    @property
    def _data(self) -> Any:
        """What is lent is given back, because an operation is to use it."""
        others = _counted(self.held(self)) != _UNSHARED  # may be views, which stay writable
        before, lent = self.held(self)
        lent.flags.writeable = False
        self.__class__ = self.given_back
        if _same_bits(before, lent):  # a graph may ask whether anything has changed
            self._data = before
        else:
            self._data = lent.copy("K") if others else lent
        return self._data

    @_data.setter
    def _data(self, data: Any) -> None:
        self.__class__ = self.given_back
        self._data = data

    # Who only looks does not use it.

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return self.data.shape  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self.data.ndim  # type: ignore[no-any-return]

    @property
    def size(self) -> int:
        """The number of elements."""
        return self.data.size  # type: ignore[no-any-return]

    @property
    def dtype(self) -> np.dtype[Any]:
        """NumPy's type of the elements."""
        return self.data.dtype  # type: ignore[no-any-return]


def _same_bits(x: Any, y: Any) -> bool:
    if x.flags.f_contiguous:
        x, y = x.T, y.T
    if not (x.flags.c_contiguous and x.size):
        return bool(x.tobytes() == y.tobytes())
    return np.array_equal(x.reshape(-1).view(np.uint8), y.reshape(-1).view(np.uint8))


def _counted(pair: Any) -> int:
    """How many refer to what was lent; a view of it does, and so does a variable."""
    return sys.getrefcount(pair[1]) if hasattr(sys, "getrefcount") else 0


_UNSHARED = _counted((None, np.empty(1))) or -1  # where Python does not count, all may be shared


def lend(tensor: Any, slot: Any) -> Any:
    """A copy of a leaf's array to write on."""
    before = tensor._data
    lent = before.copy("K")
    slot.__set__(tensor, (before, lent))
    tensor.__class__ = _lent_class(tensor.__class__, slot)
    return lent


def kept(array: Any) -> Any:
    """What a graph keeps of a plain array: a copy, since its owner may go on writing on it.

    Of what is read-only, too, where it is a view of what is not: ``np.broadcast_to(row, shape)``.
    """
    memory = array
    while isinstance(memory, ndarray) and not memory.flags.writeable:
        memory = memory.base
    if memory is None or not isinstance(array, ndarray):
        return array
    copy: Any = array.copy("K")
    copy.setflags(False)  # write=False by its name takes longer
    return copy


def read_only(x: Any) -> Any:
    """What somebody else's function gets of an array that others compute with too: a view of it.

    >>> read_only(np.ones(2)).flags.writeable, read_only(2.0)
    (False, 2.0)
    """
    if not isinstance(x, np.ndarray):
        return x
    view = x.view()
    view.setflags(write=False)
    return view


def _references(view: Any) -> int:
    """How many refer to the array that a view looks at; Python counts this very look as well."""
    base = view.base
    return sys.getrefcount(base)


# Of an array that nothing but one view refers to; 0 where Python does not count.
_ALONE = _references(np.empty((1, 2)).T) if hasattr(sys, "getrefcount") else 0


def is_own(array: Any) -> bool:
    """Whether nobody else can see the memory of an array that has just been made.

    The transpose of a product is a view, but the only one.  A view that is read-only or may show an
    element twice does not count.

    >>> x = np.ones((2, 3))
    >>> is_own((x @ x.T).T), is_own(x.T)
    (True, False)
    """
    base = array.base
    if base is None:
        return True
    flags = array.flags
    plain = flags.forc and flags.writeable and base.__class__ is np.ndarray and base.flags.owndata
    del base
    return plain and _ALONE > 0 and _references(array) == _ALONE


@functools.cache
def _lent_class(kind: type, slot: Any) -> type:
    """The class of a leaf while its array is lent; one for each subclass of a user's."""
    names = {
        "__slots__": (),
        "held": staticmethod(slot.__get__),
        "given_back": kind,
        "__module__": kind.__module__,
    }
    lent = type(kind.__name__, (Lent, kind), names)
    lent.__qualname__ = kind.__qualname__
    return lent
