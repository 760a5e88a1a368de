"""The format ``.safetensors``: a header in JSON, then the bytes of all arrays.

``safetensors.torch.load_file`` reads the arrays; what is no array is in the header's metadata.  The
format has no checksum, so one is there as well.
"""

from __future__ import annotations

import json
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.saving.npz import checksum
from nn.saving.trees import DTYPES, Arrays

__all__ = ["crc", "read", "write"]

# What the format calls the dtypes that trees may have, in their order.
KINDS = ("BOOL", "I8", "I16", "I32", "I64", "U8", "U16", "U32", "U64", "F16", "F32", "F64")


def write(arrays: Arrays, text: str) -> bytes:
    """The content of a file."""
    compact = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    metadata = {"tree": text, "checksum": _checksum(compact, text)}
    return _in_order(bytes(_package().numpy.save(compact, metadata)))


def _in_order(content: bytes) -> bytes:
    """With the metadata in one order: the package writes now this and now that one first."""
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    written = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    written = written.ljust(-(-len(written) // 8) * 8)  # arrays begin at multiples of 8 bytes
    return len(written).to_bytes(8, "little") + written + content[start:]


def read(path: str) -> tuple[Arrays, str | None]:
    """The arrays and the text (None if there is none) of a file."""
    with _package().safe_open(path, framework="numpy") as file:
        metadata = file.metadata() or {}
        names = list(file.keys())
        for name in names:
            kind = file.get_slice(name).get_dtype()
            if kind not in KINDS:
                raise ValueError(
                    f"{name}: dtype {kind}, which is none of {', '.join(DTYPES)}; "
                    "save it as another, e.g. with tensor.float()"
                )
        arrays = {name: file.get_tensor(name) for name in names}
    text, told = metadata.get("tree"), metadata.get("checksum")
    ours = text is not None or told is not None
    if ours and told != _checksum(arrays, text):
        raise ValueError("its content has been changed (wrong checksum)")
    return arrays, text


def crc(array: NDArray[Any]) -> int:
    """A checksum of an array's dtype, shape and content."""
    start = zlib.crc32(f"{array.dtype} {array.shape}".encode())
    return zlib.crc32(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data, start)


def _checksum(arrays: Arrays, text: str | None) -> str:
    crcs = {name: crc(array) for name, array in arrays.items()}
    return checksum(crcs | {"tree": zlib.crc32((text or "").encode())})


def _package() -> Any:
    try:
        import safetensors.numpy
    except ImportError as error:
        raise ImportError(
            ".safetensors: expected safetensors to be installed, and it is not. "
            'Run: pip install "chalkgrad[safetensors]", or save as .npz.'
        ) from error
    return safetensors
