"""Code that was written by code: its text is there for tracebacks as long as it is."""

from __future__ import annotations

import gc
import linecache
import traceback

import autograd
from autograd import Tensor, grad
from autograd.generated import defined


def test_tracebacks_show_the_lines() -> None:
    divide = defined("def divide(x):\n    return one / x\n", "<a test>", {"one": 1})["divide"]
    try:
        divide(0)
    except ZeroDivisionError as error:
        text = "".join(traceback.format_exception(error))
    assert "return one / x" in text


def test_the_text_goes_with_the_last_function() -> None:
    names = defined("def f(): pass\ndef g(): pass\n", "<a test>", {})
    g = names["g"]
    del names
    gc.collect()
    assert "<a test>" in linecache.cache
    del g
    gc.collect()
    assert "<a test>" not in linecache.cache


def test_another_text_of_that_name_stays() -> None:
    f = defined("def f(): return 1\n", "<a test>", {})["f"]
    g = defined("def g(): return 2\n", "<a test>", {})["g"]
    del f
    gc.collect()
    assert linecache.getlines("<a test>") == ["def g(): return 2\n"]
    assert g() == 2


def test_dropped_compiled_functions_leave_no_text() -> None:
    def used() -> None:
        function = autograd.compile(lambda x: (x * x).sum(), numbers=False)
        for _ in range(3):
            grad(function)(Tensor([1.0, 2.0]))

    used()
    gc.collect()
    before = set(linecache.cache)
    for _ in range(3):
        used()
    gc.collect()
    assert {name for name in set(linecache.cache) - before if name.startswith("<")} == set()
