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

from nn import data, datasets, diagnostics, functional, init, linting, optim, plots, utils
from nn.data import (
    ConcatDataset,
    DataLoader,
    Dataset,
    Subset,
    TensorDataset,
    augment,
    batches,
    check_finite,
    default_collate,
    k_fold,
    moments,
    one_hot,
    random_split,
    read_csv,
    read_npz,
    split,
    standardize,
    stratified_split,
)
from nn.diagnostics import (
    ActivationStatistics,
    GradientFlow,
    GraphHistory,
    ParameterPath,
    UpdateRatio,
    loss_surface,
    lr_range_test,
    train_view,
)
from nn.layers.activations import (
    ELU,
    GELU,
    SELU,
    Hardtanh,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from nn.layers.attention import (
    MultiheadAttention,
    Transformer,
    TransformerEncoder,
    TransformerEncoderLayer,
)
from nn.layers.containers import ModuleDict, ModuleList, Sequential
from nn.layers.conv import Conv1d, Conv2d
from nn.layers.dropout import Dropout, Dropout1d, Dropout2d
from nn.layers.embedding import Embedding
from nn.layers.linear import Flatten, Identity, Linear
from nn.layers.norms import BatchNorm1d, BatchNorm2d, LayerNorm
from nn.layers.pool import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AvgPool1d,
    AvgPool2d,
    MaxPool1d,
    MaxPool2d,
)
from nn.layers.recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell
from nn.linting import Linter, LintWarning, lint
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
from nn.optim import LBFGS, SGD, Adadelta, Adagrad, Adam, AdamW, NAdam, RAdam, RMSprop
from nn.plots import (
    plot_activations,
    plot_confusion_matrix,
    plot_dead_units,
    plot_decision_boundary,
    plot_difference_errors,
    plot_gradient_flow,
    plot_gradient_heatmap,
    plot_gradient_histogram,
    plot_learning_curve,
    plot_loss_surface,
    plot_lr_range_test,
    plot_neurons,
    plot_saturation,
    plot_update_ratio,
    predicted_class,
)
from nn.random import manual_seed
from nn.saving.files import load, save
from nn.training.batching import predictor
from nn.training.callbacks import Convergence, EarlyStopping
from nn.training.checkpoints import Checkpoint
from nn.training.evaluation import evaluate
from nn.training.fit import fit
from nn.training.history import History
from nn.training.metrics import (
    accuracy,
    confusion_matrix,
    f1_score,
    precision,
    predicted_classes,
    r2_score,
    recall,
)
from nn.training.progress import Progress
from nn.training.run import Run
from nn.utils import clip_grad_norm_, clip_grad_value_

__all__ = [
    "ELU",
    "GELU",
    "GRU",
    "LBFGS",
    "LSTM",
    "MLP",
    "RNN",
    "SELU",
    "SGD",
    "ActivationStatistics",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AvgPool1d",
    "AvgPool2d",
    "BCELoss",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "Checkpoint",
    "ConcatDataset",
    "Conv1d",
    "Conv2d",
    "Convergence",
    "CrossEntropyLoss",
    "DataLoader",
    "Dataset",
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "EarlyStopping",
    "Embedding",
    "Flatten",
    "GRUCell",
    "GradientFlow",
    "GraphHistory",
    "Hardtanh",
    "HingeEmbeddingLoss",
    "HingeLoss",
    "History",
    "HuberLoss",
    "Identity",
    "KLDivLoss",
    "L1Loss",
    "LSTMCell",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LintWarning",
    "Linter",
    "LogSigmoid",
    "LogSoftmax",
    "MSELoss",
    "MaxPool1d",
    "MaxPool2d",
    "Module",
    "ModuleDict",
    "ModuleList",
    "MultiMarginLoss",
    "MultiheadAttention",
    "NAdam",
    "NLLLoss",
    "Neuron",
    "PReLU",
    "Parameter",
    "ParameterPath",
    "Progress",
    "RAdam",
    "RMSprop",
    "RNNCell",
    "ReLU",
    "ReLU6",
    "Run",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "Softmax",
    "Softplus",
    "Subset",
    "Tanh",
    "TensorDataset",
    "Transformer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
    "UpdateRatio",
    "accuracy",
    "augment",
    "batches",
    "check_finite",
    "clip_grad_norm_",
    "clip_grad_value_",
    "confusion_matrix",
    "cross_entropy",
    "data",
    "datasets",
    "default_collate",
    "diagnostics",
    "evaluate",
    "f1_score",
    "fit",
    "functional",
    "hinge_loss",
    "init",
    "k_fold",
    "l1_penalty",
    "l2_penalty",
    "lint",
    "linting",
    "load",
    "loss_surface",
    "lr_range_test",
    "manual_seed",
    "moments",
    "mse_loss",
    "one_hot",
    "optim",
    "plot_activations",
    "plot_confusion_matrix",
    "plot_dead_units",
    "plot_decision_boundary",
    "plot_difference_errors",
    "plot_gradient_flow",
    "plot_gradient_heatmap",
    "plot_gradient_histogram",
    "plot_learning_curve",
    "plot_loss_surface",
    "plot_lr_range_test",
    "plot_neurons",
    "plot_saturation",
    "plot_update_ratio",
    "plots",
    "precision",
    "predicted_class",
    "predicted_classes",
    "predictor",
    "r2_score",
    "random_split",
    "read_csv",
    "read_npz",
    "recall",
    "save",
    "split",
    "standardize",
    "stratified_split",
    "train_view",
    "utils",
]
