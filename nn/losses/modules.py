"""Losses as modules, which hold the settings; each is a function of ``nn.functional``.

Weights are buffers, as in PyTorch: they are in the ``state_dict``, and are not trained.
"""

from __future__ import annotations

from typing import Any

from autograd import Tensor
from nn import functional as F
from nn.module import Module

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "HingeEmbeddingLoss",
    "HingeLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "MSELoss",
    "MultiMarginLoss",
    "NLLLoss",
    "SmoothL1Loss",
    "SoftMarginLoss",
]


class _Loss(Module):
    """A loss with a ``reduction``: "mean", "sum", or "none"."""

    def __init__(self, *, reduction: str = "mean") -> None:
        self.reduction = reduction

    def _remember(self, name: str, weight: Any) -> None:
        tensor = weight is None or isinstance(weight, Tensor)
        self.register_buffer(name, weight if tensor else Tensor(weight))


class MSELoss(_Loss):
    """Squared errors; see ``nn.functional.mse_loss``.

    >>> MSELoss()([1.0, 4.0], [1.0, 2.0]).item()
    2.0
    """

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of predictions; for targets of the same shape."""
        return F.mse_loss(input, target, reduction=self.reduction)


class L1Loss(_Loss):
    """Absolute errors; see ``nn.functional.l1_loss``."""

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of predictions; for targets of the same shape."""
        return F.l1_loss(input, target, reduction=self.reduction)


class HuberLoss(_Loss):
    """Half the square up to ``delta``, a line beyond; see ``nn.functional.huber_loss``."""

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        self.reduction, self.delta = reduction, delta

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of predictions; for targets of the same shape."""
        return F.huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class SmoothL1Loss(_Loss):
    """``HuberLoss`` divided by its ``beta``; see ``nn.functional.smooth_l1_loss``."""

    def __init__(self, *, reduction: str = "mean", beta: float = 1.0) -> None:
        self.reduction, self.beta = reduction, beta

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of predictions; for targets of the same shape."""
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class KLDivLoss(_Loss):
    """The divergence of chances from predicted log-chances; see ``nn.functional.kl_div``."""

    def __init__(self, *, reduction: str = "mean", log_target: bool = False) -> None:
        self.reduction, self.log_target = reduction, log_target

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of log-chances; for targets of the same shape."""
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class CrossEntropyLoss(_Loss):
    """Softmax cross-entropy; see ``nn.functional.cross_entropy``.

    >>> import nn, numpy as np
    >>> loss = nn.CrossEntropyLoss(weight=[1.0, 3.0], label_smoothing=0.1)
    >>> loss(nn.Linear(4, 2)(np.ones((5, 4))), np.array([0, 1, 1, 0, 1])).shape
    ()
    """

    def __init__(
        self,
        weight: Any = None,
        *,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        self._remember("weight", weight)
        self.ignore_index, self.reduction = ignore_index, reduction
        self.label_smoothing = label_smoothing

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of scores (N, C, ...); for classes (N, ...), or chances of the same shape."""
        return F.cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class NLLLoss(_Loss):
    """Minus the log-chance of the right class; see ``nn.functional.nll_loss``."""

    def __init__(
        self, weight: Any = None, *, ignore_index: int = -100, reduction: str = "mean"
    ) -> None:
        self._remember("weight", weight)
        self.ignore_index, self.reduction = ignore_index, reduction

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of log-chances (N, C, ...); for classes (N, ...)."""
        return F.nll_loss(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
        )


class BCELoss(_Loss):
    """Cross-entropy of two classes; see ``nn.functional.binary_cross_entropy``."""

    def __init__(self, weight: Any = None, *, reduction: str = "mean") -> None:
        self._remember("weight", weight)
        self.reduction = reduction

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of chances; for targets of the same shape."""
        return F.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_Loss):
    """A sigmoid and ``BCELoss``; see ``nn.functional.binary_cross_entropy_with_logits``."""

    def __init__(
        self, weight: Any = None, *, reduction: str = "mean", pos_weight: Any = None
    ) -> None:
        self._remember("weight", weight)
        self._remember("pos_weight", pos_weight)
        self.reduction = reduction

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of logits; for targets of the same shape."""
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )


class HingeLoss(_Loss):
    """The hinge of a support-vector machine; see ``nn.functional.hinge_loss``."""

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of scores; for targets -1 and 1 of the same shape."""
        return F.hinge_loss(input, target, reduction=self.reduction)


class SoftMarginLoss(_Loss):
    """The logistic loss; see ``nn.functional.soft_margin_loss``."""

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of scores; for targets -1 and 1 of the same shape."""
        return F.soft_margin_loss(input, target, reduction=self.reduction)


class HingeEmbeddingLoss(_Loss):
    """Pairs that should be close, or apart; see ``nn.functional.hinge_embedding_loss``."""

    def __init__(self, margin: float = 1.0, *, reduction: str = "mean") -> None:
        self.margin, self.reduction = margin, reduction

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of distances; for targets -1 and 1 of the same shape."""
        return F.hinge_embedding_loss(input, target, self.margin, reduction=self.reduction)


class MultiMarginLoss(_Loss):
    """The hinge for several classes; see ``nn.functional.multi_margin_loss``."""

    def __init__(
        self, p: int = 1, margin: float = 1.0, weight: Any = None, *, reduction: str = "mean"
    ) -> None:
        self.p, self.margin, self.reduction = p, margin, reduction
        self._remember("weight", weight)

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of scores (N, C); for classes (N,)."""
        return F.multi_margin_loss(
            input, target, self.p, self.margin, self.weight, reduction=self.reduction
        )
