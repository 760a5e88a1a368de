"""Write a whole file or none.

Whoever writes into a file destroys what was in it first, and may then be killed or run out of disk:
the old content is gone and the new one is not there.  So the new content goes to a temporary file
beside it, which takes the name of the old one at the very end.  Renaming is *atomic*, it happens or
it does not, and at any moment the name stands for one of the two whole files.

    write the temporary    flush, fsync: it is on the disk    rename    fsync the folder

Without the first ``fsync`` the name might reach the disk before the content does, and a power cut
between the two would leave an empty file of the right name.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

__all__ = ["whole_file"]

STALE = 3600.0  # seconds after which nobody writes to a temporary file any more


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A file to write bytes to; it takes the place of ``path`` when the block ends without error.

    A symbolic link stays one, and the file that it points to is replaced.  A new file has the
    permissions that the umask gives, an old one keeps its own.

    Args:
        path: of a file in a folder that exists.

    Raises:
        OSError: a missing or read-only folder or file, a full disk, something that is no file:
            nothing has been changed.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "numbers.txt")
    ...     with whole_file(path) as file:
    ...         _ = file.write(b"1 2 3")
    ...     path.read_text()
    '1 2 3'
    """
    target = Path(os.path.realpath(path))
    start = f".{target.name[:40]}."
    temporary = target.with_name(f"{start}{os.urandom(4).hex()}.tmp")
    try:
        mode = _replaceable(target)
        _sweep(target.parent, start)
        with open(temporary, "xb") as file:
            if mode is not None:
                os.chmod(temporary, mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException as problem:  # Ctrl-C too
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(problem, OSError):
            reason = problem.strerror or str(problem)
            raise OSError(
                problem.errno or 0, f"{reason} (not written, nothing was changed)", os.fspath(path)
            ) from problem
        raise
    # The new file is there, whatever happens now; a file system that cannot do this is no error.
    with contextlib.suppress(OSError):
        handle = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _replaceable(target: Path) -> int | None:
    """The permissions of the file that is to be replaced, None if there is none yet."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "Is a directory")
    if not stat.S_ISREG(mode):  # a device or a pipe would be replaced by a file
        raise OSError(errno.EINVAL, "Not a regular file")
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "Write-protected")
    return stat.S_IMODE(mode)


def _sweep(folder: Path, start: str) -> None:
    """Remove what writers of this file left behind that were killed."""
    pattern = re.compile(re.escape(start) + r"[0-9a-f]{8}\.tmp")
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            if pattern.fullmatch(name):
                left = folder / name
                if time.time() - left.stat().st_mtime > STALE:
                    left.unlink()
