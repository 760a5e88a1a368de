"""fit: the same numbers as the loop written out, and what may end it."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any, Self

import numpy as np
import pytest

import nn
from autograd import Tensor, Value

MOONS = nn.datasets.load("moons", n=60)


def network(seed: int = 0) -> nn.Sequential:
    nn.manual_seed(seed)
    return nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))


def batches_of_20() -> list[tuple[Any, Any]]:
    return [(MOONS.X[i : i + 20], MOONS.y[i : i + 20]) for i in (0, 20, 40)]


def sgd(model: Any, lr: float = 0.1) -> nn.SGD:
    return nn.SGD(model.parameters(), lr=lr, momentum=0.9)


def same(a: nn.Module, b: nn.Module) -> bool:
    x, y = a.state_dict(), b.state_dict()
    return x.keys() == y.keys() and all((x[k] == y[k]).all() for k in x)


def quiet(*args: Any, **options: Any) -> nn.History:
    return nn.fit(*args, progress=False, **options)


# ---- The loop ------------------------------------------------------------------------------------


def test_it_is_the_loop_written_out_bit_for_bit() -> None:
    """Clipping, a schedule and validation included."""
    written, fitted = network(), network()
    loss = nn.CrossEntropyLoss()
    optimizer = sgd(written)
    schedule = nn.optim.lr_scheduler.StepLR(optimizer, 2, gamma=0.5)
    losses, rates, seen = [], [], []
    for _ in range(5):
        written.train()
        total = 0.0
        for inputs, targets in batches_of_20():
            optimizer.zero_grad()
            value = loss(written(inputs), targets)
            value.backward()
            nn.clip_grad_norm_(written.parameters(), 0.5)
            optimizer.step()
            total += value.item() * 20
        losses.append(total / 60)
        rates.append(optimizer.param_groups[0]["lr"])
        schedule.step()
        written.eval()
        seen.append(loss(written(MOONS.X), MOONS.y).item())

    optimizer = sgd(fitted)
    history = quiet(
        fitted, batches_of_20(), loss, optimizer, 5, clip=0.5, validation=(MOONS.X, MOONS.y),
        schedule=nn.optim.lr_scheduler.StepLR(optimizer, 2, gamma=0.5),
    )  # fmt: skip
    assert same(written, fitted)
    assert history["loss"] == losses
    assert history["validation loss"] == seen
    assert history["lr"] == rates == [0.1, 0.1, 0.05, 0.05, 0.025]
    assert history.reason == ""


def test_neurons_train_as_their_tensors_do() -> None:
    scalar = nn.MLP(2, [6, 2], seed=3)
    tensors = scalar.to_tensor()
    first = quiet(scalar, batches_of_20(), nn.cross_entropy, sgd(scalar), 4, metrics=nn.accuracy)
    second = quiet(
        tensors, batches_of_20(), nn.CrossEntropyLoss(), sgd(tensors), 4, metrics=nn.accuracy
    )
    np.testing.assert_allclose(first["loss"], second["loss"], rtol=1e-12)
    assert first["accuracy"] == second["accuracy"]
    for a, b in zip(scalar.to_tensor().parameters(), tensors.parameters(), strict=True):
        np.testing.assert_allclose(a.data, b.data, rtol=1e-10)


@pytest.mark.parametrize("outputs", [1, 2])
def test_one_scalar_after_the_other_learns_the_same(outputs: int) -> None:
    loss = nn.cross_entropy if outputs == 2 else nn.hinge_loss
    targets = MOONS.y if outputs == 2 else 2.0 * MOONS.y - 1
    histories = []
    for compiled in (True, False):
        model = nn.MLP(2, [4, outputs], seed=3)
        data = [(MOONS.X[:20], targets[:20]), (Tensor(MOONS.X[20:30]), targets[20:30].tolist())]
        histories.append(
            quiet(model, data, loss, sgd(model), 3, metrics=nn.accuracy, compile=compiled,
                  validation=data)
        )  # fmt: skip
    for name in ("loss", "accuracy", "validation loss", "validation accuracy"):
        np.testing.assert_allclose(*(history[name] for history in histories), rtol=1e-10)


def test_a_network_of_neurons_is_traced_once_for_each_mode_and_size(monkeypatch: Any) -> None:
    from autograd.compiling import compiled

    traced = []
    trace = compiled.trace
    monkeypatch.setattr(compiled, "trace", lambda *args: traced.append(1) or trace(*args))
    model = nn.MLP(2, [6, 2], seed=3)
    quiet(model, batches_of_20(), nn.cross_entropy, sgd(model), 10,
          validation=(MOONS.X, MOONS.y))  # fmt: skip
    assert len(traced) == 2


def test_a_network_of_neurons_with_one_output_gives_a_score_each() -> None:
    model = nn.MLP(2, [6, 1], seed=3)
    signs = 2.0 * MOONS.y - 1
    history = quiet(model, (MOONS.X, signs), nn.hinge_loss, sgd(model), 60, metrics=[nn.accuracy])
    assert history["accuracy"][-1] > 0.85
    assert nn.predictor(model)(MOONS.X).shape == (60,)


def test_losses_of_batches_count_by_their_size() -> None:
    model = nn.Linear(1, 1)
    batches = [(np.ones((3, 1)), np.zeros((3, 1))), (np.zeros((1, 1)), np.ones((1, 1)))]
    optimizer = sgd(model, lr=0.0)
    history = quiet(model, batches, nn.MSELoss(), optimizer, 1)
    w, b = model.weight.item(), model.bias.item()
    np.testing.assert_allclose(history["loss"], [(3 * (w + b) ** 2 + (b - 1) ** 2) / 4])


def test_metrics_are_of_all_examples_at_once() -> None:
    model = network()
    data = batches_of_20()
    got = nn.evaluate(model, data, nn.CrossEntropyLoss(), [nn.precision, nn.f1_score])
    model.eval()
    outputs = model(MOONS.X)
    assert got["precision"] == nn.precision(outputs, MOONS.y)
    assert got["f1 score"] == nn.f1_score(outputs, MOONS.y)
    np.testing.assert_allclose(got["loss"], nn.CrossEntropyLoss()(outputs, MOONS.y).item())


def test_metrics_by_name_and_without_loss() -> None:
    assert list(nn.evaluate(network(), (MOONS.X, MOONS.y), metrics={"right": nn.accuracy})) == [
        "right"
    ]


def test_looking_does_not_change_the_model() -> None:
    model = network()
    model[1].eval()  # a mixture of modes, and batch norm's averages
    before = model.state_dict()
    nn.evaluate(model, (MOONS.X, MOONS.y), nn.CrossEntropyLoss())
    assert [m.training for m in model.modules()] == [True, True, False, True, True]
    assert all((before[k] == x).all() for k, x in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())


def test_a_part_that_its_module_keeps_in_use_is_not_trained_by_fit() -> None:
    class Frozen(nn.Module):
        def __init__(self) -> None:
            self.norm, self.last = nn.BatchNorm1d(2), nn.Linear(2, 1)

        def train(self, mode: bool = True) -> Self:
            super().train(mode)
            self.norm.eval()
            return self

        def forward(self, x: Any) -> Any:
            return self.last(self.norm(x))

    part = Frozen()
    model, data = nn.Sequential(part), (np.arange(8.0).reshape(4, 2), np.ones((4, 1)))
    optimizer = nn.SGD(model.parameters(), lr=0.01)
    quiet(model, [data], nn.mse_loss, optimizer, 2, validation=data)
    np.testing.assert_array_equal(part.norm.running_mean.data, [0.0, 0.0])
    assert (part.norm.training, part.last.training) == (True, True)  # as it was made


def test_fit_restores_the_mode() -> None:
    model = network().eval()
    quiet(model, batches_of_20(), nn.CrossEntropyLoss(), sgd(model), 1)
    assert not any(m.training for m in model.modules())
    assert (model.state_dict()["1.num_batches_tracked"] == 3).all()  # it trained in training mode


def test_no_epochs_leave_everything_as_it_is() -> None:
    model = network()
    before = model.state_dict()
    assert quiet(model, batches_of_20(), nn.CrossEntropyLoss(), sgd(model), 0).epochs == 0
    assert all((before[k] == x).all() for k, x in model.state_dict().items())


# ---- Schedules -----------------------------------------------------------------------------------


def rates(schedule: Any, **options: Any) -> list[float]:
    """The learning rate at each step."""
    model = network()
    optimizer = sgd(model)
    found: list[float] = []

    class Rates:
        def on_backward(self, run: nn.Run) -> None:
            found.append(run.optimizer.param_groups[0]["lr"])

    made = schedule(optimizer) if schedule else None
    quiet(model, batches_of_20(), nn.CrossEntropyLoss(), optimizer, 2, schedule=made,
          callbacks=[Rates()], **options)  # fmt: skip
    return found


def test_schedules_move_after_epochs_or_steps() -> None:
    schedulers = nn.optim.lr_scheduler
    halves = lambda o: schedulers.ExponentialLR(o, 0.5)  # noqa: E731
    assert rates(halves) == [0.1] * 3 + [0.05] * 3
    each = rates(halves, schedule_each="step")
    np.testing.assert_allclose(each, 0.1 * 0.5 ** np.arange(6), rtol=1e-12)
    one_cycle = rates(lambda o: schedulers.OneCycleLR(o, max_lr=1.0, total_steps=7))
    assert len(set(one_cycle)) > 3
    assert rates(lambda o: lambda epoch: 1 / (1 + epoch)) == [0.1] * 3 + [0.05] * 3


def test_a_plateau_is_measured_on_the_validation_data() -> None:
    model = network()
    optimizer = sgd(model, lr=0.0)  # nothing improves
    schedule = nn.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)
    optimizer.param_groups[0]["lr"] = 1e-12
    history = quiet(
        model, batches_of_20(), nn.CrossEntropyLoss(), optimizer, 5, schedule=schedule,
        validation=(MOONS.X, 1 - MOONS.y),
    )  # fmt: skip
    assert schedule.best == min(history["validation loss"])
    assert schedule.best != min(history["loss"])


# ---- Callbacks -----------------------------------------------------------------------------------


class Moments:
    """Writes down when it is called."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("on_"):
            raise AttributeError(name)
        return lambda run: self.seen.append(f"{name[3:]} {run.epoch}.{run.step}")


def test_callbacks_are_called_at_their_moments() -> None:
    moments, model = Moments(), network()
    quiet(model, batches_of_20()[:2], nn.CrossEntropyLoss(), sgd(model), 2, callbacks=[moments])
    assert moments.seen == [
        "start 0.0",
        "batch 0.0", "backward 0.0", "step 0.1", "batch 0.1", "backward 0.1", "step 0.2",
        "epoch 1.2",
        "batch 1.2", "backward 1.2", "step 1.3", "batch 1.3", "backward 1.3", "step 1.4",
        "epoch 2.4",
        "end 2.4",
    ]  # fmt: skip


def test_a_callback_sees_gradients_before_the_step() -> None:
    model = network()

    class Looks:
        def on_backward(self, run: nn.Run) -> None:
            self.before = run.model.state_dict()
            self.norm = sum(float((p.grad**2).sum()) for p in run.model.parameters()) ** 0.5
            assert isinstance(run.value, Tensor)
            assert run.outputs.shape == (20, 2)

        def on_step(self, run: nn.Run) -> None:
            after = run.model.state_dict()
            assert not (after["0.weight"] == self.before["0.weight"]).all()
            assert self.norm <= 0.01 + 1e-9  # clipped

    quiet(model, batches_of_20(), nn.CrossEntropyLoss(), sgd(model), 1, clip=0.01,
          callbacks=[Looks()])  # fmt: skip


def test_the_end_is_told_even_after_an_error() -> None:
    class Fails(Moments):
        def on_backward(self, run: nn.Run) -> None:
            raise RuntimeError("no more")

    moments, model = Fails(), network()
    with pytest.raises(RuntimeError, match="no more"):
        quiet(model, batches_of_20(), nn.CrossEntropyLoss(), sgd(model), 1, callbacks=[moments])
    assert moments.seen[-1] == "end 0.0"
    assert model.training


def test_stop_in_the_middle_of_an_epoch_leaves_no_line_of_it() -> None:
    class Stops:
        def on_step(self, run: nn.Run) -> None:
            if run.step == 4:
                run.stop("enough")

    model = network()
    history = quiet(
        model, batches_of_20(), nn.CrossEntropyLoss(), sgd(model), 9, callbacks=[Stops()]
    )
    assert (history.epochs, history.reason) == (1, "enough")


def test_early_stopping_goes_back_to_the_best_epoch() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 5)), rng.integers(0, 2, 20)  # nothing to learn but by heart
    Xv, yv = rng.normal(size=(50, 5)), rng.integers(0, 2, 50)
    nn.manual_seed(1)
    model = nn.Sequential(nn.Linear(5, 30), nn.Tanh(), nn.Linear(30, 2))
    states = []

    class States:
        def on_epoch(self, run: nn.Run) -> None:
            states.append(run.model.state_dict())

    stop = nn.EarlyStopping(patience=4)
    history = quiet(
        model, (X, y), nn.CrossEntropyLoss(), sgd(model, 0.5), 300, validation=(Xv, yv),
        callbacks=[States(), stop],
    )  # fmt: skip
    curve = history["validation loss"]
    assert stop.best_epoch == int(np.argmin(curve)) + 1
    assert history.epochs == stop.best_epoch + 4 < 300
    assert "validation loss did not improve for 4 epochs" in history.reason
    best = states[stop.best_epoch - 1]
    assert all((best[k] == x).all() for k, x in model.state_dict().items())
    again = nn.evaluate(model, (Xv, yv), nn.CrossEntropyLoss())["loss"]
    assert again == min(curve)


@pytest.mark.parametrize(
    ("monitor", "mode", "curve", "best"),
    [
        ("loss", None, [3.0, 1.0, 2.0, 2.0], 2),
        ("accuracy", None, [0.1, 0.9, 0.8, 0.8], 2),
        ("validation f1 score", None, [0.1, 0.9, 0.8, 0.8], 2),
        ("profit", "max", [1.0, 5.0, 4.0, 4.0], 2),
        ("loss", None, [1.0, 0.95, 0.92, 0.0], 1),  # less than min_delta is nothing
        ("loss", None, [1.0, float("nan"), float("nan"), 0.0], 1),
    ],
)
def test_what_counts_as_better(monitor: str, mode: Any, curve: list[float], best: int) -> None:
    stop = nn.EarlyStopping(monitor, patience=2, min_delta=0.1, mode=mode)
    run = nn.Run(network(), None, None, None, 4, validation=1)
    stop.on_start(run)
    for number in curve:
        run.epoch += 1
        run.history.append({monitor: number})
        stop.on_epoch(run)
        if run.stopped:
            break
    assert (stop.best_epoch, run.epoch) == (best, best + 2)
    assert stop.best == curve[best - 1]


def test_convergence_by_the_gradient_reaches_the_known_minimum() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 3))
    y = X @ [[1.0], [-2.0], [0.5]] + 0.1 * rng.normal(size=(30, 1))
    model = nn.Linear(3, 1, bias=False)
    done = nn.Convergence(gradient_norm=1e-9)
    history = quiet(model, (X, y), nn.MSELoss(), nn.SGD(model.parameters(), lr=0.1), 5000,
                    callbacks=[done])  # fmt: skip
    assert history.reason.startswith("converged")
    assert history.epochs < 5000
    np.testing.assert_allclose(model.weight.data[0], np.linalg.lstsq(X, y[:, 0])[0], atol=1e-8)


def test_convergence_by_the_loss_and_of_neurons() -> None:
    model = nn.MLP(2, [2], seed=0)
    history = quiet(model, (MOONS.X, MOONS.y), nn.cross_entropy, sgd(model), 5000,
                    callbacks=[nn.Convergence(loss_change=1e-5, gradient_norm=1e-9)])  # fmt: skip
    change = abs(history["loss"][-1] - history["loss"][-2])
    assert change <= 1e-5
    assert abs(history["loss"][-2] - history["loss"][-3]) > 1e-5
    assert "the loss changed by" in history.reason


# ---- Interrupts ----------------------------------------------------------------------------------


def interrupted_at(moment: str, model: nn.Module, step: int = 4) -> nn.History:
    class Interrupts:
        pass

    def interrupt(run: nn.Run) -> None:
        if run.step == step:
            os.kill(os.getpid(), signal.SIGINT)

    setattr(Interrupts, moment, staticmethod(interrupt))
    return quiet(model, batches_of_20(), nn.CrossEntropyLoss(), sgd(model), 9,
                 callbacks=[Interrupts()])  # fmt: skip


@pytest.mark.parametrize("moment", ["on_batch", "on_backward", "on_step"])
def test_ctrl_c_ends_after_a_whole_step_with_the_history_so_far(moment: str) -> None:
    model, written = network(), network()
    history = interrupted_at(moment, model)
    assert (history.epochs, history.reason) == (1, "interrupted")
    optimizer = sgd(written)
    steps = 4 if moment == "on_step" else 5
    for inputs, targets in (batches_of_20() * 2)[:steps]:
        optimizer.zero_grad()
        nn.CrossEntropyLoss()(written(inputs), targets).backward()
        optimizer.step()
    assert same(model, written)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_twice_ends_at_once() -> None:
    class Interrupts:
        def on_backward(self, run: nn.Run) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(1000):  # give the signals the time to come
                pass
            raise AssertionError("still here")

    model = network()
    history = quiet(
        model, batches_of_20(), nn.CrossEntropyLoss(), sgd(model), 9, callbacks=[Interrupts()]
    )
    assert history.reason == "interrupted"


def test_a_handler_of_somebody_else_stays() -> None:
    heard = []
    before = signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    try:
        history = interrupted_at("on_step", network())
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == [signal.SIGINT]
    assert history.epochs == 9


def test_other_threads_may_train() -> None:
    histories: list[nn.History] = []

    def work() -> None:
        model = network()
        histories.append(quiet(model, batches_of_20(), nn.CrossEntropyLoss(), sgd(model), 2))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert histories[0].epochs == 2


# ---- Bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", ["inputs", "targets", "loss"])
def test_what_is_not_finite_is_named_before_anything_is_touched(bad: str) -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
    X, y = MOONS.X.copy(), MOONS.y[:, None].astype(float)
    if bad == "inputs":
        X[47, 1] = np.inf
    if bad == "targets":
        y[47] = np.nan
    steps = []

    def loss(outputs: Any, targets: Any) -> Any:
        value = ((outputs - targets) ** 2).mean()
        return value / 0.0 if bad == "loss" and len(steps) == 2 else value

    class Steps:
        def on_step(self, run: nn.Run) -> None:
            steps.append(run.model.state_dict())

    data = [(X[i : i + 20], y[i : i + 20]) for i in (0, 20, 40)]
    error = FloatingPointError if bad == "loss" else ValueError
    with np.errstate(divide="ignore"), pytest.raises(error) as info:
        quiet(model, data, loss, sgd(model), 1, callbacks=[Steps()])
    place = "fit: epoch 1, step 3 (after 40 examples of the epoch): expected "
    what = {
        "inputs": "finite inputs, got inf at index (7, 1) of the batch",
        "targets": "finite targets, got nan at index (7, 0) of the batch",
        "loss": "a finite loss, got inf. The data are finite: try a learning rate below 0.1",
    }[bad]
    assert str(info.value).startswith(place + what)
    after = model.state_dict()
    if bad == "loss":  # the forward pass was allowed, and batch norm has seen it
        after = {k: x for k, x in after.items() if "running" not in k and "num_" not in k}
    assert all((steps[-1][k] == x).all() for k, x in after.items())


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"data": (MOONS.X, MOONS.y[:5])}, ValueError, "60 inputs and 5 targets"),
        ({"data": (MOONS.X[:0], MOONS.y[:0])}, ValueError, "at least one"),
        ({"data": MOONS.X}, TypeError, "DataLoader"),
        ({"data": []}, ValueError, "at least one batch"),
        ({"validation": []}, ValueError, "at least one batch"),
        ({"data": (np.array(1.0), np.array(2.0))}, TypeError, "(inputs, targets)"),
        ({"data": iter(batches_of_20())}, TypeError, "empty after the first"),
        ({"data": [MOONS.X]}, TypeError, "(inputs, targets)"),
        ({"data": [(MOONS.X,)]}, TypeError, "tuple of 1"),
        ({"data": 3}, TypeError, "got int"),
        ({"validation": MOONS.X}, TypeError, "fit: validation"),
        ({"loss": lambda o, t: 1.0}, TypeError, "a node that remembers"),
        ({"optimizer": 0.1}, TypeError, "nn.SGD(model.parameters(), lr=0.1)"),
        ({"optimizer": nn.LBFGS([Value(1.0)])}, TypeError, "optimizer.step(closure)"),
        ({"epochs": 1.5}, TypeError, "fit: epochs"),
        ({"epochs": -1}, ValueError, "at least 0"),
        ({"clip": 0.0}, ValueError, "a norm above 0"),
        ({"schedule": 3}, TypeError, "a scheduler"),
        ({"schedule_each": "batch"}, ValueError, '"epoch" or "step"'),
        ({"callbacks": [print]}, TypeError, "on_backward"),
        ({"metrics": ["accuracy"]}, TypeError, "metrics=[nn.accuracy]"),
        ({"callbacks": [nn.EarlyStopping()]}, ValueError, "no validation data"),
        ({"callbacks": [nn.EarlyStopping("lost")]}, ValueError, "'loss', 'lr'"),
        (
            {"schedule": nn.optim.lr_scheduler.StepLR(sgd(network()), 2)},
            ValueError,
            "one of another",
        ),
    ],
)
def test_bad_input(change: dict[str, Any], error: type[Exception], words: str) -> None:
    model = network()
    options: dict[str, Any] = {
        "data": batches_of_20(), "loss": nn.CrossEntropyLoss(), "epochs": 2,
        "optimizer": sgd(model),
    }  # fmt: skip
    before = model.state_dict()
    with pytest.raises(error, match="expected") as info:
        quiet(model, **options | change)
    assert words in str(info.value)
    if "EarlyStopping: monitor" not in str(info.value):  # which is known after an epoch only
        after = model.state_dict()
        assert all((before[k] == x).all() for k, x in after.items() if "weight" in k)


def test_early_stopping_and_convergence_check_what_they_get() -> None:
    with pytest.raises(ValueError, match="patience"):
        nn.EarlyStopping(patience=0)
    with pytest.raises(ValueError, match='"min" or "max"'):
        nn.EarlyStopping(mode="least")
    with pytest.raises(ValueError, match="neither"):
        nn.Convergence()
    with pytest.raises(ValueError, match="at least 0"):
        nn.Convergence(loss_change=-1.0)


# ---- What one sees -------------------------------------------------------------------------------


def test_a_log_has_a_dozen_lines_with_all_there_is_to_know(capsys: Any) -> None:
    model = network()
    nn.fit(model, batches_of_20(), nn.CrossEntropyLoss(), sgd(model), 100, metrics=nn.accuracy,
           validation=(MOONS.X, MOONS.y))  # fmt: skip
    lines = capsys.readouterr().out.splitlines()
    assert 10 <= len(lines) <= 14
    assert lines[0].startswith("epoch   1/100  loss ")
    assert lines[-1].startswith("epoch 100/100  loss ")
    for name in ("accuracy", "validation loss", "validation accuracy", "lr 0.1"):
        assert name in lines[-1]


def test_an_early_end_is_explained(capsys: Any) -> None:
    model = network()
    nn.fit(model, batches_of_20(), nn.CrossEntropyLoss(), sgd(model), 50,
           callbacks=[nn.Convergence(loss_change=100.0)])  # fmt: skip
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("stopped after 2 of 50 epochs: converged, the loss changed by")


def test_a_terminal_gets_a_bar(monkeypatch: Any, capsys: Any) -> None:
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    model = network()
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    nn.fit(model, batches_of_20(), nn.CrossEntropyLoss(), sgd(model), 3)
    out = capsys.readouterr().out
    assert "9/9" in out
    assert "epoch 3/3" in out
    assert "loss" in out
