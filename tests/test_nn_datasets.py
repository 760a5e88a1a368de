"""The data sets: the real ones are the published ones, the generated ones have their shapes."""

from __future__ import annotations

import hashlib
import io
import pickle
import warnings
from importlib import resources

import numpy as np
import pytest

from nn import datasets
from nn.datasets import NAMES, Dataset, load

REAL = ("iris", "digits")
GENERATED = ("moons", "circles", "spirals", "xor")
CLASSES = {"iris": 3, "digits": 10, "moons": 2, "circles": 2, "spirals": 3, "xor": 2}


def digest(data: Dataset) -> str:
    """The same for the same numbers, whatever the byte order of the machine."""
    content = data.X.astype("<f8").tobytes() + data.y.astype("<i8").tobytes()
    return hashlib.sha256(content).hexdigest()[:16]


# ---- every data set ------------------------------------------------------------------------------


def test_names_are_what_load_knows() -> None:
    assert NAMES == REAL + GENERATED


@pytest.mark.parametrize("name", NAMES)
def test_every_set_keeps_the_promises_of_dataset(name: str) -> None:
    data = load(name)
    n = len(data.y)
    assert data.X.dtype == np.float64
    assert data.y.dtype == np.int64
    assert data.y.shape == (n,)
    assert data.X.shape == (n, len(data.feature_names))
    assert np.isfinite(data.X).all()
    assert sorted(set(data.y.tolist())) == list(range(CLASSES[name]))
    assert len(data.class_names) == len(set(data.class_names)) == CLASSES[name]
    assert len(set(data.feature_names)) == len(data.feature_names)
    assert all(isinstance(text, str) for text in (*data.feature_names, *data.class_names))
    assert "Source: " in data.description
    assert "Licence: " in data.description
    X, y = load(name)[:2]
    np.testing.assert_array_equal(X, data.X)
    np.testing.assert_array_equal(y, data.y)


@pytest.mark.parametrize("name", NAMES)
def test_the_arrays_belong_to_the_caller(name: str) -> None:
    first = load(name)
    before = digest(first)
    first.X[:] = -1.0
    first.y[:] = 7
    assert digest(load(name)) == before


@pytest.mark.parametrize("name", NAMES)
def test_pickles(name: str) -> None:
    data = load(name)
    again = pickle.loads(pickle.dumps(data))
    assert isinstance(again, Dataset)
    assert digest(again) == digest(data)
    assert again[2:] == data[2:]


def test_repr_is_one_line_without_the_numbers() -> None:
    assert repr(load("digits")) == (
        "Dataset(1797 examples, 64 features, classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)"
    )


# ---- real data -----------------------------------------------------------------------------------


def test_iris_is_fishers() -> None:
    X, y, feature_names, class_names, description = load("iris")
    assert X.shape == (150, 4)
    assert np.bincount(y).tolist() == [50, 50, 50]
    assert class_names == ("setosa", "versicolor", "virginica")
    assert feature_names[2] == "petal length (cm)"
    # The summary published with the data in the UCI repository, to two decimals.
    assert X.min(axis=0).tolist() == [4.3, 2.0, 1.0, 0.1]
    assert X.max(axis=0).tolist() == [7.9, 4.4, 6.9, 2.5]
    np.testing.assert_allclose(X.mean(axis=0), [5.84, 3.05, 3.76, 1.20], atol=0.01)
    np.testing.assert_allclose(X.std(axis=0, ddof=1), [0.83, 0.43, 1.76, 0.76], atol=0.01)
    # Fisher's own table of means of the species (1936).
    means = [X[y == k].mean(axis=0) for k in range(3)]
    np.testing.assert_allclose(
        means,
        [[5.006, 3.428, 1.462, 0.246], [5.936, 2.770, 4.260, 1.326], [6.588, 2.974, 5.552, 2.026]],
        atol=1e-9,
    )
    # The two flowers the UCI file has wrong.
    assert X[34].tolist() == [4.9, 3.1, 1.5, 0.2]
    assert X[37].tolist() == [4.9, 3.6, 1.4, 0.1]
    assert "Fisher" in description
    assert "CC BY 4.0" in description
    assert digest(load("iris")) == "aa06b8008ceba42e"


def test_setosa_is_linearly_separable() -> None:
    X, y = load("iris")[:2]
    assert (X[y == 0, 2].max(), X[y != 0, 2].min()) == (1.9, 3.0)


def test_digits_are_the_test_part_of_uci() -> None:
    X, y, feature_names, class_names, description = load("digits")
    assert X.shape == (1797, 64)
    # The counts the UCI repository gives for the test part.
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert (X.min(), X.max()) == (0.0, 16.0)
    np.testing.assert_array_equal(X, np.round(X))
    assert class_names == tuple("0123456789")
    assert (feature_names[0], feature_names[8], feature_names[63]) == (
        "pixel_0_0",
        "pixel_1_0",
        "pixel_7_7",
    )
    assert "Alpaydin" in description
    assert "CC BY 4.0" in description
    assert digest(load("digits")) == "f6d9e39f37dc45d3"


def test_an_image_is_upright() -> None:
    """The first digit is a zero: ink around a hole, in an image read row by row."""
    image = load("digits").X[0].reshape(8, 8)
    assert load("digits").y[0] == 0
    assert image[0].tolist() == [0, 0, 5, 13, 9, 1, 0, 0]
    assert image[3:5, 3:5].max() <= 1
    assert image[3:5, 2].min() >= 4


@pytest.mark.parametrize("name", REAL)
def test_real_data_equal_scikit_learns(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # other people's deprecations are not under test
        sklearn_datasets = pytest.importorskip("sklearn.datasets")
    theirs = getattr(sklearn_datasets, f"load_{name}")()
    ours = load(name)
    np.testing.assert_array_equal(ours.X, theirs.data)
    np.testing.assert_array_equal(ours.y, theirs.target)
    assert ours.feature_names == tuple(theirs.feature_names)
    assert ours.class_names == tuple(str(label) for label in theirs.target_names)


def test_the_files_are_in_the_package_and_small() -> None:
    folder = resources.files("nn.datasets")
    iris = folder.joinpath("iris.csv").read_bytes()
    digits = folder.joinpath("digits.npz").read_bytes()
    assert len(iris) < 5_000
    assert len(digits) < 80_000
    header, *lines = iris.decode("ascii").splitlines()
    assert header.count(",") == 4
    assert len(lines) == 150
    with np.load(io.BytesIO(digits), allow_pickle=False) as file:
        assert {key: (file[key].dtype.name, file[key].shape) for key in file} == {
            "X": ("uint8", (1797, 64)),
            "y": ("uint8", (1797,)),
        }


def test_sources_and_licences_are_named_next_to_the_files() -> None:
    text = resources.files("nn.datasets").joinpath("SOURCES.md").read_text(encoding="utf-8")
    for needed in ("iris.csv", "digits.npz", "Fisher", "Alpaydin", "Kaynak", "CC BY 4.0"):
        assert needed in text
    # The licence of the copies asks for its notice to be kept.
    assert "Copyright (c) 2007-2026 The scikit-learn developers" in text
    assert "Redistributions in binary form must reproduce" in text


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("option", [{"n": 100}, {"noise": 0.1}, {"seed": 0}, {"noise": 0.0}])
def test_real_data_take_no_options(name: str, option: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"expected no {next(iter(option))} for '{name}'.*real"):
        load(name, **option)  # type: ignore[arg-type]


# ---- generated data ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("moons", "32ad4c85883ca046"),
        ("circles", "aaea3efd6296ace7"),
        ("spirals", "af73c9bf82320c25"),
        ("xor", "3b3a2c1dcbb6a0fc"),
    ],
)
def test_a_seed_means_the_same_points_everywhere(name: str, expected: str) -> None:
    """Changing these numbers changes everybody's results: only on purpose."""
    assert digest(load(name)) == expected
    assert digest(load(name, n=200, seed=0)) == expected
    assert digest(load(name, seed=np.int64(0))) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("name", GENERATED)
def test_other_seeds_other_points_and_global_state_untouched(name: str) -> None:
    np.random.seed(3)
    before = np.random.get_state()[1].tolist()  # type: ignore[index]
    points = {digest(load(name, seed=seed)) for seed in (0, 1, 2, 2**32 - 1)}
    assert len(points) == 4
    assert np.random.get_state()[1].tolist() == before  # type: ignore[index]


@pytest.mark.parametrize("name", GENERATED)
@pytest.mark.parametrize("n", [3, 4, 5, 100, 101, 1000])
def test_n_counts_all_points_and_classes_are_balanced(name: str, n: int) -> None:
    data = load(name, n=n)
    counts = np.bincount(data.y, minlength=CLASSES[name])
    assert counts.sum() == len(data.X) == n
    assert counts.max() - counts.min() <= 1
    assert f"n={n}, " in data.description


@pytest.mark.parametrize("name", GENERATED)
def test_points_are_shuffled(name: str) -> None:
    y = load(name, n=1000).y
    k = CLASSES[name]
    # Neighbours are of one class with probability 1/k; if sorted always, if in turn never.
    same = float((y[1:] == y[:-1]).mean())
    assert abs(same - 1 / k) < 0.06
    assert y[:50].tolist() != load(name, n=1000, seed=1).y[:50].tolist()


@pytest.mark.parametrize("name", GENERATED)
@pytest.mark.parametrize("noise", [0.05, 0.3])
def test_noise_is_a_standard_deviation(name: str, noise: float) -> None:
    clean, noisy = load(name, n=4000, noise=0), load(name, n=4000, noise=noise)
    np.testing.assert_array_equal(clean.y, noisy.y)  # noise moves points and changes nothing else
    moved = noisy.X - clean.X
    np.testing.assert_allclose(moved.std(axis=0), noise, rtol=0.05)
    np.testing.assert_allclose(moved.mean(axis=0), 0.0, atol=4 * noise / np.sqrt(4000))
    assert abs(np.corrcoef(*moved.T)[0, 1]) < 0.06


def test_moons_without_noise_lie_on_two_half_circles() -> None:
    X, y = load("moons", n=500, noise=0)[:2]
    upper, lower = X[y == 0], X[y == 1]
    np.testing.assert_allclose(np.hypot(upper[:, 0], upper[:, 1]), 1.0, atol=2e-6)
    np.testing.assert_allclose(np.hypot(lower[:, 0] - 1, lower[:, 1] - 0.5), 1.0, atol=2e-6)
    assert upper[:, 1].min() >= 0
    assert lower[:, 1].max() <= 0.5
    for moon in (upper, lower):
        assert np.ptp(moon[:, 0]) > 1.99  # all of the half circle, not a part
        assert np.ptp(moon[:, 1]) > 0.99


def test_moons_are_where_scikit_learns_are() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sklearn_datasets = pytest.importorskip("sklearn.datasets")
    X, y = load("moons", n=300, noise=0)[:2]
    theirs, labels = sklearn_datasets.make_moons(4000, noise=None, random_state=0)
    for label in (0, 1):
        curve = theirs[labels == label]
        distance = np.linalg.norm(X[y == label][:, None] - curve, axis=2).min(axis=1)
        assert distance.max() < 0.002


def test_circles_without_noise_have_radius_one_and_a_half() -> None:
    X, y = load("circles", n=500, noise=0)[:2]
    np.testing.assert_allclose(np.hypot(*X.T), np.where(y == 0, 1.0, 0.5), atol=2e-6)
    for label in (0, 1):
        for corner in ([1, 1], [1, -1], [-1, 1], [-1, -1]):  # in every quadrant
            assert (X[y == label] * corner > 0).all(axis=1).sum() > 30


def test_arms_of_the_spiral_are_the_same_arm_turned() -> None:
    X, y = load("spirals", n=600, noise=0)[:2]
    radius, angle = np.hypot(*X.T), np.arctan2(X[:, 1], X[:, 0])
    assert 0.149 < radius.min() < 0.17
    assert 0.98 < radius.max() < 1.001
    straight = angle - 4 * np.pi * radius / 3  # unwinds the arms to three rays
    off = (straight - 2 * np.pi * y / 3 + np.pi) % (2 * np.pi) - np.pi
    np.testing.assert_allclose(off, 0.0, atol=2e-5)


def test_xor_without_noise_is_the_truth_table() -> None:
    X, y = load("xor", n=40, noise=0)[:2]
    corners = X.astype(np.int64)
    np.testing.assert_array_equal(corners, X)
    np.testing.assert_array_equal(corners[:, 0] ^ corners[:, 1], y)
    assert np.bincount(corners @ [2, 1]).tolist() == [10, 10, 10, 10]


@pytest.mark.parametrize("name", GENERATED)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_nearest_neighbour_separates_what_a_line_does_not(name: str, seed: int) -> None:
    X, y = load(name, seed=seed)[:2]
    distance = np.linalg.norm(X[:, None] - X, axis=2)
    np.fill_diagonal(distance, np.inf)  # each point is judged by the others
    assert (y[distance.argmin(axis=1)] == y).mean() >= 0.97

    # The best straight line for one class against the rest, by looking at all that matter.
    best = 0.0
    for direction in np.linspace(0, 2 * np.pi, 180, endpoint=False):
        score = X @ [np.cos(direction), np.sin(direction)]
        right = np.sort(np.r_[score, np.inf])[:, None] > score  # a threshold at every point
        best = max(best, float((right == (y == 0)).mean(axis=1).max()))
    assert best < 0.93
    if name == "xor":
        assert best < 0.80  # three corners of four


# ---- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "close"),
    [("moon", "moons"), ("Iris", "iris"), ("digit", "digits"), ("spiral", "spirals")],
)
def test_unknown_name_lists_the_known_and_the_closest(name: str, close: str) -> None:
    with pytest.raises(ValueError, match=f"got '{name}'. Did you mean '{close}'") as caught:
        load(name)
    assert all(known in str(caught.value) for known in NAMES)


@pytest.mark.parametrize("name", ["", "zzz", None, 3, ["iris"], b"iris"])
def test_nothing_close_or_not_a_name(name: object) -> None:
    with pytest.raises(ValueError, match="expected one of iris, digits, moons"):
        load(name)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"n": -5}, ValueError, "n: expected a whole number of at least 2, got -5"),
        ({"n": 0}, ValueError, "n: expected"),
        ({"n": 1}, ValueError, "n: expected"),
        ({"n": 10.0}, TypeError, "n: expected a whole number"),
        ({"n": "10"}, TypeError, "got '10'"),
        ({"n": True}, TypeError, "n: expected"),
        ({"noise": -0.1}, ValueError, "noise: expected .* at least 0, got -0.1"),
        ({"noise": float("nan")}, ValueError, "noise: expected"),
        ({"noise": float("inf")}, ValueError, "noise: expected"),
        ({"noise": "0.1"}, TypeError, "noise: expected"),
        ({"noise": True}, TypeError, "noise: expected"),
        ({"noise": [0.1]}, TypeError, "noise: expected"),
        ({"seed": -1}, ValueError, "seed: expected a whole number of at least 0"),
        ({"seed": 2**32}, ValueError, "at most 4294967295, got 4294967296"),
        ({"seed": 0.5}, TypeError, "seed: expected"),
        ({"seed": "a"}, TypeError, "seed: expected"),
    ],
)
def test_bad_options(options: dict[str, object], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        load("moons", **options)  # type: ignore[arg-type]


def test_three_arms_need_three_points() -> None:
    with pytest.raises(ValueError, match="at least 3, got 2"):
        load("spirals", n=2)


def test_public_names() -> None:
    assert set(datasets.__all__) == {"NAMES", "Dataset", "load"}
