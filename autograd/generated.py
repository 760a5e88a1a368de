"""Code that was written by code: run, and kept readable for tracebacks and debuggers."""

from __future__ import annotations

import linecache
from typing import Any

__all__ = ["defined"]


def defined(source: str, filename: str, names: dict[str, Any]) -> dict[str, Any]:
    """All names after running a source that refers to ``names``.

    >>> defined("def twice(x): return two * x", "<example>", {"two": 2})["twice"](4)
    8
    """
    # Tracebacks, debuggers and inspect.getsource look here for the lines of code without a file.
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    namespace = dict(names)
    exec(compile(source, filename, "exec"), namespace)
    return namespace
