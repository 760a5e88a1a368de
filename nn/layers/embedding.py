"""A table of vectors, one for each word."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from autograd import Tensor
from nn import functional as F
from nn.checks import fails, whole
from nn.module import Module, Parameter
from nn.random import generator

__all__ = ["Embedding"]


class Embedding(Module):
    """A table whose rows are looked up by whole numbers, and learned.

    Args:
        num_embeddings: rows.
        embedding_dim: columns.
        padding_idx: a row of zeros that is not trained; may count from the end.
        max_norm, norm_type, scale_grad_by_freq, sparse: as for ``nn.functional.embedding``.
        dtype: float64 by default.

    Attributes:
        weight: the table, of shape (num_embeddings, embedding_dim), standard normal at first.

    Raises:
        ValueError: sizes below 1, a padding row that there is not.
        IndexError: positions that are not from 0 to num_embeddings - 1.

    >>> import nn, numpy as np
    >>> nn.Embedding(10, 3)(np.array([[1, 2], [4, 5]])).shape
    (2, 2, 3)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        *,
        dtype: Any = None,
    ) -> None:
        rows = self.num_embeddings = whole("Embedding: num_embeddings", num_embeddings, 1)
        self.embedding_dim = whole("Embedding: embedding_dim", embedding_dim, 1)
        if padding_idx is not None:
            padding_idx = whole("Embedding: padding_idx", padding_idx, -rows)
            if padding_idx >= rows:
                wanted = f"a row from {-rows} to {rows - 1}"
                raise fails("Embedding: padding_idx", wanted, f"{padding_idx}", "")
            padding_idx %= rows
        self.padding_idx = padding_idx
        self.max_norm, self.norm_type = max_norm, norm_type
        self.scale_grad_by_freq, self.sparse = scale_grad_by_freq, sparse
        self.weight = Parameter(np.empty((rows, embedding_dim), dtype), label="weight")
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw a new table."""
        table = generator().normal(size=self.weight.shape)
        if self.padding_idx is not None:
            table[self.padding_idx] = 0
        self.weight.data = table

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Any,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Self:
        """With a table that is there already.

        Args:
            embeddings: of shape (rows, columns).
            freeze: whether it stays as it is.
            padding_idx: a row that is not trained.
            max_norm, norm_type, scale_grad_by_freq, sparse: as for the layer.

        Raises:
            ValueError: no table.

        >>> import nn, numpy as np
        >>> nn.Embedding.from_pretrained(np.eye(3))(np.array([2])).data
        array([[0., 0., 1.]])
        """
        table = embeddings.primal if isinstance(embeddings, Tensor) else np.asarray(embeddings)
        if table.ndim != 2:
            raise fails("from_pretrained", "a table (rows, columns)", f"shape {table.shape}", "")
        rows, columns = table.shape
        options = (max_norm, norm_type, scale_grad_by_freq, sparse)
        layer = cls(rows, columns, padding_idx, *options, dtype=table.dtype)
        layer.weight.data = table.copy()
        layer.weight.requires_grad_(not freeze)
        return layer

    def forward(self, input: Any) -> Any:
        """Of shape (*input.shape, embedding_dim)."""
        return F.embedding(
            input,
            self.weight,
            self.padding_idx,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.sparse,
        )

    def extra_repr(self) -> str:
        """PyTorch's."""
        usual = {"padding_idx": None, "max_norm": None, "norm_type": 2}
        usual |= {"scale_grad_by_freq": False, "sparse": False}
        chosen = {name: getattr(self, name) for name, value in usual.items()
                  if getattr(self, name) != value}  # fmt: skip
        options = "".join(f", {name}={value}" for name, value in chosen.items())
        return f"{self.num_embeddings}, {self.embedding_dim}{options}"
