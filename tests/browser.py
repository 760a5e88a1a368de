"""A real browser for tests of pages: Chromium, driven by Playwright; tests skip without either."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update",
             "--disable-sync"]  # fmt: skip


@contextmanager
def browser() -> Iterator[Any]:
    """Chromium; the test is skipped where it or Playwright is missing."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=program, args=ARGUMENTS)
        try:
            yield running
        finally:
            running.close()


@contextmanager
def opened(running: Any, path: Path, **options: Any) -> Iterator[Any]:
    """A page from a file; at the end it must have logged nothing and asked for nothing else."""
    context = running.new_context(**options)
    logged: list[str] = []
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.on("console", lambda entry: logged.append(entry.text))
    page.on("pageerror", lambda error: logged.append(str(error)))
    page.goto(path.as_uri())
    try:
        yield page
        assert logged == []
        assert [url for url in asked if not url.startswith(("data:", "about:"))] == [path.as_uri()]
    finally:
        context.close()
