"""Data on its way to the network: read it, split it, put it on one scale, take it in batches.

- ``readers``: tables and arrays from files;
- ``dataset``: examples by number;
- ``splits``: what is set aside to judge the network by;
- ``scaling``: features on one scale;
- ``loader`` and ``collate``: batches, and how examples become one;
- ``augment``: new examples out of old ones.
"""

from nn.data import augment as augment
from nn.data.collate import default_collate as default_collate
from nn.data.dataset import ConcatDataset as ConcatDataset
from nn.data.dataset import Dataset as Dataset
from nn.data.dataset import Subset as Subset
from nn.data.dataset import TensorDataset as TensorDataset
from nn.data.loader import DataLoader as DataLoader
from nn.data.loader import batches as batches
from nn.data.readers import Table as Table
from nn.data.readers import read_csv as read_csv
from nn.data.readers import read_npz as read_npz
from nn.data.scaling import check_finite as check_finite
from nn.data.scaling import moments as moments
from nn.data.scaling import standardize as standardize
from nn.data.splits import k_fold as k_fold
from nn.data.splits import random_split as random_split
from nn.data.splits import split as split
from nn.data.splits import stratified_split as stratified_split
from nn.stateless.tables import one_hot as one_hot

__all__ = [
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "Subset",
    "Table",
    "TensorDataset",
    "augment",
    "batches",
    "check_finite",
    "default_collate",
    "k_fold",
    "moments",
    "one_hot",
    "random_split",
    "read_csv",
    "read_npz",
    "split",
    "standardize",
    "stratified_split",
]
