"""What is in a module, by name and in order: as in PyTorch, for models written the same way."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, Value


def models(library: Any, tensor: Any) -> dict[str, Any]:
    """Modules as one writes them for either library."""

    class Tied(library.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = library.Embedding(5, 3)
            self.head = library.Linear(3, 5, bias=False)
            self.head.weight = self.table.weight

    class Mixed(library.Module):
        """Modules before parameters and buffers, private names, and a module with two names."""

        def __init__(self) -> None:
            super().__init__()
            self.blocks = library.Sequential(library.Linear(2, 2), library.ReLU())
            self._inner = library.Linear(2, 1)
            self.direct = self.blocks[0]
            self.scale = library.Parameter(tensor([1.0, 2.0]))
            self._shift = library.Parameter(tensor([3.0]))
            self.register_buffer("_count", tensor([0.0]))
            self.register_buffer("passing", tensor([0.0]), persistent=False)
            self.register_parameter("none", None)
            self.register_parameter("more", library.Parameter(tensor([4.0])))
            self.add_module("last", library.BatchNorm1d(2))
            self.register_module("absent", None)
            self.again = self.scale
            self.plain = tensor([9.0])
            self.list = library.ModuleList([library.Linear(1, 1)])
            self.dict = library.ModuleDict([("b", library.Linear(1, 1)), ("a", library.Tanh())])

    return {"tied": Tied(), "mixed": Mixed(), "list": library.ModuleList([Tied(), Mixed()])}


@pytest.mark.parametrize("which", ["tied", "mixed", "list"])
def test_names_and_their_order_are_pytorchs(which: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    ours, theirs = models(nn, Tensor)[which], models(torch.nn, torch.tensor)[which]

    def names(model: Any) -> dict[str, Any]:
        walks = {
            name: [path for path, _ in getattr(model, name)()]
            for name in ("named_parameters", "named_buffers", "named_modules", "named_children")
        }
        own = [path for path, _ in model.named_parameters("x", recurse=False)]
        own += [path for path, _ in model.named_buffers("x", recurse=False)]
        return walks | {"own": own, "state": list(model.state_dict())}

    assert names(ours) == names(theirs)
    visits: list[list[str]] = [[], []]
    for model, seen in zip((ours, theirs), visits, strict=True):
        model.apply(lambda module, seen=seen: seen.append(type(module).__name__))
    assert visits[0] == visits[1]
    ours.load_state_dict(theirs.state_dict())
    theirs.load_state_dict({k: torch.from_numpy(v) for k, v in ours.state_dict().items()})
    assert ours.load_state_dict(copy.deepcopy(ours).state_dict()) == ([], [])


def test_paths_lead_to_what_is_there() -> None:
    model = models(nn, Tensor)["mixed"]
    assert model.get_submodule("") is model
    assert model.get_submodule("blocks.0") is model.get_submodule("direct") is model.direct
    assert model.get_parameter("direct.weight") is model.direct.weight
    assert model.get_buffer("last.running_mean") is model.last.running_mean
    assert model.get_buffer("passing") is model.passing
    wrong = [
        (model.get_submodule, "block.0", "path of a module, got 'block.0'. Did you mean blocks.0"),
        (model.get_parameter, "blocks.0", "path of a parameter, got 'blocks.0'"),
        (model.get_buffer, "scale", "path of a buffer, got 'scale'"),
    ]
    for get, path, message in wrong:
        with pytest.raises(AttributeError) as caught:
            get(path)
        assert f"Mixed: expected the {message}" in str(caught.value)


def test_what_is_put_in_wrongly_is_refused() -> None:
    model = models(nn, Tensor)["mixed"]
    before = list(vars(model))
    puts = {
        "register_buffer": (np.ones(2), Tensor([1.0]), "a Tensor or None, got array"),
        "register_parameter": (Tensor([1.0]), nn.Parameter([1.0]), "a Parameter or None"),
        "add_module": (nn.ReLU, nn.ReLU(), "a Module or None, got <class"),
    }
    for put, (wrong, right, message) in puts.items():
        with pytest.raises(TypeError, match=f"{put}: expected {message}"):
            getattr(model, put)("new", wrong)
        for name in ("", "a.b", 3, "forward", "training"):
            with pytest.raises(KeyError, match=f"{put}: expected a name that is free"):
                getattr(model, put)(name, right)
    with pytest.raises(KeyError, match="got 'plain'"):
        model.add_module("plain", nn.ReLU())
    assert list(vars(model)) == before
    model.add_module("last", nn.ReLU())  # modules may be replaced
    for mode in ("no", None, 1):
        with pytest.raises(ValueError, match="train: expected True or False"):
            model.train(mode)


def _kept_in_use(library: Any) -> Any:
    """A part that stays in use, in one that changes what is in it, in a container."""

    class Frozen(library.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.norm, self.drop = library.BatchNorm1d(3), library.Dropout(0.5)

        def train(self, mode: bool = True) -> Any:
            super().train(mode)
            self.norm.eval()
            return self

    class Outer(library.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = Frozen(), library.Sequential(Frozen(), library.ReLU())

        def train(self, mode: bool = True) -> Any:
            super().train(mode)
            self.first.eval()
            self.second[0].norm.train()
            return self

    return library.Sequential(Outer(), library.Sequential(Frozen()))


def test_a_module_inside_may_define_train_itself_as_in_pytorch() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    ours, theirs = (_kept_in_use(library) for library in (nn, torch.nn))
    for change in (lambda m: m.train(), lambda m: m.eval(), lambda m: m[0].train()):
        modes = []
        for model in (ours, theirs):
            change(model)
            modes.append([module.training for module in model.modules()])
        assert modes[0] == modes[1]
        assert len(set(modes[0])) == 2


def test_modules_in_circles_are_found_once() -> None:
    class Chained(nn.Module):
        other: Any = None

    first, second = Chained(), Chained()
    first.other, second.other, second.w = second, first, nn.Parameter([1.0])
    assert list(first.state_dict()) == ["other.w"]
    assert [path for path, _ in first.named_modules()] == ["", "other"]


def test_gradients_are_forgotten_or_zero() -> None:
    model = nn.Sequential(nn.Linear(2, 1), nn.MLP(1, [1], seed=0))
    model[0](np.ones((3, 2))).sum().backward()
    model.zero_grad(set_to_none=False)
    np.testing.assert_array_equal(model[0].weight.grad, [[0.0, 0.0]])
    model.zero_grad()
    assert model[0].weight.grad is None
    model.zero_grad(set_to_none=False)
    assert model[0].weight.grad is None
    assert [p.grad for p in model[1].parameters()] == [0.0, 0.0]


class Everything(nn.Module):
    def __init__(self) -> None:
        self.layer = nn.Linear(2, 1)
        self.weight = nn.Parameter([1.0, 2.0])
        self.frozen = nn.Parameter([1.0], requires_grad=False)
        self.number = Value(1.0)
        self.list = [nn.Parameter([0.0])]
        self.register_buffer("mean", Tensor([0.0]))
        self.register_buffer("later", None)


@pytest.mark.parametrize(
    ("name", "wanted", "other"),
    [
        ("weight", "Parameter", np.ones(2)),
        ("weight", "Parameter", [1.0, 2.0]),
        ("weight", "Parameter", Tensor([1.0, 2.0])),
        ("weight", "Parameter", nn.Linear(1, 1)),
        ("frozen", "Parameter", np.ones(1)),
        ("number", "Value", 2.0),
        ("mean", "Tensor", np.ones(1)),
        ("later", "Tensor", np.ones(1)),
        ("layer", "Module", np.ones(1)),
        ("layer", "Module", nn.functional.relu),
    ],
)
def test_nothing_is_lost_to_something_of_another_kind(name: str, wanted: str, other: Any) -> None:
    """As in PyTorch: what is no parameter any more would not be trained or saved any more."""
    module = Everything()
    before, old = module.state_dict(), getattr(module, name)
    with pytest.raises(TypeError, match=f"Everything.{name}: expected a {wanted} or None, got "):
        setattr(module, name, other)
    assert getattr(module, name) is old
    assert module.state_dict().keys() == before.keys()


@pytest.mark.parametrize(
    ("name", "new"),
    [
        ("weight", nn.Parameter([3.0, 4.0, 5.0])),
        ("weight", Tensor([3.0], requires_grad=True)),
        ("weight", None),
        ("frozen", nn.Parameter([2.0], requires_grad=False)),
        ("number", Value(2.0)),
        ("number", Value(2.0) * 3.0),  # a module may remember a Value
        ("number", None),
        ("mean", Tensor([5.0])),
        ("mean", None),
        ("later", Tensor([5.0])),
        ("layer", nn.ReLU()),
        ("layer", None),
        ("list", (1, 2)),
        ("new", np.ones(2)),
    ],
)
def test_what_may_take_the_place_of_what(name: str, new: Any) -> None:
    module = Everything()
    setattr(module, name, new)
    assert getattr(module, name) is new


def test_what_was_deleted_may_be_anything() -> None:
    module = Everything()
    for name in ("weight", "number", "layer", "mean"):
        delattr(module, name)
        setattr(module, name, np.ones(2))
    assert [name for name, _ in module.named_parameters()] == ["frozen", "list.0"]


def test_a_refused_parameter_is_refused_as_in_pytorch() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    for layer, tensor in ((torch.nn.Linear(2, 1), torch.ones), (nn.Linear(2, 1), np.ones)):
        for other in (np.ones((1, 2)), tensor((1, 2)), 1.0):
            with pytest.raises(TypeError):
                layer.weight = other
        layer.bias = None
        assert [name for name, _ in layer.named_parameters()] == ["weight"]
