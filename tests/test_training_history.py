"""History: curves of one length, whatever was measured when."""

from __future__ import annotations

import copy
import csv
import math
import pickle
from pathlib import Path

import pytest

import nn


def three_epochs() -> nn.History:
    history = nn.History()
    history.append({"loss": 1.5})
    history.append({"loss": 1 / 3, "accuracy": 0.5})
    history.append({"accuracy": 0.75})
    return history


def test_what_was_not_measured_is_nan() -> None:
    history = three_epochs()
    assert history.epochs == 3
    assert history["loss"][:2] == [1.5, 1 / 3]
    assert math.isnan(history["loss"][2])
    assert math.isnan(history["accuracy"][0])
    assert history["accuracy"][1:] == [0.5, 0.75]


def test_a_csv_file_holds_every_digit(tmp_path: Path) -> None:
    text = three_epochs().to_csv(tmp_path / "history.csv")
    rows = list(csv.reader((tmp_path / "history.csv").read_text().splitlines()))
    assert rows == [["epoch", "loss", "accuracy"], ["1", "1.5", ""],
                    ["2", "0.3333333333333333", "0.5"], ["3", "", "0.75"]]  # fmt: skip
    assert text.splitlines()[0] == "epoch,loss,accuracy"


def test_copies_are_apart() -> None:
    history = three_epochs()
    history.reason = "interrupted"
    for other in (history.copy(), copy.deepcopy(history), pickle.loads(pickle.dumps(history))):
        assert isinstance(other, nn.History)
        assert other.reason == "interrupted"
        other.append({"loss": 0.0})
        assert (other.epochs, history.epochs) == (4, 3)
    plain = history.to_dict()
    assert type(plain) is dict
    plain["loss"].append(1.0)
    assert history.epochs == 3


def test_it_reads_well() -> None:
    assert repr(nn.History()) == "History of 0 epochs"
    history = three_epochs()
    history.reason = "interrupted"
    assert repr(history) == "History of 3 epochs (interrupted): loss nan, accuracy 0.75"


def test_the_plot_has_a_line_for_each_curve_but_not_for_the_rate() -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    from matplotlib.figure import Figure

    history = nn.History({"loss": [1.0, 0.5], "accuracy": [0.5, 1.0], "lr": [0.1, 0.1]})
    ax = history.plot(ax=Figure().add_subplot())
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["loss", "accuracy"]
