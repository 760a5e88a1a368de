"""The code on the page of all pictures: what all of it begins with, and a few lines for each."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["SECTIONS", "SETUP", "Picture"]


class Picture(NamedTuple):
    """A picture: the name of its file, its title, the code, and "svg", "png" or "text"."""

    name: str
    title: str
    code: str
    form: str = "svg"


SETUP = """
import numpy as np
import autograd
import nn
from autograd import Tensor, Value, draw, step

a, b = Value(2.0, label="a"), Value(-3.0, label="b")
loss = (a * b + a) ** 2
loss.backward()

network = nn.MLP(2, [3, 1], activation="tanh", seed=0)  # of Values
error = (network([1.0, -0.5]) - 0.5) ** 2
error.backward()

X, y = nn.datasets.load("moons", n=100)[:2]
nn.manual_seed(0)
model = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 2))
optimizer = nn.SGD(model.parameters(), lr=0.5)
flow, ratio = nn.GradientFlow(model, bins=True), nn.UpdateRatio(model)
outputs, path = nn.ActivationStatistics(model), nn.ParameterPath(model)
watch = {"metrics": nn.accuracy, "callbacks": [flow, ratio, outputs, path], "progress": False}
history = nn.fit(model, (X, y), nn.cross_entropy, optimizer, 60, **watch)
"""

GRAPHS = [
    Picture("draw", "A graph: values, gradients, local derivatives", "draw(loss)"),
    Picture("values", "Values only", 'draw(loss, view="values")'),
    Picture("locals", "Local derivatives", 'draw(loss, view="locals")'),
    Picture("gradients", "Gradients, and what flows back", 'draw(loss, view="gradients")'),
    Picture("paths", "The paths from one leaf", "draw(loss, highlight=a)"),
    Picture("dark", "Dark, from top to bottom",
            'draw(loss, flow=True, theme="dark", direction="TB")'),
    Picture("contrast", "High contrast", 'draw(loss, flow=True, theme="contrast")'),
    Picture("print", "For paper: negative numbers are dashed",
            'draw(loss, flow=True, theme="print")'),
    Picture("expand", "A neuron, with its weighted sum written out", """
(out := nn.Neuron(2, seed=0)([1.0, -0.5])).backward()
draw(out, expand=True)
"""),
    Picture("dead", "Units that pass no gradient back are marked", """
x = Value(-1.0, label="x")
y = x.relu() + (4 * x).tanh()
y.backward()
draw(y)
"""),
    Picture("frames", "A network, with frames around its parts",
            'draw(error, model=network, view="gradients")'),
    Picture("neurons", "Collapsed to neurons", 'draw(error, model=network, collapse="neuron")'),
    Picture("layers", "Collapsed to layers", 'draw(error, model=network, collapse="layer")'),
    Picture("scopes", "Parts with names of your own", """
u, v = Value(2.0, label="u"), Value(-3.0, label="v")
with autograd.scope("square"):
    s = u * u
(t := s + v).backward()
draw(t)
"""),
    Picture("vanishing", "Vanishing gradients in five layers of sigmoids", """
deep = nn.MLP(1, [1] * 5, activation="sigmoid", seed=0)
(far := deep([1.0])).backward()
draw(far, model=deep, view="gradients")
"""),
    Picture("tensors", "Tensors: shapes and norms", """
(cost := nn.cross_entropy(model(Tensor(X[:4])), y[:4])).backward()
draw(cost, model=model, flow=True, direction="TB")
"""),
    Picture("scalar", "One element of a tensor, as scalars", """
weight = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True, label="w")
h = (np.array([[0.5, -1.0]]) @ weight).tanh()
draw(autograd.scalar_view(h, (0, 1)))
"""),
    Picture("program", "A program: what compile runs", """
draw(autograd.trace(lambda x: (x * x).sin() + x, 1.0))
"""),
]  # fmt: skip

PLAYED = [
    Picture("step", "Backpropagation, step by step", "step(loss)"),
    Picture("step_tensors", "Step by step through arrays", """
x = Tensor([[1.0, -0.5], [0.5, 2.0]], label="x")
w = Tensor([[0.5, -1.0, 0.2], [0.8, 0.1, -0.6]], requires_grad=True, label="W")
b = Tensor([0.0, 0.1, -0.1], requires_grad=True, label="b")
step(nn.cross_entropy((x @ w + b).tanh(), np.array([0, 2])))
"""),
    Picture("quiz", "The stepper as a quiz", 'step(loss, quiz=True, theme="dark")'),
    Picture("explain", "Why a gradient is what it is", "autograd.explain(loss, a)", "text"),
    Picture("zoom", "From the model to a neuron by clicks", "autograd.zoom(error, model=network)"),
    Picture("film", "The same graph at several moments", """
moments, w = [], Value(4.0, label="w")
for k in range(12):
    (bowl := (w - 1) ** 2).backward()
    moments.append(autograd.snapshot(bowl, f"step {k}"))
    w.data -= 0.2 * w.grad
    w.zero_grad()
autograd.Film(moments)
"""),
    Picture("train_view", "A training, on the graph itself", """
net = nn.MLP(2, [3, 1], activation="tanh", seed=1)
seen = nn.GraphHistory(net, nn.mse_loss, ([0.0, 1.0], 1.0), every=20)
xor = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0.0, 1, 1, 0])
nn.fit(net, xor, nn.mse_loss, nn.SGD(net.parameters(), 0.3), 200, callbacks=[seen], progress=False)
nn.train_view(seen)
"""),
    Picture("live", "Sliders: change a number, see the gradients", """
autograd.live(lambda x, w, b: (w * x + b).tanh(), x=(-2, 2, 1), w=(-3, 3, 0.5), b=(-2, 2))
"""),
]  # fmt: skip

WILD = """
wild = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 2))
seen, fast = nn.ActivationStatistics(wild), nn.SGD(wild.parameters(), lr=6.0)
nn.fit(wild, (X, y), nn.cross_entropy, fast, 60, callbacks=[seen], progress=False)
"""

TRAINING = [
    Picture("learning_curve", "Learning curve", "nn.plot_learning_curve(history)"),
    Picture("gradient_flow", "Gradient flow: median and band of each layer",
            "nn.plot_gradient_flow(flow)"),
    Picture("gradient_heatmap", "Gradient flow, layer by step",
            "nn.plot_gradient_heatmap(flow)", "png"),
    Picture("gradient_histogram", "Gradients of a layer over time",
            "nn.plot_gradient_histogram(flow)", "png"),
    Picture("activations", "Outputs of a layer over time",
            'nn.plot_activations(outputs, layer="3")', "png"),
    Picture("dead_units", "Dead units, of a rate that is far too large",
            WILD + "nn.plot_dead_units(seen)", "png"),
    Picture("saturation", "Saturated outputs and dead units",
            WILD + "nn.plot_saturation(seen)"),
    Picture("update_ratio", "Updates relative to the data, with the line at 1e-3",
            "nn.plot_update_ratio(ratio)"),
    Picture("lr_range_test", "Learning-rate range test", """
fresh = nn.MLP(2, [8, 2], seed=0)
test = nn.lr_range_test(fresh, (X, y), nn.cross_entropy, nn.SGD(fresh.parameters(), 0.1), 1e-3)
nn.plot_lr_range_test(test)
"""),
]  # fmt: skip

SPACE = [
    Picture("decision_boundary", "Decision boundary", "nn.plot_decision_boundary(model, X, y)"),
    Picture("neurons_of_plane", "What each neuron makes of the plane",
            "nn.plot_neurons(model, X, y)", "png"),
    Picture("confusion_matrix", "Confusion matrix",
            "nn.plot_confusion_matrix(nn.confusion_matrix(model(Tensor(X)), y))"),
    Picture("optimisers", "Paths of optimisers on a surface", """
from nn.diagnostics import beale, descent_path, landscape

sgd = descent_path(beale, (1.0, 1.5), lambda params: nn.SGD(params, 0.01), 100)
adam = descent_path(beale, (1.0, 1.5), lambda params: nn.Adam(params, 0.1), 100)
nn.plot_loss_surface(landscape(beale, (0, 4), (-1, 2)), paths={"SGD": sgd, "Adam": adam})
""", "png"),
    Picture("loss_surface", "The loss of a network around the path of its training", """
from nn.diagnostics import path_directions

plane = nn.loss_surface(model, ((X, y), nn.cross_entropy), path_directions(path.states)[0], 6)
nn.plot_loss_surface(plane, paths=plane.project(path.states))
"""),
    Picture("difference_errors", "Numerical differentiation: the V curve", """
nn.plot_difference_errors(autograd.difference_errors(np.exp, 1.0))
"""),
]  # fmt: skip

SECTIONS = {
    "Graphs": GRAPHS,
    "Played, explained, live": PLAYED,
    "Training": TRAINING,
    "What was learned": SPACE,
}
