"""Data sets: examples by number, as PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd import Tensor
from nn.data import ConcatDataset, Dataset, Subset, TensorDataset


def test_a_tensor_dataset_answers_as_pytorchs() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from torch.utils.data import TensorDataset as Theirs

    X, y = np.arange(12.0, dtype=np.float32).reshape(4, 3), np.arange(4)
    ours, theirs = TensorDataset(X, y), Theirs(torch.tensor(X), torch.tensor(y))
    assert len(ours) == len(theirs)
    for index in (0, -1, np.int64(2), slice(1, 3), [0, 2, 0]):
        for a, b in zip(ours[index], theirs[index], strict=True):
            assert isinstance(a, Tensor)
            assert a.dtype == b.numpy().dtype
            np.testing.assert_array_equal(a.data, b.numpy())
    assert [t.shape for t in ours.tensors] == [(4, 3), (4,)]


def test_arrays_are_shared_and_read_only() -> None:
    X = np.arange(4.0)
    dataset = TensorDataset(X)
    X[0] = 7.0
    assert dataset[0][0].item() == 7.0
    assert X.flags.writeable
    assert not dataset.arrays[0].flags.writeable


@pytest.mark.parametrize(
    ("arrays", "error", "text"),
    [
        ((), ValueError, "at least one array"),
        ((np.zeros((3, 2)), np.zeros(4)), ValueError, "got 3 and 4"),
        ((np.zeros((0, 2)),), ValueError, "at least one example"),
        ((np.zeros(3), 5), TypeError, "a single number at position 1"),
        ((["a", "b"],), TypeError, "got list at position 0.*np.unique"),
        ((np.array(["a", "b"]),), TypeError, "dtype <U1 at position 0"),
        (([[1], [1, 2]],), TypeError, "got list"),
        ((None,), TypeError, "got NoneType"),
        ((Tensor([1.0], requires_grad=True),), TypeError, "detach"),
    ],
)
def test_what_is_no_array_of_examples_is_refused(
    arrays: tuple[Any, ...], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        TensorDataset(*arrays)


def test_a_subset_is_a_part_in_its_own_order() -> None:
    part = Subset("abcdef", [4, 0, 4, -1])
    assert [part[i] for i in range(len(part))] == ["e", "a", "e", "f"]
    assert Subset(part, [3, 1])[0] == "f"
    rows = Subset(TensorDataset(np.arange(10.0)), [7, 3, 5])
    assert rows[1][0].item() == 3.0
    assert rows[1:][0].data.tolist() == [3.0, 5.0]
    assert Subset(rows, [])[:][0].shape == (0,)
    assert Subset(rows, np.array([2, 0], np.uint8))[::-1][0].data.tolist() == [7.0, 5.0]


@pytest.mark.parametrize(
    ("indices", "error", "text"),
    [
        ([0, 3], IndexError, "from 0 to 2, got 3"),
        ([-4], IndexError, "got -4"),
        ([0.5], TypeError, "float64"),
        ([True, False, True], TypeError, "np.flatnonzero"),
        (1, TypeError, r"shape \(\)"),
    ],
)
def test_subset_refuses(indices: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        Subset("abc", indices)


def test_concatenated_data_sets_count_on() -> None:
    both = ConcatDataset(["ab", "", "cde"])
    assert [both[i] for i in range(-5, 5)] == list("abcdeabcde")
    assert len(ConcatDataset([])) == 0
    for index in (slice(2), [0, 1], 1.0):
        with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
            both[index]
    for index in (5, -6):
        with pytest.raises(IndexError):
            both[index]
    with pytest.raises(TypeError, match="got int"):
        ConcatDataset(["ab", 3])


def test_an_unfinished_data_set_says_what_is_missing() -> None:
    class Half(Dataset):
        def __len__(self) -> int:
            return 2

    with pytest.raises(NotImplementedError, match="Half: expected a method __getitem__"):
        Half()[0]
    with pytest.raises(NotImplementedError, match="__len__"):
        len(Dataset())
