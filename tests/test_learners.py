"""Other learners by gradient descent: against closed forms, brute force, and scikit-learn."""

from __future__ import annotations

import importlib
import itertools
import math
import runpy
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from nn.learners.k_means import fit_k_means, mean_squared_distance, nearest
from nn.learners.linear_regression import fit_linear, rate_limit
from nn.learners.linear_svm import fit_svm
from nn.learners.logistic_regression import chances, fit_logistic


def sklearn(part: str) -> Any:
    # The import itself may warn, of versions of others.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(f"sklearn.{part}", reason="scikit-learn is not installed")


def scaled(X: Any) -> Any:
    mean, std = nn.moments(X)
    return (X - mean) / std


def petal_widths() -> tuple[Any, Any]:
    X = nn.datasets.load("iris").X
    return scaled(X[:, :3]), X[:, 3]


def moons() -> tuple[Any, Any]:
    X, y = nn.datasets.load("moons")[:2]  # a line does not separate them
    return scaled(X), y


def digits() -> tuple[Any, Any]:
    X, y = nn.datasets.load("digits")[:2]
    rows = (y == 3) | (y == 8)
    return X[rows] / 16, (y[rows] == 8).astype(int)


# --- linear regression ----------------------------------------------------------------------------


@pytest.mark.parametrize("penalty", [0.0, 0.3])
def test_linear_regression_solves_the_normal_equations(penalty: float) -> None:
    X, y = petal_widths()
    w, b, _ = fit_linear(X, y, lr=0.4, steps=1500, penalty=penalty)
    A = np.column_stack([X, np.ones(len(X))])
    pull = len(X) * penalty * np.diag([1.0, 1.0, 1.0, 0.0])  # none on the bias
    np.testing.assert_allclose([*w, b], np.linalg.solve(A.T @ A + pull, A.T @ y), atol=1e-12)


def test_the_hessian_limits_the_rate() -> None:
    X, y = petal_widths()
    A = np.column_stack([X, np.ones(len(X))])
    limit = rate_limit(X)
    assert limit == pytest.approx(2 / np.linalg.eigvalsh(2 * A.T @ A / len(A)).max())
    below = fit_linear(X, y, lr=0.99 * limit, steps=300)[2]
    above = fit_linear(X, y, lr=1.01 * limit, steps=300)[2]
    assert below[-1] < below[0] / 10
    assert above[-1] > above[0]
    assert rate_limit(X, penalty=1.0) < limit


def test_a_loss_that_overflows_names_the_rate() -> None:
    X, y = petal_widths()
    with np.errstate(over="ignore"), pytest.raises(ValueError, match=r"finite loss.*smaller lr"):
        fit_linear(X, y, lr=10.0)


@pytest.mark.parametrize("alpha", [0.0, 5.0])
def test_linear_regression_is_scikit_learns(alpha: float) -> None:
    linear_model = sklearn("linear_model")
    X, y = petal_widths()
    w, b, _ = fit_linear(X, y, lr=0.4, steps=1500, penalty=alpha / len(X))
    theirs = linear_model.Ridge(alpha) if alpha else linear_model.LinearRegression()
    theirs.fit(X, y)
    np.testing.assert_allclose(w, theirs.coef_, atol=1e-10)
    assert b == pytest.approx(theirs.intercept_, abs=1e-10)


# --- logistic regression --------------------------------------------------------------------------


@pytest.mark.parametrize("penalty", [0.0, 0.02])
def test_logistic_regression_ends_where_the_slope_is_zero(penalty: float) -> None:
    X, y = moons()
    w, b, history = fit_logistic(X, y, steps=2000, penalty=penalty)
    p = 1 / (1 + np.exp(-(X @ w + b)))
    np.testing.assert_allclose(chances(X, w, b), p, rtol=1e-12)
    np.testing.assert_allclose((p - y) @ X / len(X) + penalty * w, 0, atol=1e-12)
    assert (p - y).mean() == pytest.approx(0, abs=1e-12)
    assert history[0] == pytest.approx(math.log(2))
    loss = -np.log(np.where(y == 1, p, 1 - p)).mean() + penalty / 2 * w @ w
    assert history[-1] == pytest.approx(loss, abs=1e-12)


def test_plain_and_accelerated_descent_meet() -> None:
    X, y = moons()
    fast, slow = (fit_logistic(X, y, steps=1500, penalty=0.1, momentum=m) for m in (0.9, 0.0))
    np.testing.assert_allclose(fast[0], slow[0], atol=1e-10)


def test_the_momentum_is_nesterovs() -> None:
    """The slope is taken where the momentum alone would lead (Sutskever et al., 2013)."""
    X, y = moons()
    w, v = np.zeros(X.shape[1] + 1), np.zeros(X.shape[1] + 1)
    rows = np.column_stack([X, np.ones(len(X))])
    for _ in range(30):
        ahead = w + 0.9 * v
        slope = rows.T @ (1 / (1 + np.exp(-rows @ ahead)) - y) / len(y)
        v = 0.9 * v - 0.5 * slope
        w = w + v
    found = fit_logistic(X, y, lr=0.5, steps=30)
    # What the optimiser keeps is the place ahead.
    np.testing.assert_allclose([*found[0], found[1]], w + 0.9 * v, rtol=1e-9)


def test_weights_of_separable_classes_grow_like_a_logarithm() -> None:
    X, y = [[-1.0], [1.0]], [0, 1]
    sizes = [fit_logistic(X, y, steps=n, momentum=0.0)[0][0] for n in (300, 3000)]
    # Here dw/dt = 1 / (1 + exp(w)), whose solution approaches log(t).
    assert sizes[1] - sizes[0] == pytest.approx(math.log(10), rel=0.01)


@pytest.mark.parametrize(("data", "C"), [(moons, math.inf), (moons, 1.0), (digits, 1.0)])
def test_logistic_regression_is_scikit_learns(data: Callable[[], Any], C: float) -> None:
    linear_model = sklearn("linear_model")
    X, y = data()
    w, b, _ = fit_logistic(X, y, steps=4000, penalty=1 / (C * len(X)))
    theirs = linear_model.LogisticRegression(C=C, tol=1e-12, solver="newton-cholesky").fit(X, y)
    np.testing.assert_allclose(w, theirs.coef_[0], atol=1e-9)
    assert b == pytest.approx(theirs.intercept_[0], abs=1e-9)


# --- a linear support-vector machine --------------------------------------------------------------


def svm_loss(X: Any, y: Any, w: Any, b: float, penalty: float) -> float:
    hinge = np.maximum(0, 1 - (2 * y - 1) * (X @ w + b)).mean()
    return float(hinge + penalty / 2 * (w @ w + b * b))


def dual_svm(X: Any, y: Any, penalty: float, rounds: int = 3000) -> tuple[Any, float]:
    """The same problem from the other side: w = Σ a·y·x / (penalty·n), and 0 <= a <= 1.

    Coordinate ascent on mean(a) - penalty / 2 · |w|², each coordinate to its maximum.
    """
    A = np.column_stack([X, np.ones(len(X))]) * (2 * y - 1)[:, None]
    scale, a, w = penalty * len(A), np.zeros(len(A)), np.zeros(A.shape[1])
    squares = (A * A).sum(axis=1)
    for _ in range(rounds):
        for i, row in enumerate(A):
            after = min(1.0, max(0.0, a[i] + (1 - row @ w) * scale / squares[i]))
            w += (after - a[i]) / scale * row
            a[i] = after
    return w, float(a.mean() - penalty / 2 * w @ w)


@pytest.mark.parametrize("penalty", [0.01, 0.1])
def test_a_support_vector_machine_meets_its_dual(penalty: float) -> None:
    X, y = (part[:60] for part in moons())
    w, b, history = fit_svm(X, y, penalty=penalty, steps=5000)
    loss = svm_loss(X, y, w, b, penalty)
    dual, bound = dual_svm(X, y, penalty, rounds=400)
    # No loss is below the dual's value; Pegasos closes the gap like 1 / steps.
    assert bound <= loss + 1e-12
    assert loss - bound < 1e-5
    # The loss is at least penalty / 2 · (distance from the best)².
    assert np.linalg.norm([*(w - dual[:-1]), b - dual[-1]]) <= math.sqrt(2e-5 / penalty)
    assert history[0] == 1.0
    assert history[-1] == pytest.approx(loss, abs=1e-5)


def test_the_widest_street() -> None:
    # Between the lines x0 = 1 and x0 = 3: the smallest w and b with x0·w + b beyond -1 and 1.
    X = np.array([[1.0, 0.0], [1.0, 4.0], [0.0, 1.0], [3.0, 1.0], [3.0, 3.0], [5.0, 2.0]])
    y = np.array([0, 0, 0, 1, 1, 1])
    w, b, _ = fit_svm(X, y, penalty=0.02, steps=6000)
    np.testing.assert_allclose([*w, b], [1.0, 0.0, -2.0], atol=0.01)


@pytest.mark.parametrize(("data", "C"), [(moons, 0.1), (moons, 1.0), (digits, 0.05)])
def test_a_support_vector_machine_is_scikit_learns(data: Callable[[], Any], C: float) -> None:
    svm = sklearn("svm")
    X, y = data()
    penalty = 1 / (C * len(X))
    w, b, _ = fit_svm(X, y, penalty=penalty, steps=6000)
    theirs = svm.LinearSVC(loss="hinge", C=C, tol=1e-9, max_iter=1_000_000, random_state=0)
    theirs.fit(X, y)
    best = svm_loss(X, y, theirs.coef_[0], theirs.intercept_[0], penalty)
    ours = svm_loss(X, y, w, b, penalty)
    assert best - 1e-9 <= ours <= best + 1e-5
    # As above: a gap of 1e-5 allows this distance.
    allowed = math.sqrt(2e-5 / penalty)
    assert np.linalg.norm([*(w - theirs.coef_[0]), b - theirs.intercept_[0]]) <= allowed


# --- k-means --------------------------------------------------------------------------------------


def lloyd(X: Any, centres: Any, steps: int) -> list[Any]:
    """The textbook's algorithm, without any calculus."""
    found = [centres]
    for _ in range(steps):
        groups: list[list[Any]] = [[] for _ in centres]
        for x in X:
            groups[min(range(len(centres)), key=lambda j: ((x - found[-1][j]) ** 2).sum())] += [x]
        pairs = zip(groups, found[-1], strict=True)
        found.append(np.array([np.mean(group, axis=0) if group else c for group, c in pairs]))
    return found


@pytest.mark.parametrize("start", [[0, 60, 120], [0, 1, 2], [3, 77, 78, 79, 140]])
def test_descent_at_own_rates_takes_lloyds_steps(start: list[int]) -> None:
    X = nn.datasets.load("iris").X
    for steps, expected in enumerate(lloyd(X, X[start], 12)):
        centres, history = fit_k_means(X, X[start], steps=steps)
        np.testing.assert_allclose(centres, expected, atol=1e-12)
        assert len(history) == steps
        assert history == sorted(history, reverse=True)


def test_a_centre_without_examples_stays() -> None:
    X = nn.datasets.load("iris").X
    start = np.vstack([X[:2], np.full((1, 4), 100.0)])
    centres, _ = fit_k_means(X, start, steps=5)
    np.testing.assert_allclose(centres, lloyd(X, start, 5)[-1], atol=1e-12)
    assert (centres[2] == 100.0).all()


def test_centres_in_the_same_place_stay_together() -> None:
    X = nn.datasets.load("iris").X
    centres, _ = fit_k_means(X, X[[0, 0, 60]], steps=10)
    np.testing.assert_array_equal(centres[0], centres[1])
    np.testing.assert_allclose(centres[1:], lloyd(X, X[[0, 60]], 10)[-1], atol=1e-12)


def test_the_slope_is_that_of_the_formula() -> None:
    X = nn.datasets.load("iris").X
    centres = X[[5, 70, 130]] + 0.01
    groups = [X[nearest(X, centres) == j] for j in range(3)]
    n = np.array([[len(group)] for group in groups])
    means = np.array([group.mean(axis=0) for group in groups])
    expected = 2 * n / len(X) * (centres - means)
    slope = autograd.grad(mean_squared_distance, 1)(X, centres)
    np.testing.assert_allclose(slope, expected, atol=1e-12)


def test_the_best_of_all_groupings_is_found() -> None:
    X = np.array([[0.0, 0], [1, 0], [0, 1], [9, 9], [8, 9], [5, 0], [6, 1]])
    spreads = []
    for labels in itertools.product(range(3), repeat=len(X)):
        groups = [X[np.array(labels) == j] for j in range(3)]
        spreads.append(sum(((g - g.mean(axis=0)) ** 2).sum() for g in groups if len(g)))
    for lr in (None, 0.5):
        centres, _ = fit_k_means(X, X[[0, 3, 5]], lr=lr, steps=200)
        found = mean_squared_distance(X, centres) * len(X)
        assert found == pytest.approx(min(spreads), abs=1e-9)


@pytest.mark.parametrize("start", [[0, 60, 120], [0, 1, 2]])
def test_k_means_is_scikit_learns(start: list[int]) -> None:
    cluster = sklearn("cluster")
    X = nn.datasets.load("iris").X
    theirs = cluster.KMeans(3, init=X[start], n_init=1, tol=0).fit(X)
    for lr, steps in ((None, 30), (0.5, 400)):
        centres, _ = fit_k_means(X, X[start], lr=lr, steps=steps)
        inertia = len(X) * mean_squared_distance(X, centres)
        assert inertia == pytest.approx(theirs.inertia_, rel=1e-9)
        np.testing.assert_allclose(centres, theirs.cluster_centers_, atol=1e-6)


# --- bad input ------------------------------------------------------------------------------------

POINTS = [[0.0, 1.0], [2.0, 3.0], [1.0, 0.0]]


@pytest.mark.parametrize("fit", [fit_linear, fit_logistic, fit_svm])
@pytest.mark.parametrize(
    ("X", "y", "text"),
    [
        ([], [], r"X: expected numbers of shape \(examples, features\)"),
        ([1.0, 2.0], [0, 1], r"X: .*shape \(2,\)"),
        ([["a"], ["b"]], [0, 1], "X: expected numbers"),
        ([[1.0], [2.0, 3.0]], [0, 1], "X: expected numbers"),
        (
            [[0.0, 1.0], [2.0, math.nan]],
            [0, 1],
            "X: expected finite numbers, .* nan in row 1, col",
        ),
        (POINTS, [0, 1], r"y: .*each of 3 examples.*shape \(2,\)"),
        (POINTS, [[0], [1], [1]], r"y: .*shape \(3, 1\)"),
        (POINTS, [0, 1, math.inf], "y: expected finite numbers, .* first is inf in row 2"),
    ],
)
def test_examples_are_checked(fit: Callable[..., Any], X: Any, y: Any, text: str) -> None:
    with pytest.raises(ValueError, match=f"{fit.__name__}: {text}"):
        fit(X, y)


@pytest.mark.parametrize("fit", [fit_logistic, fit_svm])
@pytest.mark.parametrize("y", [[0, 1, 2], [-1, 1, 1]])
def test_classes_are_0_and_1(fit: Callable[..., Any], y: Any) -> None:
    with pytest.raises(ValueError, match=r"y: expected classes 0 and 1, got (2|-1)"):
        fit(POINTS, y)


@pytest.mark.parametrize("penalty", [0.0, -1.0, math.nan, math.inf])
def test_a_support_vector_machine_needs_a_penalty(penalty: float) -> None:
    with pytest.raises(ValueError, match="penalty: expected a number above 0"):
        fit_svm(POINTS, [0, 1, 1], penalty=penalty)


def test_centres_have_the_examples_features() -> None:
    with pytest.raises(ValueError, match="got 1 for 2"):
        fit_k_means(POINTS, [[0.0]])
    with pytest.raises(ValueError, match=r"fit_k_means: centres: expected numbers of shape"):
        fit_k_means(POINTS, [])


# --- as programs ----------------------------------------------------------------------------------

NAMES = ("linear_regression", "logistic_regression", "linear_svm", "k_means", "policy_gradient")


@pytest.mark.parametrize("name", NAMES)
def test_each_runs_as_a_program(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    importlib.import_module(f"nn.learners.{name}").main()
    out = capsys.readouterr().out
    assert out.startswith("Claim: ")
    assert "nan" not in out


def test_running_one_warns_of_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(__import__("sys").modules, "nn.learners.k_means")
    runpy.run_module("nn.learners.k_means", run_name="__main__")  # filterwarnings = error
