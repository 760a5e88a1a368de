"""Data from files: tables as text (CSV), and arrays (``.npz``).

A file of data was made by somebody else, by hand or by a program, and sooner or later a line of it
is not what the others are.  A reader that guesses (a gap becomes 0, a bad line is left out) hides
it; these say which line, which column, and what is written there.  Nothing in a file is ever run.
"""

from __future__ import annotations

import contextlib
import csv
import math
import os
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from nn.checks import fails
from nn.saving.files import load

__all__ = ["Table", "read_csv", "read_npz"]

Path = str | os.PathLike[str]


class Table(NamedTuple):
    """What ``read_csv`` gives; ``X, y = read_csv(path, target="price")[:2]`` takes the two arrays.

    Attributes:
        X: float64 array of shape (n, features), one example in each row.
        y: what is to be predicted, shape (n,): int64 for classes and whole numbers, otherwise
            float64; None without a target.
        feature_names: one name for each column of X.
        class_names: ``class_names[y[i]]`` names the class of example i; empty if the target was
            written in numbers.
    """

    X: NDArray[np.float64]
    y: Any
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]


def read_csv(
    path: Path,
    target: str | int | None = None,
    columns: Sequence[str | int] | None = None,
    *,
    header: bool = True,
    delimiter: str = ",",
    encoding: str = "utf-8-sig",
) -> Table:
    """A table of numbers, with a line for each example and a column for each feature.

    Args:
        path: of a text file with values between delimiters; a value may stand in double quotes.
        target: the column to be predicted: its name, or its number from 0 (-1 is the last).  Words
            in it become classes 0, 1, ... in the order of the alphabet.
        columns: which columns are features, in this order; by default all but the target.
        header: whether the first line has the names of the columns; without, they are called
            "0", "1", ...
        delimiter: what stands between values: ``";"`` or ``"\\t"`` in some files.
        encoding: of the text; by default UTF-8, with or without a byte order mark.

    Returns:
        A ``Table``: X, y, feature_names, class_names.

    Raises:
        ValueError: a value that is not a finite number, with file, line and column; a line with
            more or fewer values than the first; two columns of one name; no examples; quotes that
            are not closed; bytes that are not text; a target or column that is not there.
        OSError: a file that is missing or cannot be read.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "flowers.csv")
    ...     _ = path.write_text("length,width,kind\\n5.1,3.5,setosa\\n7.0,3.2,versicolor\\n")
    ...     table = read_csv(path, target="kind")
    >>> table.X.tolist(), table.y.tolist()
    ([[5.1, 3.5], [7.0, 3.2]], [0, 1])
    >>> table.feature_names, table.class_names
    (('length', 'width'), ('setosa', 'versicolor'))
    """
    name = os.fspath(path)
    lines = _lines(name, delimiter, encoding)
    _, first = next(lines, (0, []))
    if not first:
        raise fails(f"read_csv: {name}", "a table", "an empty file", "")
    names = _names(name, first) if header else tuple(map(str, range(len(first))))
    goal = None if target is None else _position(name, "target", names, target)
    given = () if columns is None else columns
    wanted = [_position(name, "columns", names, column) for column in given]
    if goal is not None and goal in wanted:
        got = f"{names[goal]!r} in both"
        raise fails(f"read_csv: {name}", "features other than the target", got, "")
    features = wanted if columns is not None else [i for i in range(len(names)) if i != goal]

    numbers, answers, at = [], [], []
    for line, values in lines if header else _with((1, first), lines):
        if len(values) != len(names):
            raise fails(
                f"read_csv: {name}, line {line}",
                f"{len(names)} values, as in the first line",
                f"{len(values)}",
                f"They are {delimiter.join(values)[:60]!r}.",
            )
        numbers.append([_number(name, line, names[i], values[i]) for i in features])
        if goal is not None:
            answers.append(values[goal].strip())
            at.append(line)
    if not numbers:
        raise fails(f"read_csv: {name}", "examples below the names", "none", "")
    y, class_names = (None, ()) if goal is None else _answers(name, names[goal], answers, at)
    X = np.array(numbers, dtype=np.float64).reshape(len(numbers), len(features))
    return Table(X, y, tuple(names[i] for i in features), class_names)


def read_npz(path: Path, *names: str, max_bytes: int | None = None) -> Any:
    """Arrays from a ``.npz`` file, as ``np.savez("data.npz", X=X, y=y)`` writes it.

    Args:
        path: of the file.
        *names: of the arrays to return.
        max_bytes: the most bytes that the file may claim to unfold to, see ``nn.load``.

    Returns:
        The arrays of these names, in this order; without names a dict of all.

    Raises:
        ValueError: a file that is damaged, or no archive of arrays; pickled objects, which are
            never read; a name that it does not have.
        OSError: a file that is missing or cannot be read.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.savez(f"{folder}/data.npz", X=np.eye(2), y=[0, 1])
    ...     X, y = read_npz(f"{folder}/data.npz", "X", "y")
    >>> y
    array([0, 1])
    """
    arrays = load(path, max_bytes=max_bytes)
    if not names:
        return arrays
    if not isinstance(arrays, dict):
        got = f"a {type(arrays).__name__}"
        raise fails(f"read_npz: {os.fspath(path)}", "arrays by name", got, "Use nn.load.")
    missing = [name for name in names if name not in arrays]
    if missing:
        got = ", ".join(map(repr, arrays)) or "no arrays"
        raise fails(f"read_npz: {os.fspath(path)}", f"an array {missing[0]!r}", got, "")
    return tuple(arrays[name] for name in names)


# ---- Lines, names and numbers --------------------------------------------------------------------


def _lines(name: str, delimiter: str, encoding: str) -> Iterator[tuple[int, list[str]]]:
    """The values of each line that is not empty, with the number of the line."""
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '\r\n"':
        fix = 'Usual are ",", ";" and "\\t".'
        raise fails("read_csv: delimiter", "one character", repr(delimiter), fix)
    with open(name, encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, skipinitialspace=True, strict=True)
        start = 1
        try:
            for values in reader:
                if values:
                    yield start, values
                start = reader.line_num + 1  # a quoted value may go over several lines
        except csv.Error as error:
            fix = 'A quote within quotes is written twice: "".'
            got = f"something else ({error})"
            raise fails(f"read_csv: {name}, line {start}", "values", got, fix) from None
        except UnicodeDecodeError as error:
            raise fails(
                f"read_csv: {name}, line {_undecodable(name, encoding)}",
                f"text in {encoding}",
                f"the byte 0x{error.object[error.start]:02x}",
                'Pass its encoding, e.g. encoding="latin-1" or "utf-16".',
            ) from None


def _undecodable(name: str, encoding: str) -> int:
    """The number of the first line that is no text; a file is decoded many lines at once."""
    number = 1
    with open(name, "rb") as file, contextlib.suppress(UnicodeDecodeError):
        for line in file:
            line.decode(encoding)
            number += 1
    return number


def _with(first: Any, rest: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from rest


def _names(name: str, first: list[str]) -> tuple[str, ...]:
    """The names of the columns."""
    names = tuple(value.strip() for value in first)
    what = f"read_csv: {name}, line 1"
    if all(_parsed(value) is not None for value in names):
        got = f"numbers only, {', '.join(names)[:60]}"
        raise fails(what, "names of columns", got, "Without names, pass header=False.")
    for i, column in enumerate(names):
        if column in names[:i]:
            got = f"{column!r} for {names.index(column)} and {i}"
            raise fails(what, "a name of its own for each column", got, "Rename one in the file.")
    return names


def _position(name: str, what: str, names: tuple[str, ...], column: Any) -> int:
    """The number of a column that was given by name or number."""
    if isinstance(column, str) and column in names:
        return names.index(column)
    number = isinstance(column, int | np.integer) and not isinstance(column, bool)
    if number and -len(names) <= column < len(names):
        return int(column % len(names))
    known = ", ".join(map(repr, names))
    wanted = f"one of the columns {known}, or a number from 0 to {len(names) - 1}"
    raise fails(f"read_csv: {name}: {what}", wanted, repr(column), "")


def _parsed(text: str) -> float | None:
    """The number, or None if it is none; Python's ``1_000`` is a slip of the pen here."""
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def _number(name: str, line: int, column: str, text: str) -> float:
    value = _parsed(text)
    if value is None or not math.isfinite(value):
        _refuse(name, line, column, text, "a finite number")
    return value


def _answers(
    name: str, column: str, answers: list[str], at: list[int]
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """The target column: numbers if all are, classes if none is, an error otherwise."""
    parsed = [_parsed(text) for text in answers]
    numeric = [value is not None for value in parsed]
    if any(numeric) and not all(numeric):  # the rarer kind is the slip
        odd = sum(numeric) <= len(numeric) / 2
        place = numeric.index(odd)
        wanted = "the name of a class" if odd else "a number"
        _refuse(name, at[place], column, answers[place], f"{wanted}, as in other lines")
    for text, value, line in zip(answers, parsed, at, strict=True):
        if not text or (value is not None and not math.isfinite(value)):
            _refuse(name, line, column, text, "a finite number or the name of a class")
    if not any(numeric):
        class_names, y = np.unique(answers, return_inverse=True)
        return y.astype(np.int64), tuple(class_names.tolist())
    numbers = np.array(parsed, dtype=np.float64)
    whole = (numbers == np.rint(numbers)).all() and np.abs(numbers).max() < 2**53
    return numbers.astype(np.int64) if whole else numbers, ()


def _refuse(name: str, line: int, column: str, text: str, wanted: str) -> NoReturn:
    got = repr(text[:60]) if text.strip() else "nothing"
    fix = "Correct the file; or pass target= if this is the answer, columns= to leave it out."
    if not text.strip():
        fix = "Fill the gap first."
    elif _parsed(text.replace(",", "")) is not None:
        fix = "Numbers have a decimal point and no comma: 1.5, 1000."
    elif between := next((mark for mark in ";\t" if mark in text), ""):
        fix = f"Are values parted by {between!r}? Pass delimiter={between!r}."
    raise fails(f"read_csv: {name}, line {line}, column {column!r}", wanted, got, fix)
