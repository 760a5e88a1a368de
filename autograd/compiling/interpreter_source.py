"""The text of an interpreter of scalar programs, written from the table of primitives.

Machine code for each program would have to be compiled anew, which takes seconds.  So one
interpreter is compiled, for all programs: it reads a list of instructions, and executes each for a
block of ``LANES`` points, which costs so much more than reading it that the reading hardly counts.

A *register* holds one variable for all lanes of a block; *uniforms* are numbers that are the same
in all lanes, constants and parameters.  An instruction is its number in ``OPCODES``, followed by
the register that it fills, and by the registers and uniforms that it reads.  What it computes is a
template in ``x``, ``y``, ``z``: the ``scalar`` of a primitive.

>>> print(_loop("x * y", "ur"))
                o = code[pc + N1]
                x = uniforms[code[pc + N2]]
                y_ = code[pc + N3]
                for i in range(LANES):
                    y = registers[y_ + i]
                    registers[o + i] = x * y
                pc += N4
<BLANKLINE>
"""

from __future__ import annotations

import re

from autograd import ops
from autograd.node import PRIMITIVES
from autograd.scalar_code import MATH
from autograd.symbols import Symbol, substitute

__all__ = ["FOLDS", "LANES", "LONGEST_CHAIN", "OPCODES", "WITH_UNIFORM", "interpreter_source"]

LANES = 64  # points in a block: a register is 512 bytes, and hundreds of them fit the cache
FOLDS = 8  # running totals of a sum over lanes, which are computed side by side
LONGEST_CHAIN = 4  # products in one instruction

# Operations whose first operand is often a parameter or a constant.
WITH_UNIFORM = ("add", "sub", "mul")


def _clauses() -> dict[str, str]:
    """What the interpreter does for each instruction on registers."""
    product = ops.mul.scalar
    clauses = {
        "muladd": _loop(substitute(ops.add.scalar, (Symbol("z"), Symbol(product))), "rrr"),
    }
    clauses |= {f"{name}_u": _loop(PRIMITIVES[name].scalar, "ur") for name in WITH_UNIFORM}
    clauses |= {
        p.name: _loop(p.scalar, "r" * len(p.partials)) for p in PRIMITIVES.values() if p.scalar
    }
    for n in range(1, LONGEST_CHAIN + 1):
        total = "z"
        for k in range(n):
            term = substitute(product, (Symbol(f"w{k}"), Symbol(f"x{k}")))
            total = substitute(ops.add.scalar, (Symbol(total), Symbol(term)))
        operands = [x for k in range(n) for x in (f"w{k}", f"x{k}")]
        for kind in "ur":
            clauses[f"chain_{kind}{n}"] = _clause(total, ["z", *operands], kind + "ur" * n)
    return clauses


def _loop(template: str, kinds: str) -> str:
    """A template in x, y, z for all lanes."""
    return _clause(template, list("xyz"[: len(kinds)]), kinds)


def _clause(template: str, names: list[str], kinds: str) -> str:
    """A template for all lanes; ``kinds`` tells registers (r) from uniforms (u)."""
    places = ["o = code[pc + N1]"]
    lanes = []
    for k, (name, kind) in enumerate(zip(names, kinds, strict=True), 2):
        if kind == "u":
            places.append(f"{name} = uniforms[code[pc + N{k}]]")
        else:
            places.append(f"{name}_ = code[pc + N{k}]")
            lanes.append(f"{name} = registers[{name}_ + i]")
    # Constants are of the registers' type, so that float32 is not computed in float64.
    typed = re.sub(r"\b\d+\.\d+(e[-+]?\d+)?\b", r"number(\g<0>)", template)
    lanes.append(f"registers[o + i] = {typed}")
    lines = [*places, "for i in range(LANES):", *(f"    {line}" for line in lanes)]
    lines.append(f"pc += N{len(names) + 2}")
    return "".join(f"                {line}\n" for line in lines)


_HEAD = '''\
"""Generated from the tables in autograd/ops/ by autograd/compiling/interpreter_source.py."""

from math import {functions}

import numpy as np
from numpy import ceil, floor
from numpy import {dtype} as number

LANES, FOLDS = np.uint64({lanes}), np.uint64({folds})
{numbers}


def run(
    code, end, registers, uniforms, X, inputs, G, batch, result, row_step, column_step,
    totals, width, per_part, first, last,
):  # fmt: skip
    """Execute the code, which ends at ``end``, for the blocks from first to last.

    All arrays are flat: X has rows of so many inputs, G of the whole batch, totals of so great a
    width; in the result, the next point and the next column are so many numbers away.  Each part of
    so many blocks has totals of its own, and in the end its sums in front.  Places are unsigned:
    other numbers would be converted each time.
    """
    for block in range(first, last):
        row = np.uint64(block) * LANES
        here = min(LANES, batch - row)
        part = np.uint64(block // per_part) * width
        pc = np.uint64(0)
        while pc < end:
            op = np.int64(code[pc])
            if op == {load}:  # lanes without a point of their own repeat the last one,
                o, column = code[pc + N1], code[pc + N2]
                for i in range(here):
                    registers[o + i] = X[(row + i) * inputs + column]
                for i in range(here, LANES):
                    registers[o + i] = X[(batch - N1) * inputs + column]
                pc += N3
            elif op == {load_cotangent}:  # and nothing comes back from them
                o, column = code[pc + N1], code[pc + N2]
                for i in range(here):
                    registers[o + i] = G[column * batch + row + i]
                for i in range(here, LANES):
                    registers[o + i] = 0
                pc += N3
            elif op == {fill}:
                o, x = code[pc + N1], uniforms[code[pc + N2]]
                for i in range(LANES):
                    registers[o + i] = x
                pc += N3
            elif op == {store}:
                column, x_ = code[pc + N1], code[pc + N2]
                for i in range(here):
                    result[(row + i) * row_step + column * column_step] = registers[x_ + i]
                pc += N3
            elif op == {sum}:
                o, x_ = part + code[pc + N1] * FOLDS, code[pc + N2]
                for k in range(FOLDS):
                    totals[o + k] += {sum_x}
                pc += N3
            elif op == {sum_products}:
                x_, y_, o = code[pc + N1], code[pc + N2], part + code[pc + N3] * FOLDS
                for k in range(FOLDS):
                    totals[o + k] += {sum_xy}
                pc += N4
'''
_TAIL = """\
            else:
                return False
        if block + 1 == last or (block + 1) % per_part == 0:  # sums of this part are complete
            for s in range(width // FOLDS):
                whole = number(0)
                for k in range(FOLDS):
                    whole += totals[part + s * FOLDS + k]
                totals[part + s] = whole  # nothing that is still to be read is here
    return True
"""
_CLAUSES = _clauses()
_WRITTEN = ["load", "load_cotangent", "fill", "store", "sum", "sum_products"]  # in _HEAD

# The number of each instruction.
OPCODES = {name: number for number, name in enumerate([*_WRITTEN, *_CLAUSES])}


def interpreter_source(dtype: str) -> str:
    """Python that numba compiles: a function ``run`` of arrays of float64 or float32."""
    places = ["k", *(f"k + N{i}" for i in range(FOLDS, LANES, FOLDS))]
    text = _HEAD.format(
        dtype=dtype,
        functions=", ".join(name for name in MATH if name not in ("ceil", "floor")),
        lanes=LANES,
        folds=FOLDS,
        numbers="\n".join(f"N{i} = np.uint64({i})" for i in range(1, LANES)),
        sum_x=" + ".join(f"registers[x_ + {k}]" for k in places),
        sum_xy=" + ".join(f"registers[x_ + {k}] * registers[y_ + {k}]" for k in places),
        **{name: OPCODES[name] for name in _WRITTEN},
    )
    for name, clause in _CLAUSES.items():
        text += f"            elif op == {OPCODES[name]}:  # {name}\n{clause}"
    return text + _TAIL
