"""Weights go to the same model in PyTorch and back, and give the same outputs there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import nn

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
st = pytest.importorskip("safetensors.torch", reason="safetensors is not installed")

suffixes = pytest.mark.parametrize("suffix", [".npz", ".safetensors"])


def pair(name: str) -> tuple[Any, Any, Any]:
    """A model of ours, the same of PyTorch's with other weights, and an input."""
    nn.manual_seed(1)
    torch.manual_seed(2)
    image, vector = np.random.default_rng(0).normal(size=(4, 1, 8, 8)), np.ones((4, 5, 3))

    def make(kind: Any) -> Any:
        if name == "convolutions":
            return kind.Sequential(
                kind.Conv2d(1, 3, 3), kind.BatchNorm2d(3), kind.ReLU(), kind.MaxPool2d(2),
                kind.Flatten(), kind.Linear(27, 10),
            )  # fmt: skip
        if name == "recurrent":
            return kind.LSTM(3, 4, num_layers=2, batch_first=True)
        return kind.TransformerEncoderLayer(3, 1, 8, dropout=0.0, batch_first=True)

    ours, theirs = make(nn), make(torch.nn).double()
    assert list(ours.state_dict()) == list(theirs.state_dict())
    return ours, theirs, image if name == "convolutions" else vector


def outputs(ours: Any, theirs: Any, x: Any) -> tuple[Any, Any]:
    a, b = ours.eval()(x), theirs.eval()(torch.tensor(x))
    a, b = (a[0], b[0]) if isinstance(a, tuple) else (a, b)
    return a.data, b.detach().numpy()


NAMES = ["convolutions", "recurrent", "attention"]


def to_torch(path: Path) -> Any:
    if path.suffix == ".safetensors":
        return st.load_file(path)
    with np.load(path) as archive:
        return {name: torch.from_numpy(np.asarray(archive[name])) for name in archive.files}


@suffixes
@pytest.mark.parametrize("name", NAMES)
def test_from_here_to_pytorch(name: str, suffix: str, tmp_path: Path) -> None:
    ours, theirs, x = pair(name)
    ours(x)  # in training, so that batch norm has something to remember
    nn.save(ours, tmp_path / f"m{suffix}")
    theirs.load_state_dict(to_torch(tmp_path / f"m{suffix}"))
    a, b = outputs(ours, theirs, x)
    assert_allclose(a, b, rtol=1e-10, atol=1e-12)


@suffixes
@pytest.mark.parametrize("name", NAMES)
def test_from_pytorch_to_here(name: str, suffix: str, tmp_path: Path) -> None:
    ours, theirs, x = pair(name)
    theirs(torch.tensor(x))
    if suffix == ".safetensors":
        st.save_file(theirs.state_dict(), tmp_path / f"m{suffix}")
    else:
        np.savez(tmp_path / f"m{suffix}", **{k: v.numpy() for k, v in theirs.state_dict().items()})
    before, _ = outputs(ours, theirs, x)
    ours.load_state_dict(nn.load(tmp_path / f"m{suffix}"))
    a, b = outputs(ours, theirs, x)
    assert not np.allclose(before, b)
    assert_allclose(a, b, rtol=1e-10, atol=1e-12)


@suffixes
def test_a_state_dict_of_pytorch_is_saved_here(suffix: str, tmp_path: Path) -> None:
    theirs = torch.nn.Linear(3, 2)
    theirs.weight = torch.nn.Parameter(theirs.weight.detach().T.contiguous().T)  # strided
    nn.save({"model": theirs.state_dict(), "tied": theirs.weight}, tmp_path / f"m{suffix}")
    loaded = nn.load(tmp_path / f"m{suffix}")
    assert_array_equal(loaded["model"]["weight"], theirs.weight.detach().numpy())
    assert_array_equal(loaded["tied"], theirs.weight.detach().numpy())
    assert loaded["tied"].dtype == np.float32


def test_tied_weights(tmp_path: Path) -> None:
    """PyTorch's writer refuses two names for the same memory; here each has its bytes."""

    class Tied(nn.Module):
        def __init__(self) -> None:
            self.a = nn.Linear(3, 3)
            self.b = nn.Linear(3, 3)
            self.b.weight = self.a.weight

    model = Tied()
    x = model.a.weight.data
    nn.save({"a": x, "b": x, "part": x[1:]}, tmp_path / "m.safetensors")
    loaded = st.load_file(tmp_path / "m.safetensors")
    assert all(np.array_equal(loaded[k].numpy(), x) for k in "ab")
    assert np.array_equal(loaded["part"].numpy(), x[1:])
    nn.save(model, tmp_path / "m.safetensors")
    again = Tied()
    again.load_state_dict(nn.load(tmp_path / "m.safetensors"))
    assert_array_equal(again.b.weight.data, x)


@pytest.mark.parametrize(
    ("kind", "name"), [("bfloat16", "BF16"), ("float8_e4m3fn", "F8_E4M3"), ("complex64", "C64")]
)
def test_a_dtype_that_is_not_numpys_is_refused_with_a_way_out(
    kind: str, name: str, tmp_path: Path
) -> None:
    tensors = {"w": torch.ones(2, 2).to(getattr(torch, kind)), "b": torch.ones(2)}
    st.save_file(tensors, tmp_path / "m.safetensors")
    with pytest.raises(ValueError, match=rf"w: dtype {name}, which is none of .*float\(\)"):
        nn.load(tmp_path / "m.safetensors")


def test_bfloat16_is_not_saved_and_there_is_a_way_out(tmp_path: Path) -> None:
    tensors = {"w": torch.ones(2, 2).bfloat16(), "b": torch.ones(2)}
    with pytest.raises(TypeError, match=r"model/w: .*BFloat16.*float\(\)"):
        nn.save({"model": tensors}, tmp_path / "x.npz")


@pytest.mark.parametrize("legacy", [True, False])
@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_a_file_of_torch_save_is_not_unpickled(legacy: bool, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"m{suffix}"
    with open(path, "wb") as file:
        torch.save(
            torch.nn.Linear(2, 2).state_dict(), file, _use_new_zipfile_serialization=not legacy
        )
    told = "pickles.*never read" if suffix == ".npz" and not legacy else "expected a whole"
    with pytest.raises(ValueError, match=told):
        nn.load(path)
