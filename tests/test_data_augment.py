"""Augmentation: shapes, dtypes and chance, and pictures compared with SciPy's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor
from nn.data import DataLoader, TensorDataset, augment
from nn.datasets import load


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def digits(n: int = 20) -> Any:
    return load("digits").X[:n].reshape(n, 8, 8)


OF_IMAGES: dict[str, Any] = {
    "shift": lambda X, **o: augment.shift(X, 2, **o),
    "rotate": lambda X, **o: augment.rotate(X, 30, **o),
    "horizontal_flip": augment.horizontal_flip,
    "vertical_flip": augment.vertical_flip,
    "cutout": lambda X, **o: augment.cutout(X, 3, **o),
}
OF_ANY: dict[str, Any] = {
    "noise": lambda X, **o: augment.noise(X, 2.0, **o),
    "scale": lambda X, **o: augment.scale(X, 0.5, **o),
    "feature_dropout": lambda X, **o: augment.feature_dropout(X, 0.5, **o),
}
ALL = OF_IMAGES | OF_ANY


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.uint8, np.int64])
@pytest.mark.parametrize("name", ALL)
def test_a_new_array_of_the_same_kind(name: str, dtype: Any) -> None:
    X = digits().astype(dtype)
    before = X.copy()
    changed = ALL[name](X, rng=rng())
    assert (changed.shape, changed.dtype) == (X.shape, X.dtype)
    assert not np.array_equal(changed, X)
    np.testing.assert_array_equal(X, before)
    assert not np.shares_memory(changed, X)
    np.testing.assert_array_equal(changed, ALL[name](Tensor(X), rng=rng()))


@pytest.mark.parametrize("name", ALL)
def test_chance_is_the_generators(name: str) -> None:
    X = digits()
    first = ALL[name](X, rng=rng(1))
    np.testing.assert_array_equal(first, ALL[name](X, rng=rng(1)))
    assert not np.array_equal(first, ALL[name](X, rng=rng(2)))
    nn.manual_seed(1)
    np.testing.assert_array_equal(first, ALL[name](X))


@pytest.mark.parametrize("name", OF_IMAGES)
def test_all_channels_of_an_image_change_alike(name: str) -> None:
    X = digits() + 1.0
    both = OF_IMAGES[name](np.stack([X, X * 2], axis=1), rng=rng())
    alone = OF_IMAGES[name](X, rng=rng())
    np.testing.assert_allclose(both[:, 0], alone)
    np.testing.assert_allclose(both[:, 1], 2 * alone)


@pytest.mark.parametrize("shape", [(6, 9), (9, 6), (1, 5), (7, 7)])
def test_turned_images_are_scipys(shape: tuple[int, int]) -> None:
    ndimage = pytest.importorskip("scipy.ndimage", reason="SciPy is not installed")
    X = rng().normal(size=(12, *shape))
    angles = rng(5).uniform(-170, 170, size=(12, 1, 1)).ravel()
    for fill in (0.0, 3.0):
        theirs = [
            ndimage.rotate(image, angle, reshape=False, order=1, mode="grid-constant", cval=fill)
            for image, angle in zip(X, angles, strict=True)
        ]
        np.testing.assert_allclose(augment.rotate(X, 170, fill, rng(5)), theirs, atol=1e-7)


def test_a_quarter_turn_moves_whole_pixels() -> None:
    class Quarter(np.random.Generator):
        def uniform(self, low: Any = 0, high: Any = 1, size: Any = None) -> Any:
            return np.full(size, 90.0)

    X = digits(4)
    turned = augment.rotate(X, 90, rng=Quarter(np.random.PCG64(0)))
    np.testing.assert_allclose(turned, np.rot90(X, axes=(1, 2)), atol=1e-6)


def test_shifted_images_are_scipys_and_every_shift_is_as_likely() -> None:
    ndimage = pytest.importorskip("scipy.ndimage", reason="SciPy is not installed")
    X = np.arange(1.0, 31.0).reshape(1, 5, 6).repeat(2000, axis=0)
    shifted = augment.shift(X, 1, fill=-1, rng=rng())
    counts = []
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            image = ndimage.shift(X[0], (down, right), order=0, cval=-1)
            counts.append(int((shifted == image).all(axis=(1, 2)).sum()))
    assert sum(counts) == 2000  # each is one of the nine
    # Chi-squared with 8 degrees of freedom: above 26.1 once in a thousand.
    assert sum((count - 2000 / 9) ** 2 / (2000 / 9) for count in counts) < 26.1
    assert (augment.shift(X[:1], 9, fill=-1, rng=rng(3)) == -1).all()  # right out of the picture
    sideways = augment.shift(X, (0, 2), fill=-1, rng=rng())
    moved = [(sideways == np.roll(X, k, axis=2)).all(axis=1).any(axis=1) for k in range(-2, 3)]
    assert np.any(moved, axis=0).all()  # some columns are whole, so no row has moved
    assert all(0.1 < m.mean() < 0.3 for m in moved)


def test_flips_turn_about_the_share_that_was_asked_for() -> None:
    X = digits(1).repeat(1000, axis=0)
    for flip, turned in (
        (augment.horizontal_flip, np.fliplr(X[0])),
        (augment.vertical_flip, np.flipud(X[0])),
    ):
        assert (flip(X, p=0) == X).all()
        assert (flip(X, p=1) == turned).all()
        some = (flip(X, p=0.25, rng=rng()) == turned).all(axis=(1, 2))
        assert abs(some.mean() - 0.25) < 0.06  # 4.4 standard deviations


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_cutout_hides_a_square_about_any_pixel(size: int) -> None:
    X = np.ones((3000, 4, 5))
    hidden = augment.cutout(X, size, rng=rng()) == 0
    seen = set()
    for mask in hidden:
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        assert mask.sum() == len(rows) * len(columns)
        seen.add((rows[0], rows[-1], columns[0], columns[-1]))

    def spans(length: int) -> set[tuple[int, int]]:
        starts = [centre - size // 2 for centre in range(length)]
        return {(max(0, s), min(length, s + size) - 1) for s in starts}

    assert seen == {(*r, *c) for r in spans(4) for c in spans(5)}


def test_the_size_of_noise() -> None:
    X = np.full((2000, 10), 5.0)
    noisy = augment.noise(X, 0.5, rng=rng())
    assert abs(noisy.mean() - 5) < 0.02  # 5.7 standard deviations
    assert abs(noisy.std() - 0.5) < 0.01
    scaled = augment.scale(X, 0.1, rng=rng())
    assert (scaled == scaled[:, :1]).all()  # one factor for each example
    assert abs(scaled[:, 0].std() - 0.5) < 0.04
    dropped = augment.feature_dropout(X, 0.3, fill=-1.0, rng=rng())
    assert set(np.unique(dropped)) == {-1.0, 5.0}
    assert abs((dropped == -1).mean() - 0.3) < 0.015


def test_whole_numbers_stay_in_range() -> None:
    X = np.full((50, 4), 250, np.uint8)
    noisy = augment.noise(X, 100, rng=rng())
    # Nearly half go beyond 255, and are 255, not wrapped round to a small number.
    assert 0.35 < (noisy == 255).mean() < 0.6
    assert (augment.noise(X, 0.1, rng=rng()) == 250).all()  # rounded, not cut off
    for fill, seen in ((300, 255), (-5, 0), (2.6, 3), (7, 7)):
        assert (augment.feature_dropout(X, 1.0, fill=fill) == seen).all()
        assert (augment.cutout(X[None], 99, fill=fill) == seen).any()


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("shape", [(0, 8, 8), (0, 3, 8, 8), (2, 1, 1)])
def test_no_images_and_small_ones(name: str, shape: tuple[int, ...]) -> None:
    assert ALL[name](np.zeros(shape), rng=rng()).shape == shape


def test_mixed_examples_lie_between_two() -> None:
    X, y = np.eye(6, dtype=np.float32), np.arange(6)
    chances = nn.one_hot(y, 6)
    inputs, targets = augment.mixup(X, chances, alpha=0.4, rng=rng())
    assert inputs.dtype == targets.dtype == np.float32
    np.testing.assert_allclose(inputs, targets, atol=1e-7)  # the same mixture for both
    np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-6)
    share = rng().beta(0.4, 0.4)
    np.testing.assert_allclose(
        np.unique(targets.round(6)), np.unique(np.round([0, 1, share, 1 - share], 6)), atol=2e-6
    )
    numbers = augment.mixup(np.eye(3), np.array([1.0, 2.0, 4.0]), rng=rng())[1]
    assert numbers.sum() == pytest.approx(7)
    loss = nn.functional.cross_entropy(Tensor(X), Tensor(targets))
    assert np.isfinite(loss.item())


def test_a_loader_transforms_each_batch_anew() -> None:
    X, y = digits(10), np.arange(10)
    loader = DataLoader(
        TensorDataset(X, y), 5, transform=lambda X, y: (augment.shift(X, 1, rng=source), y)
    )
    source = rng()
    first = [batch for batch, _ in loader]
    second = [batch for batch, _ in loader]
    assert all(isinstance(batch, Tensor) for batch in first)
    assert not np.array_equal(first[0].data, second[0].data)
    again = rng()
    np.testing.assert_array_equal(first[0].data, augment.shift(X[:5], 1, rng=again))
    np.testing.assert_array_equal(first[1].data, augment.shift(X[5:], 1, rng=again))
    (single,) = DataLoader([1.0, 2.0], 2, transform=lambda x: augment.noise(x, 0))
    assert single.data.tolist() == [1.0, 2.0]


def test_arrays_that_a_transform_returns_become_tensors_wherever_they_are() -> None:
    examples = [{"x": [1.0, 2.0], "name": "a"}, {"x": [3.0, 4.0], "name": "b"}]

    def transform(batch: Any) -> Any:
        return {"x": [augment.noise(part, 0) for part in batch["x"]], "name": batch["name"]}

    (batch,) = DataLoader(examples, 2, transform=transform)
    assert [type(part) for part in batch["x"]] == [Tensor, Tensor]
    assert batch["x"][1].data.tolist() == [2.0, 4.0]
    assert batch["name"] == ["a", "b"]
    both = TensorDataset(np.ones((2, 3)), [0, 1])
    (pair,) = DataLoader(both, 2, transform=lambda X, y: [augment.noise(X, 0), y])
    assert [type(part) for part in pair] == [Tensor, Tensor]


IMAGE = np.zeros((2, 3, 3))


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: augment.shift(np.zeros((2, 64)), 1), ValueError, r"got shape \(2, 64\).*reshape"),
        (lambda: augment.rotate(np.zeros(4), 1), ValueError, "images of shape"),
        (lambda: augment.shift(["a"], 1), TypeError, "got list of dtype <U1"),
        (lambda: augment.noise([[1], [1, 2]], 1), TypeError, "real numbers"),
        (lambda: augment.noise(3.0, 1), ValueError, "a single number"),
        (lambda: augment.shift(IMAGE, -1), ValueError, "pixels: .* got -1"),
        (lambda: augment.shift(IMAGE, (0, -1)), ValueError, "pixels: .* got -1"),
        (lambda: augment.shift(IMAGE, 0.5), TypeError, "pixels: .* got 0.5"),  # type: ignore
        (lambda: augment.rotate(IMAGE, 200), ValueError, "degrees: .* got 200"),
        (lambda: augment.cutout(IMAGE, 0), ValueError, "size: .* got 0"),
        (lambda: augment.horizontal_flip(IMAGE, 1.5), ValueError, "p: a prob|p: expected a prob"),
        (lambda: augment.noise(IMAGE, -1), ValueError, "std: .* got -1"),
        (lambda: augment.scale(IMAGE, float("nan")), ValueError, "std: .* got nan"),
        (lambda: augment.noise(IMAGE, 1, rng=0), TypeError, "default_rng"),  # type: ignore
        (lambda: augment.mixup(IMAGE, [0, 1]), ValueError, "one_hot"),
        (lambda: augment.mixup(IMAGE, np.eye(3)), ValueError, "got 2 and 3"),
        (lambda: augment.mixup(IMAGE.astype(int), np.eye(2)), TypeError, "float32"),
        (lambda: augment.mixup(IMAGE, np.eye(2), alpha=0), ValueError, "alpha: .* got 0"),
    ],
)
def test_bad_input(call: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call()
