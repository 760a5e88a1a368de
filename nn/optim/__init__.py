"""Optimisers: how parameters follow their gradients downhill.

An optimiser reads ``grad`` and changes ``data``; it knows nothing of the network.  Each is one
rule, a few lines of arithmetic on a parameter, its gradient, and what is remembered of earlier ones
(``sgd.py``, ``adam.py``, ``adaptive.py``); the rest is the same for all (``optimizer.py``).  Only
L-BFGS looks at all parameters together, and asks for the loss again and again (``lbfgs.py``).

Names, arguments, defaults and numbers are PyTorch's.

>>> from autograd import Value
>>> from nn import optim
>>> x, y = Value(-1.0), Value(2.0)
>>> optimizer = optim.Adam([x, y], lr=0.1)
>>> schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=300)
>>> for step in range(300):
...     loss = (1 - x) ** 2 + (y - x**2) ** 2
...     optimizer.zero_grad()
...     loss.backward()
...     optimizer.step()
...     schedule.step()
>>> loss.data < 1e-4
True
"""

from nn.optim import lr_scheduler
from nn.optim.adam import Adam, AdamW, NAdam, RAdam
from nn.optim.adaptive import Adadelta, Adagrad, RMSprop
from nn.optim.lbfgs import LBFGS
from nn.optim.optimizer import Optimizer
from nn.optim.sgd import SGD

__all__ = [
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "lr_scheduler",
]
