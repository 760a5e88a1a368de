"""Augmentation: new examples out of old ones, by changes that leave the answer as it is.

A three that is moved by a pixel is still a three.  A network that has seen it in many places learns
what makes a three; one that has seen it in one place may learn the place.  What is a harmless
change depends on the data: a mirrored three is none, a mirrored cat is a cat.

Every function takes a whole batch, changes each example by chance in its own way, and returns a new
array of the same shape and dtype.  Call it on each batch of *training* data, anew in every epoch;
in a ``DataLoader``:

    DataLoader(dataset, 32, shuffle=True, transform=lambda X, y: (augment.shift(X, 1), y))

Images are of shape (n, h, w), or (n, channels, h, w), where all channels change alike; a flat image
becomes one by ``X.reshape(-1, h, w)``.  Whole numbers are rounded, and kept in the range of their
dtype.  Chance comes from ``rng``, a NumPy Generator, by default the one that ``nn.manual_seed``
starts.  All functions raise a TypeError for what is not an array of real numbers, and a ValueError
for another shape or a setting out of range.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.checks import fails, real, whole
from nn.data.examples import as_array
from nn.random import source

__all__ = [
    "cutout",
    "feature_dropout",
    "horizontal_flip",
    "mixup",
    "noise",
    "rotate",
    "scale",
    "shift",
    "vertical_flip",
]

Rng = np.random.Generator | None

# ---- Images --------------------------------------------------------------------------------------


def shift(
    images: Any, pixels: int | tuple[int, int], fill: float = 0.0, rng: Rng = None
) -> NDArray[Any]:
    """Each image moved by whole pixels, up to ``pixels`` in both directions; ``fill`` comes in.

    ``pixels`` is one number, or a pair: how far at most up and down, and to the left and right.

    >>> image = np.arange(1.0, 10.0).reshape(1, 3, 3)
    >>> shift(image, 1, rng=np.random.default_rng(0))
    array([[[0., 0., 0.],
            [1., 2., 3.],
            [4., 5., 6.]]])
    """
    X = _images("shift", images)
    pair = pixels if isinstance(pixels, tuple) and len(pixels) == 2 else (pixels, pixels)
    most = np.array([whole("shift: pixels", n, 0) for n in pair]).reshape(2, 1, 1, 1)
    down, right = source("shift", rng).integers(-most, most + 1, size=(2, len(X), 1, 1))
    row, column = _grid(X)
    return _pixels(X, row - down, column - right, fill)


def rotate(images: Any, degrees: float, fill: float = 0.0, rng: Rng = None) -> NDArray[Any]:
    """Each image turned about its centre by an angle between ``-degrees`` and ``degrees``.

    What comes in from outside is ``fill``.  A pixel of the new image lies between four of the old
    one, and is their mean, weighted by how near each is (bilinear interpolation).

    >>> image = np.arange(4.0).reshape(1, 2, 2)
    >>> rotate(image, 0).tolist() == image.tolist()
    True
    """
    X = _images("rotate", images)
    most = real("rotate: degrees", degrees, "an angle from 0 to 180", lambda x: 0 <= x <= 180)
    angle = np.radians(source("rotate", rng).uniform(-most, most, size=(len(X), 1, 1)))
    # Where each new pixel comes from: the rotation backwards.
    row, column = _grid(X)
    middle_row, middle_column = (X.shape[-2] - 1) / 2, (X.shape[-1] - 1) / 2
    y, x = row - middle_row, column - middle_column
    old_row = middle_row + np.cos(angle) * y + np.sin(angle) * x
    old_column = middle_column - np.sin(angle) * y + np.cos(angle) * x
    # A hair's breadth of rounding must not fetch what is outside.
    old_row, old_column = np.round(old_row, 9), np.round(old_column, 9)
    above, left = np.floor(old_row), np.floor(old_column)
    result: Any = 0.0
    for r, near_row in ((above, 1 - (old_row - above)), (above + 1, old_row - above)):
        for c, near_column in ((left, 1 - (old_column - left)), (left + 1, old_column - left)):
            weight = (near_row * near_column).reshape(len(X), *[1] * (X.ndim - 3), *X.shape[-2:])
            result = result + weight * _pixels(X, r.astype(int), c.astype(int), fill)
    return _like(X, result)


def horizontal_flip(images: Any, p: float = 0.5, rng: Rng = None) -> NDArray[Any]:
    """Left and right exchanged, in each image with probability ``p``.

    >>> horizontal_flip([[[1.0, 2.0], [3.0, 4.0]]], p=1)
    array([[[2., 1.],
            [4., 3.]]])
    """
    return _flipped("horizontal_flip", images, p, rng, -1)


def vertical_flip(images: Any, p: float = 0.5, rng: Rng = None) -> NDArray[Any]:
    """Top and bottom exchanged, in each image with probability ``p``.

    >>> vertical_flip([[[1.0, 2.0], [3.0, 4.0]]], p=1)
    array([[[3., 4.],
            [1., 2.]]])
    """
    return _flipped("vertical_flip", images, p, rng, -2)


def cutout(images: Any, size: int, fill: float = 0.0, rng: Rng = None) -> NDArray[Any]:
    """A square of ``size`` by ``size`` pixels of each image becomes ``fill``.

    The centre of the square is any pixel, so that it may reach over the edge (DeVries and Taylor,
    Improved regularization of convolutional neural networks with cutout, 2017).

    >>> cutout(np.ones((1, 3, 4)), 2, rng=np.random.default_rng(0))
    array([[[1., 1., 1., 1.],
            [1., 0., 0., 1.],
            [1., 0., 0., 1.]]])
    """
    X = _images("cutout", images)
    size = whole("cutout: size", size, 1)
    rng = source("cutout", rng)
    hidden: Any = True
    for grid, length in zip(_grid(X), X.shape[-2:], strict=True):
        first = rng.integers(length, size=(len(X), 1, 1)) - size // 2
        hidden = hidden & (grid >= first) & (grid < first + size)
    hidden = hidden.reshape(len(X), *[1] * (X.ndim - 3), *X.shape[-2:])
    return _filled(hidden, fill, X)


# ---- Images and vectors --------------------------------------------------------------------------


def noise(X: Any, std: float, rng: Rng = None) -> NDArray[Any]:
    """With normal noise of standard deviation ``std`` added to every number.

    >>> noise(np.zeros((1, 2)), 0.1, rng=np.random.default_rng(0)).round(4).tolist()
    [[0.0126, -0.0132]]
    """
    X = _batch("noise", X)
    std = real("noise: std", std, _SPREAD, lambda x: 0 <= x < math.inf)
    return _like(X, X + std * source("noise", rng).standard_normal(X.shape))


def scale(X: Any, std: float, rng: Rng = None) -> NDArray[Any]:
    """Each example multiplied by a factor of its own, normal with mean 1 and deviation ``std``.

    >>> X = scale(np.ones((2, 3)), 0.1, rng=np.random.default_rng(0))
    >>> X.round(4).tolist()
    [[1.0126, 1.0126, 1.0126], [0.9868, 0.9868, 0.9868]]
    """
    X = _batch("scale", X)
    std = real("scale: std", std, _SPREAD, lambda x: 0 <= x < math.inf)
    factor = 1 + std * source("scale", rng).standard_normal((len(X), *[1] * (X.ndim - 1)))
    return _like(X, X * factor)


def feature_dropout(X: Any, p: float, fill: float = 0.0, rng: Rng = None) -> NDArray[Any]:
    """Every number becomes ``fill`` with probability ``p``; the others stay as they are.

    So a network learns not to rely on a single feature (the masking noise of Vincent et al.,
    Extracting and composing robust features with denoising autoencoders, 2008).

    >>> feature_dropout(np.ones((1, 4)), 0.5, rng=np.random.default_rng(0))
    array([[1., 0., 0., 0.]])
    """
    X = _batch("feature_dropout", X)
    return _filled(_chance("feature_dropout", p, X.shape, rng), fill, X)


def mixup(X: Any, y: Any, alpha: float = 1.0, rng: Rng = None) -> tuple[NDArray[Any], NDArray[Any]]:
    """Examples mixed in pairs, and their targets likewise: ``share * a + (1 - share) * b``.

    So a network learns to be as undecided between two examples as it is far from both (Zhang et
    al., mixup: beyond empirical risk minimization, 2018).  One share is drawn for the whole batch,
    from a beta distribution, and each example is mixed with another one drawn without replacement.

    Args:
        X: floats of shape (n, ...).
        y: numbers of shape (n,), or chances of classes of shape (n, classes), such as
            ``one_hot(y, classes)``, which ``cross_entropy`` takes as well.  Classes as whole
            numbers of shape (n,) cannot be mixed: half of class 2 and half of class 4 is not 3.
        alpha: above 0; both parameters of the beta distribution.  Near 0 the examples stay nearly
            as they are, at 1 every share is as likely.

    Returns:
        The mixed X with its dtype, and the mixed y with its own if that is floats, otherwise X's.

    >>> X, y = mixup([[0.0], [1.0]], [[1, 0], [0, 1]], rng=np.random.default_rng(3))
    >>> bool((X[:, 0] == y[:, 1]).all())
    True
    """
    X, y = _batch("mixup", X), _batch("mixup: y", y)
    alpha = real("mixup: alpha", alpha, "a number above 0", lambda x: 0 < x < math.inf)
    if X.dtype.kind != "f":
        raise fails("mixup", "floats", f"dtype {X.dtype}", "Write X.astype(np.float32).", TypeError)
    if len(X) != len(y):
        raise fails("mixup", "a target for each example", f"{len(X)} and {len(y)}", "")
    if y.ndim == 1 and y.dtype.kind != "f":
        fix = "For classes write one_hot(y, num_classes); for numbers y.astype(np.float32)."
        raise fails("mixup: y", "chances of classes, or floats", f"{y.dtype} {y.shape}", fix)
    rng = source("mixup", rng)
    share, partner = rng.beta(alpha, alpha), rng.permutation(len(X))
    targets = y if y.dtype.kind == "f" else y.astype(X.dtype)
    mixed = [(share * a + (1 - share) * a[partner]).astype(a.dtype) for a in (X, targets)]
    return mixed[0], mixed[1]


# ---- What they share -----------------------------------------------------------------------------

_SPREAD = "a standard deviation, a finite number of at least 0"


def _batch(what: str, X: Any) -> NDArray[Any]:
    """A batch as an array of real numbers."""
    array = as_array(X)
    if array.dtype.kind not in "iuf":
        got = f"{type(X).__name__} of dtype {array.dtype}"
        raise fails(what, "an array of real numbers", got, "", TypeError)
    if array.ndim == 0:
        raise fails(what, "a batch, with an example in each row", "a single number", "")
    return array


def _images(what: str, X: Any) -> NDArray[Any]:
    array = _batch(what, X)
    if array.ndim not in (3, 4):
        raise fails(
            what,
            "images of shape (n, h, w) or (n, channels, h, w)",
            f"shape {array.shape}",
            "Reshape flat ones: X.reshape(-1, h, w). One image is a batch of one: image[None].",
        )
    return array


def _grid(X: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The row and the column of each pixel, of shapes (h, 1) and (w,)."""
    return np.arange(X.shape[-2])[:, None], np.arange(X.shape[-1])


def _pixels(X: NDArray[Any], row: Any, column: Any, fill: float) -> NDArray[Any]:
    """The pixels at rows and columns of each image, of shape (n, h, w) both; ``fill`` outside."""
    height, width = X.shape[-2:]
    row, column = np.broadcast_arrays(row, column)
    outside = (row < 0) | (row >= height) | (column < 0) | (column >= width)
    images = X[:, None] if X.ndim == 3 else X
    which, channel = (
        np.arange(len(X))[:, None, None, None],
        np.arange(images.shape[1])[:, None, None],
    )
    rows, columns = row.clip(0, height - 1)[:, None], column.clip(0, width - 1)[:, None]
    found = images[which, channel, rows, columns]
    return _filled(outside[:, None], fill, found).reshape(X.shape)


def _filled(where: Any, fill: float, X: NDArray[Any]) -> NDArray[Any]:
    """X, and in some places the fill, as its dtype has it."""
    return np.where(where, _like(X, np.asarray(fill, np.float64)), X)


def _flipped(what: str, images: Any, p: float, rng: Rng, axis: int) -> NDArray[Any]:
    X = _images(what, images)
    turned = _chance(what, p, (len(X), *[1] * (X.ndim - 1)), rng)
    return np.where(turned, np.flip(X, axis), X)


def _chance(what: str, p: float, shape: Any, rng: Rng) -> NDArray[np.bool_]:
    """True with probability p."""
    p = real(f"{what}: p", p, "a probability, from 0 to 1", lambda x: 0 <= x <= 1)
    return np.asarray(source(what, rng).random(shape) < p)


def _like(X: NDArray[Any], result: NDArray[Any]) -> NDArray[Any]:
    """The result with the dtype of X."""
    if X.dtype.kind != "f" and result.dtype.kind == "f":
        limits = np.iinfo(X.dtype)
        result = np.rint(result).clip(limits.min, limits.max)
    return result.astype(X.dtype, copy=False)
