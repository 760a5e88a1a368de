"""autograd: numbers that remember how they were computed, and their derivatives.

>>> import autograd
>>> x = autograd.Value(0.5, label="x")
>>> y = autograd.sin(x) * x
>>> y.backward()
>>> round(x.grad, 6)
0.918217

Reading order of the source: ``node`` (what a graph is made of), ``ops`` (every derivative),
``sweep`` (backpropagation), ``value`` (the number you work with); then ``symbols`` and
``scalar_code`` (how rules become fast code), and ``viz`` (pictures).
"""

from autograd.node import (
    Node,
    Primitive,
    detect_anomaly,
    enable_grad,
    is_recording,
    no_grad,
)
from autograd.ops import (
    abs,
    add,
    cos,
    div,
    dot,
    equal,
    erfc,
    exp,
    gelu,
    greater,
    greater_equal,
    leaky_relu,
    less,
    less_equal,
    log,
    logsumexp,
    max,
    maximum,
    min,
    minimum,
    mul,
    neg,
    not_equal,
    power,
    relu,
    sigmoid,
    sign,
    sin,
    softplus,
    sqrt,
    sub,
    sum,
    tan,
    tanh,
    where,
)
from autograd.sweep import Step, backward_steps, pushforward, topological_order
from autograd.tensor import Tensor
from autograd.value import Value
from autograd.viz import Drawing, draw

__all__ = [
    "Drawing",
    "Node",
    "Primitive",
    "Step",
    "Tensor",
    "Value",
    "abs",
    "add",
    "backward_steps",
    "cos",
    "detect_anomaly",
    "div",
    "dot",
    "draw",
    "enable_grad",
    "equal",
    "erfc",
    "exp",
    "gelu",
    "greater",
    "greater_equal",
    "is_recording",
    "leaky_relu",
    "less",
    "less_equal",
    "log",
    "logsumexp",
    "max",
    "maximum",
    "min",
    "minimum",
    "mul",
    "neg",
    "no_grad",
    "not_equal",
    "power",
    "pushforward",
    "relu",
    "sigmoid",
    "sign",
    "sin",
    "softplus",
    "sqrt",
    "sub",
    "sum",
    "tan",
    "tanh",
    "topological_order",
    "where",
]
