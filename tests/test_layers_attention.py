"""Attention and the encoder of a transformer: PyTorch's numbers, gradients, masks, bad input."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from nn import functional as F

SIZE, HEADS, STEPS, KEYS, EXAMPLES = 6, 2, 4, 5, 3
RNG = np.random.default_rng(0)
CAUSAL = np.tri(STEPS, dtype=bool)
SCATTERED = RNG.random((STEPS, KEYS)) < 0.6
SCATTERED[:, 0] = True  # each query has something to look at
PADDING = np.array([[False] * 5, [False] * 3 + [True] * 2, [False] * 4 + [True]])
NUMBERS = RNG.normal(size=(STEPS, KEYS))


def as_torch(x: Any) -> Any:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    return torch.tensor(x, requires_grad=x.dtype == float) if isinstance(x, np.ndarray) else x


def equal(ours: Any, theirs: Any, atol: float = 1e-10) -> None:
    assert ours.shape == tuple(theirs.shape)
    np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=0, atol=atol)


def compare(ours: Any, theirs: Any, arrays: list[Any], modules: tuple[Any, Any] | None) -> None:
    """Results (a list of them) and all gradients, for cotangents drawn at random."""
    mine, its = [Tensor(a, requires_grad=True) for a in arrays], list(map(as_torch, arrays))
    a, b = ours(*mine), theirs(*its)
    rng = np.random.default_rng(1)
    gs = [rng.normal(size=r.shape) for r in a]
    for r, s in zip(a, b, strict=True):
        equal(r.data, s)
    sum((r * g).sum() for r, g in zip(a, gs, strict=True)).backward()
    sum((s * as_torch(g)).sum() for s, g in zip(b, gs, strict=True)).backward()
    pairs = list(zip(mine, its, strict=True))
    if modules is not None:
        named = zip(modules[0].named_parameters(), modules[1].named_parameters(), strict=True)
        for (name, p), (same, q) in named:
            assert name == same
            pairs.append((p, q))
    for p, q in pairs:
        equal(p.grad, q.grad)


def randomised(module: Any) -> Any:
    """Numbers that are nowhere zero, so that every parameter matters."""
    rng = np.random.default_rng(2)
    for p in module.parameters():
        p.data = rng.normal(size=p.shape) / 2
    return module


def theirs_like(ours: Any, make: Any) -> Any:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    module = make(torch.nn, torch.float64)
    module.load_state_dict({name: torch.tensor(x) for name, x in ours.state_dict().items()})
    return module


# --- scaled dot product attention -----------------------------------------------------------------


def qkv(*lead: int) -> list[Any]:
    rng = np.random.default_rng(3)
    shapes = ((STEPS, SIZE), (KEYS, SIZE), (KEYS, 3))
    return [rng.normal(size=(*lead, *shape)) for shape in shapes]


@pytest.mark.parametrize("lead", [(), (2,), (2, 3)])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"is_causal": True},
        {"scale": 0.7},
        {"attn_mask": SCATTERED},
        {"attn_mask": NUMBERS},
        {"attn_mask": np.where(SCATTERED, 0.5, -math.inf)},
        {"attn_mask": SCATTERED[:1]},
    ],
    ids=["plain", "causal", "scale", "bool", "numbers", "infinite", "broadcast"],
)
def test_attention_is_pytorchs(options: dict[str, Any], lead: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    function = torch.nn.functional.scaled_dot_product_attention
    mask = options.get("attn_mask")
    more = {} if mask is None else {"attn_mask": torch.tensor(mask)}
    compare(
        lambda *x: [F.scaled_dot_product_attention(*x, **options)],
        lambda *x: [function(*x, **options | more)],
        qkv(*lead),
        None,
    )


@pytest.mark.parametrize("kind", ["bool", "numbers"])
@pytest.mark.parametrize("compiled", [False, True])
def test_a_query_that_may_look_at_nothing_gets_zeros(kind: str, compiled: bool) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    mask = SCATTERED.copy()
    mask[1] = False
    plain = mask if kind == "bool" else np.where(mask, 0.0, -math.inf)
    call = F.scaled_dot_product_attention
    ours = autograd.compile(call, numbers=False) if compiled else call
    compare(
        lambda q, k, v: [ours(q, k, v, plain)],
        lambda *x: [torch.nn.functional.scaled_dot_product_attention(*x, torch.tensor(plain))],
        qkv(2),
        None,
    )


def test_the_mask_may_be_trained() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    compare(
        lambda *x: [F.scaled_dot_product_attention(*x)],
        lambda *x: [torch.nn.functional.scaled_dot_product_attention(*x)],
        [*qkv(2), NUMBERS],
        None,
    )


def test_attention_by_hand() -> None:
    q, k, v = qkv()
    scores = np.where(SCATTERED, q @ k.T / math.sqrt(SIZE), -math.inf)
    weights = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    found = F.scaled_dot_product_attention(q, k, v, SCATTERED)
    np.testing.assert_allclose(found, weights @ v, rtol=1e-13)


def test_gradients_of_attention() -> None:
    autograd.check_grads(F.scaled_dot_product_attention)(*(x[:3] for x in qkv()))


# --- several heads --------------------------------------------------------------------------------

MASKS: dict[str, dict[str, Any]] = {
    "none": {},
    "bool": {"attn_mask": ~SCATTERED},
    "numbers": {"attn_mask": NUMBERS},
    "padding": {"key_padding_mask": PADDING},
    "padding numbers": {"key_padding_mask": np.where(PADDING, -math.inf, 0.25)},
    "both": {"attn_mask": ~SCATTERED, "key_padding_mask": PADDING},
    "both kinds": {"attn_mask": NUMBERS, "key_padding_mask": np.where(PADDING, -math.inf, 0.0)},
    "each head": {"attn_mask": RNG.normal(size=(EXAMPLES * HEADS, STEPS, KEYS))},
}


def heads(library: Any, dtype: Any, **options: Any) -> Any:
    return library.MultiheadAttention(SIZE, HEADS, dtype=dtype, **options)


@pytest.mark.parametrize("weights", [None, "mean", "each"])
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("masks", MASKS)
def test_heads_are_pytorchs(masks: str, bias: bool, batch_first: bool, weights: Any) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    options = {"bias": bias, "batch_first": batch_first}
    ours = randomised(heads(nn, np.float64, **options))
    theirs = theirs_like(ours, lambda library, dtype: heads(library, dtype, **options))
    settings = {"need_weights": weights is not None, "average_attn_weights": weights == "mean"}
    rng = np.random.default_rng(4)
    arrays = [rng.normal(size=(n, EXAMPLES, SIZE)) for n in (STEPS, KEYS, KEYS)]
    arrays = [x.swapaxes(0, 1) for x in arrays] if batch_first else arrays
    given = {name: torch.tensor(x) for name, x in MASKS[masks].items()}

    def results(out: Any) -> list[Any]:
        assert (out[1] is None) == (weights is None)
        return [x for x in out if x is not None]

    compare(
        lambda q, k, v: results(ours(q, k, v, **MASKS[masks], **settings)),
        lambda q, k, v: results(theirs(q, k, v, **given, **settings)),
        arrays,
        (ours, theirs),
    )


@pytest.mark.parametrize("weights", [True, False])
@pytest.mark.parametrize("masked", [True, False])
def test_one_example_without_an_axis(masked: bool, weights: bool) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    ours = randomised(heads(nn, np.float64))
    theirs = theirs_like(ours, heads)
    masks = {"attn_mask": ~SCATTERED, "key_padding_mask": PADDING[1]} if masked else {}
    given = {name: torch.tensor(x) for name, x in masks.items()}
    rng = np.random.default_rng(4)
    compare(
        lambda *x: [r for r in ours(*x, **masks, need_weights=weights) if r is not None],
        lambda *x: [r for r in theirs(*x, **given, need_weights=weights) if r is not None],
        [rng.normal(size=(n, SIZE)) for n in (STEPS, KEYS, KEYS)],
        (ours, theirs),
    )


@pytest.mark.parametrize("batch_first", [False, True])
def test_a_sequence_attends_to_itself(batch_first: bool) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    ours = randomised(heads(nn, np.float64, batch_first=batch_first))
    theirs = theirs_like(ours, lambda nn, dtype: heads(nn, dtype, batch_first=batch_first))
    mask = nn.Transformer.generate_square_subsequent_mask(STEPS)
    its = torch.nn.Transformer.generate_square_subsequent_mask(STEPS, dtype=torch.float64)
    np.testing.assert_array_equal(mask.data, its.numpy())
    x = RNG.normal(size=(EXAMPLES, STEPS, SIZE) if batch_first else (STEPS, EXAMPLES, SIZE))
    for causal in (False, True):
        compare(
            lambda x: [ours(x, x, x, attn_mask=mask, is_causal=causal)[0]],  # noqa: B023
            lambda x: [theirs(x, x, x, attn_mask=its, is_causal=causal)[0]],  # noqa: B023
            [x],
            (ours, theirs),
        )
        ours.zero_grad()
        theirs.zero_grad()


def test_projections_start_as_pytorchs() -> None:
    nn.manual_seed(0)
    layer = nn.MultiheadAttention(64, 4)
    bound = math.sqrt(6 / (64 + 192))
    numbers = layer.in_proj_weight.data
    assert bound * 0.99 < np.abs(numbers).max() < bound
    assert numbers.std() == pytest.approx(bound / math.sqrt(3), rel=0.03)
    assert 0.99 / 8 < np.abs(layer.out_proj.weight.data).max() < 1 / 8
    assert not layer.in_proj_bias.data.any()
    assert not layer.out_proj.bias.data.any()


# --- the encoder ----------------------------------------------------------------------------------

LAYERS = [
    {"batch_first": batch_first, "norm_first": norm_first, "bias": bias, "activation": activation}
    for batch_first, norm_first, bias, activation in itertools.product(
        (True, False), (True, False), (True, False), ("relu", "gelu")
    )
]


def block(library: Any, dtype: Any, **options: Any) -> Any:
    settings: dict[str, Any] = {"dropout": 0.0, "layer_norm_eps": 1e-3} | options
    return library.TransformerEncoderLayer(SIZE, HEADS, 7, dtype=dtype, **settings)


@pytest.mark.parametrize("options", LAYERS, ids=str)
def test_a_block_is_pytorchs(options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    ours = randomised(block(nn, np.float64, **options))
    theirs = theirs_like(ours, lambda library, dtype: block(library, dtype, **options))
    assert list(ours.state_dict()) == list(theirs.state_dict())
    x = RNG.normal(size=(EXAMPLES, STEPS, SIZE))
    x = x if options["batch_first"] else x.swapaxes(0, 1)
    padding = PADDING[:, :STEPS]
    compare(
        lambda x: [ours(x, ~CAUSAL, padding)],
        lambda x: [theirs(x, torch.tensor(~CAUSAL), torch.tensor(padding))],
        [x],
        (ours, theirs),
    )
    ours.eval()
    theirs.eval()
    with torch.no_grad():
        equal(ours(x).data, theirs(torch.tensor(x)))
        equal(ours(x[:, 0]).data, theirs(torch.tensor(x[:, 0])))


def test_an_encoder_is_pytorchs() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")

    def make(library: Any, dtype: Any) -> Any:
        norm = library.LayerNorm(SIZE, dtype=dtype)
        return library.TransformerEncoder(block(library, dtype), 2, norm, False)

    ours = randomised(make(nn, np.float64))
    theirs = theirs_like(ours, make)
    mask = nn.Transformer.generate_square_subsequent_mask(STEPS)
    x = RNG.normal(size=(STEPS, EXAMPLES, SIZE))
    compare(
        lambda x: [ours(x, mask)],
        lambda x: [theirs(x, torch.tensor(mask.data))],
        [x],
        (ours, theirs),
    )


def test_compiled_training_is_the_same() -> None:
    def trained(compiled: bool) -> list[Any]:
        nn.manual_seed(3)
        model = block(nn, np.float64, batch_first=True)
        optimizer = nn.SGD(model.parameters(), lr=0.1)

        def loss(x: Any) -> Any:
            out = model(x, ~CAUSAL)
            return (out * out * out).sum()

        run = autograd.compile(loss, numbers=False) if compiled else loss
        x = np.random.default_rng(5).normal(size=(EXAMPLES, STEPS, SIZE))
        for step in range(3):
            optimizer.zero_grad()
            run(x + step).backward()
            optimizer.step()
        return [p.data for p in model.parameters()]

    for a, b in zip(trained(True), trained(False), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_single_precision_stays() -> None:
    model = nn.TransformerEncoderLayer(SIZE, HEADS, 7, dtype="float32")
    x = RNG.normal(size=(STEPS, EXAMPLES, SIZE)).astype(np.float32)
    for mask in (None, ~CAUSAL, np.zeros((STEPS, STEPS))):
        out = model(x, mask)
        assert out.dtype == np.float32
        model.zero_grad()
        out.sum().backward()
        assert {p.grad.dtype for p in model.parameters()} == {np.dtype(np.float32)}


def test_dropout_in_training_only() -> None:
    model = nn.TransformerEncoderLayer(SIZE, HEADS, 7, dropout=0.5)
    x = RNG.normal(size=(STEPS, EXAMPLES, SIZE))
    assert np.any(model(x).data != model(x).data)
    model.eval()
    np.testing.assert_array_equal(model(x).data, model(x).data)
    attention = nn.MultiheadAttention(SIZE, HEADS, dropout=0.5)
    _, weights = attention(x, x, x, average_attn_weights=False)
    dropped = np.mean(weights.data == 0)
    assert 0.2 < dropped < 0.8
    assert np.all(attention.eval()(x, x, x)[1].data > 0)


def test_a_compiled_block_drops_anew_at_each_run() -> None:
    model = nn.TransformerEncoderLayer(SIZE, HEADS, 7, dropout=0.5)
    run = autograd.compile(model.forward, numbers=False)
    x = RNG.normal(size=(STEPS, EXAMPLES, SIZE))
    assert np.any(run(x).data != run(x).data)


# --- golden numbers -------------------------------------------------------------------------------

# Recorded from PyTorch 2.13: all parameters are cos(0), cos(1), ... in their order, the inputs
# sin(0), sin(1), ..., with a causal mask.  Results, and the sums of the gradients' squares.
GOLDEN: dict[str, Any] = {
    "out": [
        -0.46478432876251297,
        1.0558420567883036,
        0.8247098151570162,
        1.9029115028573083,
        -0.2846312874263179,
        0.9459973453035447,
        0.8239232553495986,
        1.9681623540955095,
        -0.19900315664548865,
        0.4675080562990956,
        0.7744258509096058,
        2.420324136712994,
    ],
    "squares": [
        82.55541581571401,
        39.33786987945062,
        72.72922955259295,
        12.532429326893391,
        10.532630861735216,
        9.320995923054241,
        50.23857647784788,
        69.77616440779866,
        74.97053363382557,
        99.51485942849517,
        334.49206693452265,
        209.8003131611333,
    ],
}


def test_golden_numbers() -> None:
    layer = nn.TransformerEncoderLayer(4, 2, 3, dropout=0.0, activation="gelu")
    start = 0
    for p in layer.parameters():
        p.data = np.cos(np.arange(start, start + p.size)).reshape(p.shape)
        start += p.size
    mask = nn.Transformer.generate_square_subsequent_mask(3)
    out = layer(np.sin(np.arange(12.0)).reshape(3, 1, 4), mask)
    (out * out).sum().backward()
    np.testing.assert_allclose(out.data.ravel(), GOLDEN["out"], rtol=0, atol=1e-12)
    found = [float((p.grad**2).sum()) for p in layer.parameters()]
    np.testing.assert_allclose(found, GOLDEN["squares"], rtol=1e-10)


def test_each_dropout_of_an_encoder_layer_has_its_place() -> None:
    layer = randomised(nn.TransformerEncoderLayer(SIZE, HEADS, 5, dropout=0.0, norm_first=True))
    x = np.random.default_rng(5).normal(size=(STEPS, EXAMPLES, SIZE))

    def attended(x: Any) -> Any:
        y = layer.norm1(x)
        return layer.self_attn(y, y, y)[0].data

    def each(x: Any, hidden: float = 1.0) -> Any:
        return layer.linear2(F.relu(layer.linear1(layer.norm2(x))) * hidden).data

    both = x + attended(x)
    expected = {
        "dropout1": x + each(x),
        "dropout": both + each(both, hidden=0.0),
        "dropout2": both,
    }
    for name, out in expected.items():
        getattr(layer, name).p = 1.0
        np.testing.assert_allclose(layer(x).data, out, rtol=1e-12, atol=1e-12, err_msg=name)
        getattr(layer, name).p = 0.0


@pytest.mark.parametrize(("kdim", "vdim"), [(4, 5), (None, 3), (2, SIZE), (SIZE, SIZE)])
def test_keys_and_values_of_other_sizes(kdim: int | None, vdim: int) -> None:
    def make(nn: Any, dtype: Any = None) -> Any:
        return nn.MultiheadAttention(SIZE, HEADS, kdim=kdim, vdim=vdim, dtype=dtype)

    ours = make(nn)
    split = (kdim, vdim) != (SIZE, SIZE)
    assert (ours.in_proj_weight is None, ours.q_proj_weight is not None) == (split, split)
    if split:  # each has Glorot's bound of its own
        for weight in (ours.q_proj_weight, ours.k_proj_weight, ours.v_proj_weight):
            bound = math.sqrt(6 / sum(weight.shape))
            assert 0.5 * bound < np.abs(weight.data).max() <= bound
    randomised(ours)
    rng = np.random.default_rng(4)
    shapes = ((STEPS, EXAMPLES, SIZE), (KEYS, EXAMPLES, kdim or SIZE), (KEYS, EXAMPLES, vdim))
    arrays = [rng.normal(size=shape) for shape in shapes]
    theirs = theirs_like(ours, make)
    compare(ours, theirs, arrays, (ours, theirs))


# --- bad input ------------------------------------------------------------------------------------

X = np.ones((STEPS, EXAMPLES, SIZE))


def attend(*x: Any, **settings: Any) -> Any:
    return nn.MultiheadAttention(SIZE, HEADS)(*x, **settings)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: nn.MultiheadAttention(6, 4), r"heads that divide the size, got 4 of 6"),
        (lambda: nn.MultiheadAttention(6, 2, kdim=0), r"kdim: .*at least 1, got 0"),
        (lambda: nn.MultiheadAttention(6, 2, vdim=3)(X, X, X), r"with sizes 6, 6, 3 and a value"),
        (lambda: nn.TransformerEncoderLayer(6, 2, activation=[1]), r"a function, got \[1\]"),
        (lambda: nn.MultiheadAttention(6, 2, add_bias_kv=True), r"add_bias_kv: .* got True"),
        (lambda: nn.MultiheadAttention(6, 2, dropout=2), r"dropout: .* got 2"),
        (
            lambda: attend(X, X[..., 1:], X),
            r"with sizes 6, 6, 6 .* got \(4, 3, 6\), \(4, 3, 5\) and",
        ),
        (lambda: attend(X, X[:, 1:], X[:, 1:]), r"got \(4, 3, 6\), \(4, 2, 6\) and \(4, 2, 6\)"),
        (lambda: attend(X, X[0], X), r"query, key and value of shape \(steps, examples, size\)"),
        (
            lambda: attend(X, X, X, attn_mask=np.ones((2, 2))),
            r"attn_mask: .*\(4, 4\) or \(6, 4, 4\)",
        ),
        (lambda: attend(X, X, X, np.ones((2, 2))), r"key_padding_mask: .*\(3, 4\), got .*\(2, 2\)"),
        (lambda: attend(X, X, X, is_causal=True), r"the mask that is_causal speaks of, got None"),
        (lambda: F.scaled_dot_product_attention(X, X[..., 1:], X), r"attention: .* one size"),
        (
            lambda: F.scaled_dot_product_attention(X, X, X, np.ones((3, 3)), is_causal=True),
            r"is_causal or a mask, got both",
        ),
        (lambda: nn.TransformerEncoderLayer(6, 2, activation="elu"), r"activation: .* got 'elu'"),
        (lambda: nn.TransformerEncoderLayer(6, 2, dropout=-1), r"dropout: .* got -1"),
        (lambda: nn.TransformerEncoder(nn.Identity(), 0), r"num_layers: .* got 0"),
    ],
)
def test_bad_input_is_refused(call: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        call()


def test_types_that_are_refused() -> None:
    with pytest.raises(TypeError, match="attn_mask: expected a mask of bool or of floats, got int"):
        attend(X, X, X, attn_mask=np.ones((STEPS, STEPS), int))
    with pytest.raises(TypeError, match="Transformer: expected an encoder"):
        nn.Transformer(6)
