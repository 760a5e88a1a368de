"""The interpreter of scalar programs as machine code: compiled by numba once, and kept in a folder.

numba compiles the interpreter as a function for C (``numba.cfunc``), in some seconds, and as such
it is called: with addresses of arrays and their sizes.  What was compiled needs nothing of numba
any more, only functions like ``exp`` of the C library.  So it is kept as an object file, which LLVM
alone can load (``llvmlite``, which numba is built on), in some 0.03 s.  To import numba and to load
from numba's own cache takes 0.3 s, and 0.5 s where SciPy is installed: numba registers all that it
could compile, linear algebra with it, before it loads anything.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import os
import threading
import warnings
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from autograd.compiling.interpreter_source import interpreter_source
from autograd.errors import message

__all__ = ["address", "interpreter", "is_compiled"]

# What ``run`` takes: p are addresses of numbers, u and i are whole numbers, unsigned or not.
ARGUMENTS = (
    *("code", "u", "p", "p"),  # code, end, registers, uniforms
    *("p", "u", "p", "u"),  # X, inputs, G, batch
    *("p", "u", "u"),  # result, row_step, column_step
    *("p", "u", "i", "i", "i"),  # totals, width, per_part, first, last
)
C_TYPES = {
    "code": ctypes.c_void_p,
    "p": ctypes.c_void_p,
    "u": ctypes.c_uint64,
    "i": ctypes.c_int64,
}
Run = Callable[..., int]


def is_compiled(dtype: str) -> bool:
    """Whether the interpreter was compiled before for this processor, and loads.

    Nobody has asked for numba: if it is there and fails, a warning says why.
    """
    found = importlib.util.find_spec("numba") is not None
    if not (found and any(_folder().glob(f"{_name(dtype)}*.o"))):  # llvmlite is slow to import
        return False
    try:
        return _path(_llvm(), dtype).exists() and interpreter(dtype) is not None
    except Exception as error:  # whatever goes wrong in there, arrays can do the work
        cause: Any = error.__cause__ or error
        _warn(cause, "the interpreter to load", "The NumPy back end is used in its place.")
        return False


@lru_cache
def interpreter(dtype: str) -> Run:
    """The compiled ``run`` for float64 or float32: from the folder, or compiled now.

    Raises:
        ImportError: without numba, or if it fails to load.
    """
    llvm = _llvm()
    path = _path(llvm, dtype)
    code = _read(path)
    if code is not None:
        try:
            return _loaded(llvm, code)
        except Exception as error:
            _warn(error, f"code that can be loaded, {path}", "It is compiled anew.")
    function = _compiled(dtype)
    try:
        code = _object(llvm, function)
        run = _loaded(llvm, code)
        _write(path, code)
    except Exception as error:  # a folder that cannot be written, a system that links otherwise
        _warn(
            error,
            f"a folder to keep compiled code in, {path.parent}",
            "It is compiled anew in each process; set NUMBA_CACHE_DIR to another folder.",
        )
        return _called(function.address, function)
    return run


def address(array: Any) -> int:
    """Where the numbers of a contiguous array are that can be written."""
    if not array.size:
        return 0
    # As array.ctypes.data, which takes five times as long, a tenth of a call.
    return ctypes.addressof(ctypes.c_char.from_buffer(array))


def _warn(error: Exception, expected: str, fix: str) -> None:
    got = f"{type(error).__name__}: {error}"
    text = message("numba", expected=expected, got=got, fix=fix)
    warnings.warn(text, RuntimeWarning, stacklevel=3)


# --- compiling ------------------------------------------------------------------------------------


def _llvm() -> Any:
    try:
        import llvmlite.binding as llvm
    except Exception as error:  # a library that it needs may be missing, or of another version
        raise _missing(error) from error
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


def _missing(error: Exception) -> ImportError:
    return ImportError(
        message(
            "numba",
            expected="the package numba",
            got=f"{type(error).__name__}: {error}",
            fix='Install the extra: pip install "chalkgrad[fast]".',
        )
    )


def _compiled(dtype: str) -> Any:
    """The interpreter as numba's function for C."""
    try:
        import numba
        from numba import types
    except Exception as error:
        raise _missing(error) from error
    pointer: Any = types.CPointer
    numba_types = {
        "code": pointer(types.uint32),
        "p": pointer(getattr(types, dtype)),
        "u": types.uint64,
        "i": types.int64,
    }
    names: dict[str, Any] = {"__name__": "chalkgrad_interpreter"}
    exec(interpreter_source(dtype), names)
    signature = types.int64(*(numba_types[kind] for kind in ARGUMENTS))
    return numba.cfunc(signature, error_model="numpy")(names["run"])


def _object(llvm: Any, function: Any) -> bytes:
    """An object file that defines ``run``.

    Nothing in it raises, but numba's code to report an error calls functions of numba, until one
    looks at all that was compiled at once and sees that it is never reached.
    """
    module = llvm.parse_assembly(function.inspect_llvm())
    for defined in module.functions:
        if defined.name == function.native_name:
            defined.name = "run"
        elif not defined.is_declaration:
            defined.linkage = "internal"
    machine = _machine(llvm)
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=1))
    builder.getModulePassManager().run(module, builder)
    return cast("bytes", machine.emit_object(module))


def _machine(llvm: Any) -> Any:
    """This processor, with all that it can do."""
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        reloc="pic",
        jit=True,
    )


def _loaded(llvm: Any, code: bytes) -> Run:
    """The function ``run`` of an object file."""
    try:
        linker, tracker = _linked(llvm, code)
    except RuntimeError:
        # A library that numba loads may be missing, such as Intel's of functions of vectors.
        importlib.import_module("numba")
        linker, tracker = _linked(llvm, code)
    return _called(tracker["run"], (linker, tracker))


def _called(address: int, owner: Any) -> Run:
    """What is at an address, called without Python's lock, so that threads share work."""
    run = ctypes.CFUNCTYPE(ctypes.c_int64, *(C_TYPES[kind] for kind in ARGUMENTS))(address)
    run.owner = owner  # type: ignore[attr-defined]  # who would take the code along
    return cast("Run", run)


def _linked(llvm: Any, code: bytes) -> tuple[Any, Any]:
    linker = llvm.create_lljit_compiler(_machine(llvm), suppress_errors=True)
    library = llvm.JITLibraryBuilder().add_object_img(code).add_current_process()
    return linker, library.export_symbol("run").link(linker, "chalkgrad")


# --- keeping --------------------------------------------------------------------------------------


def _folder() -> Path:
    """Where compiled code is kept: numba's folder if one is set, else the user's for caches."""
    for variable in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        if os.environ.get(variable):
            return Path(os.environ[variable]) / "chalkgrad"
    return Path.home() / ".cache" / "chalkgrad"


def _path(llvm: Any, dtype: str) -> Path:
    return _folder() / f"{_name(dtype)}-{_processor(llvm)}.o"


def _name(dtype: str) -> str:
    """Another one for each version of the interpreter."""
    return f"interpreter_{sha256(interpreter_source(dtype).encode()).hexdigest()[:16]}"


def _processor(llvm: Any) -> str:
    """Another one for each processor, system and version of LLVM."""
    import llvmlite

    host = (
        llvm.get_default_triple(),
        llvm.get_host_cpu_name(),
        llvm.get_host_cpu_features().flatten(),
        llvmlite.__version__,
    )
    return sha256(repr(host).encode()).hexdigest()[:16]


def _write(path: Path, code: bytes) -> None:
    """The code behind its checksum."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    whole.write_bytes(sha256(code).digest() + code)
    whole.replace(path)  # at once: another process may be reading


def _read(path: Path) -> bytes | None:
    """The code, or None if it is not there or damaged."""
    try:
        whole = path.read_bytes()
    except OSError:
        return None
    checksum, code = whole[:32], whole[32:]
    return code if sha256(code).digest() == checksum else None
