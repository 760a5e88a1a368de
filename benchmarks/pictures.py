"""How long pictures take: laid out by the built-in layout and written, without graphviz's program.

    python benchmarks/pictures.py

Graphs of 100 and 1,000 nodes are drawn in full; the loss of moons, a sum over examples that has
100,000 nodes, is collapsed: without a model to what is nearest to the loss, with it to layers.
"""

from __future__ import annotations

import random

from measure import timed  # first: before NumPy

import autograd
import nn
from autograd import Value, draw, topological_order


def mixed(nodes: int) -> Value:
    """Sums, products and tanhs of what came shortly before, with their gradients."""
    rng = random.Random(1)
    made = [Value(rng.uniform(-1, 1)) for _ in range(4)]
    unused = list(made)
    while len(made) + len(unused) // 2 < nodes:
        # Mostly what was not used yet, so that all of it is in the graph.
        a = unused.pop(0) if len(unused) > 8 else rng.choice(made[-8:])
        made.append([a * rng.choice(made[-30:]), a + made[-1], a.tanh()][rng.randrange(3)])
        unused.append(made[-1])
    root = autograd.sum(unused)
    root.backward()
    return root


def recurrence(nodes: int) -> Value:
    """A sum to which each of its steps contributes, as the loss of a recurrent network."""
    steps = [Value(0.5)]
    while len(steps) < nodes - 1:
        steps.append(steps[-1].tanh())
    root = autograd.sum(steps)
    root.backward()
    return root


def moons(examples: int) -> tuple[Value, nn.MLP]:
    """The hinge loss of a network of neurons, 2-16-16-1, and the network."""
    X, y = nn.datasets.load("moons", n=examples)[:2]
    model = nn.MLP(2, [16, 16, 1], seed=1)
    losses = [(1 - (2 * int(t) - 1) * model(x)).relu() for x, t in zip(X, y, strict=True)]
    loss = autograd.sum(losses) / examples
    loss.backward()
    return loss, model


def report(what: str, seconds: float, goal: float, size: int) -> None:
    print(f"  {what:46s} {seconds * 1e3:8.1f} ms (at most {goal * 1e3:,.0f})  {size / 1e3:7.1f} kB")


def main() -> None:
    for nodes, goal, number in ((100, 0.1, 20), (1000, 1.0, 5)):
        long = recurrence(nodes)

        def steps(root: Value = long) -> str:
            return draw(root, collapse=False, engine="builtin", view="gradients").svg

        root = mixed(nodes)
        print(f"\n{len(topological_order(root, everything=True)):,} nodes in full")
        report("svg, a sum over all of them", timed(steps, number), goal, len(steps()))
        for form in ("svg", "html", "mermaid", "tikz"):

            def run(root: Value = root, form: str = form) -> str:
                picture = draw(root, collapse=False, engine="builtin", view="gradients")
                return str(getattr(picture, form))

            report(form, timed(run, number), goal, len(run()))
    loss, model = moons(990)
    print(f"\n{len(topological_order(loss, everything=True)):,} nodes of a loss, collapsed")
    for what, options in {
        "to what is nearest to the loss": {},
        "to layers": {"model": model},
        "to neurons": {"model": model, "collapse": "neuron"},
    }.items():

        def collapsed(options: dict[str, object] = options) -> str:
            return draw(loss, engine="builtin", **options).svg  # type: ignore[arg-type]

        report(what, min(timed(collapsed, 1) for _ in range(3)), 3.0, len(collapsed()))


if __name__ == "__main__":
    main()
