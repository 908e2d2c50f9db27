"""Every argument of every public function, given what it must not be: an error that names it, and no other.

One table: FUNCTIONS has a call of each function that works, and says of what kind its arguments are; BAD has what is
wrong for each kind. A function or an argument that is missing from the table fails a test.
"""

import inspect
import random
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse  # type: ignore[import-untyped]
import torch
from torch import nn

import wdlesson
from wdlesson import concise, conventions, data, groups, history, plots, protocol, ridge, scratch, sweep

NAN, INF = float("nan"), float("inf")
X = torch.linspace(-1, 1, 12, dtype=torch.float64).reshape(4, 3) ** 3 + torch.eye(4, 3, dtype=torch.float64)
Y = torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=torch.float64)
W, B = torch.ones(3, dtype=torch.float64), torch.zeros((), dtype=torch.float64)
P = data.Problem(X, Y, X, Y)
NET = nn.Linear(3, 1)
HISTORY = history.History(1.0, Y, Y, Y, W, B)

NOT_A_NUMBER: list[Any] = [
    "3",
    None,
    [1.0],
    (1.0,),
    {},
    np.ones(1),
    torch.ones(1),
    np.ones((2, 1)),
    1j,
    Decimal(1),
    True,
    iter([1]),
]
NOT_FINITE = [NAN, INF, -INF, 10**400]
NOT_AN_ARRAY = ["text", None, 3.0, {}, object(), (x for x in [1.0]), torch.ones(4, 3).to_sparse(), ["a", "b"], 1j]

BAD: dict[str, list[Any]] = {
    "non-negative": [*NOT_A_NUMBER, *NOT_FINITE, -1.0, torch.tensor(1.0, requires_grad=True)],
    "coefficients": [
        *("text", None, {}, object(), iter([1.0]), 1j, Decimal(1), True, *NOT_FINITE, -1.0),
        *(["a"], [None], [Decimal(1)], [[1.0, 2.0], [3.0]], [1.0, NAN]),
        *(np.array([1.0, -1.0]), np.array([True]), np.array([1j]), pd.Series([1.0, INF]), pd.DataFrame({"a": ["x"]})),
        *(torch.tensor([1, 2]), torch.tensor([-1.0]), torch.ones(2).to_sparse(), scipy.sparse.csr_array(np.eye(2))),
        np.ma.masked_less([1.0, 2.0], 1.5),
    ],
    "positive": [*NOT_A_NUMBER, *NOT_FINITE, -1.0, 0, 0.0, torch.tensor(1.0, requires_grad=True)],
    "whole": [*NOT_A_NUMBER, NAN, INF, 2.5, -1, 10**400],
    "seed": [*NOT_A_NUMBER, NAN, 2.5, -1],
    "size": [*NOT_A_NUMBER, NAN, INF, 2.5, -1, 0, 10**400],
    "data": [
        *NOT_AN_ARRAY,
        X * NAN,
        X[:0],
        X[0],
        X[None],
        X.long(),
        X + 1j,
        scipy.sparse.csr_array(np.eye(4, 3)),
        np.full((4, 3), "1"),
        np.full((4, 3), Decimal(1)),
        np.ma.masked_less(np.eye(4, 3), 0.5),
        pd.DataFrame({"a": ["x", "y", "z", "w"]}),
        pd.DataFrame({"a": pd.date_range("2026-01-01", periods=4)}),
        [[1.0, 2.0], [3.0]],
    ],
    "own data": [*NOT_AN_ARRAY, X * NAN, X[:0], X[0], X[None], X + 1j, pd.DataFrame({"a": list("wxyz")}), X[:, :0]],
    "own targets": [*NOT_AN_ARRAY, Y * NAN, Y[:3], Y[None], Y + 1j, list("wxyz")],
    "no size": ["3", 2.5, 0, 3],
    "optional dtype": ["float32", np.float32, torch.int64, torch.complex64, 3],
    "optional device": ["nowhere", 3, []],
    "targets": [*NOT_AN_ARRAY, Y * NAN, Y[:3], Y[:, None], Y[None], Y.long(), Y + 1j, Y.float(), Y.numpy(), Y.tolist()],
    "tensor": [*NOT_AN_ARRAY, X.numpy(), X.tolist(), pd.DataFrame(X.numpy()), X[None], X.long(), X + 1j],
    "few targets": [*NOT_AN_ARRAY, Y[:3], Y[:, None], Y[None], Y.long(), Y + 1j, Y.float(), Y.numpy(), Y.tolist()],
    "predictions": [*NOT_AN_ARRAY, Y[:3], Y[:, None], Y[None], Y.long(), Y + 1j, Y.numpy(), Y.tolist()],
    "any vector": [*NOT_AN_ARRAY, W[:, None], W.long(), W + 1j, W.numpy().tolist()],
    "vector": [*NOT_AN_ARRAY, W[:2], W[:, None], W.long(), W + 1j, W.numpy().tolist()],
    "start": [*NOT_AN_ARRAY, W[:2], W[:, None], W * NAN],
    "scalar": ["3", None, [1.0], np.ones(1), torch.ones(1), torch.ones(1, 1), 1j, (x for x in [1.0])],
    "lams": [*NOT_AN_ARRAY, [], [-1.0], [NAN], [[1.0]], ["1"], [None], torch.ones(2) * -1, torch.ones(2, 1), [1j]],
    "lam axis": ["12", None, 3.0, (x for x in [1.0]), [], [-1.0], [NAN], [[1.0]], ["1"], [None], [1.0, 1.0], [1j]],
    "lr axis": ["12", None, 3.0, (x for x in [1.0]), [], [0.0], [NAN], [[1.0]], ["1"], [None], [1.0, 1.0], [1j]],
    "seed axis": ["12", None, 3, (x for x in [1]), [], [-1], [0.5], [[1]], ["1"], [None], [1, 1]],
    "problem": ["text", None, {}, (X, Y, X, Y)],
    "flag": ["yes", None, 2, []],
    "dtype": ["float32", None, np.float32, torch.int64, torch.complex64, 3],
    "device": ["nowhere", None, 3, []],
    "text": [None, 3, [], b"data"],
    "name": [None, 3, [], "nothing", ""],
    "loss": [None, "mse", 3, nn.MSELoss(reduction="none")],
    "module": [None, "net", [NET.weight], NET.state_dict(), nn.Linear],
    "groups": [
        *(None, 3, "groups", [NET.weight], [{}], [], {"params": [NET.weight]}, iter([])),
        *([{"params": wrong}] for wrong in (None, "weight", {NET.weight}, NET.parameters(), [3.0], [NET.weight])),
    ],
    "optional flag": ["yes", 2, 0.0, []],
    "patterns": [None, 3, "*", ["nothing"], [None], [""], {"weight"}, (p for p in ["*"])],
    "pair": [None, 3.0, W, (W,), (W, B, B), ("a", B), (W[:2], B), (W, W), (None, None)],
    "w_true": ["text", 3.0, [0.1, 0.2, 0.3], W[:2], W.float(), W * NAN],
    "optional number": ["3", [1.0], torch.ones(1), NAN, 1j],
    "optional positive": ["3", [1.0], torch.ones(2), NAN, INF, 0.0, -1.0, 1j, True],
    "optional std": ["3", [1.0], torch.ones(1), NAN, -1.0, 1j],
    "optional size": ["3", [1], 2.5, 0, -1, 1j],
    "runs": [None, 3, [], [None], ["text"]],
    "curves": [None, "text", 3.0, [[1.0, 2.0]], [1.0, 2.0, 3.0], [["a", "b", "c"]]],
    "abscissae": [None, "text", 3.0, [[1.0]], ["a", "b", "c"]],
    "axes": [None, "ax", 3],
}

SETTINGS = dict(lam=(0.1, "non-negative"), lr=(0.01, "positive"), epochs=(2, "size"), batch_size=(2, "size"))
TRAINING = SETTINGS | dict(
    problem=(P, "problem"), init_std=(1.0, "non-negative"), seed=(0, "seed"), progress=(False, "flag")
)
STEPS = {name: value for name, value in TRAINING.items() if name != "progress"}
LOSS = dict(loss=(concise.half_mse_loss, "loss"))
DRAW = dict(
    seed=(0, "seed"),
    n=(5, "size"),
    n_val=(5, "size"),
    d=(3, "size"),
    dtype=(torch.float64, "dtype"),
    device=("cpu", "device"),
)
FIT = dict(X=(X, "data"), y=(Y, "targets"))
LAM, LAMS = dict(lam=(0.1, "non-negative")), dict(lams=([0.1, 1.0], "lams"))
GROUPING = dict(
    module=(NET, "module"),
    weight_decay=(0.1, "non-negative"),
    rule=("kind", "name"),
    embeddings=(None, "optional flag"),
    norms=(True, "optional flag"),
    biases=(False, "optional flag"),
    decay=(["weight"], "patterns"),
    no_decay=(("bias",), "patterns"),
)
MODEL = dict(X=(X, "tensor"), y=(Y, "few targets"), w=(W, "vector"), b=(B, "scalar"))

FUNCTIONS: dict[Callable[..., Any], dict[str, tuple[Any, str]]] = {
    data.Problem: dict(
        X_train=(X, "tensor"),
        y_train=(Y, "targets"),
        X_val=(X, "tensor"),
        y_val=(Y, "targets"),
        w_true=(W, "w_true"),
        b_true=(0.0, "optional number"),
        noise_std=(1.0, "optional std"),
    ),
    data.Problem.from_arrays: dict(
        X=(X.tolist(), "own data"),
        y=(Y.tolist(), "own targets"),
        X_val=(X.tolist(), "own data"),
        y_val=(Y.tolist(), "own targets"),
        n_val=(None, "no size"),
        seed=(0, "seed"),
        standardize=(True, "flag"),
        dtype=(None, "optional dtype"),
        device=(None, "optional device"),
    ),
    data.generator: dict(seed=(0, "seed"), stream=("data", "text")),
    data.d2l_problem: DRAW,
    data.noisy_problem: DRAW,
    data.diabetes_problem: {name: DRAW[name] for name in ("seed", "n", "dtype", "device")},
    scratch.l2_penalty: dict(w=(W, "any vector")),
    scratch.gradient: MODEL,
    scratch.step: dict(
        w=(W, "vector"), b=(B, "scalar"), grad=((W, B), "pair"), lr=(0.1, "scalar"), lam=(0.1, "scalar")
    ),
    scratch.steps: STEPS,
    scratch.train: TRAINING,
    concise.half_mse_loss: dict(prediction=(Y, "predictions"), target=(Y, "predictions")),
    concise.steps: STEPS | LOSS,
    concise.train: TRAINING | LOSS,
    groups.parameter_groups: GROUPING,
    groups.table: GROUPING,
    groups.check_groups: dict(module=(NET, "module"), groups=([{"params": list(NET.parameters())}], "groups")),
    history.half_mse: MODEL,
    ridge.fit: FIT | LAM,
    ridge.path: FIT | LAMS,
    ridge.shrinkage: dict(X=(X, "data")) | LAM,
    ridge.effective_dof: dict(X=(X, "data"), intercept=(True, "flag")) | LAM,
    ridge.max_stable_lr: dict(X=(X, "data")) | LAM,
    ridge.loo: FIT | LAMS,
    ridge.gcv: FIT | LAMS,
    ridge.gd_iterate: FIT | LAM | dict(lr=(0.1, "positive"), steps=(3, "whole"), w0=(W, "start"), b0=(0.0, "scalar")),
    sweep.run: {name: value for name, value in TRAINING.items() if name not in ("lam", "lr", "seed")}
    | dict(lams=([0.1], "lam axis"), lrs=([0.01], "lr axis"), seeds=([0], "seed axis"), max_bytes=(2**28, "size"))
    | dict(on_divergence=("nan", "name"), weights=(False, "flag")),
    conventions.convert: dict(
        value=(3.0, "coefficients"),
        source=("mse", "name"),
        target=("sklearn", "name"),
        n=(20, "optional size"),
        batch_size=(20, "optional size"),
        y_std=(1.0, "optional positive"),
        lr=(0.1, "optional positive"),
    ),
    conventions.table: {},
    protocol.start: {name: TRAINING[name] for name in ("problem", "init_std", "seed")},
    protocol.minibatches: dict(n=(4, "size"), batch_size=(2, "size"), epochs=(2, "whole"), seed=(0, "seed")),
    protocol.check_problem: dict(problem=(P, "problem")),
    protocol.check_settings: {name: TRAINING[name] for name in TRAINING if name != "progress"},
    plots.band: dict(
        ax=(None, "axes"),
        x=([0, 1, 2], "abscissae"),
        ys=([[1, 2, 3]], "curves"),
        label=("a", "text"),
        color=("k", "text"),
        linestyle=("-", "text"),
    ),
    plots.learning_curves: dict(ax=(None, "axes"), runs=([HISTORY], "runs")),
    plots.reference: dict(ax=(None, "axes"), y=(0.5, "scalar"), label=("floor", "text")),
}

# What takes no input from outside the package: the machinery of a training, whose own arguments were checked before.
INNER = {
    protocol.run_and_record,
    protocol.objective,
    protocol.divergence_limit,
    protocol.progress_bar,
    protocol.diverged,
    protocol.stable_advice,
}


def name_of(function: Callable[..., Any]) -> str:
    return f"{function.__module__.removeprefix('wdlesson.')}.{function.__name__}"


def call(function: Callable[..., Any], **changed: Any) -> Any:
    """The function with what works, but for what is changed."""
    from matplotlib.figure import Figure

    arguments = {name: value for name, (value, _) in FUNCTIONS[function].items()}
    if "ax" in arguments:
        arguments["ax"] = Figure().subplots()
    result = function(**arguments | changed)
    return list(result) if isinstance(result, Iterator) else result


CASES = [
    pytest.param(function, name, value, id=f"{name_of(function)}-{name}-{i}")
    for function, arguments in FUNCTIONS.items()
    for name, (_, kind) in arguments.items()
    for i, value in enumerate(BAD[kind])
]


def global_generators() -> tuple[Any, ...]:
    numpy: Any = np.random.get_state()  # noqa: NPY002
    return random.getstate(), torch.get_rng_state().tolist(), numpy[1].tolist()


@pytest.mark.parametrize("function", FUNCTIONS, ids=name_of)
def test_what_is_right_works_and_moves_no_global_generator(function: Callable[..., Any]) -> None:
    before = global_generators()
    call(function)
    assert global_generators() == before


@pytest.mark.parametrize(("function", "name", "value"), CASES)
def test_what_is_wrong_is_named(function: Callable[..., Any], name: str, value: Any) -> None:
    with pytest.raises((ValueError, TypeError)) as error:
        call(function, **{name: value})
    words = str(error.value).partition(";")
    assert re.search(rf"(?<![\w.]){name}\b", words[0]), error.value
    assert words[2]  # what would be right
    assert len(str(error.value)) < 300


def test_the_table_has_every_public_function_and_argument() -> None:
    modules = (getattr(wdlesson, name) for name in wdlesson.__all__ if name not in ("d2l_modules", "explorers"))
    public = {
        function
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_") and function.__module__ == module.__name__
    }
    assert public - INNER - {plots.use_style} == FUNCTIONS.keys() - {data.Problem, data.Problem.from_arrays}
    for function, arguments in FUNCTIONS.items():
        assert set(inspect.signature(function).parameters) == set(arguments)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (dict(X=X, y=Y.numpy()), "X is a torch.Tensor of shape (4, 3) and y is a numpy.ndarray of shape (4,); both"),
        (dict(X=X.numpy(), y=Y), "X is a numpy.ndarray of shape (4, 3) and y is a torch.Tensor of shape (4,); both"),
        (dict(y=Y[:, None]), "y has shape (4, 1); it must be (4,) to fit X; pass y[:, 0]"),
        (dict(X=X[:, 0]), "X has shape (4,); it must be (n, d); for one feature, pass X[:, None]"),
        (dict(X=X + 1j), "X is of torch.complex128; it must be floating point"),
        (dict(X=X.to_sparse()), "X is sparse (torch.sparse_coo); pass X.to_dense()"),
        (dict(X=scipy.sparse.csr_array(np.eye(4, 3)), y=Y.numpy()), "X is sparse (scipy.csr_array); pass X.toarray()"),
        (dict(lam="3"), "lam is '3'; it must be a finite number, 0 or more"),
        (dict(lam=np.ones(1)), "lam is a numpy.ndarray of shape (1,); it must be a finite number, 0 or more"),
        (dict(lam=torch.tensor(1.0, requires_grad=True)), "lam requires a gradient, which would be lost here"),
    ],
)
def test_a_message_says_what_was_wrong_and_what_would_be_right(values: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=re.escape(message)):
        call(ridge.fit, **values)


def test_a_problem_takes_tensors_of_one_dtype_and_says_how() -> None:
    bad: list[tuple[dict[str, Any], str]] = [
        (dict(X_train=X.numpy()), "X_train is a numpy.ndarray of shape (4, 3); it must be a tensor, or let Prob"),
        (dict(X_val=X.float(), y_val=Y.float()), "X_train is torch.float64 on cpu and X_val is torch.float32 on cpu"),
        (dict(y_train=Y[:, None]), "pass y_train[:, 0]"),
    ]
    for given, message in bad:
        with pytest.raises((ValueError, TypeError), match=re.escape(message)):
            call(data.Problem, **given)


def test_numbers_may_be_of_any_real_kind() -> None:
    exact = ridge.fit(X, Y, 0.5)[0]
    for lam in (np.float32(0.5), np.array(0.5), torch.tensor(0.5), torch.tensor(0.5).double()):
        assert torch.equal(ridge.fit(X, Y, lam)[0], exact)  # type: ignore[call-overload]
    assert len(scratch.train(P, lam=1, lr=0.01, epochs=np.int64(2), batch_size=torch.tensor(2)).val_loss) == 3  # type: ignore[arg-type]
