"""``LintWarning``: what a linter says, once for each place, at the user's line."""

from __future__ import annotations

import sys
import warnings
from typing import Any, NamedTuple

__all__ = ["Finding", "LintWarning", "issue"]


class LintWarning(UserWarning):
    """A training that does what was written, which is probably not what was meant.

    Attributes:
        code: the rule, e.g. ``"forgotten-zero-grad"``; the message begins with it, so that
            ``warnings.filterwarnings("ignore", "dead-units")`` turns one rule off.
        place: the layer, parameter or optimiser it is about.
    """

    def __init__(self, text: str, code: str = "", place: str = "") -> None:
        super().__init__(text)
        self.code = code
        self.place = place


class Finding(NamedTuple):
    """What a rule has found: which rule, where, what was seen (with numbers), and what to do."""

    code: str
    place: str
    seen: str
    advice: str


def issue(finding: Finding) -> LintWarning:
    """Warn, as if the user's line that we were called from had warned."""
    code, place, seen, advice = finding
    warning = LintWarning(f"{code}: {seen} {advice}", code, place)
    frame: Any = sys._getframe(1)
    while frame.f_back is not None:
        package = frame.f_globals.get("__name__", "").partition(".")[0]
        if package not in ("autograd", "nn", "contextlib"):
            break
        frame = frame.f_back
    space = frame.f_globals
    warnings.warn_explicit(
        warning,
        None,
        frame.f_code.co_filename,
        frame.f_lineno,
        space.get("__name__", "__main__"),
        space.setdefault("__warningregistry__", {}),
    )
    return warning
