"""The switches of ``autograd.node``: recording off and on, and the hunt for anomalies."""

from __future__ import annotations

import asyncio
import math
import pickle
import re
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value, detect_anomaly, enable_grad, is_recording, no_grad
from autograd.node import PRIMITIVES, switch

# --- primitives -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRIMITIVES)
def test_there_is_one_of_each_primitive(name: str) -> None:
    primitive = PRIMITIVES[name]
    assert primitive.name == name
    assert pickle.loads(pickle.dumps(primitive)) is primitive
    assert repr(primitive) == f"<primitive {name}>"
    assert primitive.symbol


def test_exported_primitives_explain_themselves() -> None:
    exported = [getattr(autograd, name) for name in autograd.__all__]
    primitives = [p for p in exported if isinstance(p, autograd.Primitive)]
    assert len(primitives) > 30
    assert all(p.__doc__ for p in primitives)


@pytest.mark.parametrize("args", [(), (1.0,), (1.0, 2.0, 3.0)])
def test_a_wrong_number_of_numbers_is_counted(args: Any) -> None:
    with pytest.raises(TypeError, match=rf"^add: expected 2 argument\(s\), got {len(args)}"):
        autograd.add(*args)
    with pytest.raises(TypeError, match=rf"^dot: expected two sequences, got {len(args)}"):
        autograd.dot(*([x] for x in args))


def test_a_wrong_number_of_values_raises() -> None:
    v = Value(1.0)
    for call in (
        lambda: autograd.add(v),
        lambda: autograd.add(v, v, v),
        lambda: autograd.tanh(v, v),
        lambda: autograd.where(v, v),
    ):
        with pytest.raises(TypeError):
            call()


# --- no_grad and enable_grad ----------------------------------------------------------------------

OPERATIONS: dict[str, Any] = {
    "binary": lambda x: x * x,
    "constant on the right": lambda x: x + 1,
    "constant on the left": lambda x: 2 / x,
    "unary": lambda x: x.tanh(),
    "flat": lambda x: x > 0,
    "three": lambda x: autograd.where(x > 0, x, 0.0),
    "sum": lambda x: autograd.sum([x, x]),
    "max": lambda x: autograd.max([x, 1.0]),
    "dot": lambda x: autograd.dot([x, x], [x, x]),
    "dot with numbers": lambda x: autograd.dot([x, x], [1.0, 2.0]),
    "ufunc": lambda x: np.float64(3.0) * np.sin(x),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_without_recording_results_are_leaves(name: str) -> None:
    x = Value(0.5)
    recorded = OPERATIONS[name](x)
    with no_grad():
        out = OPERATIONS[name](x)
        with enable_grad():
            again = OPERATIONS[name](x)
    assert type(out) is Value
    assert out.data == again.data == recorded.data
    assert out.is_leaf
    assert out.inputs == out.edges == ()
    assert not again.is_leaf
    # Recording inside a context takes another way through the code; the node is the same.
    assert again.op is recorded.op
    assert [local for _, local in again.edges] == [local for _, local in recorded.edges]
    assert len(again.inputs) == len(recorded.inputs)
    out.backward()
    assert x.grad == 0.0


def test_nested_switches_return_to_what_was() -> None:
    seen = [is_recording()]
    with no_grad():
        seen.append(is_recording())
        with enable_grad():
            seen.append(is_recording())
            with no_grad():
                seen.append(is_recording())
            seen.append(is_recording())
        seen.append(is_recording())
    seen.append(is_recording())
    assert seen == [True, False, True, False, True, False, True]


def test_an_exception_inside_switches_back() -> None:
    for context in (no_grad, enable_grad, detect_anomaly):
        with pytest.raises(KeyError), context():
            raise KeyError
        assert is_recording()
        assert not (Value(1.0) * 2).is_leaf


def test_contexts_do_not_slow_down_what_comes_after() -> None:
    """Operations look at one number; it is 0 again after the last context, also a failed one."""
    assert switch.active == 0
    for context in (no_grad, enable_grad, detect_anomaly):
        with context(), context():
            assert switch.active > 0
        with suppress(KeyError), context():
            raise KeyError
    assert switch.active == 0


def test_as_decorators() -> None:
    @no_grad()
    def predict(x: Value) -> Value:
        """Says what it does."""
        return x * x if not is_recording() else enable(x)

    @enable_grad()
    def enable(x: Value) -> Value:
        return x * x

    for _ in range(2):  # a decorated function may be called again
        assert predict(Value(2.0)).is_leaf
        assert is_recording()
    assert (predict.__name__, predict.__doc__) == ("predict", "Says what it does.")
    with no_grad():
        assert not enable(Value(2.0)).is_leaf

    @no_grad()
    def fails() -> None:
        raise ValueError("inside")

    with pytest.raises(ValueError, match="inside"):
        fails()
    assert is_recording()


def test_each_thread_has_its_own_switch() -> None:
    inside, looked = threading.Event(), threading.Event()
    seen: dict[str, bool] = {}

    def without() -> None:
        with no_grad():
            inside.set()
            assert looked.wait(10)
            seen["without"] = (Value(1.0) * 2).is_leaf

    thread = threading.Thread(target=without)
    thread.start()
    assert inside.wait(10)
    seen["here, meanwhile"] = (Value(1.0) * 2).is_leaf
    looked.set()
    thread.join(10)
    assert seen == {"here, meanwhile": False, "without": True}


def test_each_task_has_its_own_switch() -> None:
    async def without() -> bool:
        with no_grad():
            await asyncio.sleep(0)
            return (Value(1.0) * 2).is_leaf

    async def plain() -> bool:
        await asyncio.sleep(0)
        return (Value(1.0) * 2).is_leaf

    async def both() -> list[bool]:
        return await asyncio.gather(without(), plain(), without())

    assert asyncio.run(both()) == [True, False, True]


def test_backward_runs_without_recording() -> None:
    x = Value(3.0)
    y = x * x
    with no_grad():
        y.backward()
    assert x.grad == 6.0


# --- detect_anomaly -------------------------------------------------------------------------------

THIS_FILE = Path(__file__).name


@pytest.mark.parametrize(
    ("compute", "name", "operands"),
    [
        (lambda x: x * 1e300 * 1e300, "mul", r"\(2e\+300, 1e\+300\)"),
        (lambda x: x - Value(np.inf), "sub", r"\(2, inf\)"),
        (lambda x: autograd.dot([x], [1e308]), "dot", r"\(2, 1e\+308\)"),
        (lambda x: autograd.sum([x, np.nan]), "sum", r"\(2, nan\)"),
        (lambda x: autograd.where(x, np.nan, 1.0), "where", r"\(2, nan, 1\)"),
        (lambda x: 1e-320 / (x * 0.0), "div", r"\(.*, 0\)"),
        (lambda x: autograd.log(x - 2.0), "log", r"\(0\)"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_an_anomaly_in_forward_names_operation_operands_and_line(
    compute: Any, name: str, operands: str
) -> None:
    x = Value(2.0)
    compute(x)  # nobody looks
    with detect_anomaly(), pytest.raises(FloatingPointError) as caught:
        compute(x)
    message = str(caught.value)
    line = compute.__code__.co_firstlineno
    assert message.startswith(f"{name}: expected a finite result, got ")
    assert re.search(f"from {operands} at ", message)
    assert f"{THIS_FILE}:{line}: " in message
    assert "lambda x:" in message  # the source of that line
    assert x.grad == 0.0


def test_an_anomaly_in_backward_names_operation_input_and_line() -> None:
    x, w = Value(0.0, label="x"), Value(5.0)
    with detect_anomaly():
        root = x.sqrt()  # the slope at 0 is infinite
        y = root + w
        with pytest.raises(FloatingPointError) as caught:
            y.backward()
    message = str(caught.value)
    assert message.startswith("backward of sqrt: expected finite gradients, got 1.0 x inf = inf")
    assert "label='x'" in message
    line = test_an_anomaly_in_backward_names_operation_input_and_line.__code__.co_firstlineno + 3
    assert f"{THIS_FILE}:{line}: root = x.sqrt()  # the slope" in message
    assert (x.grad, w.grad) == (0.0, 0.0)  # found before any gradient was touched


def test_an_anomaly_in_a_sum_of_gradients_is_found() -> None:
    x = Value(0.0)
    with detect_anomaly():
        y = x * 1.5e308 + x * 1.5e308  # 0, but dy/dx = 3e308 is beyond floats
        with pytest.raises(FloatingPointError, match="backward of"):
            y.backward()
    assert x.grad == 0.0


def test_an_anomaly_in_a_pushforward_is_found() -> None:
    x = Value(0.0)
    with detect_anomaly(), pytest.raises(FloatingPointError, match="pushforward of sqrt: expected"):
        autograd.pushforward(x.sqrt() + 1.0, {x: 1.0})


def test_a_graph_recorded_outside_says_so() -> None:
    y = Value(0.0).sqrt()
    with detect_anomaly(), pytest.raises(FloatingPointError, match=r"outside of detect_anomaly"):
        y.backward()


def test_no_anomaly_changes_nothing() -> None:
    def compute() -> tuple[float, float]:
        x = Value(0.7)
        y = autograd.dot([x, x.exp()], [x.tanh(), 2.0]) / autograd.logsumexp([x, 1.0])
        y.backward()
        return y.data, x.grad

    expected = compute()
    with detect_anomaly():
        assert compute() == expected


def test_outside_of_the_block_nothing_is_checked() -> None:
    with detect_anomaly():
        pass
    y = Value(1e300) * 1e300
    assert y.data == np.inf
    y.backward()


def test_the_user_may_live_next_to_the_package() -> None:
    """A file whose path merely starts like the package's folder is the user's."""
    path = str(Path(autograd.__file__).parent) + "_lesson.py"
    code = compile("y = x * 1e300", path, "exec")
    with detect_anomaly(), pytest.raises(FloatingPointError, match=r"autograd_lesson\.py:1"):
        exec(code, {"x": Value(1e300)})


# --- no_grad as an object -------------------------------------------------------------------------


def test_a_no_grad_object_may_be_used_again_and_inside_itself() -> None:
    x, quiet = Value(1.0), no_grad()
    for _ in range(2):
        with quiet, quiet:
            assert (x * 2).is_leaf
        assert not (x * 2).is_leaf


def test_no_grad_decorates_with_and_without_brackets() -> None:
    @no_grad
    def bare(x: Value) -> Value:
        return x * 2

    @no_grad()
    def called(x: Value) -> Value:
        return x * 2

    assert bare(Value(1.0)).is_leaf
    assert called(Value(1.0)).is_leaf
    assert bare.__name__ == "bare"


def test_no_grad_refuses_to_decorate_what_runs_in_pieces() -> None:
    async def task() -> None: ...

    def pieces() -> Any:
        yield 1

    for function in (task, pieces):
        with pytest.raises(TypeError, match=r"with no_grad\(\):"):
            no_grad()(function)


def test_an_anomaly_inside_a_layer_is_found_at_the_users_line() -> None:
    model = nn.MLP(1, [1], seed=0)
    with detect_anomaly(), pytest.raises(FloatingPointError, match=r"test_node\.py:\d+: model\("):
        model([math.inf])
