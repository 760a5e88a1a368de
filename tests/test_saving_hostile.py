"""Files that are broken or made to do harm: a clear error, or the right arrays; little memory."""

from __future__ import annotations

import contextlib
import io
import json
import pickle
import random
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.lib import format as npy
from test_saving_trees import same

import nn

pytest.importorskip("safetensors", reason="safetensors is not installed")

WEIGHTS = {"0.weight": np.arange(6.0).reshape(2, 3), "é": np.float32([1, 2]), "b": np.array(True)}
TREE = {"model": WEIGHTS, "n": [1, 2.5, (None, "x")], 3: {"t": np.ones((2, 3), "i1").T}}
MEGABYTE = 2**20


@contextlib.contextmanager
def little_memory(most: int = 4 * MEGABYTE) -> Iterator[None]:
    """Nothing inside needs more, at any time."""
    tracemalloc.start()
    try:
        yield
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < most


class Touched:
    """Were it unpickled, a file would be there."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> Any:
        return open, (self.path, "w")


def archive(path: Path, entries: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return path


def npy_file(header: str, content: bytes = b"", version: bytes = b"\1\0") -> bytes:
    size = struct.pack("<H" if version == b"\1\0" else "<I", len(header))
    return npy.MAGIC_PREFIX + version + size + header.encode("latin1") + content


def header(shape: str = "(2,)", descr: str = "'<f8'", order: str = "False") -> str:
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}}}"


def array(x: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    npy.write_array(file, np.asarray(x), **options)
    return file.getvalue()


GOOD = array(np.ones(2))


def refused(path: Path, told: str = "expected", **options: Any) -> None:
    with pytest.raises(ValueError, match=told) as raised, little_memory():
        nn.load(path, **options)
    message = str(raised.value)
    assert message.startswith(f"load: {path}: expected a whole .")
    assert len(message) < len(str(path)) + 700


# --- broken by accident ---


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@pytest.mark.parametrize("tree", [WEIGHTS, TREE], ids=["weights", "tree"])
def test_cut_off_anywhere(tree: Any, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x{suffix}"
    nn.save(tree, path)
    content = path.read_bytes()
    for size in range(len(content)):
        path.write_bytes(content[:size])
        refused(path)
    path.write_bytes(content + b"more")
    refused(path)
    path.write_bytes(content)
    assert same(nn.load(path), tree)


@pytest.mark.parametrize("by", ["nn", "numpy"])
@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_any_bytes_flipped(suffix: str, by: str, tmp_path: Path) -> None:
    """Each byte by itself, and a thousand handfuls: the right arrays, or the one error."""
    path = tmp_path / f"x{suffix}"
    tree: Any = TREE if by == "nn" else WEIGHTS
    if by == "nn":
        nn.save(tree, path)
    elif suffix == ".npz":
        np.savez(path, **tree)
    else:
        pytest.skip("the format has no checksum of its own")
    content = path.read_bytes()
    chance = random.Random(6)
    flips = [{place: chance.randrange(1, 256)} for place in range(len(content))]
    for _ in range(1500):
        places = chance.sample(range(len(content)), chance.choice([1, 2, 5, 20]))
        flips.append({place: chance.randrange(1, 256) for place in places})
    right = 0
    for flip in flips:
        damaged = bytearray(content)
        for place, change in flip.items():
            damaged[place] ^= change
        path.write_bytes(damaged)
        with little_memory():
            try:
                loaded = nn.load(path)
            except ValueError as error:
                assert str(error).startswith(f"load: {path}: expected a whole .")  # noqa: PT017
                continue
        assert same(loaded, tree), flip
        right += 1
    assert right < len(flips) / 3


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@pytest.mark.parametrize(
    "content",
    [b"", b"\0", b"PK", b"PK\5\6", b"text\n", b"\x93NUMPY\1\0", b"\xff" * 100, b"{}" * 99],
)
def test_other_files(content: bytes, suffix: str, tmp_path: Path) -> None:
    (tmp_path / f"x{suffix}").write_bytes(content)
    refused(tmp_path / f"x{suffix}")


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_one_format_under_the_name_of_the_other(suffix: str, tmp_path: Path) -> None:
    other = ".npz" if suffix == ".safetensors" else ".safetensors"
    nn.save(TREE, tmp_path / f"x{suffix}")
    (tmp_path / f"x{suffix}").rename(tmp_path / f"x{other}")
    refused(tmp_path / f"x{other}")


def test_a_model_is_as_it_was(tmp_path: Path) -> None:
    nn.manual_seed(0)
    model, other = nn.Linear(2, 3), nn.Linear(2, 3)
    before = model.state_dict()
    nn.save(other, tmp_path / "m.npz")
    content = bytearray((tmp_path / "m.npz").read_bytes())
    content[content.index(other.state_dict()["bias"].tobytes())] ^= 1
    (tmp_path / "m.npz").write_bytes(content)
    with pytest.raises(ValueError, match="CRC"):
        model.load_state_dict(nn.load(tmp_path / "m.npz"))
    assert same(model.state_dict(), before)


# --- pickles ---


def test_pickles_are_never_read(tmp_path: Path) -> None:
    mark = tmp_path / "unpickled"
    objects = np.array([Touched(mark), None], dtype=object)
    np.savez(tmp_path / "a.npz", weight=np.ones(2), x=objects)
    refused(tmp_path / "a.npz", "x: an array of objects.*never read")
    pickled = pickle.dumps(Touched(mark))
    refused(archive(tmp_path / "b.npz", {"m/data.pkl": pickled, "m/data/0": b""}), "pickles")
    refused(archive(tmp_path / "c.npz", {"tree.json": pickled}))
    refused(archive(tmp_path / "d.npz", {"w.npy": pickled}))
    for descr in ("'|O'", "[('a', '|O')]", "[('a', '<f8')]", "('<f8', (2,))"):
        refused(archive(tmp_path / "e.npz", {"w.npy": npy_file(header(descr=descr), pickled)}))
    (tmp_path / "f.npz").write_bytes(pickled)
    (tmp_path / "f.safetensors").write_bytes(pickled)
    refused(tmp_path / "f.npz")
    refused(tmp_path / "f.safetensors")
    assert not mark.exists()
    pickle.loads(pickled).close()
    assert mark.exists()  # the trap does work


# --- bombs ---


def test_a_zip_bomb(tmp_path: Path) -> None:
    """100 MB of zeros in 100 kB."""
    pack, megabyte = zlib.compressobj(wbits=-15), bytes(MEGABYTE)
    crc, size = 0, 100 * MEGABYTE
    start = npy_file(header(f"({size - 128},)", "'|u1'").ljust(118))
    parts = [pack.compress(start)]
    crc = zlib.crc32(start)
    left = size - len(start)
    while left:
        piece = megabyte[: min(left, MEGABYTE)]
        crc, left = zlib.crc32(piece, crc), left - len(piece)
        parts.append(pack.compress(piece))
    content = b"".join([*parts, pack.flush()])
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w") as file:
        info = zipfile.ZipInfo("w.npy")
        file.writestr(info, content)
        info.compress_type, info.CRC, info.file_size = zipfile.ZIP_DEFLATED, crc, size
    raw = bytearray(path.read_bytes())  # the local header says so too
    raw[8:10] = struct.pack("<H", 8)
    path.write_bytes(raw)
    assert path.stat().st_size < MEGABYTE / 8
    refused(path, f"unfold to {size:,} bytes.*max_bytes={size}")
    refused(path, "max_bytes", max_bytes=size - 1)
    # It is a bomb only for those who do not expect it.
    assert nn.load(path, max_bytes=size)["w"].shape == (size - 128,)


@pytest.mark.parametrize("claimed", [0, 1, 1000, MEGABYTE])
def test_a_zip_bomb_that_claims_to_be_none(claimed: int, tmp_path: Path) -> None:
    """64 MB of zeros in 64 kB that are said to be fewer."""
    path, size = tmp_path / "x.npz", struct.pack("<I", 64 * MEGABYTE)
    archive(path, {"w.npy": bytes(64 * MEGABYTE)}, zipfile.ZIP_DEFLATED)
    content = path.read_bytes()
    assert content.count(size) == 2, "before the entry and in the list of entries"
    path.write_bytes(content.replace(size, struct.pack("<I", claimed)))
    refused(path, "CRC")


def test_honest_compression_is_within_the_limit(tmp_path: Path) -> None:
    x = np.random.default_rng(0).integers(0, 2, 10**6).astype(float)
    np.savez_compressed(tmp_path / "x.npz", x=x)
    assert (tmp_path / "x.npz").stat().st_size < x.nbytes / 15
    assert same(nn.load(tmp_path / "x.npz"), {"x": x})


def test_the_limit_is_of_all_entries_together(tmp_path: Path) -> None:
    nn.save([np.ones(100)] * 10, tmp_path / "x.npz")
    refused(tmp_path / "x.npz", "unfold", max_bytes=7000)
    assert len(nn.load(tmp_path / "x.npz", max_bytes=20_000)) == 10
    with pytest.raises(ValueError, match="max_bytes"):
        nn.load(tmp_path / "x.npz", max_bytes=-1)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_ways_of_compression_without_a_bound(method: int, tmp_path: Path) -> None:
    refused(archive(tmp_path / "x.npz", {"w.npy": GOOD}, method), "NumPy never uses")


@pytest.mark.parametrize(
    "shape",
    ["(10**9,)", "(1000000000,)", "(1000000000000, 1000000000000)", "(-2,)", "(-1, -2)", "(3,)",
     "(1,)", "(-1,)", "(-1, 2)", "()", "2", "(2.0,)", "('2',)", "None",
     "(0, 1000000000000000000000)", "(2", "(2,), 'more': 1"],
)  # fmt: skip
def test_headers_that_lie_about_the_shape(shape: str, tmp_path: Path) -> None:
    content = npy_file(header(shape), bytes(16))
    refused(archive(tmp_path / "x.npz", {"w.npy": content}))


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\x93NUMPY", GOOD[:-1], GOOD + b"\0", GOOD[:20],
        npy_file(header()[:-5], bytes(16)),
        npy_file(header(order="3"), bytes(16)),
        npy_file(header(descr="'<U3'", shape="()"), bytes(12)),
        npy_file(header(descr="'<c16'", shape="()"), bytes(16)),
        npy_file(header(descr="'<M8[s]'"), bytes(16)),
        npy_file(header(descr="'V8'"), bytes(16)),
        npy_file(header(descr="'nonsense'"), bytes(16)),
        npy_file("[" * 5000 + "]" * 5000, bytes(16)),
        npy_file("__import__('os').getcwd()", bytes(16)),
        npy_file(" " * 60_000 + header(), bytes(16)),
        npy_file(header(), bytes(16), b"\3\0"),
        npy_file(header(), bytes(16), b"\x09\0"),
        npy.MAGIC_PREFIX + b"\2\0" + struct.pack("<I", 2**30) + header().encode(),  # a gigabyte
    ],
)  # fmt: skip
def test_npy_files_that_are_none(content: bytes, tmp_path: Path) -> None:
    refused(archive(tmp_path / "x.npz", {"good.npy": GOOD, "w.npy": content}))


def test_names_that_are_read_in_another_alphabet(tmp_path: Path) -> None:
    """One bit says in which; no checksum of zip archives covers it, the one of the list does."""
    nn.save({"é": np.ones(2)}, tmp_path / "x.npz")
    content = bytearray((tmp_path / "x.npz").read_bytes())
    content[content.index(b"PK\1\2") + 9] ^= 8
    (tmp_path / "x.npz").write_bytes(content)
    refused(tmp_path / "x.npz", "checksum")


def test_names_that_lead_elsewhere_are_only_names(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.npz", {"../../up.npy": GOOD, "/etc/root.npy": GOOD})
    assert list(nn.load(path)) == ["../../up", "/etc/root"]
    assert [p.name for p in tmp_path.iterdir()] == ["x.npz"]


def test_entries_that_do_not_belong(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.npz", {"w.npy": GOOD, "v.npy": array(np.zeros(2))})
    path.write_bytes(path.read_bytes().replace(b"v.npy", b"w.npy"))
    refused(tmp_path / "x.npz", "two entries 'w.npy'")
    refused(archive(tmp_path / "x.npz", {"w.npy": GOOD, "script.py": b""}), "'script.py'.*no array")
    refused(archive(tmp_path / "x.npz", {"w.npy": GOOD, "folder/": b""}), "no array")


def test_a_list_without_entries_of_an_archive_that_has_some(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, w=np.ones(2))
    content = bytearray(path.read_bytes())
    end = content.index(b"PK\5\6")
    content[end + 8 : end + 16] = bytes(8)  # how many entries, and the length of their list
    path.write_bytes(content)
    refused(path, "list of entries is damaged")
    np.savez(path)
    assert nn.load(path) == {}
    nn.save({}, path)
    assert nn.load(path) == {}


def test_an_encrypted_entry(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.npz", {"w.npy": GOOD})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(content)
    refused(path, "encrypted")


def test_entries_that_overlap(tmp_path: Path) -> None:
    """Many entries of the list that are the same bytes of the file (Fifield, 2019)."""
    path = archive(tmp_path / "x.npz", {"w.npy": array(np.ones(10_000))})
    content = path.read_bytes()
    start, end = content.index(b"PK\1\2"), content.index(b"PK\5\6")
    one, n = content[start:end], 1000
    tail = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, n, n, len(one) * n, start, 0)
    path.write_bytes(content[:start] + one * n + tail)
    refused(path)


# --- texts ---


def text(content: Any) -> bytes:
    return (content if isinstance(content, str) else json.dumps(content)).encode()


TEXTS: list[Any] = [
    "", "nonsense", "\ud83d", "[", "[" * 100_000, "[" * 100_000 + "]" * 100_000,
    '{"a":' * 100_000, [[[]]] if False else json.dumps([]).replace("[]", "[" * 400 + "]" * 400),
    {"$array": "other"}, {"$array": 3}, {"$array": ["w"]}, {"$array": None},
    [{"$array": "w"}, {"$array": "w"}], {}, [], None,
    {"$array": "w", "more": 1}, {"$dict": [1]}, {"$dict": {}}, {"$dict": [[1, 2, 3]]},
    [{"$array": "w"}, {"$dict": [[[], 1]]}], [{"$array": "w"}, {"$dict": [[{"$array": "w"}, 1]]}],
    [{"$array": "w"}, {"$float": "1"}], [{"$array": "w"}, {"$float": 1}],
    [{"$array": "w"}, {"$tuple": 3}], [{"$array": "w"}, {"$object": "V8"}],
    [{"$array": "w"}, {"$float64": "1"}], [{"$array": "w"}, {"$int8": 300}],
    [{"$array": "w"}, {"$int64": 1e300}], [{"$array": "w"}, {"$eval": "1"}],
    '[{"$array":"w"},' + "9" * 100_000 + "]",
]  # fmt: skip


@pytest.mark.parametrize("index", range(len(TEXTS)))
def test_texts_that_describe_nothing(index: int, tmp_path: Path) -> None:
    content = text(TEXTS[index]) if TEXTS[index] != "\ud83d" else b"\xed\xa0\xbd"
    refused(archive(tmp_path / "x.npz", {"w.npy": GOOD, "tree.json": content}))


def test_a_text_that_unfolds(tmp_path: Path) -> None:
    """Lists in JSON take thirty times the memory of their text, so it may not be compressed."""
    content = text("[" + "[]," * 10**5 + "[]]")
    refused(archive(tmp_path / "x.npz", {"tree.json": content}, zipfile.ZIP_DEFLATED), "compressed")


# --- safetensors ---


def tensors_file(header: Any, content: bytes = b"", size: int | None = None) -> bytes:
    told = text(header)
    return struct.pack("<Q", len(told) if size is None else size) + told + content


def entry(shape: Any = (2,), offsets: Any = (0, 16), dtype: str = "F64") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


TENSORS = [
    tensors_file({"w": entry()}, bytes(15)),
    tensors_file({"w": entry()}, bytes(17)),
    tensors_file({"w": entry((3,))}, bytes(16)),
    tensors_file({"w": entry(offsets=(0, 8))}, bytes(16)),
    tensors_file({"w": entry(offsets=(8, 24))}, bytes(24)),
    tensors_file({"w": entry(offsets=(16, 0))}, bytes(16)),
    tensors_file({"w": entry(offsets=(0, 2**62))}, bytes(16)),
    tensors_file({"w": entry((2**40, 2**40))}, bytes(16)),
    tensors_file({"w": entry((2**63, 2), (0, 0))}),
    tensors_file({"w": entry((-2,))}, bytes(16)),
    tensors_file({"w": entry(), "v": entry()}, bytes(16)),  # overlapping
    tensors_file({"w": entry(), "v": entry(offsets=(8, 24))}, bytes(24)),
    tensors_file({"w": entry(dtype="O")}, bytes(16)),
    tensors_file({"w": entry((8,), dtype="BF16")}, bytes(16)),
    tensors_file({"w": entry((16,), dtype="F8_E4M3")}, bytes(16)),
    tensors_file({"w": entry((2,), dtype="C64")}, bytes(16)),
    tensors_file({"w": entry()}, bytes(16), size=2**63),
    tensors_file({"w": entry()}, bytes(16), size=2**30),
    tensors_file({"w": entry()}, bytes(16), size=3),
    tensors_file('{"w":' * 10_000),
    tensors_file([]),
    tensors_file({"w": 3}),
    tensors_file({"w": entry(), "__metadata__": {"tree": "[]"}}, bytes(16)),
    tensors_file({"w": entry(), "__metadata__": {"checksum": "00000000"}}, bytes(16)),
    tensors_file({"w": entry(), "__metadata__": {"tree": 3}}, bytes(16)),
]


@pytest.mark.parametrize("index", range(len(TENSORS)))
def test_headers_of_safetensors(index: int, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(tensors_file({"w": entry()}, np.ones(2).tobytes()))
    assert same(nn.load(path), {"w": np.ones(2)})
    path.write_bytes(TENSORS[index])
    refused(path)
