"""Readers: what is in the file, or which line of it is wrong."""

from __future__ import annotations

import csv
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from nn.data import read_csv, read_npz
from nn.datasets import load

Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(content: str | bytes) -> Path:
        path = tmp_path / "data.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


# --- tables ---------------------------------------------------------------------------------------


def test_iris_is_read_as_load_reads_it() -> None:
    import nn.datasets

    path = Path(nn.datasets.__file__).with_name("iris.csv")
    table, iris = read_csv(path, target=-1), load("iris")
    np.testing.assert_array_equal(table.X, iris.X)
    np.testing.assert_array_equal(table.y, iris.y)
    assert (table.X.dtype, table.y.dtype) == (np.float64, np.int64)
    assert table.feature_names == iris.feature_names
    assert table.class_names == iris.class_names


@given(
    numbers=st.lists(
        st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=3),
        min_size=1,
        max_size=8,
    ),
    delimiter=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n"]),
    mark=st.booleans(),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_what_csv_writes_is_read_to_the_last_bit(
    tmp_path_factory: Any, numbers: Any, delimiter: str, end: str, mark: bool, quoting: Any
) -> None:
    path = tmp_path_factory.getbasetemp() / "round_trip.csv"
    with open(path, "w", newline="", encoding="utf-8-sig" if mark else "utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=quoting)
        writer.writerows([["a", f"b{delimiter}\n", "ü"], *numbers])
    X, y, names, classes = read_csv(path, delimiter=delimiter)
    assert X.tolist() == numbers
    assert (y, names, classes) == (None, ("a", f"b{delimiter}".strip(), "ü"), ())


def test_columns_are_chosen_by_name_or_number(write: Write) -> None:
    path = write("id,a,b,price\nx1,1,2,3.5\nx2,4,5,6\n")
    table = read_csv(path, target="price", columns=["b", 1])
    assert table.X.tolist() == [[2, 1], [5, 4]]
    assert table.y.tolist() == [3.5, 6]
    assert table.feature_names == ("b", "a")
    assert read_csv(path, columns=["price"]).X.tolist() == [[3.5], [6]]
    assert read_csv(path, target=0, columns=["a"]).class_names == ("x1", "x2")


def test_targets_of_three_kinds(write: Write) -> None:
    path = write("x,whole,part,word\n1,3,0.5,pear\n2,-1,1,apple\n3,3,2,pear\n\n")
    columns = ["x"]
    whole, part, word = (read_csv(path, t, columns) for t in ("whole", "part", "word"))
    assert (whole.y.tolist(), whole.y.dtype, whole.class_names) == ([3, -1, 3], np.int64, ())
    assert (part.y.tolist(), part.y.dtype) == ([0.5, 1, 2], np.float64)
    assert (word.y.tolist(), word.class_names) == ([1, 0, 1], ("apple", "pear"))


def test_spaces_blank_lines_and_no_header(write: Write) -> None:
    path = write('1, 2 , "a"\r\n\r\n 3,4,b\r\n')
    table = read_csv(path, target=-1, header=False)
    assert table.X.tolist() == [[1, 2], [3, 4]]
    assert (table.feature_names, table.class_names) == (("0", "1"), ("a", "b"))


@pytest.mark.parametrize(
    ("content", "options", "text"),
    [
        ("", {}, "data.csv: expected a table, got an empty file"),
        ("\n\n", {}, "an empty file"),
        ("a,b\n", {}, "examples below the names, got none"),
        ("a,b\n1,2\n3,x\n", {}, "data.csv, line 3, column 'b': .* finite number, got 'x'"),
        ("a,b\n1,2\n\n\n3,x\n", {}, "line 5, column 'b'"),
        ('"a\n1",b\n1,2\n"3\n",x\n', {}, "line 4, column 'b'"),  # quotes over several lines
        ("a,b\n1,\n", {}, "line 2, column 'b': .* got nothing. Fill the gap"),
        ("a,b\n1,nan\n", {}, "line 2, column 'b': .* got 'nan'"),
        ("a,b\n1,inf\n", {}, "got 'inf'"),
        ("a,b\n1,1e999\n", {}, "got '1e999'"),
        ("a,b\n1,1_000\n", {}, "got '1_000'"),
        ("a,b\n1,2\n1,2,3\n", {}, "line 3: expected 2 values, .* got 3.*'1,2,3'"),
        ("a,b\n1\n", {}, "line 2: expected 2 values, .* got 1"),
        ("a,b\n1;2\n", {}, "got 1.*'1;2'"),
        ("a,b,a\n1,2,3\n", {}, "line 1: .* got 'a' for 0 and 2"),
        ("1,2\n3,4\n", {}, "line 1: .* numbers only, 1, 2. .*header=False"),
        ("a,b\n1,2\n", {"target": "c"}, "target: expected one of the columns 'a', 'b'.* got 'c'"),
        ("a,b\n1,2\n", {"target": 2}, "target: .* got 2"),
        ("a,b\n1,2\n", {"columns": ["c"]}, "columns: .* got 'c'"),
        ("a,b\n1,2\n", {"target": "a", "columns": ["a", "b"]}, "got 'a' in both"),
        ("a,b\n1,2\n2,x\n3,4\n", {"target": "b"}, "line 3, column 'b': .* a number, as .* got 'x'"),
        ("a,b\n1,x\n2,y\n3,4\n", {"target": "b"}, "line 4, column 'b': .* a class, as .* got '4'"),
        ("a,b\n1,x\n2,\n", {"target": "b"}, "line 3, column 'b': .* got nothing"),
        ("a,b\n1,2\n2,nan\n", {"target": "b"}, "line 3, column 'b': .* got 'nan'"),
        ('a,b\n1,"2\n3,4\n', {}, "line 2: expected values, .*unexpected end of data"),
        ('a,b\n1,"2"3\n', {}, "line 2: expected values"),
        (b"a,b\n1,2\n3,\xff\n", {}, "line 3: expected text in utf-8-sig, got the byte 0xff.*latin"),
        (b"a,b\n" + b"1,2\n" * 5000 + b"3,\xff\n", {}, "line 5002: expected text in utf-8-sig"),
        ("a,b\n1,2\n".encode("utf-16"), {}, "line 1: expected text.*utf-16"),
        ("a,b\n1,2\n", {"delimiter": ",,"}, "delimiter: expected one character"),
        ("a,b\n1,2\n", {"delimiter": '"'}, "delimiter: expected one character"),
        ("a,b\n1,2\n", {"delimiter": "\n"}, "delimiter: expected one character"),
        ("a,b\n1,2\n", {"delimiter": None}, "delimiter: expected one character"),
        ("a;b\n1;2\n", {}, "column 'a;b': .* got '1;2'. .* Pass delimiter=';'"),
        ("a\tb\n1\t2\n", {}, r"Pass delimiter='\\t'"),
        (
            "a;b\n1;2,5\n",
            {"delimiter": ";"},
            "'b': .* got '2,5'. Numbers have a decimal point",
        ),
        ('a,b\n1,"2,500"\n', {}, "got '2,500'. Numbers have a decimal point and no comma"),
    ],
)
def test_the_bad_line_is_named(write: Write, content: Any, options: Any, text: str) -> None:
    with pytest.raises(ValueError, match=f"(?s){text}"):
        read_csv(write(content), **options)


def test_whole_numbers_beyond_those_of_floats_stay_floats(write: Write) -> None:
    for text in ("1e300", "9007199254740993"):
        y = read_csv(write(f"a,b\n1,{text}\n2,3\n"), "b").y
        assert (y.dtype, y[0]) == (np.float64, float(text))


def test_numbers_of_columns_may_be_numpys(write: Write) -> None:
    table = read_csv(write("a,b,c\n1,2,3\n"), np.int64(-1), np.arange(2))
    assert (table.X.tolist(), table.y.tolist()) == ([[1.0, 2.0]], [3])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.csv"):
        read_csv(tmp_path / "none.csv")
    with pytest.raises(FileNotFoundError, match=r"none\.npz"):
        read_npz(tmp_path / "none.npz")


# --- arrays ---------------------------------------------------------------------------------------


def test_arrays_come_back_by_name(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    X, y = np.arange(6, dtype=np.float32).reshape(3, 2), np.array([0, 1, 0], np.uint8)
    for write in (np.savez, np.savez_compressed):
        write(path, X=X, y=y)
        arrays = read_npz(path)
        assert list(arrays) == ["X", "y"]
        targets, inputs = read_npz(path, "y", "X")
        for ours, theirs in ((inputs, X), (targets, y), (arrays["X"], X)):
            assert ours.dtype == theirs.dtype
            np.testing.assert_array_equal(ours, theirs)
    with pytest.raises(ValueError, match="an array 'z', got 'X', 'y'"):
        read_npz(path, "X", "z")
    nn.save([X, y], path)
    with pytest.raises(ValueError, match="arrays by name, got a list"):
        read_npz(path, "X")


class Bomb:
    def __reduce__(self) -> Any:
        return pytest.fail, ("the pickle was run",)


def test_pickles_are_never_read(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, X=np.array([Bomb()], dtype=object))
    with pytest.raises(ValueError, match=r"data\.npz.*never read"):
        read_npz(path)
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ValueError, match=r"data\.npz"):
        read_npz(path)


def test_damaged_archives_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, X=np.arange(100.0))
    whole = path.read_bytes()
    for content in (b"", whole[:-10], whole[:100], whole[:300] + b"?" + whole[301:]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"data\.npz"):
            read_npz(path)
