"""The problems are what their docstrings say, the same in every dtype, and one's own data come in as they are."""

import copy
import doctest
import pickle
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import StandardScaler

from wdlesson import data, ridge, scratch
from wdlesson.data import Problem

F64 = torch.float64


def test_d2l_problem_is_d2ls() -> None:
    p = data.d2l_problem(seed=0, n=20_000, n_val=10, d=5, dtype=torch.float64)
    assert p.w_true is not None
    assert p.b_true == 0.05
    residual = p.y_train - p.X_train @ p.w_true - p.b_true
    assert residual.std() == pytest.approx(0.01, rel=0.03)
    assert p.X_train.std() == pytest.approx(1, rel=0.02)
    weights = data.d2l_problem().w_true
    assert weights is not None
    assert (weights == 0.01).all()


def test_noisy_problem_has_unit_weights_and_noise() -> None:
    p = data.noisy_problem(dtype=torch.float64, n=20_000)
    assert p.w_true is not None
    assert p.w_true.norm() == pytest.approx(1)
    assert (p.y_train - p.X_train @ p.w_true).std() == pytest.approx(1, rel=0.03)


def test_diabetes_problem_splits_the_patients() -> None:
    p = data.diabetes_problem(seed=1, n=300, dtype=torch.float64)
    assert (p.n, len(p.y_val), p.d) == (300, 142, 10)
    assert (p.w_true, p.b_true, p.noise_std) == (None, None, None)
    torch.testing.assert_close(p.X_train.mean(0), torch.zeros(10, dtype=torch.float64))
    torch.testing.assert_close(p.X_train.std(0, correction=0), torch.ones(10, dtype=torch.float64))
    y = torch.cat([p.y_train, p.y_val])
    assert (float(y.min()), float(y.max())) == (25, 346)
    assert not torch.equal(p.y_train, data.diabetes_problem(seed=2, dtype=torch.float64).y_train)


DEFAULTS = {  # n, n_val, d, and the weights' norm, bias and noise where the data are made up
    data.d2l_problem: (20, 100, 200, 0.01 * 200**0.5, 0.05, 0.01),
    data.noisy_problem: (100, 1000, 90, 1.0, 0.0, 1.0),
    data.diabetes_problem: (300, 142, 10, None, None, None),
}


@pytest.mark.parametrize("make", DEFAULTS)
def test_a_problem_is_by_default_the_one_that_the_book_speaks_of(make: Any) -> None:
    p = make()
    n, n_val, d, norm, bias, noise = DEFAULTS[make]
    assert (p.n, len(p.y_val), p.d, p.b_true, p.noise_std) == (n, n_val, d, bias, noise)
    assert p.X_train.dtype == p.y_val.dtype == torch.float32
    assert p.X_train.device.type == "cpu"
    assert (p.w_true is None) if norm is None else p.w_true.norm() == pytest.approx(norm)
    assert torch.equal(p.X_train, make(seed=0).X_train)
    assert not torch.equal(p.X_train, make(seed=1).X_train)


@pytest.mark.parametrize("make", [data.d2l_problem, data.noisy_problem])
def test_one_example_and_one_feature_are_a_problem_too(make: Any) -> None:
    p = make(n=1, n_val=1, d=1)
    assert (p.X_train.shape, p.X_val.shape) == ((1, 1), (1, 1))


def test_few_patients_of_one_sex_are_a_problem_too() -> None:
    assert data.diabetes_problem(n=2).X_train.abs().max() == 1


@pytest.mark.parametrize("make", [data.d2l_problem, data.noisy_problem, data.diabetes_problem])
def test_every_dtype_sees_the_same_problem(make: Any) -> None:
    single, double = make(seed=3), make(seed=3, dtype=torch.float64)
    assert single.X_train.dtype == torch.float32
    assert torch.equal(single.X_train, double.X_train.float())
    assert torch.equal(single.y_val, double.y_val.float())


def test_streams_of_one_seed_differ() -> None:
    draws = [torch.randn(3, generator=data.generator(0, stream)) for stream in ("data", "start", "batches")]
    assert len({tuple(d.tolist()) for d in draws}) == 3


def test_bad_input_is_named() -> None:
    X, y = torch.ones(4, 3), torch.ones(4)
    bad: list[tuple[Callable[[], Any], str]] = [
        (lambda: data.d2l_problem(seed=-1), "seed is -1; it must be 0 or more"),
        (lambda: data.d2l_problem(n=0), "n is 0; it must be 1 or more"),
        (lambda: data.noisy_problem(d=1.5), "d is 1.5; it must be a whole number"),  # type: ignore[arg-type]
        (lambda: data.diabetes_problem(n=442), "n is 442; it must be below 442, the number of patients"),
        (lambda: data.Problem(X, y[:3], X, y), r"y_train has shape \(3,\); it must be \(4,\) to fit X_train"),
        (lambda: data.Problem(X, y, X[0], y), r"X_val has shape \(3,\); it must be \(n, d\)"),
        (lambda: data.Problem(X, y, X[:, :2], y), "X_val has 2 columns; it must have 3, as many as X_train"),
        (lambda: data.Problem(X, y / 0, X, y), "y_train has 4 entries that are NaN or infinite"),
        (lambda: data.Problem(X[:0], y[:0], X, y), "X_train is empty"),
        (lambda: data.Problem(X, y, X, y, w_true=y), r"w_true has shape \(4,\); it must be \(3,\)"),
    ]
    for call, message in bad:
        with pytest.raises(ValueError, match=message):
            call()


# ---- One's own data ----

FRAME = pd.DataFrame(
    {
        "age": [31, 47, 52, 28, 39, 60, 44, 35],
        "rooms": [2.0, 3.5, 4.0, 1.0, 2.5, 3.0, 2.0, 1.5],
        "garden": [False, True, True, False, False, True, False, True],
    }
)
RENT = pd.Series([810, 990, 1240, 620, 700, 1105, 890, 730], name="rent")
X, Y = FRAME.to_numpy(dtype=float), RENT.to_numpy(dtype=float)
PARTS = ("X_train", "y_train", "X_val", "y_val")


def same(a: Problem, b: Problem) -> bool:
    return all(torch.equal(getattr(a, name), getattr(b, name)) for name in PARTS)


FEATURES: dict[str, Any] = {
    "a list": X.tolist(),
    "an array": X,
    "an array of objects": X.astype(object),
    "in Fortran's order": np.asfortranarray(X),
    "read only": np.frombuffer(X.tobytes()).reshape(X.shape),
    "a frame": FRAME,
    "a nullable frame": FRAME.convert_dtypes(),
    "a frame of objects": FRAME.astype(object),
    "a frame with a sparse column": FRAME.assign(garden=pd.arrays.SparseArray(FRAME["garden"].astype(float))),
    "columns of one name": FRAME.set_axis(["a", "a", "b"], axis=1),
    "two levels of names": FRAME.set_axis(pd.MultiIndex.from_product([["flat"], FRAME.columns]), axis=1),
    "a tensor": torch.tensor(X),
    "rows of fractions": [[Fraction(value) for value in row] for row in X],
}
TARGETS: dict[str, Any] = {
    "a list": Y.tolist(),
    "an array": Y,
    "a column": Y[:, None],
    "whole numbers": Y.astype(int),
    "a series": RENT,
    "a nullable series": RENT.astype("Int64"),
    "a frame of one column": RENT.to_frame(),
    "a tensor": torch.tensor(Y),
    "a column of whole numbers as a tensor": torch.tensor(Y)[:, None].long(),
}


@pytest.mark.parametrize("features", FEATURES)
@pytest.mark.parametrize("targets", TARGETS)
def test_data_of_any_kind_make_the_same_problem(features: str, targets: str) -> None:
    expected = Problem.from_arrays(X, Y, n_val=3, seed=5, dtype=F64)
    assert same(Problem.from_arrays(FEATURES[features], TARGETS[targets], n_val=3, seed=5, dtype=F64), expected)


def test_a_problem_of_ones_own_trains() -> None:
    p = Problem.from_arrays(FRAME, RENT, n_val=2, dtype=F64)
    h = scratch.train(p, lam=0.5, lr=0.3, epochs=300, batch_size=6)
    w, b = ridge.fit(p.X_train, p.y_train, 0.5)
    torch.testing.assert_close((h.w, h.b), (w, b))


@given(n=st.integers(2, 40), d=st.integers(1, 6), seed=st.integers(0, 2**70), part=st.floats(0.01, 0.99))
def test_a_split_has_every_row_once_and_depends_on_the_seed_alone(n: int, d: int, seed: int, part: float) -> None:
    n_val = min(max(1, round(part * n)), n - 1)
    rows = np.arange(n * d, dtype=float).reshape(n, d)
    p = Problem.from_arrays(rows, rows[:, 0], n_val=n_val, seed=seed, standardize=False)
    assert (p.n, len(p.y_val), p.d) == (n - n_val, n_val, d)
    together = torch.cat([p.X_train, p.X_val])
    assert sorted(together[:, 0].tolist()) == rows[:, 0].tolist()
    torch.testing.assert_close(torch.cat([p.y_train, p.y_val]), together[:, 0])  # a row keeps its target
    shifted = Problem.from_arrays(torch.tensor(rows) + 1, -rows[:, :1], n_val=n_val, seed=seed, standardize=False)
    torch.testing.assert_close(shifted.X_train.float() - 1, p.X_train)


def test_the_split_has_a_stream_of_its_own() -> None:
    first, other = (Problem.from_arrays(X, Y, n_val=4, seed=seed, standardize=False) for seed in (0, 1))
    assert not torch.equal(first.y_val, other.y_val)
    order = torch.randperm(8, generator=data.generator(0, "split"))
    assert first.y_train.tolist() == Y[order[:4]].tolist()
    assert not torch.equal(order, torch.randperm(8, generator=data.generator(0, "data")))


@pytest.mark.parametrize("dtype", [torch.float32, F64])
def test_features_are_standardised_by_the_training_rows_alone(dtype: torch.dtype) -> None:
    rows, targets = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    p = Problem.from_arrays(rows, targets, n_val=142, seed=3, dtype=dtype)
    raw = Problem.from_arrays(rows, targets, n_val=142, seed=3, standardize=False, dtype=F64)
    scaler = StandardScaler().fit(raw.X_train)
    for ours, theirs in ((p.X_train, raw.X_train), (p.X_val, raw.X_val)):
        np.testing.assert_allclose(ours, scaler.transform(theirs), rtol=1e-6, atol=1e-6 if dtype != F64 else 1e-12)
    assert torch.equal(p.y_train, raw.y_train.to(dtype))  # targets keep their units


@pytest.mark.parametrize("value", [1.0, 0.1, 1e9 + 0.1, -3.7e-9])
def test_a_constant_column_is_0_and_not_rounding_errors_blown_up(value: float) -> None:
    rows = np.column_stack([X, np.full(8, value)])
    p = Problem.from_arrays(rows[:5], Y[:5], X_val=rows[5:] + np.array([0, 0, 0, 2]), y_val=Y[5:], dtype=F64)
    assert (p.X_train[:, 3] == 0).all()
    np.testing.assert_allclose(p.X_val[:, 3], 2, atol=1e-6)  # there it is shifted alike, and not scaled


def test_validation_data_of_ones_own_are_taken_as_they_come() -> None:
    p = Problem.from_arrays(FRAME[:5], RENT[:5], X_val=FRAME[5:], y_val=RENT[5:], seed=9, standardize=False, dtype=F64)
    assert same(p, Problem(torch.tensor(X[:5]), torch.tensor(Y[:5]), torch.tensor(X[5:]), torch.tensor(Y[5:])))


@pytest.mark.parametrize(
    ("rows", "asked", "expected"),
    [
        (X, None, torch.float32),
        (X.astype(np.float16), None, torch.float32),
        (FRAME, F64, F64),
        (torch.tensor(X), None, F64),
        (torch.tensor(X).bfloat16(), None, torch.bfloat16),
        (torch.tensor(X).long(), None, torch.float32),
        (torch.tensor(X), torch.float32, torch.float32),
    ],
)
def test_a_tensor_keeps_its_dtype_and_all_else_becomes_float32(rows: Any, asked: Any, expected: torch.dtype) -> None:
    p = Problem.from_arrays(rows, Y, n_val=3, dtype=asked)
    assert {getattr(p, name).dtype for name in PARTS} == {expected}


def test_a_problem_has_copies_of_the_data() -> None:
    rows, targets = torch.tensor(X), torch.tensor(Y)
    p = Problem.from_arrays(rows, targets, X_val=rows, y_val=targets, standardize=False)
    rows[:], targets[:] = 0, 0
    assert torch.equal(p.X_train, torch.tensor(X))
    assert torch.equal(p.y_val, torch.tensor(Y))


def text(values: list[Any], **options: Any) -> pd.DataFrame:
    return FRAME.assign(kind=pd.Series(values, **options))


TALL = FRAME.set_axis(range(10, 18))
WRONG: list[tuple[dict[str, Any], str]] = [
    (dict(X=text(list("abcdefgh"))), "X's column 'kind' is of dtype "),
    (dict(X=text(list("12345678"))), "X's column 'kind' is of dtype "),
    (dict(X=text([1, "two", 3, 4, 5, 6, 7, 8], dtype=object)), "X's column 'kind' holds 'two'; it must hold real"),
    (dict(X=text([1, "two", 3, 4, 5, 6, 7, 8], dtype=object).to_numpy()), "X's column 3 holds 'two'"),
    (dict(X=text([1, 2] * 4, dtype="category")), "X's column 'kind' is of dtype category; it must hold real numbers"),
    (dict(X=text(list(pd.date_range("2026-01-01", periods=8)))), "X's column 'kind' is of dtype datetime64"),
    (dict(X=FRAME * 1j), "X's column 'age' is of dtype complex128"),
    (dict(X=text([1, 2, 3, None, 5, 6, 7, None])), "in its columns 'kind' (2); all must be finite"),
    (dict(X=text([1, 2, 3, None, 5, 6, 7, 8], dtype="Int64")), "in its columns 'kind' (1)"),
    (dict(X=text([1, 2, 3, None, 5, 6, 7, 8], dtype=object)), "in its columns 'kind' (1)"),
    (dict(X=FRAME.where(FRAME["rooms"] < 3, np.inf)), "in its columns 'age' (3), 'rooms' (3), 'garden' (3)"),
    (dict(X=np.where(X == 39, np.nan, X)), "in its columns 0 (1)"),
    (dict(X=FRAME["age"]), "X is a pandas.Series; it must be (n, d); for one feature, pass X.to_frame()"),
    (dict(X=X[:, 0]), "X has shape (8,); it must be (n, d); for one feature, pass X[:, None]"),
    (dict(X=FRAME[[]]), "X is empty, of shape (8, 0)"),
    (dict(X=X * 1e300), "a column of X spreads beyond float64's range"),
    (dict(X=X * 1e300, standardize=False), "X_train goes beyond the range of torch.float32; pass a wider dtype"),
    (dict(X=torch.tensor(X, requires_grad=True)), "X requires a gradient, which would be lost here; pass X.detach()"),
    (dict(X=torch.tensor(X) + 0j), "X is of torch.complex128; it must be floating point"),
    (dict(y=RENT.where(RENT > 700)), "y has 2 entries that are NaN or infinite"),
    (dict(y=list("abcdefgh")), "y holds"),
    (dict(y=RENT.astype(str)), "y is of dtype "),
    (dict(y=X), "y has shape (8, 3); it must be (8,) to fit X"),
    (dict(y=Y[None]), "y has shape (1, 8); it must be (8,) to fit X"),
    (dict(y=Y[:7]), "y has shape (7,); it must be (8,) to fit X"),
    (dict(X=TALL), "y has another index than X; the two must be the same: pass y.loc[X.index], or y.to_numpy()"),
    (dict(X=FRAME[::-1]), "y has another index than X"),
    (dict(n_val=0), "n_val is 0; it must be 1 or more"),
    (dict(n_val=8), "n_val is 8; it must be 7 or less"),
    (dict(n_val=0.25), "n_val is 0.25; it must be a whole number"),
    (dict(n_val=7), "standardize is True with a single training row"),
    (dict(X=X[:1], y=Y[:1]), "X has a single row, and n_val takes at least one; pass more rows, or X_val and y_val"),
    (dict(n_val=None), "X_val is None, y_val is None and n_val is None; pass either n_val or both X_val and y_val"),
    (dict(X_val=X, y_val=Y), "and n_val is 3; pass either n_val or both X_val and y_val"),
    (dict(X_val=X, n_val=None), "y_val is None and n_val is None; pass either"),
    (dict(X_val=X[:, :1], y_val=Y, n_val=None), "X_val has 1 columns; it must have 3, as many as X"),
    (dict(X_val=FRAME[["rooms", "age", "garden"]], y_val=RENT, n_val=None), "in order: pass X_val[X.columns]"),
    (dict(X_val=FRAME, y_val=RENT[::-1], n_val=None), "y_val has another index than X_val"),
    (dict(dtype=np.float32), "dtype is a type; it must be a torch.dtype"),
]


@pytest.mark.parametrize(("given", "message"), WRONG)
def test_what_is_wrong_with_ones_own_data_is_said_with_its_mend(given: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=re.escape(message)):
        Problem.from_arrays(**{"X": FRAME, "y": RENT, "n_val": 3, **given})


def test_rows_are_matched_by_position_where_one_side_alone_has_an_index() -> None:
    expected = Problem.from_arrays(X, Y, n_val=3)
    assert same(Problem.from_arrays(TALL, Y, n_val=3), expected)
    assert same(Problem.from_arrays(X, RENT.set_axis(TALL.index), n_val=3), expected)
    assert same(Problem.from_arrays(TALL, RENT.set_axis(TALL.index), n_val=3), expected)


@pytest.mark.parametrize("values", [X, FRAME, X.tolist()])
def test_the_constructor_says_what_takes_other_kinds(values: Any) -> None:
    message = r"X_train is a .*|\[.*; it must be a tensor, or let Problem\.from_arrays\(X, y, n_val=\.\.\.\) make"
    with pytest.raises(TypeError, match=message):
        Problem(values, Y, values, Y)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"y_val is a .*Problem\.from_arrays\(X, y, n_val=\.\.\.\)"):
        Problem(torch.tensor(X), torch.tensor(Y), torch.tensor(X), Y)  # type: ignore[arg-type]


# ---- As objects ----


def test_a_problem_equals_itself_alone_and_is_shown_in_one_line() -> None:
    p, twin = data.d2l_problem(), data.d2l_problem()
    assert p == p
    assert p != twin
    assert len({p, twin, p}) == 2
    assert repr(p) == "Problem(n=20, n_val=100, d=200, dtype=torch.float32, device='cpu')"
    for other in (pickle.loads(pickle.dumps(p)), copy.deepcopy(p)):
        assert same(p, other)


# ---- The examples ----

ROOT = Path(__file__).parent.parent


def blocks(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)


def test_the_examples_of_the_readme_run() -> None:
    names: dict[str, Any] = {}
    first, *others = blocks("README.md")
    exec(first, names)
    assert "from_arrays" in first
    ends = names["s"].val_loss.isel(epoch=-1, lr=0).mean("seed", skipna=False)
    assert ends.idxmin("lam") == 0.1
    for block in others:
        exec(block, names)
    assert len(names["h"].to_frame()) == 51


def test_the_example_of_the_page_on_the_package_gives_what_it_shows() -> None:
    (block,) = blocks("book/api.md")
    example = doctest.DocTestParser().get_doctest(block, {}, "api", None, None)
    assert len(example.examples) == 7
    assert doctest.DocTestRunner().run(example).failed == 0


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_device_sees_the_same_problem() -> None:
    assert torch.equal(data.d2l_problem(device="cuda").X_train.cpu(), data.d2l_problem().X_train)
