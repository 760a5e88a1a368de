"""Train, look, and write down what there is to see."""

from __future__ import annotations

import importlib.util
import os
import random
import sys
import time
import warnings
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import autograd
import nn
from nn.demo.options import fail, make_writable, parse
from nn.demo.report import page, picture
from nn.saving.atomic import whole_file

LOOKS = 300  # about how many steps of a training are looked at


def train(
    model: nn.MLP, parts: tuple[Any, Any, Any, Any], options: Namespace, callbacks: list[Any]
) -> nn.History:
    """The training: the data in batches, an optimiser, a loss."""
    X, y, X_val, y_val = parts
    rng = np.random.default_rng(options.seed)
    batch_size = min(options.batch_size, len(X))
    data = nn.DataLoader(nn.TensorDataset(X, y), batch_size, shuffle=True, rng=rng)
    optimizer = nn.SGD(model.parameters(), lr=options.lr, momentum=0.9)
    with np.errstate(all="ignore"):
        return nn.fit(
            model,
            data,
            nn.cross_entropy,
            optimizer,
            options.epochs,
            validation=(X_val, y_val),
            metrics=nn.accuracy,
            callbacks=callbacks,
            compile=options.compile,
        )


def watchers(options: Namespace, model: nn.MLP, X: Any) -> dict[str, Any]:
    """Who looks on while the network is trained."""
    steps = options.epochs * -(-len(X) // options.batch_size)
    every = max(1, steps // LOOKS)
    found: dict[str, Any] = {"flow": nn.GradientFlow(model, every=every)}
    if options.diagnose:
        found["activations"] = nn.ActivationStatistics(model, X[:100], every=every)
        found["updates"] = nn.UpdateRatio(model, every=every)
        found["linter"] = nn.Linter(model)
    return found


def draw_example(model: nn.MLP, data: nn.datasets.Dataset, x: Any, target: int) -> str:
    """The loss graph of one example, with gradients, as SVG."""
    inputs = [autograd.Value(v, label=name) for v, name in zip(x, data.feature_names, strict=True)]
    outputs = model(inputs)
    for output, name in zip(outputs, data.class_names, strict=True):
        output.label = name
    loss = nn.cross_entropy(outputs, int(target))
    loss.label = "loss"
    model.zero_grad()
    loss.backward()
    return autograd.draw(loss).svg


def plots(
    model: nn.MLP,
    data: nn.datasets.Dataset,
    parts: tuple[Any, Any, Any, Any],
    history: nn.History,
    seen: dict[str, Any],
) -> dict[str, tuple[str, Callable[[Any], Any], str]]:
    """What there is to plot: by file name a heading, a function of axes, and a caption."""
    X, y, X_val, y_val = parts
    found: dict[str, tuple[str, Callable[[Any], Any], str]] = {}
    if history.epochs:
        found["learning-curve"] = (
            "Learning curve",
            lambda ax: history.plot(ax=ax),
            "Loss and accuracy of the training and of the validation examples.",
        )
    if len(seen["flow"]):
        found["gradient-flow"] = (
            "Gradient flow",
            lambda ax: nn.plot_gradient_flow(seen["flow"], ax=ax),
            "How large the gradients of each layer are: median, and the band of 90%.",
        )
    outputs = nn.predictor(model)(X_val)
    table = nn.confusion_matrix(outputs, y_val, num_classes=len(data.class_names))
    found["confusion-matrix"] = (
        "Confusion matrix",
        lambda ax: nn.plot_confusion_matrix(table, data.class_names, ax=ax),
        "Validation examples of each class (rows), and what they were taken for (columns).",
    )
    if X.shape[1] == 2:
        found["decision-boundary"] = (
            "Decision boundary",
            lambda ax: nn.plot_decision_boundary(model, X, y, ax=ax),
            "The class that the network gives each point of the plane, and the training examples.",
        )
    if len(seen.get("updates", ())):
        found["updates"] = (
            "Updates",
            lambda ax: nn.plot_update_ratio(seen["updates"], ax=ax),
            "The size of a step as a share of the size of the parameters; 0.001 is healthy.",
        )
    if len(seen.get("activations", ())):
        found["saturation"] = (
            "Activations",
            lambda ax: nn.plot_saturation(seen["activations"], ax=ax),
            "The share of units at the flat ends of their activation.",
        )
    return found


def write(
    options: Namespace,
    model: nn.MLP,
    data: nn.datasets.Dataset,
    parts: tuple[Any, Any, Any, Any],
    history: nn.History,
    seen: dict[str, Any],
    facts: dict[str, Any],
) -> list[Path]:
    """Everything there is to see, as files; each is complete or not there."""
    files = {"graph.svg": draw_example(model, data, parts[2][0].tolist(), parts[3][0]).encode()}
    pictures = []
    if importlib.util.find_spec("matplotlib") is None:
        print('no plots: matplotlib is missing (pip install "chalkgrad[plot]")')
    else:
        for name, (heading, plot, caption) in plots(model, data, parts, history, seen).items():
            files[f"{name}.png"] = picture(plot)
            pictures.append((heading, files[f"{name}.png"], caption))
    about = "The loss of one validation example: values, gradients, and local derivatives."
    pictures.append(("Computation graph", files["graph.svg"], about))
    notes = [str(warning) for warning in seen["linter"].warnings] if "linter" in seen else []
    title = f"{options.dataset}: {model!r}"
    files["report.html"] = page(title, facts, notes, pictures).encode()
    for name, content in files.items():
        with whole_file(options.out / name) as file:
            file.write(content)
    return [options.out / name for name in files]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demo; returns the exit status: 0, or 2 for a request that makes no sense."""
    options = parse(argv)
    try:
        make_writable(options.out)
    except OSError as error:
        return fail(
            f"expected a folder to write to, got {str(options.out)!r} ({error.strerror}). "
            "Choose another with --out DIR."
        )
    data = nn.datasets.load(options.dataset)
    parts = nn.split(data.X, data.y, seed=options.seed)
    mean, std = nn.moments(parts[0])  # of the training part alone
    parts = ((parts[0] - mean) / std, parts[1], (parts[2] - mean) / std, parts[3])

    rng = random.Random(options.seed)
    model = nn.MLP(data.X.shape[1], [*options.hidden, len(data.class_names)], rng=rng)
    print(f"{options.dataset}: {len(parts[0])} examples to train, {len(parts[2])} to validate")
    print(model)
    seen = watchers(options, model, parts[0])
    callbacks = list(seen.values())
    if options.checkpoint:
        callbacks.append(options.checkpoint)
    start = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.showwarning = show_warning
            history = train(model, parts, options, callbacks)
    except FloatingPointError as error:
        print(f"python -m nn.demo: {error} (--lr is {options.lr:g})", file=sys.stderr)
        return 1
    except (OSError, ValueError) as error:
        return fail(error)
    how = "compiled" if options.compile else "one scalar after the other"
    print(f"trained in {time.perf_counter() - start:.1f} s ({how})")
    used = history["lr"][-1] if history.epochs else options.lr
    if options.resume and used != options.lr:
        print(f"the lr is {used:g}, that of the training in {options.resume}")
    if options.resume and history.epochs >= options.epochs and not len(seen["flow"]):
        fix = f"--epochs {2 * history.epochs} trains on"
        print(f"{options.resume} has had its {history.epochs} epochs: {fix}")
    right = nn.evaluate(model, parts[2:], metrics=nn.accuracy)["accuracy"]
    print(f"validation accuracy: {right:.1%}")
    facts = {
        "data": options.dataset,
        "examples": f"{len(parts[0])} to train, {len(parts[2])} to validate",
        "network": repr(model),
        "training": f"{history.epochs} epochs, batches of {options.batch_size}, "
        f"SGD with lr {used:g} and momentum 0.9",
        "validation accuracy": f"{right:.1%}",
    }
    try:
        for path in write(options, model, data, parts, history, seen, facts):
            print(f"wrote {path}")
    except OSError as error:
        print(f"python -m nn.demo: cannot write the pictures: {error}", file=sys.stderr)
        return 1
    return 0


def show_warning(message: Any, *_: Any, **__: Any) -> None:
    """A warning as a line among the others."""
    print(f"warning: {message}", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # before or after the training
        print("stopped", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
