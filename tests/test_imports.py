"""How the modules hang together, read from their source: imports point one way."""

from __future__ import annotations

import ast
import graphlib
import importlib.util
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import autograd
import nn

PACKAGES = {name: Path(inspect.getfile(module)).parent for name, module in
            (("autograd", autograd), ("nn", nn))}  # fmt: skip


def module_name(path: Path, package: str) -> str:
    parts = path.relative_to(PACKAGES[package].parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def sources(package: str) -> dict[str, ast.Module]:
    return {
        module_name(path, package): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGES[package].rglob("*.py"))
    }


MODULES = {name: tree for package in PACKAGES for name, tree in sources(package).items()}


def imports(name: str, tree: ast.Module, *, at_import: bool = False) -> set[tuple[str, str]]:
    """(module, imported name or "") of every import; only those that run when imported, if asked.

    Imports for type checkers only, under ``if TYPE_CHECKING``, do not run and do not count.
    """
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            skipped.update(inner for statement in node.body for inner in ast.walk(statement))
        if at_import and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            skipped.update(inner for statement in node.body for inner in ast.walk(statement))
    found = set()
    is_package = any(other.startswith(name + ".") for other in MODULES)
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            found.update((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                anchor = name.split(".")[: None if is_package and node.level == 1 else -1]
                module = importlib.util.resolve_name("." * node.level + module, ".".join(anchor))
            found.update((module, alias.name) for alias in node.names)
    return found


def dependencies(name: str, tree: ast.Module) -> set[str]:
    """The modules of this project that one module imports, at its top or inside functions."""
    found = set()
    for module, item in imports(name, tree):
        target = f"{module}.{item}" if f"{module}.{item}" in MODULES else module
        if target in MODULES:
            found.add(target)
    return found


def test_the_reader_of_imports_sees_all_kinds() -> None:
    source = """
import os, autograd.ops
from autograd import sweep as s
from autograd.node import Node, Primitive
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from autograd.viz import draw
def f():
    from autograd import value
"""
    tree = ast.parse(source)
    assert {("autograd", "sweep"), ("autograd.ops", ""), ("autograd.node", "Node")} <= imports(
        "m", tree
    )
    assert ("autograd", "value") in imports("m", tree)
    assert ("autograd", "value") not in imports("m", tree, at_import=True)
    assert "autograd.viz" not in {module for module, _ in imports("m", tree)}
    assert dependencies("m", tree) >= {"autograd.ops", "autograd.sweep", "autograd.value"}


def test_imports_have_no_cycles() -> None:
    graph = {name: dependencies(name, tree) - {name} for name, tree in MODULES.items()}
    assert {"autograd.node", "autograd.value", "nn.neuron"} <= set(graph)
    # The face of a package imports its modules; a module never needs the face of its own package.
    order = list(graphlib.TopologicalSorter(graph).static_order())  # raises on a cycle
    assert (
        order.index("autograd.node") < order.index("autograd.ops") < order.index("autograd.value")
    )


def test_autograd_does_not_know_nn() -> None:
    for name, tree in MODULES.items():
        if name.split(".")[0] == "autograd":
            assert not any(m.split(".")[0] == "nn" for m, _ in imports(name, tree)), name


def test_nodes_know_no_kind_of_node() -> None:
    for name in ("autograd.node", "autograd.ops", "autograd.sweep"):
        known = {module.rsplit(".", 1)[-1] for module in dependencies(name, MODULES[name])}
        assert not known & {"value", "tensor", "viz", "autograd"}, name
    assert dependencies("autograd.node", MODULES["autograd.node"]) <= {"autograd.errors"}


@pytest.mark.parametrize("name", [name for name in MODULES if name.split(".")[0] == "nn"])
def test_nn_uses_what_autograd_exports(name: str) -> None:
    tree = MODULES[name]
    exported = set(autograd.__all__)
    for module, item in imports(name, tree):
        if module.split(".")[0] == "autograd":
            assert module == "autograd", f"{name} reaches into {module}"
            assert item in exported | {""}, f"{name} imports {item}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "autograd":
            assert node.attr in exported, f"{name} uses autograd.{node.attr}"


# --- what is exported -----------------------------------------------------------------------------


def test_exports_exist_and_are_listed_once() -> None:
    assert set(autograd.ops.__all__) < set(autograd.__all__)
    assert not {"np", "ops", "annotations"} & set(autograd.__all__)
    for package in (autograd, autograd.ops, nn):
        assert len(set(package.__all__)) == len(package.__all__)
        assert all(hasattr(package, name) for name in package.__all__)


@pytest.mark.parametrize("name", autograd.__all__)
def test_every_export_of_autograd_explains_itself(name: str) -> None:
    thing = getattr(autograd, name)
    # A primitive is an instance, and would otherwise show the docstring of its class.
    own = thing.__doc__ if inspect.isroutine(thing) else vars(thing).get("__doc__")
    assert own, f"autograd.{name} has no docstring of its own"


@pytest.mark.parametrize("name", MODULES)
def test_every_module_explains_itself(name: str) -> None:
    if name != "nn":
        assert ast.get_docstring(MODULES[name]), name


# --- what an import costs -------------------------------------------------------------------------

# In a fresh interpreter, with an ear to what CPython reports about itself.
PROBE = """
import sys
import numpy
before = set(sys.modules)
events = []
watched = ("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn",
           "_thread.start_new_thread", "socket.connect", "socket.__new__", "urllib.Request")
sys.addaudithook(lambda event, args: events.append(event) if event in watched else None)
import autograd, nn
import threading
print(sorted(set(sys.modules) - before))
print(events)
print(threading.active_count())
"""


def probe() -> tuple[list[str], list[str], int]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROBE],
        capture_output=True,
        text=True,
        cwd=PACKAGES["autograd"].parent,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    modules, events, threads = map(ast.literal_eval, done.stdout.splitlines())
    return modules, events, threads


def test_importing_starts_nothing_and_loads_no_extras() -> None:
    modules, events, threads = probe()
    extras = {"graphviz", "matplotlib", "tqdm", "numba", "scipy", "torch", "IPython", "sympy"}
    launchers = {"subprocess", "multiprocessing", "concurrent", "asyncio", "socket"}
    loaded = {module.split(".")[0] for module in modules}
    assert {"autograd", "nn"} <= loaded
    assert loaded & extras == set()
    assert loaded & launchers == set()
    later = ("reference", "programs", "viz", "explaining", "checking", "compiling.compiled")
    assert not [m for m in modules if m.startswith(tuple(f"autograd.{part}" for part in later))]
    assert events == []
    assert threads == 1


def test_the_packages_are_pure_python() -> None:
    for folder in PACKAGES.values():
        assert not [p for p in folder.rglob("*") if p.suffix in (".so", ".pyd", ".c", ".pyx")]
        assert (folder / "py.typed").exists()
