"""nn: neurons, layers and networks, and what trains them, on top of ``autograd``.

>>> import nn
>>> model = nn.MLP(2, [8, 1], seed=0)
>>> optimizer = nn.SGD(model.parameters(), lr=0.1)
>>> X, y = nn.datasets.load("xor", n=40)[:2]
>>> for epoch in range(120):
...     loss = nn.hinge_loss([model(x) for x in X], [2 * label - 1 for label in y.tolist()])
...     model.zero_grad()
...     loss.backward()
...     optimizer.step()
>>> loss.data < 0.1
True
"""

from nn import datasets, functional, init
from nn.data import batches, moments, split
from nn.layers.activations import ReLU
from nn.layers.containers import ModuleDict, ModuleList, Sequential
from nn.layers.linear import Flatten, Identity, Linear
from nn.layers.recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell
from nn.losses.modules import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    HingeEmbeddingLoss,
    HingeLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MSELoss,
    MultiMarginLoss,
    NLLLoss,
    SmoothL1Loss,
    SoftMarginLoss,
)
from nn.losses.of_values import cross_entropy, hinge_loss, mse_loss
from nn.losses.penalties import l1_penalty, l2_penalty
from nn.module import Module, Parameter
from nn.neuron import MLP, Layer, Neuron
from nn.optim import SGD
from nn.plots import plot_decision_boundary, plot_learning_curve, predicted_class
from nn.random import manual_seed

__all__ = [
    "GRU",
    "LSTM",
    "MLP",
    "RNN",
    "SGD",
    "BCELoss",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "Flatten",
    "GRUCell",
    "HingeEmbeddingLoss",
    "HingeLoss",
    "HuberLoss",
    "Identity",
    "KLDivLoss",
    "L1Loss",
    "LSTMCell",
    "Layer",
    "Linear",
    "MSELoss",
    "Module",
    "ModuleDict",
    "ModuleList",
    "MultiMarginLoss",
    "NLLLoss",
    "Neuron",
    "Parameter",
    "RNNCell",
    "ReLU",
    "Sequential",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "batches",
    "cross_entropy",
    "datasets",
    "functional",
    "hinge_loss",
    "init",
    "l1_penalty",
    "l2_penalty",
    "manual_seed",
    "moments",
    "mse_loss",
    "plot_decision_boundary",
    "plot_learning_curve",
    "predicted_class",
    "split",
]
