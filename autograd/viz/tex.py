r"""Any text in LaTeX, set as it is, by every engine.

TeX has a meaning for some characters, and its fonts lack many.  So what has a meaning is written by
its code, Greek letters and signs of mathematics by their commands, raised and lowered characters
with ``\textsuperscript`` and ``\textsubscript``.  The rest is left to the font: ``lualatex`` sets
what the font has; ``pdflatex``, which would stop, gets something like it or a question mark
(``substitutes``).

>>> print(tex("50% of x₁ᵀ·β"))
50\symbol{37} of x\textsubscript{1}\textsuperscript{T}\ensuremath{\cdot}\ensuremath{\beta}
"""

from __future__ import annotations

import unicodedata

from autograd.viz.boxes import printable

__all__ = ["GREEK", "substitutes", "tex"]

_COMMANDS = """
alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho varsigma sigma
tau upsilon varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
"""
GREEK = dict(zip("αβγδεζηθικλμνξπρςστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", _COMMANDS.split(), strict=True))
_SIGNS = GREEK | {
    "×": "times", "·": "cdot", "÷": "div", "±": "pm", "⊙": "odot", "⊗": "otimes", "⊕": "oplus",
    "‖": "Vert", "≤": "leq", "≥": "geq", "≠": "neq", "≈": "approx", "∞": "infty", "√": "surd",
    "→": "rightarrow", "←": "leftarrow", "↑": "uparrow", "↓": "downarrow", "⌊": "lfloor",
    "⌋": "rfloor", "⌈": "lceil", "⌉": "rceil", "⟨": "langle", "⟩": "rangle", "∂": "partial",
    "∇": "nabla", "∑": "sum", "∏": "prod", "∫": "int", "∈": "in", "∀": "forall", "∃": "exists",
    "ℓ": "ell", "∘": "circ", "°": "circ", "µ": "mu", "ϵ": "epsilon", "ϕ": "phi",
}  # fmt: skip
# Typewriter fonts have all of ASCII by codes; in others some of these would be set otherwise.
_TEX = (
    {c: f"\\symbol{{{ord(c)}}}" for c in "\\{}$&#%_^~<>|\"'`-"}
    | {c: f"\\ensuremath{{\\{command}}}" for c, command in _SIGNS.items()}
    | {"−": r"\ensuremath{-}", "…": r"\ldots{}"}
)
_RAISED = {"<super>": "textsuperscript", "<sub>": "textsubscript"}
# What the typewriter font of pdflatex has (its other accents are wrong), and what others become.
_EVERYWHERE = "ßæøœÆØŒÇçŞş"
_ACCENTS = "\u0300\u0301\u0302\u0303\u0304\u0306\u0308\u030a\u030c"
_INSTEAD = {"ł": "l", "Ł": "L", "–": "-", "—": "-", "‘": "`", "’": "'", "“": '"', "”": '"',
            "«": "<", "»": ">"}  # fmt: skip


def tex(text: str) -> str:
    """Text that TeX sets as it is; line ends and tabs become blanks."""
    return "".join(map(_character, " ".join(printable(text).split())))


def _character(c: str) -> str:
    if c in _TEX:
        return _TEX[c]
    kind, *codes = unicodedata.decomposition(c).split() or [""]
    if kind not in _RAISED:
        return c
    return f"\\{_RAISED[kind]}{{{''.join(_character(chr(int(code, 16))) for code in codes)}}}"


def substitutes(text: str) -> list[str]:
    """For the preamble: what stands for characters of ``text`` that pdflatex's fonts lack."""
    missing = sorted({c for c in text if not c.isascii() and not _everywhere(c)})
    if not missing:
        return []
    return [
        r"\ifdefined\DeclareUnicodeCharacter % pdflatex; other engines set what the font has",
        *(f"\\DeclareUnicodeCharacter{{{ord(c):04X}}}{{{_INSTEAD.get(c, '?')}}}" for c in missing),
        r"\fi",
    ]


def _everywhere(c: str) -> bool:
    letter = unicodedata.normalize("NFD", c)
    accented = len(letter) == 2 and letter[0].isascii() and letter[1] in _ACCENTS
    return c in _EVERYWHERE or (ord(c) < 0x180 and accented)
