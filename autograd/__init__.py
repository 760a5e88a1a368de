"""autograd: numbers that remember how they were computed, and their derivatives.

>>> import autograd
>>> x = autograd.Value(0.5, label="x")
>>> y = autograd.sin(x) * x
>>> y.backward()
>>> round(x.grad, 6)
0.918217

Reading order of the source: ``node`` (what a graph is made of), ``ops`` (every derivative; start
with ``ops.kinds``), ``sweep`` (backpropagation), ``value`` (the number you work with); then
``pullback``, ``leaf_gradients``, ``tensor`` and ``transforms`` (the same for arrays, and
derivatives of functions; ``routes`` writes out walks that were taken before); then ``programs``
(functions written down) and ``compiling`` (programs at array speed).  Around them: ``arrays`` (what
one can do with a tensor as with NumPy's arrays), ``symbols`` and ``scalar_code`` (how rules become
fast code), ``custom`` and ``checkpoint`` (rules of your own), ``checking`` (are derivatives
right?), ``formulas`` and ``reference`` (rules as mathematics), ``explaining`` (a gradient as a sum
over paths), and ``viz`` (pictures).
"""

from importlib import import_module as _import_module
from types import ModuleType as _ModuleType
from typing import TYPE_CHECKING as _TYPE_CHECKING

from autograd.anomaly import detect_anomaly as detect_anomaly
from autograd.arrays.masks import all as all
from autograd.arrays.masks import any as any
from autograd.arrays.masks import isfinite as isfinite
from autograd.arrays.masks import isinf as isinf
from autograd.arrays.masks import isnan as isnan
from autograd.arrays.masks import logical_and as logical_and
from autograd.arrays.masks import logical_not as logical_not
from autograd.arrays.masks import logical_or as logical_or
from autograd.arrays.masks import logical_xor as logical_xor
from autograd.branches import is_tracing as is_tracing
from autograd.checkpoint import checkpoint as checkpoint
from autograd.compiling.packs import Pack as Pack
from autograd.compiling.packs import packs_of as packs_of
from autograd.composites import *
from autograd.custom import primitive as primitive
from autograd.node import Node as Node
from autograd.node import Primitive as Primitive
from autograd.node import enable_grad as enable_grad
from autograd.node import is_recording as is_recording
from autograd.node import no_grad as no_grad
from autograd.norms import *
from autograd.ops import *
from autograd.scopes import scope as scope
from autograd.steps import Step as Step
from autograd.sweep import backward_steps as backward_steps
from autograd.sweep import pushforward as pushforward
from autograd.sweep import topological_order as topological_order
from autograd.tensor import *
from autograd.tensor_operations import *
from autograd.transforms import *
from autograd.value import *
from autograd.value_operations import *
from autograd.watching import watch_backward as watch_backward

# What is loaded when it is first asked for, so that ``import autograd`` stays quick.
_LATER = {
    "compile": "autograd.compiling.compiled",
    "NotDifferentiableError": "autograd.gradcheck",
    "check_grads": "autograd.gradcheck",
    "DifferenceErrors": "autograd.checking.differences",
    "difference_errors": "autograd.checking.differences",
    "Explanation": "autograd.explaining.explanation",
    "explain": "autograd.explaining.explanation",
    # From the module that can also differentiate programs of arrays, so that it is loaded.
    "Program": "autograd.programs.backward_trace",
    "trace": "autograd.programs.backward_trace",  # of functions, and of matrices
    "Drawing": "autograd.viz.draw",
    "draw": "autograd.viz.draw",
    "Film": "autograd.viz.film",
    "snapshot": "autograd.viz.film",
    "live": "autograd.viz.live",
    "Stepper": "autograd.viz.stepping.stepper",
    "step": "autograd.viz.stepping.stepper",
    "scalar_view": "autograd.viz.scalar_view",
    "Zoom": "autograd.viz.zoom",
    "zoom": "autograd.viz.zoom",
}

if _TYPE_CHECKING:
    from autograd.checking.differences import DifferenceErrors as DifferenceErrors
    from autograd.checking.differences import difference_errors as difference_errors
    from autograd.compiling.compiled import compile as compile
    from autograd.explaining import Explanation as Explanation
    from autograd.explaining import explain as explain
    from autograd.gradcheck import NotDifferentiableError as NotDifferentiableError
    from autograd.gradcheck import check_grads as check_grads
    from autograd.programs.program import Program as Program
    from autograd.programs.tracing import trace as trace  # type: ignore[assignment]
    from autograd.viz import *
else:
    globals().pop("trace")  # that of ``ops``, for matrices only

    # All that is imported above is public; as in ``ops``, a type checker needs no list.
    __all__ = sorted(
        name
        for name, thing in [*globals().items(), *_LATER.items()]
        if not name.startswith("_") and not isinstance(thing, _ModuleType)
    )

    def __getattr__(name: str) -> object:
        if name not in _LATER:
            raise AttributeError(f"module 'autograd' has no attribute {name!r}")
        thing = globals()[name] = getattr(_import_module(_LATER[name]), name)
        return thing

    def __dir__() -> list[str]:
        return [*globals(), *_LATER]
