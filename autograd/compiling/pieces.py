"""Products of matrices in pieces that need not be packed.

Before OpenBLAS multiplies it packs both matrices: copies them into blocks, in the order in which
they will be read.  That pays where each number is used for many rows.  A wide weight and a small
batch use it for few, and on processors with AVX-512 there is another way: up to a million
multiplications are done on the matrices as they lie (OpenBLAS, ``sgemm_small_kernel_permit``).  So
a larger product is computed a few rows at a time.

Measured for layers of 64 to 2,000 inputs, batches of 16 to 256 and both precisions: ``X @ W`` took
2 to 35 % less time with 8 rows and more in a piece, ``X.T @ dZ`` 5 to 40 % less with 16 and more
where it takes long, and with fewer rows both took more.  The second matrix has to lie row after
row.  The sums are the same, in another order if they are long.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

__all__ = ["product_in_pieces", "rows_in_piece"]

# The most multiplications of a piece, and the rows that its kernels take at once.
_MOST, _ROWS = 10**6, 8
_AVX_512 = {"AVX512_SKX", "X86_V4"}  # the first is what it was called before NumPy 2.4


def rows_in_piece(rows: int, inner: int, columns: int) -> int:
    """Rows to multiply at once in a product of these sizes; 0 for all.

    >>> rows_in_piece(4, 784, 128), rows_in_piece(64, 784, 512)
    (0, 0)
    """
    if not _multiplies_unpacked() or rows * inner * columns <= _MOST:
        return 0
    most = _MOST // (inner * columns) // _ROWS * _ROWS
    equal = (n for n in range(most, most // 2, -_ROWS) if rows % n == 0)
    return next(equal, most)


@functools.cache
def _multiplies_unpacked() -> bool:
    """Whether NumPy runs on a BLAS and a processor that have such a way."""
    try:
        config: Any = np.show_config(mode="dicts")
        blas = config["Build Dependencies"]["blas"]["name"]
        features = {*config["SIMD Extensions"]["baseline"], *config["SIMD Extensions"]["found"]}
        return "openblas" in blas and not features.isdisjoint(_AVX_512)
    except (KeyError, TypeError):  # another version of NumPy
        return False


def product_in_pieces(x: Any, y: Any, rows: int) -> Any:
    """``x @ y``, so many rows of it at a time.

    >>> product_in_pieces(np.eye(3), np.ones((3, 2)), 2)
    array([[1., 1.],
           [1., 1.],
           [1., 1.]])
    """
    count, left = divmod(len(x), rows)
    out = np.empty((len(x), y.shape[1]), x.dtype)
    whole = len(x) - left
    pieces = out[:whole].reshape(count, rows, y.shape[1])
    np.matmul(x[:whole].reshape(count, rows, x.shape[1]), y, out=pieces)
    if left:
        x[whole:].dot(y, out[whole:])
    return out
