"""What students do to ``fit``: each is either trained or told in words what is wrong."""

from __future__ import annotations

import functools
import os
import signal
import sys
import time
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from nn.training import progress

MOONS = nn.datasets.load("moons", n=60)
CE = nn.CrossEntropyLoss()
BATCHES = [(MOONS.X[i : i + 20], MOONS.y[i : i + 20]) for i in (0, 20, 40)]
NAN = float("nan")


def network() -> nn.Sequential:
    nn.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2))


def sgd(model: nn.Module, lr: float = 0.1) -> nn.SGD:
    return nn.SGD(model.parameters(), lr=lr)


def trained(data: Any, epochs: int = 2, loss: Any = CE, model: Any = None, **more: Any) -> Any:
    model = model or network()
    return nn.fit(model, data, loss, sgd(model), epochs, **{"progress": False, **more})


class Endless:
    """Batches without a length."""

    def __init__(self, batches: Any) -> None:
        self.batches = batches

    def __iter__(self) -> Any:
        return iter(self.batches)


class OfDict(nn.Module):
    def __init__(self) -> None:
        self.inner = network()

    def forward(self, x: Any) -> Any:
        return self.inner(x["points"])


# ---- Forms of data -------------------------------------------------------------------------------


def test_arrays_and_lists_are_one_pair_however_they_are_written() -> None:
    X, y = MOONS.X, MOONS.y
    expected = trained((X, y))
    for data in ((X, y.tolist()), (X.tolist(), y.tolist()), [X, y], (X, Tensor(y)), [(X, y)],
                 ([(X, y)]), Endless([(X, y)])):  # fmt: skip
        assert trained(data) == expected
    neurons = [nn.MLP(2, [4, 2], seed=0) for _ in range(2)]
    both = [(X[:2], y[:2]), (X[:2].tolist(), y[:2].tolist())]  # also if two rows look like a batch
    a, b = (trained(x, model=m, loss=nn.cross_entropy) for x, m in zip(both, neurons, strict=True))
    assert a == b


def test_two_batches_of_lists_are_no_pair_of_arrays() -> None:
    two = [[X.tolist(), y.tolist()] for X, y in ((MOONS.X[:3], MOONS.y[:3]), BATCHES[1])]
    steps = []

    class Steps:
        def on_step(self, run: nn.Run) -> None:
            steps.append(len(run.inputs))

    for data in (two, [[np.array(X), np.array(y)] for X, y in two], tuple(map(tuple, two))):
        trained(data, 1, model=nn.MLP(2, [2], seed=0), loss=nn.cross_entropy, callbacks=[Steps()])
    assert steps == [3, 20] * 3


@pytest.mark.parametrize("wrap", [
    lambda x: None, lambda x: {"y": x}, lambda x: (x, 0.3), lambda x: [x[:1], x], Tensor,
])  # fmt: skip
def test_examples_count_alike_whatever_the_targets_are(wrap: Any) -> None:
    x = np.arange(8.0).reshape(4, 2)
    data = [(x[:3], wrap(np.ones(3))), (x[3:], wrap(np.ones(1)))]
    if isinstance(data[0][1], list):  # the first array of the targets has the length
        data = [(x[:3], [np.ones(3), 0]), (x[3:], [np.ones(1), 0])]
    model = nn.Linear(2, 1)
    loss = trained(data, 1, lambda o, t: (o**2).mean(), model, clip=1e-300)["loss"][0]
    np.testing.assert_allclose(loss, (model(x).data ** 2).mean(), rtol=1e-12)


def test_sequences_count_by_their_targets() -> None:
    """With the time before the examples, as recurrent layers have it by default."""
    data = [(np.zeros((7, 3, 2)), [0, 0, 0]), (np.ones((7, 1, 2)), [0])]
    loss = trained(data, 1, lambda o, t: o[0].mean() * 0 + len(t), nn.GRU(2, 2))["loss"]
    assert loss == [(3 * 3 + 1 * 1) / 4]


def test_two_batches_of_two_equal_arrays() -> None:
    x = MOONS.X
    lists = trained([[x[:9], x[:9]], [x[9:], x[9:]]], 1, nn.MSELoss())
    assert lists == trained([(x[:9], x[:9]), (x[9:], x[9:])], 1, nn.MSELoss())


def test_words_are_data_too() -> None:
    class Words(nn.Module):
        def __init__(self) -> None:
            self.inner = nn.Embedding(2, 2)

        def forward(self, words: Any) -> Any:
            return self.inner(np.array([len(word) % 2 for word in words]))

    words = np.array(["a", "bb", "ccc", "dddd"])
    assert trained([(words, np.array([0, 1, 0, 1]))], model=Words()).epochs == 2


def test_looking_records_no_graph() -> None:
    def loss(outputs: Any, targets: Any) -> Any:
        assert not outputs.requires_grad
        return CE(outputs, targets)

    nn.evaluate(network(), BATCHES, loss)


@pytest.mark.parametrize(("batch", "place"), [
    (([[1.0, 2.0], [3.0, NAN]], [0, 1]), r"finite inputs, got nan at index \(1, 1\)"),
    (({"points": np.array([[1.0, NAN]])}, [0]), r"finite inputs\['points'\], got nan at"),
    (((np.ones(2), np.array([1.0, np.inf])), [0]), r"finite inputs\[1\], got inf at index \(1,\)"),
    ((np.ones((1, 2)), (np.ones(1), NAN)), r"finite targets\[1\], got nan at index \(\)"),
    ((Tensor([[NAN, 1.0]]), [0]), r"finite inputs, got nan at index \(0, 0\)"),
    ((np.ones((1, 2)), Tensor([NAN])), r"finite targets, got nan at index \(0,\)"),
    ((np.full((1, 2), NAN, "f2"), [0]), "finite inputs, got nan"),
])  # fmt: skip
def test_nan_is_found_wherever_it_is(batch: Any, place: str) -> None:
    with pytest.raises(ValueError, match=rf"fit: epoch 1, step 2 .*expected {place}"):
        trained([BATCHES[0], batch])
    with pytest.raises(ValueError, match=rf"evaluate: batch 2: expected {place}"):
        nn.evaluate(network(), [BATCHES[0], batch], CE)


def test_nan_in_the_validation_data_is_no_curve_of_nan() -> None:
    X = MOONS.X.copy()
    X[3] = NAN
    with pytest.raises(ValueError, match=r"fit: validation: batch 1: .*nan at index \(3, 0\)"):
        trained(BATCHES, validation=(X, MOONS.y))


def test_large_numbers_are_finite() -> None:
    """Though their squares are not."""
    x = np.full((2, 2), 1e38, "f4")
    model = nn.Linear(2, 1).float()
    trained([(x, np.zeros((2, 1), "f4"))], 1, lambda o, t: (o * 1e-38).mean(), model, clip=1e-30)


def test_dictionaries_reach_the_model() -> None:
    history = trained([({"points": X}, y) for X, y in BATCHES], model=OfDict())
    assert history == trained(BATCHES)


@pytest.mark.parametrize("call", [
    lambda: trained(Endless([])),
    lambda: trained(BATCHES, validation=Endless([])),
    lambda: nn.evaluate(network(), Endless([]), CE, nn.accuracy),
])  # fmt: skip
def test_no_batches(call: Any) -> None:
    with pytest.raises(ValueError, match="expected at least one batch, got none"):
        call()


# ---- Optimisers, schedules, losses ---------------------------------------------------------------


def test_an_optimiser_of_a_model_that_is_no_more() -> None:
    """The cell of the model was run again, that of the optimiser was not."""
    model, optimizer = network(), sgd(network())
    with pytest.raises(ValueError, match="Was the model made anew"):
        nn.fit(model, BATCHES, CE, optimizer, 2, progress=False)
    part = nn.SGD(model[2].parameters(), lr=0.1)  # fine tuning of a part
    assert nn.fit(model, BATCHES, CE, part, 2, progress=False).epochs == 2
    w = Tensor(np.ones((2, 2)), requires_grad=True)
    assert nn.fit(lambda x: x @ w, BATCHES, CE, nn.SGD([w]), 2, progress=False).epochs == 2


@pytest.mark.parametrize(
    ("loss", "text"),
    [
        (nn.MSELoss, r"got the class MSELoss\. Write nn\.MSELoss\(\)\."),
        ("mse", r"got 'mse'\. Give a loss function such as nn\.mse_loss or nn\.MSELoss\(\)\."),
        (None, r"got None\. Give a loss function"),
        (nn.mse_loss(Tensor([1.0]), [2.0]), r"got Tensor.* Give a loss function"),
    ],
)
def test_a_loss_that_is_no_function(loss: Any, text: str) -> None:
    with pytest.raises(TypeError, match=rf"fit: loss: .*{text}"):
        trained(BATCHES, loss=loss)
    if loss is not None:
        with pytest.raises(TypeError, match=rf"evaluate: loss: .*{text}"):
            nn.evaluate(network(), BATCHES, loss)
        with pytest.raises(TypeError, match=rf"GraphHistory: loss: .*{text}"):
            nn.diagnostics.GraphHistory(network(), loss, BATCHES[0])


@pytest.mark.parametrize(
    ("optimizer", "text"),
    [
        (nn.Adam, r"got the class Adam\. Write nn\.Adam\(model\.parameters\(\)\)\."),
        ("adam", r"got 'adam'\. For example nn\.SGD\(model"),
        (nn.LBFGS, r"got LBFGS\. L-BFGS asks for the loss several times"),
    ],
)
def test_what_is_no_optimiser(optimizer: Any, text: str) -> None:
    with pytest.raises(TypeError, match=rf"fit: optimizer: .*{text}"):
        nn.fit(network(), BATCHES, CE, optimizer, 2, progress=False)


def test_a_plateau_is_of_losses_and_epochs() -> None:
    plateau = nn.optim.lr_scheduler.ReduceLROnPlateau
    model = network()
    optimizer = sgd(model)
    before = model.state_dict()
    for schedule, options in ((plateau(optimizer, mode="max"), {}),
                              (plateau(optimizer), {"schedule_each": "step"})):  # fmt: skip
        with pytest.raises(ValueError, match="a loss after each epoch"):
            nn.fit(model, BATCHES, CE, optimizer, 2, schedule=schedule, progress=False, **options)
    assert all((before[k] == x).all() for k, x in model.state_dict().items())


def test_a_schedule_of_ones_own() -> None:
    class Mine:
        steps = 0

        def step(self) -> None:
            self.steps += 1

    mine = Mine()
    trained(BATCHES, schedule=mine)
    assert mine.steps == 2


def test_a_loss_is_one_number() -> None:
    each = nn.CrossEntropyLoss(reduction="none")
    for call in (
        lambda: trained(BATCHES, loss=each),
        lambda: nn.evaluate(network(), BATCHES, each),
    ):
        with pytest.raises(ValueError, match=r'shape \(20,\).*reduction="mean"'):
            call()
    kept = trained(BATCHES, loss=lambda o, t: CE(o, t).reshape(1))
    assert kept == trained(BATCHES)


def square_root_at_0(outputs: Any, targets: Any) -> Any:
    return autograd.sqrt((outputs * 0.0) ** 2).sum()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_gradient_that_is_not_finite(tmp_path: Any) -> None:
    """Though the loss is."""
    words = "finite parameters, got infinite or NaN ones in 0.weight.*square root"
    with pytest.raises(FloatingPointError, match=f"fit: epoch 1, step 2 .*{words}"):
        trained(BATCHES, loss=square_root_at_0)
    with pytest.raises(FloatingPointError, match=f"fit: expected {words}"):
        trained(BATCHES[:1], 1, square_root_at_0)  # the last step
    saved = nn.Checkpoint(tmp_path / "a.npz")
    with pytest.raises(FloatingPointError, match=f"was not saved: expected {words}"):
        trained(BATCHES[:1], 3, square_root_at_0, callbacks=[saved])
    assert not list(tmp_path.iterdir())
    model = network()
    before = model.state_dict()
    with pytest.raises(RuntimeError, match="finite norm"):
        trained(BATCHES, loss=square_root_at_0, model=model, clip=1.0)
    assert all((before[k] == x).all() for k, x in model.state_dict().items())


def test_an_error_carries_the_history_so_far() -> None:
    class Fails:
        def on_epoch(self, run: nn.Run) -> None:
            if run.epoch == 3:
                raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more") as info:
        trained(BATCHES, 5, callbacks=[Fails()])
    assert info.value.history == trained(BATCHES, 3)  # type: ignore[attr-defined]


# ---- Metrics -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("metrics", "error", "words"), [
    (nn.confusion_matrix, TypeError, "confusion matrix: expected a number, got an array of shape"),
    ({"m": lambda o, t: None}, TypeError, "metrics: m: expected a number, got None"),
    ({"m": lambda o, t: np.ones(1)}, TypeError, r"an array of shape \(1,\)"),
    ({"loss": nn.accuracy}, ValueError, "got 'loss'"),
    ({"lr": nn.accuracy}, ValueError, "got 'lr'"),
    ({"validation loss": nn.accuracy}, ValueError, "got 'validation loss'"),
    ({3: nn.accuracy}, ValueError, "got 3"),
    ([lambda o, t: 1.0, lambda o, t: 2.0], ValueError, "'<lambda>' twice"),
    ([functools.partial(nn.precision)], ValueError, "a name for each.*metrics={"),
    (5, TypeError, "functions of"),
    ("accuracy", TypeError, "functions of.*got 'accuracy'"),
])  # fmt: skip
def test_metrics_that_cannot_be(metrics: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        trained(BATCHES, metrics=metrics)
    with pytest.raises(error, match=words):
        nn.evaluate(network(), BATCHES, metrics=metrics)


def test_a_metric_may_give_any_kind_of_number() -> None:
    metrics = {
        "a": lambda o, t: Tensor(3.0),
        "b": lambda o, t: np.float32(0.5),
        "c": lambda o, t: 1,
    }
    history = trained(BATCHES, 1, metrics=metrics)
    assert [history[name] for name in "abc"] == [[3.0], [0.5], [1.0]]


def test_outputs_of_two_parts_cannot_be_measured() -> None:
    model = nn.GRU(2, 2, batch_first=True)
    X = np.random.default_rng(0).normal(size=(60, 5, 2))

    def last(outputs: Any, targets: Any) -> Any:
        return CE(outputs[0][:, -1], targets)

    assert trained((X, MOONS.y), loss=last, model=model, validation=(X, MOONS.y)).epochs == 2
    with pytest.raises(TypeError, match="outputs that are one array for a batch, got tuple"):
        trained((X, MOONS.y), loss=last, model=model, metrics=nn.accuracy)
    two = [(X, (y, y)) for X, y in BATCHES]
    with pytest.raises(TypeError, match="targets that are one array for a batch, got tuple"):
        trained(two, loss=lambda o, t: CE(o, t[0]), metrics=nn.accuracy)


# ---- Callbacks -----------------------------------------------------------------------------------


def test_callbacks_that_are_none() -> None:
    with pytest.raises(TypeError, match=r"a list of them, got <.*EarlyStopping"):
        trained(BATCHES, callbacks=nn.EarlyStopping("loss"))
    with pytest.raises(TypeError, match=r"EarlyStopping\. Write nn\.EarlyStopping\(\.\.\.\)"):
        trained(BATCHES, callbacks=[nn.EarlyStopping])


@pytest.mark.parametrize(
    ("name", "way_out"),
    [("on_epoch_end", r"Did you mean on_epoch\?"), ("on_zzz", "another name")],
)
def test_a_method_that_would_never_be_called(name: str, way_out: str) -> None:
    callback = type("Misspelt", (), {"on_start": print, name: print})()
    with pytest.raises(TypeError, match=rf"on_start, .*, got Misspelt\.{name}\. .*{way_out}"):
        trained(BATCHES, callbacks=[callback])


def test_all_are_told_the_end_even_if_one_of_them_fails() -> None:
    told = []

    class Ends:
        def __init__(self, name: str) -> None:
            self.name = name

        def on_end(self, run: nn.Run) -> None:
            told.append(self.name)
            if self.name == "b":
                raise RuntimeError("b")

    with pytest.raises(RuntimeError, match="b"):
        trained(BATCHES, callbacks=[Ends("a"), Ends("b"), Ends("c")])
    assert told == ["a", "b", "c"]


def test_early_stopping_never_brings_back_the_best_of_an_earlier_training() -> None:
    model, stop = network(), nn.EarlyStopping("loss")
    optimizer = sgd(model)

    class Fails:
        def on_start(self, run: nn.Run) -> None:
            raise RuntimeError("not now")

    nn.fit(model, BATCHES, CE, optimizer, 3, callbacks=[stop], progress=False)
    nn.fit(model, BATCHES, CE, optimizer, 3, progress=False)
    before = model.state_dict()
    with pytest.raises(RuntimeError, match="not now"):
        nn.fit(model, BATCHES, CE, optimizer, 3, callbacks=[Fails(), stop], progress=False)
    assert all((before[k] == x).all() for k, x in model.state_dict().items())
    history = nn.fit(model, BATCHES, CE, sgd(model, lr=1e3), 8, callbacks=[stop], progress=False)
    assert stop.best == min(history["loss"])  # the best of this one, though that was better


def test_early_stopping_without_anything_to_go_back_to() -> None:
    w = Tensor(np.ones((2, 2)), requires_grad=True)

    def model(x: Any) -> Any:
        return x @ w

    def go(**options: Any) -> nn.History:
        stop = nn.EarlyStopping("loss", patience=1, min_delta=9.0, **options)
        return nn.fit(model, BATCHES, CE, nn.SGD([w]), 5, callbacks=[stop], progress=False)

    with pytest.raises(TypeError, match=r"a Module.*restore_best=False"):
        go()
    assert go(restore_best=False).epochs == 2
    stop = nn.EarlyStopping("m", patience=2)
    reason = trained(BATCHES, 5, callbacks=[stop], metrics={"m": lambda o, t: NAN}).reason
    assert reason == "m did not improve for 2 epochs; it was nan"


def test_no_gradients_are_no_convergence() -> None:
    model = network()
    frozen = nn.SGD([*model.parameters(), nn.Parameter(1.0)], lr=0.1)

    class Forgets:
        def on_backward(self, run: nn.Run) -> None:
            run.model.zero_grad()

    done = nn.Convergence(gradient_norm=1e9)
    history = nn.fit(model, BATCHES, CE, frozen, 2, callbacks=[Forgets(), done], progress=False)
    assert (history.epochs, history.reason) == (2, "")


def test_a_reason_to_stop_may_be_left_empty() -> None:
    class Stops:
        def on_epoch(self, run: nn.Run) -> None:
            run.stop("")

    history = trained(BATCHES, 5, callbacks=[Stops()])
    assert (history.epochs, history.reason) == (1, "stopped")


def test_ctrl_c_does_not_hide_why_a_training_is_done(monkeypatch: Any) -> None:
    """Otherwise a checkpoint would go on with one that early stopping had ended."""

    class Both:
        def on_epoch(self, run: nn.Run) -> None:
            run.stop("enough")
            os.kill(os.getpid(), signal.SIGINT)

    assert trained(BATCHES, 5, callbacks=[Both()]).reason == "enough"

    class Twice:
        def on_end(self, run: nn.Run) -> None:
            Both().on_epoch(run)
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)
            raise AssertionError("still here")

    assert trained(BATCHES, 5, callbacks=[Twice()]).reason == "enough"


# ---- What one sees -------------------------------------------------------------------------------


@pytest.mark.parametrize("out", [None, "tee"])
def test_progress_goes_to_whatever_stands_for_the_output(out: Any, monkeypatch: Any) -> None:
    written: list[str] = []

    class Tee:
        def write(self, text: str) -> None:
            written.append(text)

        def flush(self) -> None:
            pass

    monkeypatch.setattr(sys, "stdout", Tee() if out else None)
    assert trained(BATCHES, progress=True).epochs == 2
    assert ("epoch 2/2" in "".join(written)) == bool(out)


class Screen:
    """A terminal that keeps what was written to it."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return True


def bar_of(monkeypatch: Any, width: int, data: Any, epochs: int = 3, **options: Any) -> list[str]:
    tqdm = pytest.importorskip("tqdm", reason="tqdm is not installed")
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    # As in a terminal of this width; it shows every step.
    eager = functools.partial(tqdm.tqdm, ncols=width, mininterval=0, miniters=1)
    monkeypatch.setattr("tqdm.tqdm", eager)
    try:
        trained(data, epochs, progress=True, **options)
    finally:
        monkeypatch.undo()
    return [line.strip() for line in screen.text.split("\r") if line.strip()]


def test_a_bar_shows_in_80_columns_what_matters(monkeypatch: Any) -> None:
    options: Any = {"validation": (MOONS.X, MOONS.y), "metrics": nn.accuracy}
    history = trained(BATCHES, 3, **options)
    lines = bar_of(monkeypatch, 80, BATCHES, **options)
    losses = f"loss {history['loss'][-1]:.4g}  validation loss {history['validation loss'][-1]:.4g}"
    assert lines[-1].startswith("epoch 3/3 100%|████████| 00:00 left, " + losses)
    assert max(map(len, lines)) <= 80
    first = [line for line in lines if line.startswith("epoch 0/3")]
    assert any("loss 0." in line for line in first)  # before there is a line in the history
    (last,) = bar_of(monkeypatch, 200, BATCHES, **options)[-1:]
    for part in ("  accuracy ", "  validation accuracy ", "  lr 0.1, 9/9, ", "step/s"):
        assert part in last


def test_a_bar_learns_the_number_of_steps(monkeypatch: Any) -> None:
    lines = bar_of(monkeypatch, 120, Endless(BATCHES))
    assert ", 4/9, " in "".join(lines)
    assert ", 9/9, " in lines[-1]
    assert "100%" in lines[-1]
    pair = bar_of(monkeypatch, 120, (MOONS.X, MOONS.y))
    assert ", 3/3, " in pair[-1]
    three = bar_of(monkeypatch, 120, tuple(BATCHES))
    assert ", 9/9, " in three[-1]


def test_a_bar_goes_on_where_the_training_does(monkeypatch: Any, tmp_path: Any) -> None:
    def callbacks() -> list[Any]:
        return [nn.Checkpoint(tmp_path / "a.npz", resume=True)]

    bar_of(monkeypatch, 120, BATCHES, 2, callbacks=callbacks())
    lines = bar_of(monkeypatch, 120, BATCHES, 3, callbacks=callbacks())
    assert lines[0].startswith("epoch 2/3  67%")
    assert "100%" in lines[-1]


def test_between_epochs_a_bar_shows_the_last_epoch(monkeypatch: Any) -> None:
    history = trained(BATCHES, 2)
    lines = bar_of(monkeypatch, 120, BATCHES, 2)
    later = [line for line in lines if line.startswith("epoch 1/2")]
    assert len(later) >= 3
    assert all(f"loss {history['loss'][0]:.4g}  lr" in line for line in later)


def test_the_time_left_is_that_of_the_epochs_left(monkeypatch: Any, capsys: Any) -> None:
    times = iter([100.0, 120.0, 140.0, 140.0, 160.0, 180.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(times))
    shown = nn.Progress(lines=True)
    run = nn.Run(None, None, None, BATCHES, 3)
    run.history.append({"loss": 1.0})
    shown.on_start(run)
    for run.epoch in (1, 2, 3):
        shown.on_epoch(run)
    ends = [line.split("loss 1")[1] for line in capsys.readouterr().out.splitlines()]
    assert ends == ["  40 s left", "  20 s left", ""]


def test_notebooks_get_a_bar_and_who_asks_for_lines_gets_lines(monkeypatch: Any) -> None:
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    assert nn.Progress(lines=True).lines
    assert not nn.Progress().lines
    monkeypatch.setattr(Screen, "isatty", lambda self: False)
    assert nn.Progress().lines
    monkeypatch.setattr(Screen, "__module__", "ipykernel.iostream")
    assert not nn.Progress().lines


def test_a_log_is_not_silent_for_long(monkeypatch: Any, capsys: Any) -> None:
    """One epoch in a thousand would be hours in a long training."""
    clock = [0.0]

    def later() -> float:
        clock[0] += 7.0
        return clock[0]

    monkeypatch.setattr(progress.time, "monotonic", later)
    trained(BATCHES, 100, progress=True)
    lines = capsys.readouterr().out.splitlines()
    assert 12 < len(lines) < 40
    assert lines[0].endswith("min left")


@pytest.mark.parametrize(("seconds", "words"), [
    (1.2, "1 s"), (99, "99 s"), (101, "2 min"), (5000, "83 min"), (7200, "2 h"),
    (360_001, "4 days"), (1e9, "11,574 days"),
])  # fmt: skip
def test_the_time_left_in_words(seconds: float, words: str) -> None:
    assert progress._lasting(seconds) == words
