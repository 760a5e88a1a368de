"""All kinds of pictures on one page: ``python -m nn.plots.gallery docs/gallery``.

The page is a Markdown file beside the folder, ``docs/gallery.md``.  For each picture it shows the
code, and the picture is what that code gives when it is run: what one reads is what was done.  The
same code gives the same files, byte by byte, on one machine.
"""

from __future__ import annotations

import ast
import base64
import re
import sys
from pathlib import Path
from typing import Any

from nn.plots.gallery_code import SECTIONS, SETUP
from nn.random import generator

__all__ = ["main", "write"]

HEAD = """# Gallery

Every kind of picture, each with the code that makes it.  The page and its pictures are written by
`python -m nn.plots.gallery docs/gallery`.  Graphs are SVG files made without any other program;
the plots need matplotlib (`pip install "chalkgrad[plot]"`).  In a notebook the last line of a cell
shows the picture; `.save(...)`, or `ax.figure.savefig(...)` of a plot, writes a file.

All of the code below begins with this:

```python
SETUP
```
"""


def write(folder: str | Path) -> Path:
    """Run all of the code, and write the pictures to ``folder`` and the page beside it.

    Returns:
        The path of the page.

    Raises:
        ImportError: matplotlib or ipywidgets is not installed.
        OSError: the folder cannot be written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    page = [HEAD.replace("SETUP", SETUP.strip())]
    names: dict[str, Any] = {}
    exec(SETUP, names)
    chance = generator().bit_generator.state
    for section, pictures in SECTIONS.items():
        page.append(f"## {section}\n")
        for picture in pictures:
            # No picture depends on those before it.
            generator().bit_generator.state = chance
            result = _run(picture.code.strip(), dict(names))
            shown = _saved(result, folder, picture.name, picture.title, picture.form)
            page.append(f"### {picture.title}\n")
            page.append(f"```python\n{picture.code.strip()}\n```\n")
            page.append(f"{shown}\n")
    path = folder.with_suffix(".md")
    path.write_text("\n".join(page), encoding="utf-8")
    return path


def _run(code: str, names: dict[str, Any]) -> Any:
    """Run some lines, of which the last is an expression, as a notebook does."""
    *lines, last = ast.parse(code).body
    assert isinstance(last, ast.Expr)
    exec(compile(ast.Module(lines, []), "gallery", "exec"), names)
    return eval(compile(ast.Expression(last.value), "gallery", "eval"), names)


def _saved(result: Any, folder: Path, name: str, title: str, form: str) -> str:
    """Write the files of a picture; what shows them in Markdown."""
    image = f"![{title}]({folder.name}/{name}.{form})"
    path = folder / f"{name}.{form}"
    if form == "text":
        return f"```text\n{result}\n```"
    if hasattr(result, "get_figure"):
        _plot(result.get_figure(), path)
    elif hasattr(result, "children"):  # widgets
        path.write_bytes(_picture_in(result.children[-1].value))
    elif hasattr(result, "figure"):  # a drawing
        result.save(path)
    else:  # a page, with a picture of it
        page = result.save(folder / f"{name}.html")
        if hasattr(result, "animated"):
            result.save(path)
        else:
            path.write_bytes(_picture_in(result._repr_mimebundle_()["text/html"]))
        image += f"\n\n[the page]({folder.name}/{page.name})"
    return image


def _picture_in(html: str) -> bytes:
    found = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', html)
    assert found is not None
    return base64.b64decode(found[1])


def _plot(figure: Any, path: Path) -> None:
    from matplotlib import pyplot, rc_context

    metadata = {"Software": None} if path.suffix == ".png" else {"Date": None, "Creator": None}
    with rc_context({"svg.hashsalt": "gallery", "svg.fonttype": "none"}):
        figure.savefig(path, dpi=90, metadata=metadata)
    pyplot.close(figure)


def main(arguments: list[str]) -> None:
    """As a program."""
    if len(arguments) != 1:
        sys.exit("python -m nn.plots.gallery FOLDER: expected one folder, e.g. docs/gallery")
    try:
        import matplotlib
    except ImportError:
        sys.exit('expected matplotlib to be installed: pip install "chalkgrad[plot]"')
    matplotlib.use("agg")
    print(f"{write(arguments[0])} has all pictures")


if __name__ == "__main__":
    main(sys.argv[1:])
