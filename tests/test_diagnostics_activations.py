"""ActivationStatistics against brute force, dead ReLUs made by hand; UpdateRatio."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from nn.diagnostics import activations_of

X = np.random.default_rng(0).normal(size=(20, 3))


def network(*activations: Any) -> Any:
    nn.manual_seed(2)
    layers: list[Any] = []
    for k, activation in enumerate(activations):
        layers += [nn.Linear(6 if k else 3, 6), activation]
    return nn.Sequential(*layers, nn.Linear(6, 2))


def by_hand(model: Any, x: Any) -> list[Any]:
    """The outputs of the layers, without hooks."""
    outputs = []
    for module in model:
        x = module.forward(x)
        outputs.append(np.array(x.primal))
    return outputs


def test_statistics_are_those_of_the_outputs() -> None:
    model = network(nn.Tanh(), nn.ReLU(), nn.Sigmoid())
    for linear in model[0], model[2], model[4]:
        linear.weight.data = 3 * linear.weight.data
    with nn.ActivationStatistics(model, bins=np.linspace(-1, 1, 21)) as statistics:
        for scale in (1.0, 5.0):
            model(scale * X)
            statistics.record()
    assert statistics.names == ["1", "3", "5"]
    for row, scale in enumerate((1.0, 5.0)):
        tanh, relu, sigmoid = (by_hand(model, scale * X)[k] for k in (1, 3, 5))
        np.testing.assert_allclose(statistics.mean[row], [a.mean() for a in (tanh, relu, sigmoid)])
        np.testing.assert_allclose(statistics.std[row], [a.std() for a in (tanh, relu, sigmoid)])
        flat = sigmoid[(sigmoid < 0.015) | (sigmoid > 0.985)].size / sigmoid.size
        expected = [np.mean(abs(tanh) > 0.97), np.nan, flat]
        np.testing.assert_array_equal(statistics.saturated[row], expected)
        assert 0 < expected[0] < 1
        assert np.isnan(statistics.dead[row]).tolist() == [True, False, True]
        counts = statistics.histogram[row]
        assert counts.sum(axis=1).tolist() == [tanh.size, relu.size, sigmoid.size]
        assert counts[0].tolist() == np.histogram(tanh, statistics.bins)[0].tolist()
        beyond = np.count_nonzero(relu >= 0.9)  # the last bin has all that is larger, too
        assert counts[1, -1] == beyond > np.count_nonzero((relu >= 0.9) & (relu < 1))
    assert statistics.nonfinite.sum() == 0


def test_dead_units_made_by_hand() -> None:
    model = network(nn.ReLU(), nn.ReLU())
    model[0].bias.data = np.array([-1e3, 0, 0, -1e3, 0, 1e3])
    model[2].bias.data = np.array([1e4, 1e4, 1e4, 1e4, 1e4, -1e6])
    with nn.ActivationStatistics(model) as statistics:
        for k in range(3):
            if k == 2:
                model[0].bias.data = np.array([-1e3, 0, 0, 1e3, 0, 1e3])  # one comes back
            model(X)
            statistics.record()
    assert statistics.dead[:, 0].tolist() == [2 / 6, 2 / 6, 1 / 6]
    assert statistics.dead[:, 1].tolist() == [1 / 6] * 3
    units = statistics.dead_units
    assert list(units) == ["1", "3"]
    assert units["1"].astype(int).tolist() == [[1, 0, 0, 1, 0, 0]] * 2 + [[1, 0, 0, 0, 0, 0]]
    throughout = statistics.dead_throughout
    assert throughout["1"].tolist() == [True, False, False, False, False, False]
    assert throughout["3"].tolist() == [False] * 5 + [True]


def test_a_unit_that_one_example_wakes_is_not_dead() -> None:
    model = nn.Sequential(nn.Linear(1, 2), nn.ReLU())
    model[0].weight.data, model[0].bias.data = np.array([[1.0], [1.0]]), np.array([-5.0, -6.0])
    with nn.ActivationStatistics(model) as statistics:
        model(np.array([[0.0], [5.5], [1.0]]))
        statistics.record()
    assert statistics.dead_units["1"].tolist() == [[False, True]]


def test_a_channel_is_dead_if_it_is_0_everywhere() -> None:
    model = nn.Sequential(nn.Conv2d(1, 3, 2), nn.ReLU())
    model[0].weight.data = np.ones((3, 1, 2, 2))
    model[0].bias.data = np.array([0.0, -3.5, -100.0])
    image = np.zeros((2, 1, 5, 5))
    image[1, 0, :2, :2] = 1.0
    with nn.ActivationStatistics(model) as statistics:
        model(image)
        statistics.record()
    assert statistics.dead_units["1"].tolist() == [[False, False, True]]


def test_outputs_that_are_not_finite_are_counted() -> None:
    model = nn.Sequential(nn.Linear(1, 3), nn.ReLU())
    model[0].weight.data, model[0].bias.data = np.ones((3, 1)), np.array([np.nan, np.inf, 2.0])
    with nn.ActivationStatistics(model) as statistics:
        model(np.array([[0.0], [1.0]]))
        statistics.record()
    assert statistics.nonfinite.tolist() == [[4]]
    assert statistics.mean.tolist() == [[2.5]]


def test_an_activation_that_is_used_twice() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            self.first, self.second, self.act = nn.Linear(3, 4), nn.Linear(4, 5), nn.ReLU()

        def forward(self, x: Any) -> Any:
            return self.act(self.second(self.act(self.first(x))))

    model = Twice()
    with nn.ActivationStatistics(model) as statistics:
        model(X)
        out = model(X).primal
        statistics.record()
    assert statistics.names == ["act"]
    assert statistics.histogram.sum() == 20 * (4 + 5), "of the last forward pass alone"
    assert statistics.dead_units["act"].shape == (1, 9)
    np.testing.assert_array_equal(activations_of(model, X)["act"], out)


def hooks(model: Any) -> int:
    return sum(len(vars(m).get("_hooks", ())) for m in model.modules())


def test_hooks_are_there_inside_only_also_after_an_error() -> None:
    model = network(nn.Tanh(), nn.Tanh())
    statistics = nn.ActivationStatistics(model)
    assert hooks(model) == 0
    with statistics:
        assert hooks(model) == 3
    assert hooks(model) == 0
    with pytest.raises(ZeroDivisionError), statistics:
        1 / 0  # noqa: B018
    assert hooks(model) == 0
    nn.ActivationStatistics(model, X).record()
    with pytest.raises(ValueError, match="linear: expected"):
        nn.ActivationStatistics(model, np.ones((2, 7))).record()
    assert hooks(model) == 0


def test_in_a_block_inside_of_its_block_it_is_there_once() -> None:
    """As in a ``with`` around ``fit``, which has it among its callbacks."""
    model = network(nn.Tanh())
    with nn.ActivationStatistics(model) as statistics:
        statistics.on_start(None)
        assert hooks(model) == 2
        model(X)
        statistics.record()
        assert statistics.histogram.sum() == 20 * 6
    assert hooks(model) == 0


def test_examples_of_its_own_make_no_graph() -> None:
    model, seen = network(nn.Tanh()), []
    with model[1].register_forward_hook(lambda m, a, out: seen.append(out.requires_grad)):
        activations_of(model, X)
    assert seen == [False]


def test_as_a_callback_it_sees_the_batches_of_training() -> None:
    model, expected, steps = network(nn.Tanh()), [], []
    data = [(X[:5], X[:5, :2]), (X[5:], X[5:, :2])]

    class Check:
        def on_backward(self, run: Any) -> None:
            expected.append(by_hand(model, run.inputs)[1].mean())
            steps.append(run.step)

    statistics = nn.ActivationStatistics(model)
    optimizer = nn.SGD(model.parameters(), lr=0.3)
    nn.fit(model, data, nn.MSELoss(), optimizer, 2, validation=(X, X[:, :2]),
           callbacks=[statistics, Check()], progress=False)  # fmt: skip
    assert statistics.steps.tolist() == steps == [0, 1, 2, 3]
    np.testing.assert_allclose(statistics.mean[:, 0], expected, rtol=1e-12)
    assert hooks(model) == 0


def test_hooks_are_gone_if_training_fails() -> None:
    model = network(nn.Tanh())
    with pytest.raises(FloatingPointError):
        nn.fit(model, (X, X), lambda a, b: (a * np.nan).sum(), nn.SGD(model.parameters()), 1,
               callbacks=[nn.ActivationStatistics(model)], progress=False)  # fmt: skip
    assert hooks(model) == 0


def test_examples_of_its_own_are_evaluated_as_in_use() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Dropout(0.5))
    before = {name: x.copy() for name, x in model.state_dict().items()}
    statistics = nn.ActivationStatistics(model, X)
    statistics.record()
    statistics.record()
    for name, x in model.state_dict().items():
        np.testing.assert_array_equal(x, before[name])
    assert model.training
    model.eval()
    assert statistics.mean[0, 0] == statistics.mean[1, 0] == by_hand(model, X)[2].mean()


def test_a_network_of_neurons() -> None:
    model = nn.MLP(3, [4, 5, 2], activation="relu", seed=0)
    for neuron in model.layers[1].neurons[:2]:
        neuron.b.data = -100.0
    statistics = nn.ActivationStatistics(model, X.tolist())
    statistics.record()
    first = np.array([[h.data for h in model.layers[0](x)] for x in X.tolist()])
    second = np.array([[h.data for h in model.layers[1](x)] for x in first.tolist()])
    assert statistics.names == ["layers.0", "layers.1"]
    np.testing.assert_allclose(statistics.mean, [[first.mean(), second.mean()]], rtol=1e-12)
    assert statistics.dead_units["layers.1"][0, :2].all()
    np.testing.assert_allclose(activations_of(model, X)["layers.1"], second, rtol=1e-12)


def test_a_packed_network_of_neurons_stays_packed() -> None:
    model = nn.MLP(3, [4, 1], seed=0)
    autograd.compile(model)(X).sum().backward()
    kinds = [type(p) for p in model.parameters()]
    nn.ActivationStatistics(model, X).record()
    nn.UpdateRatio(model).record()
    assert [type(p) for p in model.parameters()] == kinds


def test_softmax_is_no_activation_of_units_and_other_layers_can_be_named() -> None:
    model = nn.Sequential(nn.Linear(3, 2), nn.Tanh(), nn.Softmax(dim=1))
    assert nn.ActivationStatistics(model).names == ["1"]
    statistics = nn.ActivationStatistics(model, X, layers=["0", "2"])
    statistics.record()
    assert statistics.names == ["0", "2"]
    np.testing.assert_allclose(statistics.mean, [[by_hand(model, X)[0].mean(), 0.5]])
    assert np.isnan(statistics.saturated).all()


def test_every_and_steps() -> None:
    model = network(nn.Tanh())
    statistics = nn.ActivationStatistics(model, X, every=2)
    for step in range(7, 12):
        statistics.on_backward(SimpleNamespace(step=step))
    assert statistics.steps.tolist() == [7, 9, 11]
    table = statistics.to_dict()
    assert {"names", "steps", "mean", "dead_units", "bins", "histogram"} <= set(table)
    assert table["histogram"].shape == (3, 1, 60)


def test_nothing_to_look_at() -> None:
    model = network(nn.Tanh())
    statistics = nn.ActivationStatistics(model)
    model(X)
    with pytest.raises(RuntimeError, match="expected a forward pass of the model in `with"):
        statistics.record()
    assert len(statistics) == 0
    statistics = nn.ActivationStatistics(model, every=2)
    with pytest.raises(RuntimeError, match="forward pass"):
        statistics.record()
    with statistics:  # what failed does not count
        model(X)
        statistics.record()
    assert statistics.steps.tolist() == [0]


@pytest.mark.parametrize(
    ("arguments", "options", "error", "text"),
    [
        ((3,), {}, TypeError, "a Module, got 3"),
        ((nn.Linear(2, 2),), {}, ValueError, "Make them modules, such as nn.ReLU()"),
        ((nn.MLP(2, [2, 1]),), {}, ValueError, "Pass X"),
        ((nn.Layer(2, 2), X), {}, ValueError, "nn.MLP"),
        ((network(nn.ReLU()),), {"layers": ["1", "x"]}, ValueError, "got x"),
        ((network(nn.ReLU()),), {"bins": [1.0, 0.0]}, ValueError, "increasing"),
        ((network(nn.ReLU()),), {"every": 0}, ValueError, "every"),
    ],
    ids=str,
)
def test_wrong_arguments(arguments: Any, options: Any, error: Any, text: str) -> None:
    with pytest.raises(error, match="ActivationStatistics") as caught:
        nn.ActivationStatistics(*arguments, **options)
    assert text in str(caught.value)


# --- updates --------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["layer", "parameter"])
def test_ratios_of_updates(by: str) -> None:
    model = network(nn.Tanh())
    optimizer = nn.Adam(model.parameters(), lr=0.01)
    ratio = nn.UpdateRatio(model, by=by)
    groups = [[p] for p in model.parameters()]
    if by == "layer":
        groups = [[model[0].weight, model[0].bias], [model[2].weight, model[2].bias]]

    def numbers() -> list[Any]:
        return [np.concatenate([p.data.ravel() for p in group]) for group in groups]

    for _ in range(3):
        optimizer.zero_grad()
        (model(X) ** 2).mean().backward()
        before = numbers()
        optimizer.step()
        ratio.record()
        pairs = list(zip(before, numbers(), strict=True))
        np.testing.assert_allclose(ratio.update[-1], [np.std(b - a) for a, b in pairs], rtol=1e-6)
        np.testing.assert_allclose(ratio.data[-1], [np.std(a) for a, _ in pairs], rtol=1e-6)
    np.testing.assert_array_equal(ratio.ratio, ratio.update / ratio.data)
    assert ratio.ratio.shape == (3, 2 if by == "layer" else 4)


def test_gradient_descent_moves_by_the_rate_times_the_gradient() -> None:
    model = nn.MLP(3, [4, 1], "tanh", seed=0)
    ratio = nn.UpdateRatio(model)
    optimizer = nn.SGD(model.parameters(), lr=0.5)
    autograd.compile(model)(X).sum().backward()
    layer = model.layers[0].parameters()
    expected = 0.5 * np.std([p.grad for p in layer]) / np.std([p.data for p in layer])
    optimizer.step()
    ratio.record()
    np.testing.assert_allclose(ratio.ratio[0, 0], expected, rtol=1e-12)


def test_with_every_an_update_is_still_that_of_one_step() -> None:
    def trained(every: int, **style: Any) -> Any:
        model = network(nn.Tanh())
        ratio = nn.UpdateRatio(model, every=every)
        optimizer = nn.SGD(model.parameters(), lr=0.1)
        if style:
            nn.fit(model, (X, X[:, :2]), nn.MSELoss(), optimizer, 7, callbacks=[ratio],
                   progress=False)  # fmt: skip
            return ratio
        for _ in range(7):
            optimizer.zero_grad()
            nn.functional.mse_loss(model(X), X[:, :2]).backward()
            optimizer.step()
            ratio.record()
        return ratio

    all_steps, some = trained(1), trained(3)
    assert some.steps.tolist() == [0, 3, 6]
    np.testing.assert_array_equal(some.ratio, all_steps.ratio[::3])
    in_fit = trained(3, fit=True)
    assert in_fit.steps.tolist() == [0, 3, 6]
    np.testing.assert_array_equal(in_fit.ratio, some.ratio)


def test_no_movement_and_nothing_to_compare_with() -> None:
    model = nn.Linear(2, 2)
    ratio = nn.UpdateRatio(model, by="parameter")
    model.bias.data = np.array([1.0, 1.0])
    ratio.look()
    model.bias.data = np.array([1.0, 2.0])
    ratio.record()
    ratio.record()
    assert ratio.ratio[0].tolist() == [0.0, np.inf]
    model.bias.data = np.array([3.0, 3.0])
    ratio.look()
    ratio.record()
    assert np.isnan(ratio.ratio[2, 1])
    assert ratio.steps.tolist() == [0, 1, 2]
