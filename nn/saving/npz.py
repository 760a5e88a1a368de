"""The format ``.npz``: a zip archive with a file ``<name>.npy`` for each array, as NumPy writes it.

``numpy.load`` reads it.  What is no array is in one more entry, ``tree.json``.  The comment of the
archive is a checksum of the list of entries, each of which has one of its own in a zip archive, so
that no damage goes unnoticed.

An archive may be hostile: an entry of a kilobyte may claim to unfold to a terabyte, and an array of
objects is a pickle, which runs code when it is read.  So what an archive claims is compared with a
limit before anything is unfolded, no entry is unfolded beyond its claim, and object arrays are
refused.
"""

from __future__ import annotations

import io
import json
import math
import struct
import zipfile
import zlib
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from nn.saving.trees import DTYPES, Arrays

__all__ = ["checksum", "read", "write"]

TREE = "tree.json"
ENCRYPTED = 1
MANY = 0xFFFF  # what stands for this number of entries or more
END, END_SIZE = b"PK\5\6", 22
MOST_AFTER_END = END_SIZE + 0xFFFF


def write(file: BinaryIO, arrays: Arrays, text: str, plain: bool) -> None:
    """Write arrays, and the text unless they are all there is."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            # An entry made by hand has no time of day: the same data give the same file.
            entry = zipfile.ZipInfo(f"{name}.npy")
            with archive.open(entry, "w", force_zip64=array.nbytes > 2**30) as stream:
                npy.write_array(stream, array, allow_pickle=False)
        if not plain:
            archive.writestr(zipfile.ZipInfo(TREE), text)
        archive.comment = _comment(archive.infolist())


def read(file: BinaryIO, size: int, max_bytes: int) -> tuple[Arrays, str | None]:
    """The arrays and the text (None if there is none) of a file of ``size`` bytes."""
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        nothing = not entries and size > END_SIZE + len(archive.comment)
        if nothing or _claimed(file, size) != min(len(entries), MANY):
            raise ValueError("its list of entries is damaged")
        _check(entries, size, max_bytes)
        if archive.comment and archive.comment != _comment(entries):
            raise ValueError("the list of its entries has been changed (wrong checksum)")
        content = {entry.filename: _content(archive, entry) for entry in entries}
    text = content.pop(TREE, None)
    arrays = {}
    for name in list(content):
        key = name.removesuffix(".npy")
        arrays[key] = _array(key, content.pop(name))
    return arrays, None if text is None else text.decode("utf-8")


def checksum(crcs: dict[str, int]) -> str:
    """One checksum of names and the checksums of what they name."""
    return f"{zlib.crc32(json.dumps(sorted(crcs.items())).encode()):08x}"


def _comment(entries: list[zipfile.ZipInfo]) -> bytes:
    return f"checksum {checksum({entry.filename: entry.CRC for entry in entries})}".encode()


def _claimed(file: BinaryIO, size: int) -> int:
    """The number of entries that the end of an archive tells; zipfile takes what it finds."""
    file.seek(max(0, size - MOST_AFTER_END))
    tail = file.read(MOST_AFTER_END)
    end = tail[tail.rfind(END) :]
    count, comment = struct.unpack("<10xH8xH", end[:END_SIZE])
    if len(end) != END_SIZE + comment:
        raise ValueError("its end is cut off, or something follows it")
    return int(count)


def _check(entries: list[zipfile.ZipInfo], size: int, max_bytes: int) -> None:
    """What an archive says of itself, before any of it is unfolded."""
    names = set()
    for entry in entries:
        name = entry.filename
        if name in names:
            raise ValueError(f"it has two entries {name!r}"[:200])
        names.add(name)
        if name.endswith(".pkl"):
            raise ValueError(
                "it holds pickles, as torch.save writes them, and they are never read, since they "
                "may run any code; write weights with safetensors.torch.save_file"
            )
        if name != TREE and not name.endswith(".npy"):
            raise ValueError(f"it has an entry {name!r} that is no array"[:200])
        if entry.flag_bits & ENCRYPTED or entry.comment:  # a comment may hide what follows
            raise ValueError(f"its entry {name!r} is encrypted or has a comment"[:200])
        # A limit on the claimed size limits the memory of these two methods, not of others.
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(f"its entry {name!r} is compressed in a way that NumPy never uses")
        stored = entry.compress_type == zipfile.ZIP_STORED
        if stored and entry.file_size != entry.compress_size:
            raise ValueError(f"its entry {name!r} has two sizes"[:200])
        if name == TREE and not stored:
            raise ValueError(f"its {TREE} is compressed")
    if sum(entry.compress_size for entry in entries) > size:
        raise ValueError("its entries are larger than the file")
    total = sum(entry.file_size for entry in entries)
    if total > max_bytes:
        raise ValueError(
            f"it claims to unfold to {total:,} bytes, and the limit is {max_bytes:,}; "
            f"if you trust it, pass max_bytes={total}"
        )


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The bytes of an entry; one that unfolds to more than it claims is not unfolded further.

    At its end its checksum is compared; one byte more is asked for, to be sure to come there.
    """
    with archive.open(entry) as stream:
        return stream.read(entry.file_size + 1)


def _array(name: str, content: bytes) -> NDArray[Any]:
    """The array in the content of a ``.npy`` file."""
    stream = io.BytesIO(content)
    version = npy.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"{name}: a .npy file of version {version}")
    header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran_order, dtype = header(stream)
    if dtype.hasobject:
        raise ValueError(
            f"{name}: an array of objects, which are pickles; they are never read, since they may "
            "run any code"
        )
    if dtype.name not in DTYPES:
        raise ValueError(f"{name}: dtype {dtype}, which is none of {', '.join(DTYPES)}")
    start = stream.tell()
    if any(n < 0 for n in shape) or math.prod(shape) * dtype.itemsize != len(content) - start:
        raise ValueError(
            f"{name}: shape {shape} of {dtype}, and {len(content) - start} bytes"[:200]
        )
    flat = np.frombuffer(content, dtype, offset=start)
    return flat.reshape(shape, order="F" if fortran_order else "C").copy("K")
