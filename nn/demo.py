"""Train a network made of scalars on real data, and see its computation graph.

    python -m nn.demo                     # iris
    python -m nn.demo moons --epochs 40 --out moons-output
    python -m nn.demo digits --no-compile # one scalar after the other, for comparison

The loop in ``train`` is the whole of it: predict, measure, go backward, take a step.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import math
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

import autograd
import nn
from nn.saving.atomic import whole_file


@dataclass(frozen=True)
class Recipe:
    """Settings that suit a data set; the command line overrides them."""

    hidden: tuple[int, ...]
    epochs: int
    batch_size: int
    lr: float


RECIPES = {
    "iris": Recipe((8,), 30, 8, 0.02),
    "digits": Recipe((16,), 6, 16, 0.05),
    "moons": Recipe((8, 8), 60, 10, 0.05),
    "circles": Recipe((8,), 60, 10, 0.05),
    "spirals": Recipe((16, 16), 100, 10, 0.03),
    "xor": Recipe((8,), 40, 10, 0.05),
}
History = dict[str, list[float]]


def train(
    predict: Callable[[Any], Any],
    optimizer: nn.SGD,
    data: tuple[Any, Any, Any, Any],
    epochs: int,
    batch_size: int,
    rng: random.Random,
    report: Callable[[History], None],
) -> History:
    """The training loop; ``report`` hears of every epoch.  Ctrl-C ends it with what there is."""
    X, y, X_val, y_val = data
    history: History = {"training loss": [], "training accuracy": [], "validation accuracy": []}
    try:
        for _ in range(epochs):
            total, right = 0.0, 0
            for inputs, targets in nn.batches(X, y, batch_size=batch_size, rng=rng):
                outputs = predict(inputs)
                loss = nn.cross_entropy(outputs, targets.tolist())
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(inputs)
                right += number_right(outputs, targets)
            if not math.isfinite(total):
                raise FloatingPointError(
                    f"training: expected a finite loss, got {total}. Try a smaller --lr."
                )
            validation = accuracy(predict, X_val, y_val)
            history["training loss"].append(total / len(X))
            history["training accuracy"].append(right / len(X))
            history["validation accuracy"].append(validation)
            report(history)
    except KeyboardInterrupt:
        print(f"\nstopped after {len(history['training loss'])} of {epochs} epochs")
    return history


def predictor(model: nn.MLP, compiled: bool) -> Callable[[Any], Any]:
    """The network as a function of many examples, which gives the scores of each.

    The numbers are the same, to rounding.  Compiled, the network is looked at once, with one
    example, and then computes with all examples at a time: scores are a Tensor of shape (examples,
    classes).  Otherwise it computes one example, one neuron after the other: scores are lists of
    Values.
    """
    if not compiled:
        return lambda X: [model(x) for x in X.tolist()]
    columns = autograd.compile(model)
    return lambda X: autograd.stack(columns(X), axis=1)


def number_right(outputs: Any, targets: Any) -> int:
    """Of how many examples the right class has the largest score."""
    rows = outputs.data if isinstance(outputs, autograd.Tensor) else outputs
    return sum(nn.predicted_class(row) == t for row, t in zip(rows, targets, strict=True))


def accuracy(predict: Callable[[Any], Any], X: Any, y: Any) -> float:
    """The share of examples whose class the network predicts."""
    with autograd.no_grad():
        return number_right(predict(X), y) / len(X)


@contextlib.contextmanager
def progress(epochs: int) -> Iterator[Callable[[History], None]]:
    """A bar in a terminal (with tqdm), a line now and then elsewhere."""
    if sys.stdout.isatty() and importlib.util.find_spec("tqdm"):
        from tqdm import tqdm

        with tqdm(total=epochs, unit="epoch", file=sys.stdout) as bar:

            def advance(history: History) -> None:
                bar.set_postfix(loss=f"{history['training loss'][-1]:.4g}", val=_percent(history))
                bar.update()

            yield advance
    else:

        def line(history: History) -> None:
            done = len(history["training loss"])
            if done in (1, epochs) or done % max(1, epochs // 10) == 0:
                loss = history["training loss"][-1]
                print(
                    f"epoch {done:>{len(str(epochs))}}/{epochs}  loss {loss:.4g}  "
                    f"validation accuracy {_percent(history)}",
                    flush=True,
                )

        yield line


def _percent(history: History) -> str:
    return f"{history['validation accuracy'][-1]:.1%}"


def draw_example(model: nn.MLP, data: nn.datasets.Dataset, x: Any, target: int, path: Path) -> None:
    """The loss graph of one example, with gradients."""
    inputs = [autograd.Value(v, label=name) for v, name in zip(x, data.feature_names, strict=True)]
    outputs = model(inputs)
    for output, name in zip(outputs, data.class_names, strict=True):
        output.label = name
    loss = nn.cross_entropy(outputs, int(target))
    loss.label = "loss"
    model.zero_grad()
    loss.backward()
    autograd.draw(loss).save(path)


def save_plot(plot: Callable[[Any], Any], path: Path) -> None:
    """Run ``plot(ax)`` and write the picture; the file is complete or not there."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    plot(figure.add_subplot())
    with whole_file(path) as file:
        figure.savefig(file, dpi=150, format="png")


class _Parser(argparse.ArgumentParser):
    def error(self, text: str) -> NoReturn:
        """One line, exit status 2."""
        raise SystemExit(_fail(text))


def _fail(text: Any) -> int:
    print(f"python -m nn.demo: {text}", file=sys.stderr)
    return 2


def _number(convert: type, what: str, least: float = math.ulp(0.0)) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        with contextlib.suppress(ValueError):
            number = convert(text)
            if least <= number < math.inf:
                return number
        raise argparse.ArgumentTypeError(f"expected {what}, got {text!r}")

    return parse


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line, with a data set's own settings where it is silent."""
    whole = _number(int, "a whole number above 0")
    parser = _Parser(
        prog="python -m nn.demo",
        description="Train a network of scalar nodes on a data set and draw its computation graph.",
        epilog="Ctrl-C stops the training and reports what has been learned so far.",
    )
    parser.add_argument(
        "dataset", nargs="?", default="iris", metavar="DATASET", help=", ".join(RECIPES)
    )
    parser.add_argument("--epochs", type=whole, help="passes over the training data")
    parser.add_argument("--batch-size", type=whole, help="examples per step")
    parser.add_argument("--lr", type=_number(float, "a number above 0"), help="learning rate")
    parser.add_argument(
        "--hidden", type=whole, nargs="+", metavar="N", help="neurons of each hidden layer"
    )
    parser.add_argument(
        "--compile",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="compute with all examples of a batch at once (default if it has more than one)",
    )
    parser.add_argument(
        "--seed",
        type=_number(int, "a whole number from 0 on", least=0),
        default=0,
        help="fixes all that is random (default 0)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("demo-output"),
        metavar="DIR",
        help="where pictures go (default demo-output)",
    )
    options = parser.parse_args(argv)
    if options.dataset not in RECIPES:
        # A name close to it is worth a hint; `load` knows them.
        try:
            nn.datasets.load(options.dataset)
        except ValueError as error:
            parser.error(str(error).removeprefix("load: "))
    for name, default in vars(RECIPES[options.dataset]).items():
        if getattr(options, name) is None:
            setattr(options, name, default)
    if options.compile is None:
        options.compile = options.batch_size > 1
    return options


def make_writable(folder: Path) -> None:
    """Create the folder and a file in it, or raise OSError: better now than after the training."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def write_pictures(
    options: argparse.Namespace, model: nn.MLP, data: nn.datasets.Dataset, split: Any, history: Any
) -> list[Path]:
    """Everything there is to see, as files."""
    X, y, X_val, y_val = split
    written = [options.out / "graph.svg"]
    draw_example(model, data, X_val[0].tolist(), y_val[0], written[0])
    if importlib.util.find_spec("matplotlib") is None:
        print('no plots: matplotlib is missing (pip install "chalkgrad[plot]")')
        return written
    if history["training loss"]:
        written.append(options.out / "learning-curve.png")
        save_plot(lambda ax: nn.plot_learning_curve(history, ax=ax), written[-1])
    if X.shape[1] == 2:
        written.append(options.out / "decision-boundary.png")
        save_plot(lambda ax: nn.plot_decision_boundary(model, X, y, ax=ax), written[-1])
    return written


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demo; returns the exit status: 0, or 2 for a request that makes no sense."""
    options = parse(argv)
    try:
        make_writable(options.out)
    except OSError as error:
        return _fail(
            f"expected a folder to write to, got {str(options.out)!r} ({error.strerror}). "
            "Choose another with --out DIR."
        )
    data = nn.datasets.load(options.dataset)
    split = nn.split(data.X, data.y, seed=options.seed)
    mean, std = nn.moments(split[0])  # of the training part alone
    split = ((split[0] - mean) / std, split[1], (split[2] - mean) / std, split[3])

    rng = random.Random(options.seed)
    model = nn.MLP(data.X.shape[1], [*options.hidden, len(data.class_names)], rng=rng)
    optimizer = nn.SGD(model.parameters(), lr=options.lr, momentum=0.9)
    print(f"{options.dataset}: {len(split[0])} examples to train, {len(split[2])} to validate")
    print(model)
    predict = predictor(model, options.compile)
    start = time.perf_counter()
    try:
        with progress(options.epochs) as report, np.errstate(all="ignore"):
            history = train(
                predict, optimizer, split, options.epochs, options.batch_size, rng, report
            )
    except FloatingPointError as error:
        print(f"python -m nn.demo: {error}", file=sys.stderr)
        return 1
    how = "compiled" if options.compile else "one scalar after the other"
    print(f"trained in {time.perf_counter() - start:.1f} s ({how})")
    print(f"validation accuracy: {accuracy(predict, split[2], split[3]):.1%}")
    try:
        for path in write_pictures(options, model, data, split, history):
            print(f"wrote {path}")
    except OSError as error:
        print(f"python -m nn.demo: cannot write the pictures: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # before or after the training
        print("stopped", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
