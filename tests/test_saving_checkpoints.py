"""A training that stopped goes on bit for bit, or nothing is touched and the reason is told."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import killed_training
import numpy as np
import pytest
from test_saving_trees import numbers, same

import nn
from nn.saving import atomic
from nn.training.checkpoints import state

ROOT = str(Path(nn.__file__).parents[1])
needs_unix = pytest.mark.skipif(os.name != "posix", reason="no fork and signals of Unix")
lr_scheduler = nn.optim.lr_scheduler


@needs_unix
@pytest.mark.parametrize(("suffix", "kills"), [(".npz", 55), (".safetensors", 10)])
def test_killed_and_resumed(suffix: str, kills: int, tmp_path: Path) -> None:
    if suffix == ".safetensors":
        pytest.importorskip("safetensors", reason="safetensors is not installed")
    run = subprocess.run(
        [sys.executable, killed_training.__file__, tmp_path, str(kills), suffix],
        env=os.environ | {"PYTHONPATH": ROOT, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert int(run.stdout) == kills
    whole, killed = (nn.load(tmp_path / name / "end.npz") for name in ("whole", "killed"))
    assert len(whole["history"]["loss"]) == killed_training.EPOCHS
    assert len(set(whole["history"]["loss"])) == killed_training.EPOCHS
    assert same(whole, killed)


# --- resumed in all kinds of trainings ---

rng = np.random.default_rng(0)
IMAGES, VECTORS, CLASSES = (
    rng.normal(size=(12, 1, 6, 6)),
    rng.normal(size=(12, 2)),
    np.arange(12) % 3,
)


class Last(nn.Module):
    """The last output of a recurrent network."""

    def __init__(self) -> None:
        self.rnn, self.out = nn.GRU(6, 4, batch_first=True), nn.Linear(4, 3)

    def forward(self, x: Any) -> Any:
        return self.out(self.rnn(x[:, 0])[0][:, -1])


MODELS: dict[str, Any] = {
    "values": lambda: nn.MLP(2, [4, 3], seed=random.randrange(10**6)),
    "matrices": lambda: nn.Sequential(
        nn.Linear(2, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Dropout(0.3), nn.Linear(5, 3)
    ),
    "images": lambda: nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Tanh(), nn.Dropout2d(0.2), nn.Flatten(),
        nn.Linear(32, 3),
    ),
    "sequences": Last,
    "single precision": lambda: nn.Sequential(nn.Linear(2, 3)).float(),
}  # fmt: skip
OPTIMIZERS: dict[str, Any] = {
    "SGD": lambda p: nn.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "Adam": lambda p: nn.Adam(p, lr=0.05, amsgrad=True),
    "NAdam": lambda p: nn.NAdam(p, lr=0.05),
    "RMSprop": lambda p: nn.RMSprop(p, lr=0.01, momentum=0.5, centered=True),
}
SCHEDULES: dict[str, Any] = {
    "none": lambda o: None,
    "function": lambda o: lambda epoch: 0.9**epoch,
    "steps": lambda o: lr_scheduler.MultiStepLR(o, [2, 3, 3, 5], 0.5),
    "plateau": lambda o: lr_scheduler.ReduceLROnPlateau(o, patience=0, threshold=0.5),
    "cycle": lambda o: lr_scheduler.OneCycleLR(o, 0.1, 100),
    "sequence": lambda o: lr_scheduler.SequentialLR(
        o, [lr_scheduler.LinearLR(o, 0.1), lr_scheduler.ExponentialLR(o, 0.9)], [3]
    ),
}
DATA: dict[str, Any] = {
    "loader": lambda x: nn.DataLoader(
        nn.TensorDataset(x, CLASSES), batch_size=5, shuffle=True, rng=np.random.default_rng(3)
    ),
    "global order": lambda x: nn.DataLoader(
        nn.data.Subset(nn.TensorDataset(x, CLASSES), range(1, 11)), batch_size=5, shuffle=True
    ),
    "arrays": lambda x: (x, CLASSES),
    "batches": lambda x: [(x[:6], CLASSES[:6]), (x[6:], CLASSES[6:])],
}

TRAININGS = [
    *((model, "Adam", "steps", "loader") for model in MODELS),
    *(("matrices", optimizer, "none", "global order") for optimizer in OPTIMIZERS),
    *(("matrices", "SGD", schedule, "arrays") for schedule in SCHEDULES),
    *(("values", "SGD", "cycle", data) for data in DATA),
]


class Training:
    """What a script makes at its start."""

    def __init__(
        self, seed: int, model: str = "matrices", optimizer: str = "Adam", schedule: str = "steps",
        data: str = "loader",
    ) -> None:  # fmt: skip
        nn.manual_seed(seed)
        np.random.seed(seed)
        random.seed(seed)
        self.model = MODELS[model]()
        self.optimizer = OPTIMIZERS[optimizer](self.model.parameters())
        self.schedule = SCHEDULES[schedule](self.optimizer)
        self.data = DATA[data](IMAGES if model in ("images", "sequences") else VECTORS)
        if model == "single precision":
            self.data = DATA[data](VECTORS.astype("f4"))
        self.stop = nn.EarlyStopping(monitor="loss", patience=100)

    def fit(self, epochs: int, checkpoint: Any = None, **options: Any) -> Any:
        callbacks = [*([checkpoint] if checkpoint else []), self.stop, *options.pop("more", [])]
        return nn.fit(
            self.model, self.data, nn.CrossEntropyLoss(), self.optimizer, epochs,
            schedule=self.schedule, callbacks=callbacks, progress=False, **options,
        )  # fmt: skip

    def state(self) -> Any:
        run = nn.Run(self.model, None, self.optimizer, self.data, 0, callbacks=[self.stop])
        return state(run)


@pytest.mark.parametrize(("model", "optimizer", "schedule", "data"), TRAININGS)
def test_resumed_bit_for_bit(
    model: str, optimizer: str, schedule: str, data: str, tmp_path: Path
) -> None:
    parts = (model, optimizer, schedule, data)
    whole = Training(1, *parts)
    history = whole.fit(7)
    expected = whole.state()
    Training(1, *parts).fit(3, nn.Checkpoint(tmp_path / "run.npz"))
    resumed = Training(2, *parts)
    assert not same(resumed.state()["model"], expected["model"])
    assert resumed.fit(7, nn.Checkpoint(tmp_path / "run.npz", resume=True)) == history
    assert history.epochs == 7
    assert same(numbers(resumed.state()), numbers(expected))


def test_every_few_epochs_and_after_the_last(tmp_path: Path) -> None:
    path, seen = tmp_path / "run.npz", []

    class Watch:
        last = True

        def on_epoch(self, run: Any) -> None:
            seen.append(nn.load(path)["epoch"] if path.exists() else 0)

    Training(1).fit(8, nn.Checkpoint(path, every=3), more=[Watch()])
    assert seen == [0, 0, 3, 3, 3, 6, 6, 8]
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]


def test_what_ends_within_an_epoch_goes_on_from_the_last_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"

    class Stop:
        def on_step(self, run: Any) -> None:
            if run.epoch == 5:
                run.stop("enough")

    history = Training(1).fit(8, nn.Checkpoint(path, every=3), more=[Stop()])
    assert (history.epochs, history.reason, nn.load(path)["epoch"]) == (5, "enough", 3)
    resumed = Training(2).fit(8, nn.Checkpoint(path, every=3, resume=True))
    assert resumed == Training(1).fit(8)


def test_more_epochs_than_at_first_and_none(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    Training(1).fit(4, nn.Checkpoint(path, resume=True))  # there is nothing to resume yet
    content = path.read_bytes()
    through = Training(2)
    assert through.fit(4, nn.Checkpoint(path, resume=True)).epochs == 4
    assert through.fit(2, nn.Checkpoint(path, resume=True)).epochs == 4
    assert path.read_bytes() == content
    assert same(nn.load(path)["model"], through.model.state_dict())
    assert through.fit(6, nn.Checkpoint(path, resume=True)).epochs == 6
    assert nn.load(path)["epoch"] == 6


def test_a_training_that_had_ended_stays_ended(tmp_path: Path) -> None:
    """Early stopping has the epoch before the checkpoint has, wherever it is in the list."""
    path = tmp_path / "run.npz"
    training = Training(1, optimizer="SGD", schedule="none")
    training.stop = nn.EarlyStopping(monitor="loss", patience=5, min_delta=0.02)
    history = training.fit(500, nn.Checkpoint(path))
    assert 6 < history.epochs < 500
    assert "did not improve" in history.reason
    again = Training(2, optimizer="SGD", schedule="none")
    again.stop = nn.EarlyStopping(monitor="loss", patience=5, min_delta=0.02)
    resumed = again.fit(500, nn.Checkpoint(path, resume=True))
    assert (resumed, resumed.reason) == (history, history.reason)
    assert same(again.model.state_dict(), training.model.state_dict())  # of the best epoch
    assert not same(again.model.state_dict(), nn.load(path)["model"])  # of the last


def test_a_training_that_was_interrupted_goes_on(tmp_path: Path) -> None:
    class Interrupt:
        def on_epoch(self, run: Any) -> None:
            if run.epoch == 2:
                run.stop("interrupted")

    path = tmp_path / "run.npz"
    assert Training(1).fit(5, nn.Checkpoint(path), more=[Interrupt()]).reason == "interrupted"
    assert nn.load(path)["epoch"] == 2
    history = Training(2).fit(5, nn.Checkpoint(path, resume=True))
    assert (history.epochs, history.reason) == (5, "")
    assert history == Training(1).fit(5)


def test_the_weights_alone(tmp_path: Path) -> None:
    training = Training(1)
    training.fit(2, nn.Checkpoint(tmp_path / "run.npz"))
    model = MODELS["matrices"]()
    model.load_state_dict(nn.load(tmp_path / "run.npz")["model"])
    assert same(model.state_dict(), training.model.state_dict())


def test_progress_begins_where_the_training_does(tmp_path: Path) -> None:
    """Otherwise its bar starts at 0, and the time left is wrong."""
    begun = []

    class Watch:
        def on_end(self, run: Any) -> None:
            begun.extend(c.began_at for c in run.callbacks if isinstance(c, nn.Progress))

    for epochs in (2, 4):
        training = Training(1)
        nn.fit(
            training.model, training.data, nn.CrossEntropyLoss(), training.optimizer, epochs,
            schedule=training.schedule,
            callbacks=[nn.Checkpoint(tmp_path / "run.npz", resume=True), training.stop, Watch()],
        )  # fmt: skip
    assert begun == [0, 2]


# --- what is refused ---


def refused(training: Training, path: Path, told: str, **options: Any) -> None:
    """Nothing is touched, neither in memory nor on the disk."""
    before, content = numbers(training.state()), path.read_bytes()
    with pytest.raises(ValueError, match=told):
        training.fit(6, nn.Checkpoint(path, **{"resume": True, **options}))
    assert same(numbers(training.state()), before)
    assert path.read_bytes() == content


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A checkpoint after two epochs."""
    Training(1).fit(2, nn.Checkpoint(tmp_path / "run.npz"))
    return tmp_path / "run.npz"


def test_a_file_that_is_there_already(path: Path) -> None:
    refused(Training(2), path, "there already.*resume=True", resume=False)


def test_a_checkpoint_of_another_training(path: Path) -> None:
    refused(Training(2, optimizer="SGD"), path, "optimizer: Adam there, SGD here")
    refused(Training(2, schedule="none"), path, "schedule: MultiStepLR there, None here")
    refused(Training(2, model="values"), path, r"model: Sequential.* there, MLP.* here")
    refused(Training(2, data="arrays"), path, "data: ")
    other = Training(2)
    other.model = other.model.float()
    refused(other, path, "dtypes: .*float64.* there, .*float32.* here")
    other = Training(2)
    other.model[2] = nn.Tanh()  # the shapes are the same
    refused(other, path, "ReLU.* there,.*Tanh")


def test_a_checkpoint_of_other_data(path: Path) -> None:
    changed = VECTORS.copy()
    changed[7, 1] += 1e-9
    examples = nn.TensorDataset(VECTORS, CLASSES)
    for data in (
        nn.DataLoader(nn.TensorDataset(changed, CLASSES), batch_size=5, shuffle=True),
        nn.DataLoader(examples, batch_size=4, shuffle=True),
        nn.DataLoader(nn.TensorDataset(VECTORS[:-1], CLASSES[:-1]), batch_size=5, shuffle=True),
        nn.DataLoader(nn.data.Subset(examples, range(12)), batch_size=5, shuffle=True),
    ):
        other = Training(2)
        other.data = data
        refused(other, path, "data: .* there, .* here")


def test_other_files_and_broken_ones(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-40])
    refused(Training(2), path, "expected a whole .npz file")
    nn.save(Training(1).model, path)
    refused(Training(2), path, "a file with something else")
    saved = nn.load(path)
    path.write_bytes(content)
    saved = nn.load(path)
    nn.save({**saved, "checkpoint": 2}, path)
    refused(Training(2), path, "version 1")


def changes(saved: Any) -> list[tuple[str, Any]]:
    """Checkpoints of this very training that were tampered with."""
    weight = {**saved["model"], "0.weight": np.ones((3, 3))}
    history = {"loss": 3}
    unknown = {**saved["data"], "generator": {"bit_generator": "MT19937"}}
    return [
        ("model", weight), ("model", {}), ("model", None), ("optimizer", {}),
        ("schedule", {"a": 1}),
        ("data", unknown), ("history", history), ("epoch", "two"), ("step", None),
        ("callback EarlyStopping 0", {}), ("random", {}),
        ("random", {**saved["random"], "python": (3, (1, 2), None)}),
        ("random", {**saved["random"], "numpy": {"bit_generator": "PCG64"}}),
    ]  # fmt: skip


@pytest.mark.parametrize("index", range(13))
def test_parts_that_do_not_fit_leave_all_parts_as_they_were(index: int, path: Path) -> None:
    saved = nn.load(path)
    part, change = changes(saved)[index]
    nn.save({**saved, part: change}, path)
    refused(Training(2), path, "one that does not fit.*Nothing was changed")
    saved.pop(part)
    nn.save(saved, path)
    if part.startswith("callback"):
        Training(2).fit(3, nn.Checkpoint(path, resume=True))  # it was not in use then
    else:
        refused(Training(2), path, "one that does not fit.*Nothing was changed")


def test_an_interrupted_resume(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the middle of setting everything."""
    training = Training(2)
    before, load = numbers(training.state()), training.schedule.load_state_dict
    calls: list[Any] = []

    def interrupted(state: Any) -> None:
        calls.append(state)
        if len(calls) == 1:
            raise KeyboardInterrupt
        load(state)

    monkeypatch.setattr(training.schedule, "load_state_dict", interrupted)
    history = training.fit(6, nn.Checkpoint(path, resume=True))
    assert (history.epochs, history.reason) == (0, "interrupted")
    monkeypatch.undo()
    assert same(numbers(training.state()), before)
    assert training.fit(3, nn.Checkpoint(path, resume=True)).epochs == 3


def test_a_disk_that_is_full_in_the_middle(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = path.read_bytes()

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)
    training = Training(2)
    with pytest.raises(OSError, match=r"No space left.*run\.npz"):
        training.fit(6, nn.Checkpoint(path, resume=True))
    monkeypatch.undo()
    assert path.read_bytes() == content
    assert [p.name for p in path.parent.iterdir()] == ["run.npz"]
    assert Training(3).fit(6, nn.Checkpoint(path, resume=True)) == Training(1).fit(6)


def test_before_the_training_rather_than_after_an_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=r"\.npz or \.safetensors"):
        nn.Checkpoint(tmp_path / "run.pt")
    with pytest.raises(ValueError, match="every"):
        nn.Checkpoint(tmp_path / "run.npz", every=0)
    with pytest.raises(TypeError, match="resume"):
        nn.Checkpoint(tmp_path / "run.npz", resume="yes")  # type: ignore[arg-type]
    training = Training(1)
    before = numbers(training.state())
    with pytest.raises(FileNotFoundError, match=r"no such folder.*missing"):
        training.fit(3, nn.Checkpoint(tmp_path / "missing" / "run.npz"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda place, mode: Path(place) != tmp_path)
        with pytest.raises(PermissionError, match=f"write-protected: '{tmp_path}'"):
            training.fit(3, nn.Checkpoint(tmp_path / "run.npz"))
    assert same(numbers(training.state()), before)
    x = nn.Parameter([1.0, 2.0])
    with pytest.raises(TypeError, match="a Module"):
        nn.fit(
            lambda inputs: inputs @ x, (VECTORS, VECTORS[:, 0]), nn.MSELoss(), nn.SGD([x]), 3,
            callbacks=[nn.Checkpoint(tmp_path / "run.npz")], progress=False,
        )  # fmt: skip
