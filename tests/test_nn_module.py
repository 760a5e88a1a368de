"""``Module``: which parameters it finds, in what order, and under which names."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

import nn
from autograd import Value
from nn import Module


class Bag(Module):
    """Whatever it is given, as attributes."""

    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)


def named(module: Module) -> dict[str, Value]:
    pairs = list(module.named_parameters())
    assert [p for _, p in pairs] == module.parameters()
    assert len({name for name, _ in pairs}) == len(pairs)
    return dict(pairs)


def leaves(count: int) -> list[Value]:
    return [Value(float(i)) for i in range(count)]


def test_attributes_lists_tuples_and_dicts_in_order() -> None:
    a, b, c, d, e = leaves(5)
    module = Bag(z=a, items=[b, (c,)], table={"key": d, 7: [e]})
    assert named(module) == {"z": a, "items.0": b, "items.1.0": c, "table.key": d, "table.7.0": e}
    assert module.parameters() == [a, b, c, d, e]


def test_modules_in_modules() -> None:
    a, b, c = leaves(3)
    module = Bag(inner=Bag(w=a), parts=[Bag(w=b)], by_name={"head": Bag(w=c)})
    assert named(module) == {"inner.w": a, "parts.0.w": b, "by_name.head.w": c}


def test_the_names_of_a_network() -> None:
    model = nn.MLP(2, [2, 1], seed=0)
    assert list(named(model)) == [
        "layers.0.neurons.0.w.0",
        "layers.0.neurons.0.w.1",
        "layers.0.neurons.0.b",
        "layers.0.neurons.1.w.0",
        "layers.0.neurons.1.w.1",
        "layers.0.neurons.1.b",
        "layers.1.neurons.0.w.0",
        "layers.1.neurons.0.w.1",
        "layers.1.neurons.0.b",
    ]
    assert named(model)["layers.0.neurons.1.w.0"] is model.layers[0].neurons[1].w[0]


def test_what_is_no_parameter() -> None:
    a, b = leaves(2)
    module = Bag(
        result=a * b,  # computed, not a leaf
        number=3.0,
        text="abc",
        nothing=None,
        function=len,
        _private=a,
        _hidden=[b],
        __mangled=b,
        empty=[],
    )
    assert module.parameters() == []
    assert list(module.named_parameters()) == []
    module.zero_grad()


def test_the_inside_of_a_result_is_not_searched() -> None:
    a, b = leaves(2)
    assert Bag(result=a * b, also=b).parameters() == [b]


def test_a_shared_parameter_counts_once_under_its_first_name() -> None:
    a, b = leaves(2)
    assert named(Bag(x=a, y=[a, b], z=b)) == {"x": a, "y.1": b}


def test_a_shared_module_counts_once() -> None:
    inner = Bag(w=Value(1.0))
    module = Bag(first=inner, second=inner, both=[inner, inner])
    assert named(module) == {"first.w": inner.w}


def test_equal_numbers_are_different_parameters() -> None:
    a, b = Value(1.0), Value(1.0)
    assert named(Bag(x=a, y=b)) == {"x": a, "y": b}


def test_cycles_end() -> None:
    a, b = leaves(2)
    module = Bag(w=a)
    child = Bag(parent=module, w=b)
    vars(module)["child"] = child
    items: list[Any] = [module]
    items.append(items)
    vars(module)["items"] = items
    assert named(module) == {"w": a, "child.w": b}
    assert named(child) == {"parent.w": a, "w": b}


def test_parameters_added_later_are_found() -> None:
    module = Bag(w=[Value(1.0)])
    extra = Value(2.0)
    module.w.append(extra)
    assert module.parameters()[-1] is extra
    module.w = []
    assert module.parameters() == []


def test_parameters_is_a_list_of_its_own() -> None:
    module = Bag(w=Value(1.0))
    module.parameters().clear()
    assert len(module.parameters()) == 1


def test_zero_grad_forgets_every_gradient_and_nothing_else() -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    x = Value(0.5)
    model([x, 1.0]).backward()
    assert any(p.grad for p in model.parameters())
    data = [p.data for p in model.parameters()]
    before = x.grad
    model.zero_grad()
    assert [p.grad for p in model.parameters()] == [0.0] * len(data)
    assert not any(p.has_grad for p in model.parameters())
    assert [p.data for p in model.parameters()] == data
    assert x.grad == before != 0.0


def test_zero_grad_asks_parameters_which_a_class_may_define() -> None:
    """As in micrograd, where every module writes its own ``parameters``."""

    class Own(Module):
        def __init__(self) -> None:
            self._hidden = [Value(1.0)]

        def parameters(self) -> list[Any]:
            return self._hidden

    module = Own()
    (module._hidden[0] * 2.0).backward()
    module.zero_grad()
    assert module._hidden[0].grad == 0.0


def test_an_unknown_attribute_raises() -> None:
    model = nn.MLP(2, [1], seed=0)
    with pytest.raises(AttributeError, match="weight"):
        _ = model.weight  # type: ignore[attr-defined]


class Line(Module):
    def __init__(self) -> None:
        self.slope, self.offset = Value(2.0), Value(1.0)

    def __call__(self, x: Any) -> Value:
        return self.slope * x + self.offset


def test_a_repr_names_the_class_and_not_an_address() -> None:
    text = repr(Line())
    assert text.startswith("Line")
    assert " at 0x" not in text


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_is_independent_and_keeps_what_is_shared(duplicate: Any) -> None:
    shared = Value(1.5, label="shared")
    model = Bag(first=Line(), again=None, tied=[shared, shared])
    model.again = model.first
    model.first.slope.grad = 0.25
    twin = duplicate(model)
    assert twin.again is twin.first
    assert twin.tied[0] is twin.tied[1]
    assert twin.tied[0] is not shared
    assert list(named(twin)) == list(named(model)) == ["tied.0", "first.slope", "first.offset"]
    assert [(p.data, p.grad, p.label, p.has_grad) for p in twin.parameters()] == [
        (1.5, 0.0, "shared", False),
        (2.0, 0.25, "", True),
        (1.0, 0.0, "", False),
    ]
    twin.first.slope.data = 9.0
    assert model.first.slope.data == 2.0


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_model_and_its_optimizer_copied_together_go_on_together(duplicate: Any) -> None:
    def step(model: nn.MLP, optimizer: nn.SGD) -> float:
        loss = nn.mse_loss([model([0.5, -1.0]), model([1.0, 2.0])], [1.0, -1.0])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss.data)

    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
    optimizer = nn.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-3)
    for _ in range(3):
        step(model, optimizer)
    twin, twin_optimizer = duplicate((model, optimizer))
    assert all(a is b for a, b in zip(twin.parameters(), twin_optimizer.params, strict=True))
    ours = [step(model, optimizer) for _ in range(5)]
    theirs = [step(twin, twin_optimizer) for _ in range(5)]  # with the momentum of the original
    assert ours == theirs
    assert [p.data for p in twin.parameters()] == [p.data for p in model.parameters()]
    step(model, optimizer)
    assert [p.data for p in twin.parameters()] != [p.data for p in model.parameters()]
