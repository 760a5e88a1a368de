"""Code that was written by code: run, and kept readable for tracebacks and debuggers."""

from __future__ import annotations

import linecache
import weakref
from typing import Any

__all__ = ["defined"]


def defined(source: str, filename: str, names: dict[str, Any]) -> dict[str, Any]:
    """All names after running a source that refers to ``names``.

    >>> defined("def twice(x): return two * x", "<example>", {"two": 2})["twice"](4)
    8
    """
    # Tracebacks, debuggers and inspect.getsource look here for the lines of code without a file.
    entry = linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    text = _Text()
    namespace = {**names, "__text__": text}
    weakref.finalize(text, _forget, filename, entry).atexit = False
    exec(compile(source, filename, "exec"), namespace)
    return namespace


class _Text:
    """Lives as long as one of the functions, whose names it is among; so long the text is kept."""


def _forget(filename: str, entry: Any) -> None:
    if linecache.cache.get(filename) is entry:
        del linecache.cache[filename]
