"""The command line of the demo: what it may be asked, and settings that suit each data set."""

from __future__ import annotations

import argparse
import contextlib
import math
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import nn

__all__ = ["RECIPES", "Recipe", "fail", "make_writable", "parse"]


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


class _Parser(argparse.ArgumentParser):
    def error(self, text: str) -> NoReturn:
        """One line, exit status 2."""
        raise SystemExit(fail(text))


def fail(text: Any) -> int:
    """Say in one line why a request makes no sense; the exit status for it."""
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
    parser.add_argument("--epochs", type=whole, help="passes over the training data, in all")
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
        "--save", type=Path, metavar="FILE", help="keep the training in FILE, after each epoch"
    )
    parser.add_argument(
        "--resume", type=Path, metavar="FILE", help="go on with the training that FILE keeps"
    )
    parser.add_argument(
        "--diagnose",
        action="store_true",
        help="look inside: activations, updates, and warnings of what goes wrong",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("demo-output"),
        metavar="DIR",
        help="where pictures and the report go (default demo-output)",
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
    if options.save and options.resume:
        parser.error(
            "expected --save or --resume, got both. --resume FILE goes on keeping it there."
        )
    if options.save and options.save.exists():
        parser.error(
            f"--save: expected the name of a new file, got {options.save}. "
            f"--resume {options.save} goes on with the training that it keeps."
        )
    if options.save and not options.save.parent.is_dir():
        parser.error(f"--save: expected a file in a folder that is there, got {options.save}")
    if options.resume and not options.resume.is_file():
        parser.error(f"--resume: expected a file that --save has written, got {options.resume}")
    file, options.checkpoint = options.save or options.resume, None
    if file:
        try:
            options.checkpoint = nn.Checkpoint(file, resume=bool(options.resume))
        except ValueError as error:
            parser.error(str(error))
    return options


def make_writable(folder: Path) -> None:
    """Create the folder and a file in it, or raise OSError: better now than after the training."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass
