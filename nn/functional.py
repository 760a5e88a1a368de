"""Layers, activations and losses as functions of arrays, with PyTorch's names and arguments."""

from __future__ import annotations

from autograd import linear as linear
from nn.losses.chances import binary_cross_entropy as binary_cross_entropy
from nn.losses.chances import (
    binary_cross_entropy_with_logits as binary_cross_entropy_with_logits,
)
from nn.losses.classes import cross_entropy as cross_entropy
from nn.losses.classes import nll_loss as nll_loss
from nn.losses.distances import huber_loss as huber_loss
from nn.losses.distances import kl_div as kl_div
from nn.losses.distances import l1_loss as l1_loss
from nn.losses.distances import mse_loss as mse_loss
from nn.losses.distances import smooth_l1_loss as smooth_l1_loss
from nn.losses.margins import hinge_embedding_loss as hinge_embedding_loss
from nn.losses.margins import hinge_loss as hinge_loss
from nn.losses.margins import multi_margin_loss as multi_margin_loss
from nn.losses.margins import soft_margin_loss as soft_margin_loss
from nn.stateless.activations import elu as elu
from nn.stateless.activations import gelu as gelu
from nn.stateless.activations import hardtanh as hardtanh
from nn.stateless.activations import leaky_relu as leaky_relu
from nn.stateless.activations import log_softmax as log_softmax
from nn.stateless.activations import logsigmoid as logsigmoid
from nn.stateless.activations import prelu as prelu
from nn.stateless.activations import relu as relu
from nn.stateless.activations import relu6 as relu6
from nn.stateless.activations import selu as selu
from nn.stateless.activations import sigmoid as sigmoid
from nn.stateless.activations import silu as silu
from nn.stateless.activations import softmax as softmax
from nn.stateless.activations import softplus as softplus
from nn.stateless.activations import tanh as tanh
from nn.stateless.attention import scaled_dot_product_attention as scaled_dot_product_attention
from nn.stateless.dropout import dropout as dropout
from nn.stateless.dropout import dropout1d as dropout1d
from nn.stateless.dropout import dropout2d as dropout2d
from nn.stateless.images import adaptive_avg_pool1d as adaptive_avg_pool1d
from nn.stateless.images import adaptive_avg_pool2d as adaptive_avg_pool2d
from nn.stateless.images import avg_pool1d as avg_pool1d
from nn.stateless.images import avg_pool2d as avg_pool2d
from nn.stateless.images import conv1d as conv1d
from nn.stateless.images import conv2d as conv2d
from nn.stateless.images import max_pool1d as max_pool1d
from nn.stateless.images import max_pool2d as max_pool2d
from nn.stateless.images import pad as pad
from nn.stateless.norms import batch_norm as batch_norm
from nn.stateless.norms import layer_norm as layer_norm
from nn.stateless.tables import embedding as embedding
from nn.stateless.tables import one_hot as one_hot

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "avg_pool1d",
    "avg_pool2d",
    "batch_norm",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "conv1d",
    "conv2d",
    "cross_entropy",
    "dropout",
    "dropout1d",
    "dropout2d",
    "elu",
    "embedding",
    "gelu",
    "hardtanh",
    "hinge_embedding_loss",
    "hinge_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsigmoid",
    "max_pool1d",
    "max_pool2d",
    "mse_loss",
    "multi_margin_loss",
    "nll_loss",
    "one_hot",
    "pad",
    "prelu",
    "relu",
    "relu6",
    "scaled_dot_product_attention",
    "selu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "soft_margin_loss",
    "softmax",
    "softplus",
    "tanh",
]
