"""The closed forms, against scikit-learn, brute force and the loops that they stand for."""

from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pandas as pd
import pytest
import scipy.linalg  # type: ignore[import-untyped]
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge, RidgeCV

from wdlesson import checks, data, ridge, scratch

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


@pytest.mark.parametrize("h", [1e-300, 1e-12, 1e-5, 0.4, 0.5, 0.6, 1.0, 1.9, 2.1])
def test_the_geometric_sum_keeps_its_digits(h: float) -> None:
    left, reach = ridge._geometric(torch.tensor([h, 3.0], dtype=torch.float64), 1.0, 200)
    with mpmath.workdps(50):
        power = (1 - mpmath.mpf(h)) ** 200
        assert float(left[0]) == pytest.approx(float(power), rel=1e-12)
        # Below 3e-16 times the largest, h is taken for 0.
        exact = (1 - power) / h if h > 1e-15 else mpmath.mpf(200)
        assert float(reach[0]) == pytest.approx(float(exact), rel=1e-12)


def test_an_iterate_beyond_the_floats_is_refused_with_the_rate_that_is_stable() -> None:
    X, y = random_problem(6, 20, 4)
    edge = ridge.max_stable_lr(X, 0.1)
    stable = checks.rounded_down(edge)
    with pytest.raises(ValueError, match=rf"lr is 100; after 1000 steps the iterate is beyond float64. {stable} is"):
        ridge.gd_iterate(X, y, 0.1, 100.0, 1000, X[0], 0.0)
    w, _ = ridge.gd_iterate(X, y, 0.1, 0.5 * edge, 2**53, X[0], 0.0)
    assert relative(w, ridge.fit(X, y, 0.1)[0]) < 1e-10


# ---- Data as users bring them ----


def table(name: str, n: int) -> np.ndarray:
    """Columns like those of a real table, unscaled."""
    rng = np.random.default_rng(n)
    income, age = 50_000 + 20_000 * rng.standard_normal(n), 40 + 12 * rng.standard_normal(n)
    stamp = 1.7e9 + 3e7 * rng.random(n)  # seconds, of a year
    dummies = np.eye(4)[rng.integers(0, 4, n)]
    columns = {
        "income and age": [income, age],
        "time stamps": [stamp, age],
        "three of four dummies": [income, *dummies.T[:3]],
        "all four dummies": [age, *dummies.T],  # their sum is 1: of rank 3 when centred
        "near-duplicates": [age, age + 1e-4 * rng.standard_normal(n), income],
        "a column twice": [income, age, age],
        "far from zero": [2000 + 10 * rng.standard_normal(n), rng.standard_normal(n)],
        "a constant": [age, np.full(n, 0.1), income],
        "all of them": [income, age, stamp, *dummies.T, np.full(n, 7.7)],
    }
    return np.column_stack(columns[name])


TABLES = ["income and age", "time stamps", "three of four dummies", "all four dummies", "near-duplicates"]
TABLES += ["a column twice", "far from zero", "a constant", "all of them"]


def targets(X: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(1).standard_normal(len(X))
    return 0.5 * X[:, 1] + 1e-4 * X[:, 0] + noise


def least_squares(X: np.ndarray, y: np.ndarray, lam: float) -> np.ndarray:
    """Ridge as least squares with rows for the penalty, by SciPy: the smallest norm where that leaves a choice."""
    n, d = X.shape
    Xc = X - X.mean(0)
    Xc -= Xc.mean(0)
    Xc[:, np.ptp(X, axis=0) == 0] = 0
    A = np.vstack([Xc, np.sqrt(n * lam) * np.eye(d)])
    return np.asarray(scipy.linalg.lstsq(A, np.concatenate([y - y.mean(), np.zeros(d)]), cond=1e-14)[0])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n", [60, 5_000, 50_000])
@pytest.mark.parametrize("name", TABLES)
def test_unscaled_tables_have_the_weights_of_least_squares(name: str, n: int, dtype: Any) -> None:
    X = table(name, n).astype(dtype)
    y = targets(X).astype(dtype)
    spread = X.astype(float).std(0)
    for lam in (0.0, 1e-6, 1.0, 1e6):
        w, b = ridge.fit(X, y, lam)
        assert w.dtype == b.dtype == dtype
        right = least_squares(X.astype(float), y.astype(float), lam)
        # As they act on predictions: a weight counts by the spread of its column. SciPy's unscaled columns of very
        # different sizes cost it some of its digits.
        assert (
            np.abs((w - right) * spread).max() < (1e-6 if dtype is np.float64 else 3e-6) * np.abs(right * spread).max()
        )
        predictions = X.astype(float) @ w.astype(float) + float(b)
        assert abs(predictions.mean() - y.mean()) < (1e-8 if dtype is np.float64 else 1e-4) * np.abs(predictions).max()


@pytest.mark.parametrize("n", [60, 5_000])
@pytest.mark.parametrize(
    "name", [name for name in TABLES if name not in ("near-duplicates", "time stamps", "all of them")]
)
def test_unscaled_tables_have_the_weights_of_scikit_learn(name: str, n: int) -> None:
    X = table(name, n)
    y = targets(X)
    for lam in (1e-3, 1.0, 100.0):
        theirs = Ridge(alpha=n * lam, solver="svd").fit(X, y)
        assert relative(ridge.fit(X, y, lam)[0], theirs.coef_) < 1e-8


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_rounded_at_the_ends_alone(dtype: torch.dtype) -> None:
    g = torch.Generator().manual_seed(0)
    X = (torch.tensor([40.0, 0.0]) + torch.tensor([12.0, 1.0]) * torch.randn(3000, 2, generator=g)).to(dtype)
    y = (X @ torch.tensor([0.5, 1.0], dtype=dtype)).to(dtype)
    w, b = ridge.fit(X, y, 1.0)
    right, at = ridge.fit(X.double(), y.double(), 1.0)
    assert w.dtype == b.dtype == dtype
    assert torch.equal(w, right.to(dtype))
    assert torch.equal(b, at.to(dtype))
    assert ridge.effective_dof(X, 1.0) == ridge.effective_dof(X.double(), 1.0)


def test_the_first_tables_that_were_wrong() -> None:
    rng = np.random.default_rng(0)
    X = np.column_stack([50_000 + 20_000 * rng.standard_normal(3000), 40 + 12 * rng.standard_normal(3000)])
    X = X.astype(np.float32)
    y = (0.5 * X[:, 1] + 1e-4 * X[:, 0]).astype(np.float32)
    assert ridge.fit(X, y, 1.0)[0][1] == pytest.approx(0.4965, abs=1e-3)
    assert ridge.effective_dof(X, 1.0) == pytest.approx(2.99, abs=0.01)
    far = np.column_stack([2000 + 10 * rng.standard_normal(50_000), rng.standard_normal(50_000)]).astype(np.float32)
    np.testing.assert_allclose(ridge.fit(far, far @ np.ones(2, dtype=np.float32), 0.0)[0], [1, 1], rtol=1e-4)


def test_the_rank_at_lambda_zero_depends_neither_on_n_nor_on_the_means() -> None:
    rng = np.random.default_rng(0)
    small = 1e-9 * rng.standard_normal(20_000)
    for mean in (0.0, 1e3):
        for n in (20, 20_000):
            X = np.column_stack([rng.standard_normal(n), mean * 1e-9 + small[:n]])
            w, _ = ridge.fit(X, X @ [1.0, 1e9], 0.0)
            np.testing.assert_allclose(w, [1.0, 1e9], rtol=1e-5)


# ---- Leave-one-out and GCV down to the smallest lambda ----


def left_out(X: np.ndarray, y: np.ndarray, lam: float) -> float:
    """The leave-one-out error by refitting, each fit in 60 digits, in the dual form."""
    n = len(X)
    with mpmath.workdps(60):
        centre = mpmath.eye(n - 1) - mpmath.ones(n - 1) / (n - 1)
        errors = []
        for i in range(n):
            A, t = (mpmath.matrix(np.delete(values, i, axis=0).tolist()) for values in (X, y))
            Ac, mean = centre * A, mpmath.ones(1, n - 1) * A / (n - 1)
            K = Ac * Ac.T + n * mpmath.mpf(lam) * mpmath.eye(n - 1)
            w = Ac.T * mpmath.lu_solve(K, centre * t)
            guess = mpmath.fsum(t) / (n - 1) + ((mpmath.matrix([X[i].tolist()]) - mean) * w)[0]
            errors.append((guess - y[i]) ** 2 / 2)
        return float(mpmath.fsum(errors) / n)


SMALL = [10.0, 0.1, 1e-4, 1e-7, 1e-10, 1e-13]


@pytest.mark.parametrize("shape", ["wide", "square", "tall", "one row apart"])
def test_leave_one_out_is_right_at_any_lambda(shape: str) -> None:
    n, d = {"wide": (8, 12), "square": (8, 7), "tall": (9, 3), "one row apart": (9, 3)}[shape]
    X, y = (values.numpy() for values in random_problem(11, n, d))
    if shape == "one row apart":
        X[:, 0] = 0
        X[4, 0] = 1  # a dummy for one row, whose fit passes through it as lambda goes to 0
    right = [left_out(X, y, lam) for lam in SMALL]
    np.testing.assert_allclose(ridge.loo(X, y, SMALL), right, rtol=1e-6)


def test_leave_one_out_on_d2ls_problem_in_both_precisions() -> None:
    p = data.d2l_problem(dtype=torch.float64)
    X, y = p.X_train.numpy(), p.y_train.numpy()
    errors = ridge.loo(X, y, SMALL)
    for lam, error in zip(SMALL, errors, strict=True):
        Xc = X - X.mean(0)
        # With n <= d: residual i is (P a)_i / (P K^-1 P)_ii for K = Xc Xc' + n lam I on what is orthogonal to the ones.
        P = np.eye(20) - 1 / 20
        inverse = P @ np.linalg.inv(Xc @ Xc.T + 20 * lam * np.eye(20) + np.ones((20, 20))) @ P
        assert error == pytest.approx(np.mean((inverse @ y / np.diag(inverse)) ** 2) / 2, rel=1e-7)
    single = ridge.loo(p.X_train.float(), p.y_train.float(), SMALL)
    assert single.dtype == torch.float32
    np.testing.assert_allclose(
        single, ridge.loo(p.X_train.float().double(), p.y_train.float().double(), SMALL), rtol=1e-6
    )


@pytest.mark.parametrize(("n", "d"), [(20, 200), (30, 6), (12, 11)])
def test_gcv_is_right_at_any_lambda(n: int, d: int) -> None:
    X, y = (values.numpy() for values in random_problem(12, n, d))
    with mpmath.workdps(60):
        centre = mpmath.eye(n) - mpmath.ones(n) / n
        Xc, yc = centre * mpmath.matrix(X.tolist()), centre * mpmath.matrix(y.tolist())
        K = Xc * Xc.T
        for lam, error in zip(SMALL, ridge.gcv(X, y, SMALL), strict=True):
            # I - H = n lam (K + n lam I)^-1 on what is orthogonal to the ones, and 0 along them.
            inverse = (K + n * mpmath.mpf(lam) * mpmath.eye(n) + mpmath.ones(n)) ** -1
            off = n * mpmath.mpf(lam) * (inverse - mpmath.ones(n) / (n * (n + n * mpmath.mpf(lam))))
            residual = off * yc
            slack = mpmath.fsum(off[i, i] for i in range(n)) / n
            right = mpmath.fsum(r**2 for r in residual) / n / slack**2 / 2
            assert error == pytest.approx(float(right), rel=1e-5)


def test_effective_dof_counts_the_bias() -> None:
    X, _ = random_problem(0, 30, 5)
    assert ridge.effective_dof(X, 0.0) == pytest.approx(6)
    assert ridge.effective_dof(X, 1e12) == pytest.approx(1)
    assert ridge.effective_dof(X, 0.3, intercept=False) == pytest.approx(ridge.effective_dof(X, 0.3) - 1)
    assert "The bias counts" in (ridge.effective_dof.__doc__ or "")


# ---- Kinds ----


def test_the_kind_and_the_dtype_follow_the_input() -> None:
    X, y = random_problem(0, 9, 3)
    single = X.numpy().astype(np.float32), y.numpy().astype(np.float32)
    frame = pd.DataFrame(single[0], columns=list("abc")), pd.Series(single[1])
    whole = np.arange(27).reshape(9, 3) ** 2, np.arange(9)
    kinds: list[tuple[tuple[Any, Any], Any]] = [
        (single, np.float32),
        (frame, np.float32),
        (whole, np.float64),
        ((X.numpy() > 0, y.tolist()), np.float64),
        ((X.half().numpy(), y.half().numpy()), np.float16),
    ]
    for (A, t), dtype in kinds:
        results = [*ridge.fit(A, t, 1.0), *ridge.path(A, t, [1.0]), ridge.shrinkage(A, 1.0), ridge.loo(A, t, [1.0])]
        results += [ridge.gcv(A, t, [1.0]), *ridge.gd_iterate(A, t, 1.0, 1e-5, 3, [0, 0, 0], 0.0)]
        assert all(isinstance(r, np.ndarray | np.generic) for r in results)
        assert {r.dtype for r in results} == {np.dtype(dtype)}


def test_gradients_pass_through_tensors() -> None:
    X, y = random_problem(0, 9, 3)
    lams = torch.tensor([0.5], dtype=torch.float64, requires_grad=True)
    y.requires_grad_()
    assert torch.autograd.gradcheck(lambda *a: ridge.path(X, *a)[0], (y, lams))
    assert torch.autograd.gradcheck(lambda *a: ridge.loo(X, *a), (y, lams))
    with pytest.raises(TypeError, match="lams requires a gradient, which an array cannot carry"):
        ridge.path(X.numpy(), y.detach().numpy(), lams)


def test_a_result_beyond_the_dtype_is_refused() -> None:
    X = torch.tensor([[1.0], [2.0], [4.0]]).half()
    y = torch.tensor([6e4, -6e4, 6e4]).half()
    with pytest.raises(ValueError, match=r"the result is beyond the range of torch\.float16; pass X and y scaled"):
        ridge.loo(X, y, [1.0])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_equals_cpu() -> None:
    p = data.noisy_problem(dtype=torch.float64)
    X, y = p.X_train.cuda(), p.y_train.cuda()
    torch.testing.assert_close(ridge.fit(X, y, 1.0)[0].cpu(), ridge.fit(p.X_train, p.y_train, 1.0)[0])
