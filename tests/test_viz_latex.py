"""What is written for LaTeX, set by LaTeX: no error, no missing character, and a page of its size.

The tests skip where the program, or a package of it, is not installed.
"""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, Value, draw, explain

HOSTILE = [
    "_ ^ % $ # & { } \\ ~ <script>",
    "naïve Łódź ∂ß é — “q” α β Γ ∑ ≥ x₁ʸ Wᵀ",
    "\\input{x} $$ \\end{document} %",
    "line\nend\ttab ''quotes'' `` -- --- << >> ?`",
]
FOREIGN = ["עברית العربية", "日本語 «x» Σ̂ \U0001f642 \u200f \ufffd ŋ ð Ąą"]


def engine(name: str) -> str:
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    return program


def typeset(name: str, source: str) -> tuple[str, tuple[float, float]]:
    """What the engine says of a document, and the size of its only page in points."""
    program = engine(name)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "it.tex").write_text(source, encoding="utf-8")
        ask = [program, "-interaction=nonstopmode", "-halt-on-error", "it.tex"]
        answer = subprocess.run(ask, cwd=folder, capture_output=True, timeout=120)
        said = answer.stdout.decode(errors="replace")
        log = (Path(folder) / "it.log").read_text(encoding="utf-8", errors="replace")
        if found := re.search(r"File `(.*)' not found|cannot find.*luaotfload", log):
            pytest.skip(f"LaTeX has no {found[1] or 'luaotfload'}")
        assert answer.returncode == 0, said[-2000:]
        assert "(1 page," in log
        assert not re.search(r"^(Over|Under)full", log, re.M), log
        pdf = (Path(folder) / "it.pdf").read_bytes()
    box = re.search(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    return log, (float(box[1]), float(box[2])) if box else (0.0, 0.0)


def hostile(labels: list[str]) -> Value:
    inputs = [Value(float(i), label=label) for i, label in enumerate(labels)]
    with autograd.scope(labels[0]):
        out = autograd.sum([x * x for x in inputs])
    out.label = labels[-1]
    out.backward()
    return out


@functools.cache
def tensors() -> tuple[Any, Any]:
    nn.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 2))
    cost = nn.cross_entropy(model(Tensor(np.eye(2))), [0, 1])
    cost.backward()
    return cost, model


def pictures() -> dict[str, Any]:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    loss = (a * b + a) ** 2
    loss.backward()
    cost, model = tensors()
    return {
        "scalar": draw(loss, highlight=a, engine="builtin"),
        "hostile": draw(hostile(HOSTILE), engine="builtin", theme="dark", direction="TB"),
        "tensors": draw(cost, model=model, engine="builtin", flow=True),
        "layers": draw(cost, model=model, collapse="layer", engine="builtin", size="slide"),
        "program": draw(autograd.trace(lambda x: (x * x).sin() + x, 1.0), engine="builtin"),
    }


@pytest.mark.parametrize("name", list(pictures()))
@pytest.mark.parametrize("program", ["pdflatex", "lualatex"])
def test_a_picture_is_set_as_it_is(program: str, name: str) -> None:
    picture = pictures()[name]
    said, size = typeset(program, picture.tikz)
    assert "Missing character" not in said
    if any(size):
        assert size == pytest.approx([0.75 * x for x in picture.size], abs=0.1)


def test_a_picture_that_is_longer_than_a_page_can_be() -> None:
    x = Value(0.5)
    for _ in range(90):
        x = x.tanh()
    for size in (None, "slide"):
        picture = draw(x, collapse=False, engine="builtin", size=size)
        found = typeset("pdflatex", picture.tikz)[1]
        wanted = [14400, 14400 * picture.size[1] / picture.size[0]] if size is None else [960, 540]
        if any(found):
            assert found == pytest.approx(wanted, rel=0.002)


def test_what_pdflatex_lacks_becomes_a_question_mark() -> None:
    typeset("pdflatex", draw(hostile(FOREIGN), engine="builtin").tikz)


def test_letters_with_accents_need_no_substitute() -> None:
    from autograd.viz.tex import substitutes

    letters = "".join(map(chr, range(0xC0, 0x180)))
    lost = [line for line in substitutes(letters) if "DeclareUnicode" in line][1:]
    kept = "".join(c for c in letters if not any(f"{ord(c):04X}" in line for line in lost))
    assert len(kept) > 100
    begin = r"\documentclass{article}\begin{document}\raggedright\ttfamily "
    typeset("pdflatex", begin + " ".join(kept) + r"\end{document}")


def test_an_explanation_is_set() -> None:
    theta, lam = Value(2.0, label="θ₁"), Value(3.0, label="λ")
    odd = Value(1.5, label=HOSTILE[0])
    root = (theta * lam / odd).tanh() * theta
    root.label = HOSTILE[2]
    for leaf in (theta, lam, odd):
        typeset("pdflatex", ARTICLE.replace("BODY", explain(root, leaf).latex))


ARTICLE = r"""\documentclass{article}
\usepackage{amsmath}
\usepackage[margin=1cm, landscape]{geometry}
\begin{document}
\begin{equation*}
BODY
\end{equation*}
\end{document}
"""
