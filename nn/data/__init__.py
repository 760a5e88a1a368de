"""Data on its way to the network: read it, split it, put it on one scale, take it in batches.

``dataset`` (examples by number), ``loader`` (batches of them), ``collate`` (how examples become a
batch), ``splits`` (what is set aside to judge the network by), ``scaling`` (features on one scale).
"""

from nn.data.collate import default_collate as default_collate
from nn.data.dataset import ConcatDataset as ConcatDataset
from nn.data.dataset import Dataset as Dataset
from nn.data.dataset import Subset as Subset
from nn.data.dataset import TensorDataset as TensorDataset
from nn.data.loader import DataLoader as DataLoader
from nn.data.loader import batches as batches
from nn.data.scaling import moments as moments
from nn.data.splits import split as split

__all__ = [
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "Subset",
    "TensorDataset",
    "batches",
    "default_collate",
    "moments",
    "split",
]
