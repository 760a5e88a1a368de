"""Data sets small enough to train a network of scalars on: ``load("iris")``.

Two are real and lie next to this file: the flowers everyone starts with, and handwritten digits
of 8 by 8 pixels (sources and licences: ``SOURCES.md``).  Four are drawn in the plane from a seed,
each a different shape that no straight line separates, so that its picture shows what a hidden
layer is good for.

A seed must mean the same points for a student and a teacher with different machines.  Two things
would spoil that.  NumPy may improve the algorithms of its ``Generator`` from one version to the
next, so we draw from the older ``RandomState``, whose stream is frozen.  And ``sin``, ``cos`` and
``log`` may differ in the last bit from one C library to another, so coordinates are rounded to
six decimals.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nn.checks import real, whole

__all__ = ["NAMES", "Dataset", "load"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Dataset(NamedTuple):
    """Examples and their classes; ``X, y = load("moons")[:2]`` takes the two arrays.

    Attributes:
        X: float64 array of shape (n, features), one example in each row.
        y: int64 array of shape (n,), the class of each example: 0, 1, ..., classes - 1.
        feature_names: one name for each column of ``X``.
        class_names: one name for each class; ``class_names[y[i]]`` names example ``i``.
        description: what the data are, where they come from, and under which licence.

    >>> load("iris")
    Dataset(150 examples, 4 features, classes: setosa, versicolor, virginica)
    """

    X: Floats
    y: Ints
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    description: str

    def __repr__(self) -> str:
        n, features = self.X.shape
        classes = ", ".join(self.class_names)
        return f"Dataset({n} examples, {features} features, classes: {classes})"


# ---- Real data -----------------------------------------------------------------------------------


def _packaged(filename: str) -> bytes:
    """The content of a file of this package, also when the package is imported from a zip."""
    from importlib import resources  # here, so that ``import nn`` does not pay for it

    return resources.files(__name__).joinpath(filename).read_bytes()


def _iris() -> Dataset:
    header, *lines = _packaged("iris.csv").decode("utf-8").splitlines()
    rows = [line.split(",") for line in lines]
    class_names = tuple(dict.fromkeys(row[-1] for row in rows))  # in order of appearance
    return Dataset(
        X=np.array([[float(number) for number in row[:-1]] for row in rows], dtype=np.float64),
        y=np.array([class_names.index(row[-1]) for row in rows], dtype=np.int64),
        feature_names=tuple(header.split(",")[:-1]),
        class_names=class_names,
        description=(
            "Iris flowers: sepal and petal sizes in cm of 50 plants of each of three species. "
            "One species is linearly separable from the others, those two are not from each "
            "other. Source: R. A. Fisher, The use of multiple measurements in taxonomic "
            "problems, Annals of Eugenics 7 (1936) 179-188; UCI Machine Learning Repository, "
            "https://archive.ics.uci.edu/dataset/53/iris. Licence: CC BY 4.0. Copied from "
            "scikit-learn (BSD-3-Clause), which corrects two rows of the UCI file to Fisher's."
        ),
    )


def _digits() -> Dataset:
    import io

    # allow_pickle=False: a data file holds numbers, and reading it never runs code.
    with np.load(io.BytesIO(_packaged("digits.npz")), allow_pickle=False) as file:
        images, labels = file["X"], file["y"]
    return Dataset(
        X=images.astype(np.float64),
        y=labels.astype(np.int64),
        feature_names=tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8)),
        class_names=tuple("0123456789"),
        description=(
            "Handwritten digits of 13 people as images of 8 by 8 pixels, row by row; a pixel is "
            "the amount of ink, 0 to 16. Look at one with X[0].reshape(8, 8). Source: E. Alpaydin "
            "and C. Kaynak, Optical Recognition of Handwritten Digits (1998), the test part; UCI "
            "Machine Learning Repository, https://archive.ics.uci.edu/dataset/80. "
            "Licence: CC BY 4.0. Copied from scikit-learn (BSD-3-Clause)."
        ),
    )


# ---- Generated data ------------------------------------------------------------------------------
# Each of these receives the class of every point and returns where the point is, before noise.


def _along(y: Ints, random: np.random.RandomState) -> Floats:
    """Where on its curve each point is, from 0 to 1: at random, yet without gaps.

    A curve is cut into as many pieces as it has points, and each piece gets one.
    """
    classes = int(y.max()) + 1
    pieces = math.ceil(len(y) / classes)
    piece = np.arange(len(y)) // classes
    return (piece + random.random_sample(len(y))) / pieces


def _moons(y: Ints, random: np.random.RandomState) -> Floats:
    # Half a circle, and the same turned by 180 degrees about the point (1/2, 1/4).
    angle = math.pi * _along(y, random)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.where(y[:, None] == 0, upper, np.array([1.0, 0.5]) - upper)


def _circles(y: Ints, random: np.random.RandomState) -> Floats:
    angle = 2 * math.pi * _along(y, random)
    radius = np.where(y == 0, 1.0, 0.5)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _spirals(y: Ints, random: np.random.RandomState) -> Floats:
    # The angle grows with the radius: two thirds of a turn on the way out.  The arms start a third
    # of a turn apart, and not at the centre, where no one could tell them from each other.
    radius = 0.15 + 0.85 * _along(y, random)
    angle = 2 * math.pi * (y / 3 + 2 * radius / 3)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _xor(y: Ints, random: np.random.RandomState) -> Floats:
    # The corners of the unit square in turn, (0,0) (0,1) (1,1) (1,0), are 0, 1, 0, 1 in class.
    first = np.arange(len(y)) // 2 % 2
    return np.stack([first, first ^ y], axis=1).astype(np.float64)


class _Recipe(NamedTuple):
    place: Callable[[Ints, np.random.RandomState], Floats]
    class_names: tuple[str, ...]
    noise: float
    description: str


_GENERATED = {
    "moons": _Recipe(
        _moons, ("upper", "lower"), 0.1, "Two half circles of radius 1 that reach into each other."
    ),
    "circles": _Recipe(
        _circles, ("outer", "inner"), 0.05, "A circle of radius 1 around one of radius 1/2."
    ),
    "spirals": _Recipe(
        _spirals,
        ("arm 0", "arm 1", "arm 2"),
        0.03,
        "Three arms of a spiral, from radius 0.15 to 1.",
    ),
    "xor": _Recipe(
        _xor,
        ("equal", "different"),
        0.1,
        "The corners of the unit square; the class of (a, b) is a xor b.",
    ),
}
_REAL = {"iris": _iris, "digits": _digits}

#: The names ``load`` knows, real data first.
NAMES: tuple[str, ...] = (*_REAL, *_GENERATED)


def load(
    name: str, n: int | None = None, noise: float | None = None, seed: int | None = None
) -> Dataset:
    """A data set by name.

    ========== ======== ======== ======= ==================================================
    name       examples features classes
    ========== ======== ======== ======= ==================================================
    iris       150      4        3       real: measurements of flowers
    digits     1797     64       10      real: handwritten digits, 8 by 8 pixels, 0 to 16
    moons      n        2        2       two interleaving half circles
    circles    n        2        2       a circle around a smaller one
    spirals    n        2        3       three arms
    xor        n        2        2       corners of a square, opposite ones alike
    ========== ======== ======== ======= ==================================================

    Args:
        name: one of the names above (``NAMES``).
        n: how many points in all; 200 by default. The classes share them equally, to within one
            point, in random order. For generated data only, as are noise and seed.
        noise: the standard deviation of the normal noise added to both coordinates; 0.0 for none.
            By default 0.1 for moons and xor, 0.05 for circles, 0.03 for spirals.
        seed: a whole number from 0 to 2**32 - 1; None means 0, and not a different set each time.
            A seed gives the same points on every machine.

    Returns:
        A ``Dataset``, whose arrays are yours to change. Real data come in the order of their
        source, where iris is sorted by class: shuffle before you split (``nn.split`` does).

    Raises:
        ValueError: an unknown name; n smaller than the number of classes; negative or infinite
            noise; a seed out of range; n, noise or seed for real data.
        TypeError: n or seed is not a whole number, or noise not a number.

    >>> X, y = load("moons", n=100)[:2]
    >>> X.shape, y.shape
    ((100, 2), (100,))
    >>> truth_table = load("xor", n=4, noise=0)
    >>> sorted(zip(truth_table.X.tolist(), truth_table.y.tolist()))
    [([0.0, 0.0], 0), ([0.0, 1.0], 1), ([1.0, 0.0], 1), ([1.0, 1.0], 0)]
    """
    if not isinstance(name, str) or name not in NAMES:
        raise ValueError(_unknown(name))
    if name in _REAL:
        options = {"n": n, "noise": noise, "seed": seed}
        given = [option for option, value in options.items() if value is not None]
        if given:
            raise ValueError(
                f"load: expected no {', '.join(given)} for {name!r}, which is real data and not "
                f"generated, got {', '.join(f'{key}={options[key]!r}' for key in given)}. "
                f"Write load({name!r}) and take rows of X and y."
            )
        return _REAL[name]()
    recipe = _GENERATED[name]
    return _generate(
        recipe,
        whole("load: n", 200 if n is None else n, len(recipe.class_names)),
        real(
            "load: noise",
            recipe.noise if noise is None else noise,
            "a standard deviation, a finite number of at least 0",
            lambda x: 0 <= x < math.inf,
        ),
        whole("load: seed", 0 if seed is None else seed, 0, 2**32 - 1),
    )


def _generate(recipe: _Recipe, n: int, noise: float, seed: int) -> Dataset:
    random = np.random.RandomState(seed)
    y = np.arange(n, dtype=np.int64) % len(recipe.class_names)
    X = recipe.place(y, random) + noise * random.standard_normal((n, 2))
    X = np.round(X, 6) + 0.0  # same on every machine, see above; + 0.0 turns -0.0 into 0.0
    order = random.permutation(n)
    return Dataset(
        X=X[order],
        y=y[order],
        feature_names=("x0", "x1"),
        class_names=recipe.class_names,
        description=(
            f"{recipe.description} Source: generated by chalkgrad with n={n}, noise={noise:g}, "
            f"seed={seed}. Licence: MIT, as chalkgrad."
        ),
    )


# ---- Bad input -----------------------------------------------------------------------------------


def _unknown(name: Any) -> str:
    import difflib

    close = difflib.get_close_matches(str(name).lower(), NAMES, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return f"load: expected one of {', '.join(NAMES)}, got {name!r}.{hint}"
