"""Programs as JSON: a text that holds everything, and that nobody has to trust.

Reading it computes nothing and imports nothing: operations are looked up by name in the library's
table, and all else is numbers, names and nesting.  What JSON knows is written as it is; each other
thing is an object with one member that says what it is:

    {"var": 3}       the fourth variable: inputs are counted first, then parameters, then equations
    {"tuple": [..]}  {"dict": [[key, value], ..]}   {"slice": [start, stop, step]}   {"ellipsis": 1}
    {"float": "nan"}                inf and nan; all other floats are JSON numbers, exactly
    {"array": [dtype, shape, order, base64]}        {"number": [dtype, base64]}   of NumPy
    {"dtype": "<f4"}                {"place": 0}    a computed position in an index
    {"named": ["QRResult", ["Q", "R"], [..]]}       a tuple with names
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections import namedtuple
from typing import Any

import numpy as np

from autograd.errors import message, shown
from autograd.node import PRIMITIVES
from autograd.ops.indexing import _Place as Place
from autograd.programs.equations import Array, Equation, Var
from autograd.tensor import Tensor
from autograd.trees import leaves
from autograd.value import Value

__all__ = ["read", "written"]

FORMAT, VERSION = "chalkgrad program", 1

# --- writing ------------------------------------------------------------------------------------


def written(program: Any) -> str:
    """The text of a program; see ``Program.to_json``."""
    variables = [*program.inputs, *program.parameters, *program.equations]
    numbers = {x: i for i, x in enumerate(variables)}

    def plain(x: Any) -> Any:
        return _plain(x, numbers)

    document = {
        "format": FORMAT,
        "version": VERSION,
        "inputs": [[x._name, plain(x.array)] for x in program.inputs],
        "parameters": [
            [x._name, plain(x.array), *_parameter(node)] for x, node in program.parameters.items()
        ],
        "equations": [
            [_operation(e), plain(e.args), plain(e.params), e._name, plain(e.array)]
            for e in program.equations
        ],
        "outputs": [plain(x) for x in program.outputs],
        "in_tree": plain(program.in_tree),
        "out_tree": plain(program.out_tree),
    }
    return json.dumps(document, allow_nan=False, ensure_ascii=False)


def _operation(e: Equation) -> str:
    if PRIMITIVES.get(e.op.name) is not e.op:
        raise _cannot_save(f"the operation {e.op.name}, which is not in the library's table")
    return e.op.name


def _parameter(node: Any) -> list[Any]:
    """The label of a parameter, whether it requires a gradient, and its number or array now."""
    return [node.label, getattr(node, "requires_grad", True), _plain(node._data, {})]


def _cannot_save(got: str) -> TypeError:
    return TypeError(
        message(
            "to_json",
            expected="a program of the library's operations, numbers and arrays",
            got=got,
            fix="Pickle it instead, where the functions it calls can be imported.",
        )
    )


def _plain(x: Any, numbers: dict[Var, int]) -> Any:
    """Something in a program as what JSON knows."""
    if x is None or x.__class__ in (bool, int, str):
        return x
    if isinstance(x, Var):
        return {"var": numbers[x]}
    if x.__class__ is float:
        return x if math.isfinite(x) else {"float": repr(x)}
    if isinstance(x, np.ndarray):
        order: Any = "F" if x.flags.f_contiguous and not x.flags.c_contiguous else "C"
        return {"array": [x.dtype.str, list(x.shape), order, _text(x.tobytes(order))]}
    if isinstance(x, np.generic) and x.dtype.kind in "biuf":
        return {"number": [x.dtype.str, _text(x.tobytes())]}
    if isinstance(x, Place):
        return {"place": x.n}
    if x.__class__ in (tuple, Array):
        return {"tuple": [_plain(item, numbers) for item in x]}
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        items = [_plain(item, numbers) for item in x]
        return {"named": [x.__class__.__name__, list(x._fields), items]}
    if x.__class__ is list:
        return [_plain(item, numbers) for item in x]
    if x.__class__ is dict:
        return {"dict": [[_plain(key, {}), _plain(item, numbers)] for key, item in x.items()]}
    if isinstance(x, slice):
        return {"slice": [_plain(part, numbers) for part in (x.start, x.stop, x.step)]}
    if isinstance(x, np.dtype):
        return {"dtype": x.str}
    if x is Ellipsis:
        return {"ellipsis": 1}
    raise _cannot_save(shown(x))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


# --- reading ------------------------------------------------------------------------------------


def read(program: Any, text: str) -> Any:
    """Fill an empty program from a text; see ``Program.from_json``."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _cannot_read(f"no JSON: {error}") from None
    found = document.get("format") if isinstance(document, dict) else document
    if found != FORMAT:
        raise _cannot_read(f"format {shown(found)}")
    if document.get("version") != VERSION:
        raise _cannot_read(f"version {shown(document.get('version'))}")
    try:
        unknown = {e[0] for e in document["equations"]} - PRIMITIVES.keys()
        if not unknown:
            _fill(program, document)
            return program
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _cannot_read(f"a damaged one ({type(error).__name__}: {error})") from None
    raise _cannot_read(f"operations that are not known here: {', '.join(sorted(unknown))}")


def _cannot_read(got: str) -> ValueError:
    return ValueError(
        message(
            "from_json",
            expected=f"the text that to_json returned, of version {VERSION}",
            got=got,
            fix="Save the program again.",
        )
    )


def _fill(program: Any, document: dict[str, Any]) -> None:
    variables: list[Var] = []  # those that have been defined
    for name, array in document["inputs"]:
        program.inputs.append(program.var(name, _array(array)))
    variables += program.inputs
    for name, array, label, requires_grad, data in document["parameters"]:
        content = _thing(data, variables)
        node = Value(content, label) if array is None else Tensor(content, requires_grad, label)
        program.parameters[program.var(name, _array(array))] = node
    variables += program.parameters
    for operation, args, params, name, array in document["equations"]:
        op, given, settings = PRIMITIVES[operation], *(_thing(x, variables) for x in (args, params))
        if not isinstance(given, tuple) or op.arity not in (None, len(given)):
            raise ValueError(f"arguments of {operation}")
        variables.append(program.add(op, given, dict(settings), name, _array(array)))
    program.outputs = [_thing(x, variables) for x in document["outputs"]]
    program.in_tree, program.out_tree = (
        _thing(document[tree], variables) for tree in ("in_tree", "out_tree")
    )
    for tree, flat in ((program.in_tree, program.inputs), (program.out_tree, program.outputs)):
        if len(leaves(tree)) != len(flat):
            raise ValueError("inputs or outputs are missing")


def _array(described: Any) -> Array | None:
    if described is None:
        return None
    shape, dtype = _thing(described, [])
    if not all(type(n) is int and n >= 0 for n in shape) or not isinstance(dtype, np.dtype):
        raise ValueError(f"an array of shape {shape}")
    return Array(shape, dtype)


def _thing(x: Any, variables: list[Var]) -> Any:
    """What ``_plain`` wrote."""
    if isinstance(x, list):
        return [_thing(item, variables) for item in x]
    if not isinstance(x, dict):
        return x
    ((kind, content),) = x.items()
    if kind == "var":
        if not 0 <= content < len(variables):
            raise ValueError(f"variable {content} before it is defined")
        return variables[content]
    if kind == "tuple":
        return tuple([_thing(item, variables) for item in content])
    if kind == "named":
        name, fields, items = content
        return namedtuple(name, fields)(*[_thing(item, variables) for item in items])
    if kind == "dict":
        return {_thing(key, variables): _thing(item, variables) for key, item in content}
    if kind == "slice":
        return slice(*[_thing(part, variables) for part in content])
    if kind == "float":
        return {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}[content]
    if kind == "array":
        return _numpy(*content)
    if kind == "number":
        return _numpy(content[0], [], "C", content[1])[()]
    if kind == "dtype":
        return _dtype(content)
    return {"ellipsis": ..., "place": Place(content)}[kind]


def _dtype(name: str) -> np.dtype[Any]:
    if not re.fullmatch(r"[<>|][biuf]\d+", name):  # NumPy would evaluate what is in a longer name
        raise ValueError(f"numbers of type {name}")
    return np.dtype(name)


def _numpy(name: str, shape: list[int], order: Any, text: str) -> Any:
    dtype, data = _dtype(name), base64.b64decode(text, validate=True)
    if len(data) != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"{len(data)} bytes for an array of shape {shape}")
    return np.ndarray(tuple(shape), dtype, data, order=order).copy(order="K")
