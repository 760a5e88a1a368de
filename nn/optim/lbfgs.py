"""L-BFGS: Newton's method with a curvature that is guessed from the last steps.

Newton's step is the gradient times the inverse of the matrix of second derivatives, and this is
too large to compute.  But how the gradient has changed, y, after a step s tells how the loss curves
along s.  From the last pairs (s, y) a product with the inverse follows in two loops over them
(Nocedal, 1980), without any matrix.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autograd import Node, enable_grad
from nn.checks import fails
from nn.optim.line_search import Point, strong_wolfe
from nn.optim.optimizer import Optimizer
from nn.optim.settings import Setting, at_least_0, count
from nn.optim.units import State, gradient_like

__all__ = ["LBFGS"]


def _line_search(what: str, value: Any) -> Any:
    if value not in (None, "strong_wolfe"):
        raise fails(what, 'None or "strong_wolfe"', repr(value), "")
    return value


class LBFGS(Optimizer):
    """L-BFGS (Liu and Nocedal, 1989), for losses that are computed from all examples.

    A call of ``step(closure)`` makes up to ``max_iter`` steps; the closure forgets the gradients,
    computes the loss and its gradients, and returns the loss.  There is one group of parameters.

    Args:
        params: the leaf nodes to train, e.g. ``model.parameters()``.
        lr: the length of a step without line search, or of the first that is tried.
        max_iter: the most steps in a call.
        max_eval: the most evaluations of the loss in a call; ``max_iter * 5 // 4`` by default.
        tolerance_grad: ends when no element of the gradient is larger.
        tolerance_change: ends when parameters or loss change less.
        history_size: how many pairs are remembered.
        line_search_fn: None, or ``"strong_wolfe"``.

    Raises:
        ValueError: no parameters, one twice, more than one group, a number out of its range.
        TypeError: something that is not a leaf node.

    >>> from autograd import Value
    >>> x, y = Value(-1.0), Value(2.0)
    >>> optimizer = LBFGS([x, y], line_search_fn="strong_wolfe", max_iter=50)
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (1 - x) ** 2 + 100 * (y - x**2) ** 2
    ...     loss.backward()
    ...     return loss
    >>> first = optimizer.step(closure)
    >>> round(x.data, 5), round(y.data, 5)
    (1.0, 1.0)
    """

    lr = Setting(at_least_0)
    max_iter = Setting(count)
    max_eval = Setting(count)
    tolerance_grad = Setting(at_least_0)
    tolerance_change = Setting(at_least_0)
    history_size = Setting(count)
    line_search_fn = Setting(_line_search)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1.0,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "max_iter": max_iter,
                "max_eval": count("LBFGS: max_iter", max_iter) * 5 // 4
                if max_eval is None
                else max_eval,
                "tolerance_grad": tolerance_grad,
                "tolerance_change": tolerance_change,
                "history_size": history_size,
                "line_search_fn": line_search_fn,
            },
        )

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Only the constructor adds a group: the curvature is that of all parameters together."""
        if self.param_groups:
            raise fails("LBFGS", "one group of parameters", "another one", "Pass one list of all.")
        super().add_param_group(param_group)

    @property
    def state(self) -> State:
        """What is remembered, of all parameters together, by the first of them."""
        return {self.params[0]: self._memory} if self._memory else {}

    def _ungrouped(self, state: State) -> None:
        self._memory: dict[str, Any] = next(iter(state.values()), {})
        self._placed_units: Any = None
        super()._ungrouped({})

    def entry(self, name: str, value: Any, parameter: Any) -> Any:
        """Vectors, numbers, or lists of them."""
        if isinstance(value, list | tuple):
            return [self.entry(name, x, parameter) for x in value if x is not None]
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise ValueError(f"is {value!r}"[:80])
        if array.ndim == 0:
            return array.item()
        size = len(self._gathered("primal"))
        if array.shape != (size,):
            raise ValueError(f"of shape {array.shape} for {size} numbers")
        return array.copy()

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Go downhill for up to ``max_iter`` steps.

        Args:
            closure: computes the loss and its gradients, and returns the loss.

        Returns:
            The loss at the start, as the closure returned it.
        """
        return super().step(closure)

    def _stepped(self, closure: Callable[[], Any] | None) -> Any:
        if closure is None:
            raise fails(
                "LBFGS: step",
                "a closure that computes the loss and its gradients, and returns the loss",
                "none",
                "Write optimizer.step(closure).",
                TypeError,
            )
        start = self._gathered("primal")
        try:
            loss, self._memory = self._descended(closure, start)
        except BaseException:
            self._move_to(start)
            raise
        return loss

    def _descended(self, closure: Callable[[], Any], x: Any) -> tuple[Any, dict[str, Any]]:
        """The first loss, and what to remember after the last step."""
        group, memory = self.param_groups[0], dict(self._memory)
        lr, tolerance_change = float(group["lr"]), group["tolerance_change"]
        pairs = list(zip(memory.get("old_stps", []), memory.get("old_dirs", []), strict=True))
        d: Any
        d, t, scale, last_loss, last_gradient = map(
            memory.get, ("d", "t", "H_diag", "prev_loss", "prev_flat_grad")
        )
        total, evaluations = memory.get("n_iter", 0), 1
        first, loss, gradient = self._evaluated(closure)
        flat = _largest(gradient) <= group["tolerance_grad"]

        for iteration in range(0 if flat else group["max_iter"]):
            total += 1
            if total > 1:
                s, y = d * t, gradient - last_gradient
                if s @ y > 1e-10:  # otherwise the loss does not curve upwards along s
                    pairs = [*pairs, (s, y)][-group["history_size"] :]
                    scale = (s @ y) / (y @ y)
            d = -_inverse_times(gradient, pairs, 1.0 if scale is None else scale)
            last_loss, last_gradient = loss, gradient
            t = lr * min(1.0, 1 / np.abs(gradient).sum().item()) if total == 1 else lr
            slope = (gradient @ d).item()
            if slope > -tolerance_change:
                break
            if group["line_search_fn"]:
                along = self._along(closure, x, d)
                start, most = Point(0.0, loss, gradient, slope), group["max_eval"] - evaluations
                found, more = strong_wolfe(along, start, t, _largest(d), most)
                t, loss, gradient = found.t, found.loss, found.gradient
                x, evaluations = self._move_to(x + d * t), evaluations + more
            else:
                x = self._move_to(x + d * t)
                if iteration + 1 < group["max_iter"]:  # otherwise nobody needs the loss there
                    _, loss, gradient = self._evaluated(closure)
                    evaluations += 1
            if (
                evaluations >= group["max_eval"]
                or _largest(gradient) <= group["tolerance_grad"]
                or _largest(d * t) <= tolerance_change
                or abs(loss - last_loss) < tolerance_change
            ):
                break

        memory |= {"func_evals": memory.get("func_evals", 0) + evaluations, "n_iter": total}
        if not flat:
            steps, changes = [s for s, _ in pairs], [y for _, y in pairs]
            memory |= {"d": d, "t": t, "old_dirs": changes, "old_stps": steps, "H_diag": scale}
            memory |= {"ro": [1 / (y @ s) for s, y in pairs]}
            memory |= {"prev_flat_grad": last_gradient, "prev_loss": last_loss}
        return first, memory

    def _along(self, closure: Callable[[], Any], x: Any, d: Any) -> Callable[[float], Point]:
        def evaluate(t: float) -> Point:
            self._move_to(x + d * t)
            _, loss, gradient = self._evaluated(closure)
            return Point(t, loss, gradient, (gradient @ d).item())

        return evaluate

    def _evaluated(self, closure: Callable[[], Any]) -> tuple[Any, float, Any]:
        """What the closure returns, that as a number, and the gradient."""
        with enable_grad():
            loss = closure()
        try:
            number = float(getattr(loss, "primal", loss))
        except TypeError:
            raise fails(
                "LBFGS: step", "a closure that returns the loss", repr(loss), "", TypeError
            ) from None
        return loss, number, self._gathered("grad")

    # --- all parameters as one vector ---

    def _placed(self, whole: bool) -> list[tuple[Any, Any]]:
        """What is read and written at once, and where it is in the vector of all numbers."""
        grouped = self._grouped(whole)
        if self._placed_units is not grouped:
            params = self.params
            ends = np.cumsum([np.size(p.primal) for p in params]).tolist()
            places = dict(zip(params, map(slice, [0, *ends], ends), strict=False))
            self._places = [
                (
                    unit,
                    places[unit]
                    if isinstance(unit, Node)
                    else np.array([places[v].start for v in unit.values]),
                )
                for unit in grouped[0][1]
            ]
            dtype = np.result_type(*(getattr(p.primal, "dtype", float) for p in params))
            self._zeros = np.zeros(ends[-1], dtype)
            self._placed_units = grouped
        return self._places

    def _gathered(self, name: str) -> Any:
        """The numbers or gradients of all parameters, in their order; 0 where there is none."""
        places = self._placed(whole=name == "grad")
        vector = self._zeros.copy()
        for unit, place in places:
            if name == "primal" or unit.has_grad:
                array = getattr(unit, name)
                vector[place] = gradient_like("LBFGS", array, unit.primal).reshape(-1)
        return vector

    def _move_to(self, vector: Any) -> Any:
        """Set all parameters, and return them as a vector."""
        for unit, place in self._placed(whole=False):
            before = unit.primal
            if before.__class__ is float:
                unit.data = vector[place].item()
            else:
                unit.data = vector[place].reshape(before.shape).astype(before.dtype)
        return self._gathered("primal")


def _inverse_times(vector: Any, pairs: list[tuple[Any, Any]], scale: float) -> Any:
    """The inverse of the guessed matrix of second derivatives times a vector."""
    shares = []
    for s, y in reversed(pairs):
        shares.append((s @ vector) / (s @ y))
        vector = vector - shares[-1] * y
    vector = vector * scale
    for (s, y), share in zip(pairs, reversed(shares), strict=True):
        vector = vector + (share - (y @ vector) / (s @ y)) * s
    return vector


def _largest(vector: Any) -> float:
    return float(np.abs(vector).max())
