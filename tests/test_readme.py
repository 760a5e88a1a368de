"""The README is true: its code runs, its tables agree with the engine, its picture is current."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

import autograd
import nn
from autograd import Value

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.S)


@pytest.mark.parametrize("index", range(len(BLOCKS)))
def test_examples_run_and_print_what_they_say(
    index: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    example = compile(BLOCKS[index], f"README example {index}", "exec")
    exec(example, {})
    printed = capsys.readouterr().out
    if "resume=True" in BLOCKS[index]:  # a cell is run again; now its files are there already
        exec(example, {})
        assert "nothing left to train" in capsys.readouterr().out
    for promised in re.findall(r"print\(.*?\)\s+# (-?[\d. -]+)$", BLOCKS[index], re.M):
        assert promised in printed


def test_there_is_an_example_for_each_kind_of_user() -> None:
    # Networks have three: by hand, compiled, with fit; derivatives two, one a rule of one's own.
    assert len(BLOCKS) == 7
    assert all(len(block.strip().splitlines()) <= 16 for block in BLOCKS)


def test_the_two_commands_are_one_line_each() -> None:
    lines = [line for line in README.splitlines() if line.startswith("python3 -m venv")]
    assert len(lines) == 2
    assert lines[0].endswith("-m nn.demo")
    assert lines[1].endswith("-m pytest -n auto")


def test_ci_takes_its_test_line_from_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    pattern = re.search(r"grep -E '([^']+)' README.md", script)
    assert pattern is not None
    assert len([line for line in README.splitlines() if re.search(pattern[1], line)]) == 1


def slope(f: Any, *xs: float) -> list[float]:
    values = [Value(x) for x in xs]
    f(*values).backward()
    return [v.grad for v in values]


# The rows of the README's table of kinks: function, what it says, what the engine does.
KINKS = {
    "`relu`": ("0", lambda: slope(autograd.relu, 0.0)[0] == 0),
    "`leaky_relu`": (
        "the negative slope",
        lambda: slope(lambda x: autograd.leaky_relu(x, 0.3), 0.0) == [0.3],
    ),
    "`abs`": ("0", lambda: slope(abs, 0.0) == [0.0]),
    "`sqrt`": ("inf", lambda: slope(autograd.sqrt, 0.0) == [float("inf")]),
    "`x ** 0`": ("0", lambda: slope(lambda x: x**0, 0.0) == [0.0]),
    "`maximum`, `minimum`": (
        "½ to each",
        lambda: slope(autograd.maximum, 1.0, 1.0) == slope(autograd.minimum, 1.0, 1.0) == [0.5] * 2,
    ),
    "`max`, `min` of a sequence": (
        "1/k to each",
        lambda: slope(lambda *x: autograd.max(x), 2.0, 1.0, 2.0) == [0.5, 0.0, 0.5],
    ),
    "comparisons, `sign`": (
        "no gradient flows",
        lambda: slope(lambda x: (x > 0) + autograd.sign(x), 0.0) == [0.0],
    ),
}


@pytest.mark.parametrize("name", KINKS)
def test_the_table_of_kinks(name: str) -> None:
    row = next(line for line in README.splitlines() if line.startswith(f"| {name} |"))
    says, does = KINKS[name]
    assert row.split("|")[3].strip() == says
    assert does()


def test_log_at_zero() -> None:
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        assert slope(autograd.log, 0.0) == [float("inf")]


def test_a_path_with_a_factor_zero_contributes_nothing() -> None:
    assert slope(lambda x: autograd.where(x > 0, autograd.sqrt(x), 0.0), 0.0) == [0.0]


def test_the_picture_is_what_draw_makes_today() -> None:
    inputs = [Value(0.5, label="x0"), Value(-1.0, label="x1")]
    out = nn.Neuron(2, activation="tanh", seed=1)(inputs)
    out.label = "out"
    out.backward()
    picture = autograd.draw(out, expand=True, engine="builtin")
    committed = (ROOT / "notebooks" / "neuron.svg").read_text(encoding="utf-8")
    # If a change of the drawing is wanted: picture.save("notebooks/neuron.svg"), and look at it.
    assert picture.svg == committed


def test_what_scripts_for_hips_autograd_do_not_find_is_named() -> None:
    absent = README.partition("Not\nhere are")[2].partition("## ")[0]
    names = set(re.findall(r"`([\w.]+)`", absent))
    assert {"autograd.scipy", "deriv", "make_hvp"} <= names
    for name in names:
        module = name.removeprefix("autograd.")
        assert not hasattr(autograd, name)
        assert importlib.util.find_spec(f"autograd.{module}") is None
