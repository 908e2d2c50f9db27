"""The problems are what their docstrings say, and the same problem in every dtype."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from wdlesson import data


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


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_device_sees_the_same_problem() -> None:
    assert torch.equal(data.d2l_problem(device="cuda").X_train.cpu(), data.d2l_problem().X_train)
