"""Layers, activations and losses as functions of arrays, with PyTorch's names and arguments."""

from __future__ import annotations

from autograd import linear as linear
from autograd import relu as relu
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

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "hinge_embedding_loss",
    "hinge_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "linear",
    "mse_loss",
    "multi_margin_loss",
    "nll_loss",
    "relu",
    "smooth_l1_loss",
    "soft_margin_loss",
]
