"""The library's own array functions as plain NumPy, for programs that are to run without it.

What an operation computes is written once, as the ``forward`` of its primitive.  Where a program
is written out as Python, it is that very text which is used: read from the library's source, less
what only the library needs.

* A function that is one expression is put in the place of the call: ``relu(t1)`` is written
  ``np.maximum(t1, 0)``.
* Any other is written above the program, together with the functions and constants it needs.
* Annotations go, as do ``try`` blocks that only explain NumPy's errors; a function that does work
  on nodes too (``shape_of``, ``concatenate``) is replaced by what it does to arrays.

>>> from autograd import ops
>>> helpers = Helpers(())
>>> helpers.call(ops.relu.forward, "relu", ["t1"], {})
'np.maximum(t1, 0)'
>>> helpers.call(ops.softplus.forward, "softplus", ["t1"], {})
'softplus(t1)'
>>> print(helpers.definitions[-1])
def softplus(x):
    with np.errstate(invalid='ignore'):
        return np.logaddexp(x, 0.0)
"""

from __future__ import annotations

import ast
import builtins
import copy
import functools
import inspect
import math
from collections.abc import Callable, Collection
from pprint import pformat
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from autograd import node, ops
from autograd.errors import message
from autograd.ops.activations import zero_beside
from autograd.ops.along import peaks
from autograd.ops.fused import _identity, _starts
from autograd.ops.indexing import _with_nodes
from autograd.ops.matrices import lapack

__all__ = ["Helpers"]


def _called(function: str) -> Callable[[ast.Call], ast.expr]:
    """The same arguments to another function."""
    return lambda call: ast.Call(_expression(function), call.args, call.keywords)


# What functions that also take nodes, or that explain errors, do to plain arrays.
_ON_ARRAYS: dict[Any, Callable[[ast.Call], ast.expr]] = {
    node.shape_of: _called("np.shape"),
    node.ndim_of: _called("np.ndim"),
    node.size_of: _called("np.size"),
    node.dtype_of: lambda call: ast.Attribute(_called("np.asarray")(call), "dtype", ast.Load()),
    lapack: lambda call: ast.Call(call.args[2], call.args[3:], call.keywords),
    peaks: lambda call: ast.Call(
        _expression("np.maximum.reduce"), call.args, [ast.keyword("keepdims", ast.Constant(True))]
    ),
    _identity: lambda call: ast.Call(
        _expression("np.eye"), call.args[:1], [ast.keyword("dtype", call.args[1])]
    ),
    _starts: lambda call: ast.BinOp(
        ast.Call(_expression("np.arange"), call.args[:1], []), ast.Mult(), call.args[1]
    ),
    zero_beside: lambda call: ast.Constant(0),
    _with_nodes: lambda call: call.args[0],  # they stand in the index already
}


class Helpers:
    """The functions that a program needs, each written once.

    Attributes:
        definitions: their text.
        constants: the text of what stands above them, by name.
        modules: what they import besides NumPy.
    """

    def __init__(self, taken: Collection[str]) -> None:
        self.definitions: list[str] = []
        self.constants: dict[str, str] = {}
        self.modules: set[str] = set()
        self._taken = {*taken, *dir(builtins), "np", "math", "program"}
        self._names: dict[int, str] = {}  # of functions and constants, by their ids
        self._expressions: dict[int, tuple[ast.arguments, ast.expr]] = {}

    def free(self, name: str) -> str:
        """A name that nothing else has."""
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def constant(self, name: str, text: str) -> str:
        """Write a constant above the program; returns its name."""
        name = self.free(name)
        self.constants[name] = text
        return name

    def call(
        self,
        function: Callable[..., Any],
        name: str,
        args: list[str],
        settings: dict[str, str],
        arrays: Collection[str] = (),
    ) -> str:
        """The call of a function of the library, or what is to be computed instead.

        Args:
            function: on arrays.
            name: of the primitive.
            args: its arguments as Python.
            settings: its keyword arguments, likewise.
            arrays: names among the arguments that surely are arrays.
        """
        public = _numpys(function)
        if public is None and id(function) not in self._names:
            if id(function) not in self._expressions:
                plain = self._plain(function, name)
                expression = _only_expression(plain)
                if expression is None or not _names_in(expression) <= {"np", *_parameters(plain)}:
                    self._define(function, plain, name)
                    return self.call(function, name, args, settings)
                self._expressions[id(function)] = plain.args, expression
            return _filled_in(*self._expressions[id(function)], args, settings, arrays)
        called = public or self._names[id(function)]
        return f"{called}({', '.join([*args, *(f'{k}={v}' for k, v in settings.items())])})"

    def _plain(self, function: Any, name: str) -> ast.FunctionDef:
        plain: ast.FunctionDef = _Plain(self, function, name).visit(_definition(function))
        if plain.args.vararg and plain.args.vararg.arg not in _names_in(plain):
            plain.args.vararg = None
        return plain

    def _define(self, function: Any, plain: ast.FunctionDef, name: str) -> None:
        plain.name = self._names[id(function)] = self.free(name)
        self.definitions.append(ast.unparse(ast.fix_missing_locations(plain)))

    def needed(self, value: Any, name: str, primitive: str) -> str:
        """What to write for something of the library."""
        public = _numpys(value) or _namesake(value, name)
        if public is not None:
            self.modules.update({"math"} if public.startswith("math.") else ())
            return public
        if isinstance(value, node.Primitive):  # among arrays it is no more than this
            return self.needed(value.forward, value.name, primitive)
        if id(value) not in self._names:
            if isinstance(value, FunctionType):
                self._define(value, self._plain(value, primitive), name.lstrip("_"))
            else:
                assert isinstance(value, int | float | tuple | np.generic), name
                text = pformat(value, width=88)
                text = text if not isinstance(value, np.generic) else f"np.{value.dtype}({value})"
                self._names[id(value)] = self.constant(name, text)
        return self._names[id(value)]


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _numpys(value: Any) -> str | None:
    """NumPy's function (or one of ``math``) by its name."""
    name = getattr(value, "__name__", "")
    for prefix, module in (("np", np), ("np.linalg", np.linalg), ("math", math)):
        if value is not None and getattr(module, name, None) is value:
            return f"{prefix}.{name}"
    return None


def _namesake(value: Any, name: str) -> str | None:
    """NumPy's function that a public one of the library does the same as on arrays."""
    return f"np.{name}" if vars(ops).get(name) is value and hasattr(np, name) else None


# --- reading the library ------------------------------------------------------------------------


@functools.cache
def _module(module: ModuleType) -> dict[int, list[Any]]:
    """The functions and lambdas of a module, by their first lines."""
    found: dict[int, list[Any]] = {}
    for part in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(part, ast.FunctionDef | ast.Lambda):
            found.setdefault(part.lineno, []).append(part)
    return found


def _definition(function: Any) -> ast.FunctionDef:
    """The definition of a function as it stands in the library, to be changed."""
    code, module = function.__code__, inspect.getmodule(function)
    try:
        assert module is not None
        candidates = _module(module)[code.co_firstlineno]
    except OSError as error:
        raise OSError(
            message(
                "source",
                expected="the files of the library, whose functions a program of arrays is made of",
                got=f"no text for {function.__module__}",
                fix="Install the library with its .py files.",
            )
        ) from error
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    found = copy.deepcopy(next(x for x in candidates if _own_parameters(x) == names))
    if isinstance(found, ast.FunctionDef):
        return found
    return ast.FunctionDef("function", found.args, [ast.Return(found.body)], [], None, None)


def _own_parameters(function: Any) -> tuple[str, ...]:
    args = function.args
    return tuple(x.arg for x in (*args.posonlyargs, *args.args, *args.kwonlyargs))


def _parameters(function: ast.FunctionDef) -> list[str]:
    more = (function.args.vararg, function.args.kwarg)
    return [*_own_parameters(function), *(x.arg for x in more if x)]


def _names_in(tree: ast.AST) -> set[str]:
    return {x.id for x in ast.walk(tree) if isinstance(x, ast.Name)}


class _Plain(ast.NodeTransformer):
    """Leaves out of a function of the library what only the library needs."""

    def __init__(self, helpers: Helpers, function: Any, name: str) -> None:
        self.helpers, self.name = helpers, name
        closure = inspect.getclosurevars(function)
        self.around = {**function.__globals__, **closure.nonlocals}
        definition = _definition(function)
        self.own = {x.arg for x in ast.walk(definition) if isinstance(x, ast.arg)}
        self.own |= {x.name for x in ast.walk(definition) if isinstance(x, ast.FunctionDef)}
        self.own |= {
            x.id
            for x in ast.walk(definition)
            if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Store)
        }

    def _meaning(self, name: str) -> Any:
        """What a name means in the library; None for the function's own and Python's."""
        return None if name in self.own or name == "np" else self.around.get(name)

    def visit_FunctionDef(self, part: ast.FunctionDef) -> ast.FunctionDef:
        part.returns, part.decorator_list = None, []
        text = ast.get_docstring(part)
        if text is not None:  # its first line: examples are about the library
            part.body[0] = ast.Expr(ast.Constant(text.splitlines()[0]))
        self.generic_visit(part)
        return part

    def visit_arg(self, part: ast.arg) -> ast.arg:
        part.annotation = None
        return part

    def visit_AnnAssign(self, part: ast.AnnAssign) -> Any:
        if part.value is None:
            return None
        plain = ast.Assign([part.target], part.value, lineno=part.lineno)
        return self.generic_visit(plain)

    def visit_Try(self, part: ast.Try) -> Any:
        """Where all that is caught is raised again, with more words, NumPy's own words do."""
        if all(isinstance(x.body[-1], ast.Raise) for x in part.handlers):
            return [y for x in part.body for y in _as_list(self.visit(x))]
        return self.generic_visit(part)

    def visit_Raise(self, part: ast.Raise) -> ast.stmt:
        return ast.parse(f"raise ValueError('{self.name}: not for these arrays')").body[0]

    def visit_Call(self, part: ast.Call) -> ast.expr:
        meaning = self._meaning(part.func.id) if isinstance(part.func, ast.Name) else None
        if callable(meaning) and meaning in _ON_ARRAYS:
            plain = _ON_ARRAYS[meaning](part)
            self.generic_visit(plain)
            return plain
        self.generic_visit(part)
        return part

    def visit_Attribute(self, part: ast.Attribute) -> ast.expr:
        module = self._meaning(part.value.id) if isinstance(part.value, ast.Name) else None
        if isinstance(module, ModuleType):
            return self._needed(getattr(module, part.attr), part.attr)
        self.generic_visit(part)
        return part

    def visit_Name(self, part: ast.Name) -> ast.expr:
        meaning = self._meaning(part.id)
        return part if meaning is None else self._needed(meaning, part.id)

    def _needed(self, value: Any, name: str) -> ast.expr:
        text = self.helpers.needed(value, name, self.name)
        assert text not in self.own, f"{self.name} has a variable named like the function {text}"
        return _expression(text)


def _as_list(parts: Any) -> list[Any]:
    return parts if isinstance(parts, list) else [parts]


# --- one expression in the place of a call ------------------------------------------------------


def _only_expression(function: ast.FunctionDef) -> ast.expr | None:
    """What a function returns, if that is all there is to it."""
    statements = function.body[1 if ast.get_docstring(function) else 0 :]
    only = statements[0] if len(statements) == 1 else None
    return only.value if isinstance(only, ast.Return) else None


def _filled_in(
    parameters: ast.arguments,
    expression: ast.expr,
    args: list[str],
    settings: dict[str, str],
    arrays: Collection[str],
) -> str:
    """The expression with the arguments of a call in the place of the parameters."""
    positional = [x.arg for x in (*parameters.posonlyargs, *parameters.args)]
    defaults = parameters.defaults
    given: dict[str, ast.expr] = dict(
        zip(positional[len(positional) - len(defaults) :], defaults, strict=True)
    )
    given |= zip(positional, map(_expression, args), strict=False)
    if parameters.vararg:
        rest = list(map(_expression, args[len(positional) :]))
        given[parameters.vararg.arg] = ast.Tuple(rest, ast.Load())
    given |= {k: _expression(v) for k, v in settings.items()}
    filled = _Filling(given, arrays).visit(copy.deepcopy(expression))
    return ast.unparse(ast.fix_missing_locations(filled))


class _Filling(ast.NodeTransformer):
    def __init__(self, given: dict[str, ast.expr], arrays: Collection[str]) -> None:
        self.given, self.arrays = given, arrays

    def visit_Name(self, part: ast.Name) -> ast.expr:
        return self.given.get(part.id, part)

    def visit_Call(self, part: ast.Call) -> ast.expr:
        self.generic_visit(part)
        args: list[ast.expr] = []
        for x in part.args:  # f(*(a, b)) is f(a, b)
            spread = isinstance(x, ast.Starred) and isinstance(x.value, ast.Tuple)
            args += x.value.elts if spread else [x]  # type: ignore[attr-defined]
        part.args = args
        if ast.unparse(part.func) == "np.asarray" and ast.unparse(args[0]) in self.arrays:
            return args[0]
        return part
