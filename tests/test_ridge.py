"""The closed forms, against scikit-learn, brute force and the loops that they stand for."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge, RidgeCV

from wdlesson import data, ridge, scratch

SHAPES = [(30, 5), (12, 40), (20, 20), (1, 3), (6, 1)]


def random_problem(seed: int, n: int, d: int) -> tuple[torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(seed)
    X = torch.randn(n, d, generator=g, dtype=torch.float64) + torch.randn(d, generator=g, dtype=torch.float64)
    return X, X.mean(1) + torch.randn(n, generator=g, dtype=torch.float64)


def relative(a: Any, b: Any) -> float:
    return float(np.linalg.norm(np.asarray(a) - np.asarray(b)) / np.linalg.norm(np.asarray(b)))


@pytest.mark.parametrize("seed", range(50))
def test_fit_equals_scikit_learn(seed: int) -> None:
    n, d = [(40, 7), (9, 30)][seed % 2]
    X, y = random_problem(seed, n, d)
    lam = 10 ** (seed / 10 - 3)
    w, b = ridge.fit(X, y, lam)
    theirs = Ridge(alpha=n * lam).fit(X.numpy(), y.numpy())
    assert relative(w, theirs.coef_) < 1e-10
    assert abs(float(b) - theirs.intercept_) < 1e-10 * (1 + abs(theirs.intercept_))


@pytest.mark.parametrize(("n", "d"), SHAPES)
@pytest.mark.parametrize("lam", [0.0, 0.3])
def test_fit_has_no_gradient_left(n: int, d: int, lam: float) -> None:
    X, y = random_problem(n, n, d)
    w, b = ridge.fit(X, y, lam)
    grad_w, grad_b = scratch.gradient(X, y, w, b)
    assert (grad_w + lam * w).norm() < 1e-12
    assert abs(grad_b) < 1e-12


def test_path_stacks_the_fits_in_the_order_given() -> None:
    X, y = random_problem(0, 15, 40)
    lams = [3.0, 0.0, 0.1]
    W, b = ridge.path(X, y, lams)
    assert W.shape == (3, 40)
    assert b.shape == (3,)
    for k, lam in enumerate(lams):
        w_k, b_k = ridge.fit(X, y, lam)
        torch.testing.assert_close((W[k], b[k]), (w_k, b_k))


def test_results_come_back_in_the_kind_and_dtype_given() -> None:
    X, y = random_problem(0, 8, 3)
    assert isinstance(ridge.fit(X.numpy(), y.numpy(), 1.0)[0], np.ndarray)
    assert ridge.fit(X.float(), y.float(), 1.0)[0].dtype == torch.float32
    assert ridge.fit(X.tolist(), y.tolist(), 1)[0].dtype == np.float64
    assert isinstance(ridge.loo(X.numpy(), y.numpy(), [1.0]), np.ndarray)


@given(shift=st.floats(-1e3, 1e3), seed=st.integers(0, 50), lam=st.floats(0, 10))
def test_shifting_y_moves_only_b(shift: float, seed: int, lam: float) -> None:
    X, y = random_problem(seed, 10, 4)
    w, b = ridge.fit(X, y, lam)
    w_shifted, b_shifted = ridge.fit(X, y + shift, lam)
    torch.testing.assert_close(w_shifted, w, rtol=1e-8, atol=1e-10)
    torch.testing.assert_close(b_shifted, b + shift, rtol=1e-8, atol=1e-10)


@given(seed=st.integers(0, 50), tall=st.booleans())
def test_zero_lambda_is_least_squares_of_the_smallest_norm(seed: int, tall: bool) -> None:
    X, y = random_problem(seed, *((20, 6) if tall else (6, 20)))
    w, _ = ridge.fit(X, y, 0.0)
    Xc, yc = X - X.mean(0), y - y.mean()
    assert relative(w, np.linalg.lstsq(Xc.numpy(), yc.numpy(), rcond=None)[0]) < 1e-8


@given(seed=st.integers(0, 50))
def test_infinite_lambda_leaves_the_mean(seed: int) -> None:
    X, y = random_problem(seed, 10, 4)
    w, b = ridge.fit(X, y, 1e12)
    assert w.norm() < 1e-9
    torch.testing.assert_close(b, y.mean())


@given(seed=st.integers(0, 50), tall=st.booleans(), lams=st.lists(st.floats(1e-6, 1e6), min_size=2, max_size=8))
def test_the_norm_falls_as_lambda_grows(seed: int, tall: bool, lams: list[float]) -> None:
    X, y = random_problem(seed, *((20, 6) if tall else (6, 20)))
    norms = ridge.path(X, y, sorted(lams))[0].norm(dim=1)
    assert (norms.diff() <= 1e-12 * norms[0]).all()


def test_columns_that_do_not_vary_get_no_weight() -> None:
    X, y = random_problem(0, 10, 3)
    X[:, 1] = 0.1  # the mean of ten 0.1 is not exactly 0.1
    assert abs(ridge.fit(X, y, 0.0)[0][1]) < 1e-12
    w, b = ridge.fit(X[:1], y[:1], 0.0)
    assert w.norm() == 0
    assert b == y[0]


def by_hand(X: torch.Tensor, y: torch.Tensor, alpha: float) -> tuple[np.ndarray, float]:
    """Ridge by the normal equations, alpha the total penalty."""
    A, target = X.numpy(), y.numpy()
    Ac, yc = A - A.mean(0), target - target.mean()
    w = np.linalg.solve(Ac.T @ Ac + alpha * np.eye(A.shape[1]), Ac.T @ yc)
    return w, float(target.mean() - A.mean(0) @ w)


@pytest.mark.parametrize(("n", "d"), [(25, 6), (10, 30)])
@pytest.mark.parametrize("lam", [0.01, 1.0])
def test_leave_one_out_equals_leaving_one_out(n: int, d: int, lam: float) -> None:
    X, y = random_problem(1, n, d)
    errors = []
    for i in range(n):
        rest = [j for j in range(n) if j != i]
        w, b = by_hand(X[rest], y[rest], alpha=n * lam)
        errors.append((X[i].numpy() @ w + b - float(y[i])) ** 2 / 2)
    assert relative(ridge.loo(X, y, [lam])[0], np.mean(errors)) < 1e-10


def test_leave_one_out_and_ridge_cv_pick_the_same_alpha() -> None:
    X, y = random_problem(2, 40, 10)
    lams = np.logspace(-4, 2, 50)
    errors = ridge.loo(X.numpy(), y.numpy(), lams)
    theirs = RidgeCV(alphas=40 * lams, store_cv_results=True).fit(X.numpy(), y.numpy())
    assert relative(errors, theirs.cv_results_.mean(0) / 2) < 1e-8
    assert np.isclose(theirs.alpha_, 40 * lams[errors.argmin()])


def hat_matrix(X: torch.Tensor, lam: float) -> np.ndarray:
    n = len(X)
    columns = [by_hand(X, torch.eye(n, dtype=X.dtype)[i], n * lam) for i in range(n)]
    return np.stack([X.numpy() @ w + b for w, b in columns], axis=1)


@pytest.mark.parametrize(("n", "d"), [(25, 6), (10, 30)])
def test_effective_dof_and_gcv_follow_the_hat_matrix(n: int, d: int) -> None:
    X, y = random_problem(3, n, d)
    H = hat_matrix(X, 0.3)
    assert np.isclose(ridge.effective_dof(X, 0.3), np.trace(H))
    residual = y.numpy() - H @ y.numpy()
    assert np.isclose(float(ridge.gcv(X, y, [0.3])[0]), np.mean(residual**2) / (1 - np.trace(H) / n) ** 2 / 2)


def test_shrinkage_is_what_is_left_along_each_direction() -> None:
    X, y = random_problem(4, 30, 5)
    _, s, Vh = torch.linalg.svd(X - X.mean(0), full_matrices=False)
    kept = (Vh @ ridge.fit(X, y, 0.7)[0]) / (Vh @ ridge.fit(X, y, 0.0)[0])
    torch.testing.assert_close(ridge.shrinkage(X, 0.7), kept)
    torch.testing.assert_close(kept, s**2 / (s**2 + 30 * 0.7))


def test_errors_of_an_interpolating_fit_are_refused() -> None:
    X, y = random_problem(5, 6, 20)
    for error in (ridge.loo, ridge.gcv):
        with pytest.raises(ValueError, match="lams has an entry so small that the fit passes through its points"):
            error(X, y, [1.0, 0.0])


@pytest.mark.parametrize(("n", "d"), SHAPES)
@pytest.mark.parametrize("lam", [0.0, 0.5])
def test_gd_iterate_equals_the_loop(n: int, d: int, lam: float) -> None:
    X, y = random_problem(6, n, d)
    lr = 0.9 * ridge.max_stable_lr(X, lam)
    w0, b0 = torch.ones(d, dtype=X.dtype), torch.tensor(2.0, dtype=X.dtype)
    w, b = w0, b0
    for t in range(301):
        if t % 50 == 0:
            w_t, b_t = ridge.gd_iterate(X, y, lam, lr, t, w0, b0)
            assert (w_t - w).norm() <= 1e-12 * (1 + w.norm())
            assert abs(b_t - b) <= 1e-12 * (1 + abs(b))
        w, b = scratch.step(w, b, scratch.gradient(X, y, w, b), lr=lr, lam=lam)


@pytest.mark.parametrize(("n", "d"), SHAPES)
@pytest.mark.parametrize("lam", [0.0, 5.0])
def test_max_stable_lr_is_where_gradient_descent_turns(n: int, d: int, lam: float) -> None:
    X, y = random_problem(7, n, d)
    edge = ridge.max_stable_lr(X, lam)
    w0 = random_problem(8, d, 1)[1]
    start, below, above = (
        ridge.gd_iterate(X, y, lam, lr, steps, w0, 1.0)[0].norm()
        for lr, steps in ((edge, 0), (0.99 * edge, 4000), (1.01 * edge, 4000))
    )
    assert below < 10 * (start + 1)
    assert above > 1e6 * start


def test_bad_input_is_named() -> None:
    X, y = random_problem(0, 5, 3)
    bad: list[tuple[Callable[[], Any], str]] = [
        (lambda: ridge.fit(X, y, -1.0), "lam is -1.0; it must be a finite number, 0 or more"),
        (lambda: ridge.fit(X, y, float("nan")), "lam is nan"),
        (lambda: ridge.fit(X[0], y, 1.0), r"X has shape \(3,\); it must be \(n, d\)"),
        (lambda: ridge.fit(X, y[:4], 1.0), r"y has shape \(4,\); it must be \(5,\) to fit X"),
        (lambda: ridge.fit(X[:0], y[:0], 1.0), "X is empty"),
        (lambda: ridge.fit(X / 0, y, 1.0), "X has 15 entries that are NaN or infinite"),
        (lambda: ridge.fit(X.long(), y, 1.0), "X is of torch.int64; it must be floating point"),
        (lambda: ridge.fit(X, y.float(), 1.0), "they must match"),
        (lambda: ridge.path(X, y, [1.0, -2.0]), "the smallest of lams is -2.0"),
        (lambda: ridge.path(X, y, []), "lams is empty"),
        (lambda: ridge.path(X, y, [[1.0]]), r"lams has shape \(1, 1\); it must be \(k,\)"),
        (
            lambda: ridge.gd_iterate(X, y, 1.0, 0.0, 1, X[0], 0.0),
            "lr is 0.0; it must be a finite number above 0",
        ),
        (lambda: ridge.gd_iterate(X, y, 1.0, 0.1, -1, X[0], 0.0), "steps is -1; it must be 0 or more"),
        (
            lambda: ridge.gd_iterate(X, y, 1.0, 0.1, 1, X[0, :2], 0.0),
            r"w0 has shape \(2,\); it must be \(3,\)",
        ),
    ]
    for call, message in bad:
        with pytest.raises(ValueError, match=message):
            call()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_equals_cpu() -> None:
    p = data.noisy_problem(dtype=torch.float64)
    X, y = p.X_train.cuda(), p.y_train.cuda()
    torch.testing.assert_close(ridge.fit(X, y, 1.0)[0].cpu(), ridge.fit(p.X_train, p.y_train, 1.0)[0])
