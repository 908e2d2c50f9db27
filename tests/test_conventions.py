"""Each convention is solved, trained or stepped as its library does it, and lands where ours does."""

import inspect
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.optimize  # type: ignore[import-untyped]
import sklearn
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn import linear_model, neural_network, svm
from torch import Tensor, nn, optim

from wdlesson import conventions, data, ridge
from wdlesson.conventions import libraries
from wdlesson.conventions.libraries import CONVENTIONS, DECOUPLED, L1

P = data.noisy_problem(seed=0, n=40, d=8, dtype=torch.float64)
X, Y, N = P.X_train, P.y_train, P.n
Xn, Yn = X.numpy(), Y.numpy()
LABELS = np.sign(Yn - np.median(Yn))  # -1 and 1, in equal numbers
LAM = 0.6
W, B = ridge.fit(X, Y, LAM)
SIZES: dict[str, Any] = dict(n=N, batch_size=N, y_std=Yn.std(), lr=0.1)

Objective = Callable[[Tensor, Tensor], Tensor]


def converted(name: str, lam: float = LAM, source: str = "half-mse", **sizes: Any) -> float:
    return conventions.convert(lam, source=source, target=name, **(SIZES | sizes))


def assert_lands(w: Any, b: Any, where: tuple[Any, Any] = (W, B), atol: float = 1e-8) -> None:
    np.testing.assert_allclose(np.ravel(w), np.ravel(where[0]), rtol=0, atol=atol)
    np.testing.assert_allclose(np.ravel(b), np.ravel(where[1]), rtol=0, atol=atol)


def minimise(objective: Objective) -> tuple[Tensor, Tensor]:
    """The minimiser of an objective of (w, b), by L-BFGS: an optimiser that knows no closed form."""
    w = torch.zeros(P.d, dtype=torch.float64, requires_grad=True)
    b = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimizer = optim.LBFGS(
        [w, b], max_iter=1000, tolerance_grad=1e-13, tolerance_change=0, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = objective(w, b)
        loss.backward()
        return loss

    optimizer.step(closure)
    return w.detach(), b.detach()


def squared(w: Tensor, b: Tensor) -> Tensor:
    return (X @ w + b - Y).square().sum()


def log_loss(w: Tensor, b: Tensor) -> Tensor:
    return nn.functional.softplus(-torch.as_tensor(LABELS) * (X @ w + b)).sum()


# ---- Penalties, minimised as the objective says ----

STATED: dict[str, Callable[[float], Objective]] = {
    "mse": lambda c: lambda w, b: squared(w, b) / N + c * w @ w,
    "sum-of-squares": lambda c: lambda w, b: squared(w, b) / 2 + c / 2 * w @ w,
    "keras.L2": lambda c: lambda w, b: (X @ w + b - Y).square().mean() + c * w.square().sum(),
    "optax.add_decayed_weights": lambda c: lambda w, b: (X @ w + b - Y).square().div(2).mean() + c / 2 * w @ w,
}


@pytest.mark.parametrize("name", STATED)
def test_an_objective_has_our_minimiser(name: str) -> None:
    assert_lands(*minimise(STATED[name](converted(name))))


@pytest.mark.parametrize("standardize", [False, True])
def test_glmnets_ridge_scales_y_and_lambda_with_it(standardize: bool) -> None:
    """The steps that its manual and its source state; standardize asks for the minimiser on standardised features."""
    scale = Xn.std(0) if standardize else np.ones(P.d)
    Z, s = (Xn - Xn.mean(0)) / scale, Yn.std()
    z, lam = (Yn - Yn.mean()) / s, converted("glmnet(alpha=0)") / s
    w = np.linalg.solve(Z.T @ Z / N + lam * np.eye(P.d), Z.T @ z / N) * s / scale
    ours, _ = ridge.fit(Xn / scale, Yn, LAM)
    assert_lands(w, Yn.mean() - Xn.mean(0) @ w, (ours / scale, Yn.mean() - Xn.mean(0) @ (ours / scale)))


# ---- Penalties, solved by the library ----


def mlp(**settings: Any) -> Any:
    """A network without a hidden layer, which is linear regression."""
    return neural_network.MLPRegressor(
        hidden_layer_sizes=(), alpha=converted("sklearn.MLPRegressor"), random_state=0, **settings
    )


@pytest.mark.parametrize(
    ("name", "model", "atol"),
    [
        ("sklearn.Ridge", lambda c: linear_model.Ridge(alpha=c), 1e-10),
        ("sklearn.Ridge", lambda c: linear_model.RidgeCV(alphas=[c]), 1e-10),
        ("sklearn.ElasticNet", lambda c: linear_model.ElasticNet(alpha=c, l1_ratio=0, tol=1e-14, max_iter=10**5), 1e-6),
        ("sklearn.MLPRegressor", lambda c: mlp(solver="lbfgs", tol=1e-14, max_iter=10**4), 1e-6),
    ],
)
def test_scikit_learn_solves_for_our_minimiser(name: str, model: Callable[[float], Any], atol: float) -> None:
    fitted = model(converted(name)).fit(Xn, Yn)
    w = fitted.coefs_[0] if name == "sklearn.MLPRegressor" else fitted.coef_
    b = fitted.intercepts_[0] if name == "sklearn.MLPRegressor" else fitted.intercept_
    assert_lands(w, b, atol=atol)


def test_the_ridge_classifier_is_ridge_on_the_signs() -> None:
    fitted = linear_model.RidgeClassifier(alpha=converted("sklearn")).fit(Xn, LABELS)
    assert_lands(fitted.coef_, fitted.intercept_, ridge.fit(Xn, LABELS, LAM))


def test_an_mlp_divides_its_penalty_by_the_rows_of_a_batch() -> None:
    rows, lr, w = 10, 0.01, np.linspace(-1, 1, P.d)
    model = neural_network.MLPRegressor(
        hidden_layer_sizes=(), solver="sgd", momentum=0, nesterovs_momentum=False, learning_rate_init=lr,
        alpha=converted("sklearn.MLPRegressor", batch_size=rows), batch_size=rows,
    )  # fmt: skip
    model.partial_fit(Xn[:rows], Yn[:rows])
    model.coefs_, model.intercepts_ = [w[:, None].copy()], [np.zeros(1)]
    model.partial_fit(Xn[:rows], Yn[:rows])
    gradient = Xn[:rows].T @ (Xn[:rows] @ w - Yn[:rows]) / rows + LAM * w
    np.testing.assert_allclose(model.coefs_[0][:, 0], w - lr * gradient, rtol=1e-12)


def test_logistic_regression_has_the_minimiser_of_the_mean_log_loss() -> None:
    C = converted("sklearn.LogisticRegression", source="mean-loss")
    fitted = linear_model.LogisticRegression(C=C, tol=1e-12, max_iter=10**4).fit(Xn, LABELS)
    assert_lands(
        fitted.coef_, fitted.intercept_, minimise(lambda w, b: log_loss(w, b) / N + LAM / 2 * w @ w), atol=1e-6
    )
    liblinear = linear_model.LogisticRegression(C=C, tol=1e-12, max_iter=10**4, solver="liblinear").fit(Xn, LABELS)
    bias_too = minimise(lambda w, b: log_loss(w, b) / N + LAM / 2 * (w @ w + b * b))
    assert_lands(liblinear.coef_, liblinear.intercept_, bias_too, atol=1e-6)


def squared_hinge(w: Tensor, b: Tensor) -> Tensor:
    return (1 - torch.as_tensor(LABELS) * (X @ w + b)).relu().square().sum()


def squared_insensitive(w: Tensor, b: Tensor) -> Tensor:
    return ((X @ w + b - Y).abs() - 0.3).relu().square().sum()


@pytest.mark.parametrize(
    ("name", "model", "targets", "loss"),
    [
        ("sklearn.LinearSVC", svm.LinearSVC, LABELS, squared_hinge),
        (
            "sklearn.LinearSVR",
            lambda **s: svm.LinearSVR(epsilon=0.3, loss="squared_epsilon_insensitive", **s),
            Yn,
            squared_insensitive,
        ),
    ],
)
def test_linear_svms_minimise_the_mean_loss_with_the_bias_penalised(
    name: str, model: Callable[..., Any], targets: Any, loss: Objective
) -> None:
    C = converted(name, source="mean-loss")
    fitted = model(C=C, tol=1e-12, max_iter=10**6, dual=False).fit(Xn, targets)
    where = minimise(lambda w, b: loss(w, b) / N + LAM / 2 * (w @ w + b * b))
    assert_lands(fitted.coef_, fitted.intercept_, where, atol=1e-6)


def quadratic_program(rows: Any, limits: Any, lam: float) -> tuple[Any, Any]:
    """The (w, b) of the least mean of xi plus lam/2 ||w||^2, where rows @ (w, b) + xi >= limits and xi >= 0."""
    k, m = P.d + 1, len(limits)
    wall = scipy.optimize.LinearConstraint(np.hstack([rows, np.tile(np.eye(N), (m // N, 1))]), limits, np.inf)
    penalised = np.r_[np.ones(P.d), np.zeros(1 + N)]
    result = scipy.optimize.minimize(
        lambda v: v[k:].mean() + lam / 2 * (penalised * v) @ v,
        np.r_[np.zeros(k), np.full(N, 10.0)],
        jac=lambda v: np.r_[np.zeros(k), np.full(N, 1 / N)] + lam * penalised * v,
        constraints=wall,
        bounds=[(None, None)] * k + [(0, None)] * N,
        method="SLSQP",
        options=dict(maxiter=1000, ftol=1e-14),
    )
    assert result.success
    return result.x[: P.d], result.x[P.d]


def test_kernel_svms_have_the_minimiser_of_the_mean_loss() -> None:
    Z, lam = np.c_[Xn, np.ones(N)], 0.3
    C = converted("sklearn.SVC", lam, source="mean-loss")
    fitted = svm.SVC(C=C, kernel="linear", tol=1e-10).fit(Xn, LABELS)
    assert_lands(fitted.coef_, fitted.intercept_, quadratic_program(LABELS[:, None] * Z, np.ones(N), lam), atol=1e-5)
    fitted = svm.SVR(C=converted("sklearn.SVR", lam, source="mean-loss"), kernel="linear", tol=1e-10).fit(Xn, Yn)
    where = quadratic_program(np.r_[Z, -Z], np.r_[Yn, -Yn] - 0.1, lam)  # epsilon is 0.1
    assert_lands(fitted.coef_, fitted.intercept_, where, atol=1e-5)


def least_absolute(scale: float, c: float) -> Any:
    """The w of the least scale * ||r||^2 + c ||w||_1 for centred data, split into its positive and negative parts."""
    Xc, yc = Xn - Xn.mean(0), Yn - Yn.mean()

    def objective(v: Any) -> tuple[float, Any]:
        r = Xc @ (v[: P.d] - v[P.d :]) - yc
        g = 2 * scale * Xc.T @ r
        return scale * r @ r + c * v.sum(), np.r_[g, -g] + c

    start = np.zeros(2 * P.d)
    result = scipy.optimize.minimize(
        objective, start, jac=True, bounds=[(0, None)] * (2 * P.d), options=dict(ftol=0, gtol=1e-12, maxiter=10**4)
    )
    return result.x[: P.d] - result.x[P.d :]


def test_the_l1_penalties_have_one_minimiser() -> None:
    lasso = linear_model.Lasso(alpha=LAM / 10, tol=1e-14, max_iter=10**5).fit(Xn, Yn).coef_
    assert 0 < (lasso == 0).sum() < P.d  # some are out, some in
    scales = {"sklearn.Lasso": 1 / (2 * N), "keras.L1": 1 / N, "glmnet(alpha=1)": 1 / (2 * N)}
    assert scales.keys() == {name for name, row in CONVENTIONS.items() if row.kind == L1}
    for name, scale in scales.items():
        c = converted(name, LAM / 10, source="sklearn.Lasso")
        np.testing.assert_allclose(least_absolute(scale, c), lasso, atol=1e-6)


def test_glmnets_lasso_needs_no_standard_deviation() -> None:
    s = Yn.std()
    lasso = linear_model.Lasso(alpha=LAM / 10, tol=1e-14, max_iter=10**5).fit(Xn, Yn).coef_
    lam = conventions.convert(LAM / 10, source="sklearn.Lasso", target="glmnet(alpha=1)")
    on_scaled_y = linear_model.Lasso(alpha=lam / s, tol=1e-14, max_iter=10**5).fit(Xn, Yn / s).coef_
    np.testing.assert_allclose(on_scaled_y * s, lasso, atol=1e-8)


# ---- Penalties, trained ----


class HalfMSE(nn.MSELoss):
    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return super().forward(input, target) / 2


def train(
    c: float,
    loss: nn.Module,
    optimizer: Callable[..., optim.Optimizer] = optim.SGD,
    targets: Tensor = Y,
    decoupled: bool = False,
    lr: float = 0.1,
    shrink: float = 1.0,
    steps: int = 2000,
    **settings: Any,
) -> tuple[Tensor, Tensor]:
    """Full-batch training with a decay on the weight alone: the optimiser's, or one that goes past the gradient."""
    net = nn.Linear(P.d, 1, dtype=torch.float64)
    groups = [{"params": [net.weight], "weight_decay": 0.0 if decoupled else c}, {"params": [net.bias]}]
    made = optimizer(groups, lr=lr, **{"weight_decay": 0.0} | settings)
    scheduler = optim.lr_scheduler.ExponentialLR(made, shrink)
    for _ in range(steps):
        made.zero_grad()
        loss(net(X)[:, 0], targets).backward()
        if decoupled:
            net.weight.data.mul_(1 - lr * c)
        made.step()
        scheduler.step()
    return net.weight.detach()[0], net.bias.detach()[0]


def test_sgd_trains_to_our_minimiser() -> None:
    assert_lands(*train(converted("half-mse"), HalfMSE()))
    assert_lands(*train(converted("torch.SGD"), nn.MSELoss()))
    assert_lands(*train(converted("torch.SGD"), nn.MSELoss(), momentum=0.9))
    c = converted("mean-loss", source="mean-loss")
    where = minimise(lambda w, b: log_loss(w, b) / N + LAM / 2 * w @ w)
    assert_lands(*train(c, nn.BCEWithLogitsLoss(), targets=torch.as_tensor((LABELS + 1) / 2)), where)


@pytest.mark.parametrize("name", ["keras.SGD", "fastai.SGD"])
def test_a_decoupled_rate_is_a_penalty_for_sgd_without_momentum(name: str) -> None:
    assert_lands(*train(converted(name), nn.MSELoss(), decoupled=True))
    with_momentum = train(converted(name), nn.MSELoss(), decoupled=True, momentum=0.9)
    assert_lands(*with_momentum, ridge.fit(X, Y, LAM * (1 - 0.9)))  # as the condition says


def test_adam_comes_to_rest_at_our_minimiser_and_adamw_does_not() -> None:
    c, mse = converted("torch.Adam"), nn.MSELoss()
    assert_lands(*train(c, mse, optim.Adam, lr=0.05, shrink=0.995), atol=1e-5)
    w, _ = train(c, mse, optim.AdamW, lr=0.05, shrink=0.995)
    assert (w - W).norm() > 0.1 * W.norm()


@pytest.mark.parametrize("name", ["Adam", "NAdam", "RAdam", "Adamax", "Adagrad", "Adadelta", "RMSprop", "SGD"])
def test_our_minimiser_is_where_an_l2_optimiser_rests(name: str) -> None:
    w = W.clone().requires_grad_()
    b = B.clone().requires_grad_()
    c = converted("torch.Adam")
    optimizer = getattr(optim, name)([{"params": [w], "weight_decay": c}, {"params": [b]}], lr=0.01)
    nn.functional.mse_loss(X @ w + b, Y).backward()
    optimizer.step()
    assert_lands(w.detach(), b.detach(), atol=1e-6)


@pytest.mark.parametrize(
    ("model", "gradient"),
    [
        (linear_model.SGDRegressor, lambda z: z - Yn[0]),
        (linear_model.SGDClassifier, lambda z: -1.0 if z < 1 else 0.0),  # the hinge of a positive example
        (lambda **s: linear_model.SGDClassifier(loss="log_loss", **s), lambda z: -1 / (1 + np.exp(z))),
    ],
)
def test_one_step_of_scikit_learns_sgd_takes_lr_times_lambda_off(
    model: Any, gradient: Callable[[float], float]
) -> None:
    regressor, lr = model is linear_model.SGDRegressor, 0.01
    alpha = converted("sklearn.SGDRegressor") if regressor else converted("sklearn.SGDClassifier", source="mean-loss")
    w, x = np.linspace(-0.1, 0.1, P.d), Xn[:1]
    fitted = model(alpha=alpha, learning_rate="constant", eta0=lr)
    fitted.partial_fit(x, Yn[:1]) if regressor else fitted.partial_fit(x, [1], classes=[0, 1])
    fitted.coef_[...], fitted.intercept_[...] = w, 0.0
    fitted.partial_fit(x, Yn[:1] if regressor else [1])
    np.testing.assert_allclose(
        np.ravel(fitted.coef_), (1 - lr * LAM) * w - lr * gradient((x @ w)[0]) * x[0], rtol=1e-12
    )


def test_scikit_learns_sgd_averages_out_at_our_minimiser() -> None:
    alpha = converted("sklearn.SGDRegressor")
    model = linear_model.SGDRegressor(
        alpha=alpha, learning_rate="constant", eta0=1e-3, average=N * 500, max_iter=2500, tol=None, random_state=0
    ).fit(Xn, Yn)
    assert_lands(model.coef_, model.intercept_, atol=0.005 * W.norm().item())


# ---- Decoupled rates ----

STEPPED: dict[str, Callable[..., optim.Optimizer]] = {
    "torch.AdamW": optim.AdamW,
    "torch.Adam(decoupled)": partial(optim.Adam, decoupled_weight_decay=True),
    "torch.NAdam(decoupled)": partial(optim.NAdam, decoupled_weight_decay=True),
    "torch.RAdam(decoupled)": partial(optim.RAdam, decoupled_weight_decay=True),
    "torch.Muon": partial(optim.Muon, adjust_lr_fn="match_rms_adamw"),
    "torch.Adafactor": optim.Adafactor,
}


def one_step(optimizer: Callable[..., optim.Optimizer], c: float, lr: float) -> Tensor:
    w = nn.Parameter(X[:4].clone())
    w.grad = torch.outer(torch.arange(4.0, dtype=torch.float64) - 1, W)
    optimizer([w], lr=lr, weight_decay=c).step()
    return w.detach()


@pytest.mark.parametrize("name", STEPPED)
def test_a_decoupled_step_takes_its_fraction_off_and_no_more(name: str) -> None:
    lr, fraction = 0.01, 0.05
    c = converted(name, fraction, source="fraction", lr=lr)
    off = one_step(STEPPED[name], 0.0, lr) - one_step(STEPPED[name], c, lr)
    torch.testing.assert_close(off, fraction * X[:4], rtol=1e-9, atol=1e-12)


def past_the_step(w: float, c: float, lr: float) -> float:
    return w * (1 - lr * c)


STATED_UPDATES: dict[str, Callable[[float, float, float], float]] = {
    "optax.adamw": lambda w, c, lr: w + -lr * (0.0 + c * w),  # add_decayed_weights, then scale_by_learning_rate
    "keras.AdamW": lambda w, c, lr: w - w * c * lr,
    "fastai.Adam": past_the_step,
    "transformers.Trainer": past_the_step,
    "composer.DecoupledSGDW": lambda w, c, lr: w * (1 - (lr / 0.01) * c),  # 0.01 at the start
    "composer.DecoupledAdamW": lambda w, c, lr: w * (1 - (lr / 0.01) * c),
}


@pytest.mark.parametrize("name", STATED_UPDATES)
def test_a_stated_update_takes_the_fraction_off(name: str) -> None:
    c = converted(name, 0.05, source="fraction", lr=0.01)
    for part in (1, 0.5):  # the schedule lowers both
        assert STATED_UPDATES[name](3.0, c, part * 0.01) == pytest.approx(3 * (1 - part * 0.05))


# ---- The table ----


def test_each_row_is_proven_as_it_says() -> None:
    proofs = {
        libraries.DEFINED: {"fraction"},
        libraries.MINIMISED: {"mse", "sum-of-squares"},
        libraries.SOLVED: {
            *("sklearn.Ridge", "sklearn.ElasticNet", "sklearn.MLPRegressor", "sklearn.Lasso"),
            *("sklearn.LogisticRegression", "sklearn.LinearSVC", "sklearn.SVC", "sklearn.LinearSVR", "sklearn.SVR"),
        },
        libraries.TRAINED: {"half-mse", "torch.SGD", "torch.Adam", "sklearn.SGDRegressor", "mean-loss"},
        libraries.STEPPED: {*STEPPED, "sklearn.SGDClassifier"},
        libraries.STATED: {
            *(STATED.keys() - {"mse", "sum-of-squares"}),
            *STATED_UPDATES,
            *("keras.SGD", "fastai.SGD", "keras.L1", "glmnet(alpha=0)", "glmnet(alpha=1)"),
        },
    }
    table = conventions.table()
    assert {proof: set(rows.index) for proof, rows in table.groupby("proof")} == proofs
    assert libraries.CONDITIONS.keys() <= set(table.index)


DEFAULTS: dict[str, tuple[Callable[..., Any], str]] = {
    **{
        name: (getattr(optim, name.partition(".")[2].partition("(")[0]), "weight_decay")
        for name in CONVENTIONS
        if name.startswith("torch.")
    },
    **{
        f"sklearn.{model.__name__}": (model, parameter)
        for parameter, models in {
            "alpha": [
                linear_model.Ridge, linear_model.SGDRegressor, linear_model.ElasticNet, linear_model.Lasso,
                linear_model.SGDClassifier, neural_network.MLPRegressor,
            ],
            "C": [linear_model.LogisticRegression, svm.LinearSVC, svm.SVC, svm.LinearSVR, svm.SVR],
        }.items()
        for model in models
    },
}  # fmt: skip


def default(function: Callable[..., Any], parameter: str) -> Any:
    return inspect.signature(function).parameters[parameter].default


def test_the_defaults_are_those_of_the_releases_that_are_named() -> None:
    table = conventions.table()
    installed = table.index[table.library.str.startswith(("PyTorch", "scikit-learn"))]
    assert set(installed) == DEFAULTS.keys()
    for name, (function, parameter) in DEFAULTS.items():
        assert table.default[name] == default(function, parameter), name
    assert libraries.LIBRARIES["torch"].split()[1] == ".".join(version("torch").split(".")[:2])
    assert libraries.LIBRARIES["sklearn"].split()[1] == ".".join(sklearn.__version__.split(".")[:2])


def test_the_defaults_that_conditions_name() -> None:
    assert default(linear_model.ElasticNet, "l1_ratio") == 0.5
    assert default(linear_model.LogisticRegression, "l1_ratio") == 0
    assert default(linear_model.SGDRegressor, "penalty") == default(linear_model.SGDClassifier, "penalty") == "l2"
    assert default(linear_model.SGDRegressor, "loss") == "squared_error"
    assert default(linear_model.SGDClassifier, "loss") == "hinge"
    assert default(svm.LinearSVC, "loss") == "squared_hinge"
    assert (default(svm.LinearSVR, "epsilon"), default(svm.SVR, "epsilon")) == (0, 0.1)
    assert default(neural_network.MLPRegressor, "batch_size") == "auto"
    for name in ("Adam", "NAdam", "RAdam"):
        assert default(getattr(optim, name), "decoupled_weight_decay") is False


def test_a_page_can_show_the_table_whole() -> None:
    table = conventions.table()
    assert list(table.index) == list(CONVENTIONS)
    assert not table.drop(columns="default").isna().any().any()
    text = table.drop(columns="default").to_csv(sep="\t")
    assert not set("\\$`") & set(text)
    coefficients = {
        "half-mse": "c = lam",
        "torch.SGD": "c = 2 lam",
        "sklearn.Ridge": "c = n lam",
        "sklearn.SVC": "c = 1 / (n lam)",
        "glmnet(alpha=0)": "c = y_std lam",
        "torch.AdamW": "c = fraction / lr",
        "fraction": "c = fraction",
    }
    assert table.coefficient[list(coefficients)].to_dict() == coefficients


# ---- Conversions as a whole ----

KINDS = [
    [name for name, row in CONVENTIONS.items() if (row.kind, row.loss) in group]
    for group in (
        {(libraries.L2, libraries.SQUARED), (libraries.L2, libraries.ANY)},
        {(libraries.L2, libraries.HINGE), (libraries.L2, libraries.ANY)},
        {(libraries.L2, libraries.LOG), (libraries.L2, libraries.ANY)},
        {(libraries.L2, libraries.INSENSITIVE), (libraries.L2, libraries.ANY)},
        {(L1, libraries.SQUARED)},
        {(DECOUPLED, libraries.ANY)},
    )
]
chains = st.sampled_from(KINDS).flatmap(lambda names: st.lists(st.sampled_from(names), min_size=3, max_size=3))
positive = st.floats(1e-6, 1e6)
sizes = st.fixed_dictionaries(
    dict(n=st.integers(1, 10_000), batch_size=st.integers(1, 10_000), y_std=positive, lr=positive)
)


@given(value=positive, chain=chains, sizes=sizes)
def test_conversions_compose_and_invert(value: float, chain: list[str], sizes: Any) -> None:
    source, via, target = chain
    there = conventions.convert(value, source=source, target=target, **sizes)
    stop = conventions.convert(value, source=source, target=via, **sizes)
    assert conventions.convert(stop, source=via, target=target, **sizes) == pytest.approx(there)
    assert conventions.convert(there, source=target, target=source, **sizes) == pytest.approx(value)
    assert conventions.convert(value, source=source, target=source) == value


@given(
    values=st.lists(positive, min_size=1, max_size=5),
    chain=chains,
    sizes=sizes,
    kind=st.sampled_from([np.array, pd.Series, pd.Index, torch.tensor, list]),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_arrays_are_converted_entry_by_entry(
    values: list[float], chain: list[str], sizes: Any, kind: Any, dtype: Any
) -> None:
    source, _, target = chain
    array = kind(np.array(values, dtype=dtype))
    result = conventions.convert(array, source=source, target=target, **sizes)
    assert type(result) is (np.ndarray if kind is list else type(array))
    assert np.asarray(result).dtype == dtype
    one_by_one = [conventions.convert(float(value), source=source, target=target, **sizes) for value in array]
    np.testing.assert_allclose(np.asarray(result), one_by_one, rtol=4 * np.finfo(dtype).eps)


def test_kind_shape_and_labels_follow() -> None:
    by_hand: Any = dict(source="half-mse", target="sklearn", n=20)
    series = conventions.convert(pd.Series([1.0, 2.0], index=["a", "b"], name="lam"), **by_hand)
    pd.testing.assert_series_equal(series, pd.Series([20.0, 40.0], index=["a", "b"], name="lam"))
    frame = conventions.convert(pd.DataFrame({"a": [1], "b": [0.5]}), **by_hand)
    pd.testing.assert_frame_equal(frame, pd.DataFrame({"a": [20.0], "b": [10.0]}))
    square = conventions.convert(np.ones((2, 3), dtype=int), **by_hand)
    np.testing.assert_array_equal(square, np.full((2, 3), 20.0))
    assert square.dtype == np.float64
    numbers: list[Any] = [np.float32(3), np.float64(3), np.array(3, dtype=np.float32), torch.tensor(3.0)]
    for number in numbers:
        result: Any = conventions.convert(number, **by_hand)
        assert result == 60
        assert result.dtype == number.dtype
    wholes: list[Any] = [3, Fraction(3), np.int64(3)]
    for whole in wholes:
        assert type(conventions.convert(whole, **by_hand)) is float


def test_gradients_pass_through_tensors() -> None:
    lam = torch.tensor([0.5, 2.0], requires_grad=True)
    conventions.convert(lam, source="mean-loss", target="sklearn.SVC", n=10).sum().backward()
    torch.testing.assert_close(lam.grad, -1 / (10 * lam.detach().square()))


def test_no_penalty_is_an_infinite_c() -> None:
    pairs: list[Any] = [(0.0, np.inf), (np.zeros(2), np.full(2, np.inf)), (torch.zeros(2), torch.full((2,), np.inf))]
    for none, C in pairs:
        to = conventions.convert(none, source="mean-loss", target="sklearn.LogisticRegression", n=10)
        back = conventions.convert(C, source="sklearn.LogisticRegression", target="mean-loss", n=10)
        np.testing.assert_array_equal(to, C)
        np.testing.assert_array_equal(back, none)
        same = conventions.convert(C, source="sklearn.SVC", target="sklearn.LinearSVC")
        np.testing.assert_array_equal(same, C)


def test_what_cancels_is_not_asked_for() -> None:
    for source, target in [
        ("sklearn.Ridge", "sum-of-squares"),
        ("sklearn.SVC", "sklearn.LinearSVC"),
        ("torch.AdamW", "optax.adamw"),
        ("composer.DecoupledAdamW", "fraction"),
        ("glmnet(alpha=0)", "glmnet(alpha=0)"),
    ]:
        assert conventions.convert(0.3, source=source, target=target) == 0.3


def test_the_contracts_examples() -> None:
    assert conventions.convert(3.0, source="half-mse", target="sklearn", n=20) == 60
    assert conventions.convert(3.0, source="half-mse", target="torch") == 6
    assert conventions.convert(50, source="sklearn", target="torch", n=200) == 0.5
    first = {"torch": "torch.SGD", "sklearn": "sklearn.Ridge", "keras": "keras.L2", "fastai": "fastai.SGD"}
    for package, row in first.items():
        assert converted(package) == converted(row)
        assert conventions.table().index[conventions.table().index.str.startswith(f"{package}.")][0] == row


# ---- What is refused ----


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(target="numpy"), "target is 'numpy'; it must be a name in conventions.table()"),
        (dict(source="numpy"), "source is 'numpy'; it must be a name in conventions.table()"),
        (dict(target="Ridge"), "it must be a name in conventions.table(), such as 'sklearn.Ridge'"),
        (dict(target="adamw"), "such as 'torch.AdamW'"),
        (dict(target="sklearn"), "n is None; 'sklearn.Ridge' sums over the examples, so n must be their number"),
        (dict(target="sklearn", n=0), "n is 0; it must be 1 or more"),
        (dict(target="sklearn.MLPRegressor", n=9), "batch_size is None; 'sklearn.MLPRegressor' divides by the rows"),
        (dict(target="glmnet"), "y_std is None; 'glmnet(alpha=0)' scales y, so y_std must be its standard deviation"),
        (dict(source="fraction", target="torch.AdamW"), "lr is None; 'torch.AdamW' takes lr c off each weight"),
        (dict(target="mse", lr=0.0), "lr is 0.0; it must be a finite number above 0"),
        (dict(value=-1.0), "value is -1.0; it must be a finite number, 0 or more"),
        (dict(value=[1.0, -1.0, np.nan]), "value has 2 entries out of range; all must be finite numbers, 0 or more"),
        (dict(value=[1.0, np.inf]), "value has 1 entries out of range"),
        (dict(value=0.0, source="sklearn.SVC", target="mean-loss"), "value is 0.0; it must be a finite number above 0"),
        (
            dict(value=[0.0, 1.0], source="sklearn.SVC", target="mean-loss"),
            "value has 1 entries out of range; all must be above 0",
        ),
        (dict(value=1e308, target="torch"), "value is 1e+308; the result would be beyond the range of float64"),
        (dict(value=np.float32(3e38), target="torch"), "the result would be beyond the range of float32"),
        (dict(value=torch.tensor([3e38]), target="torch"), "of shape (1,); the result would be beyond the range of"),
        (
            dict(source="torch.AdamW", target="sklearn"),
            "target is 'sklearn.Ridge' (L2 penalty) and source is 'torch.AdamW' (decoupled rate); a penalty enters the",
        ),
        (dict(source="keras.L2", target="keras.AdamW"), "and a decoupled rate goes past it, so no c does in one what"),
        (
            dict(source="sklearn.Lasso", target="sklearn.Ridge"),
            "c is beside another term: ||r||^2 + c ||w||^2 and ||r||^2 / (2n) + c ||w||_1",
        ),
        (
            dict(source="sklearn.LogisticRegression", target="half-mse", n=9),
            "target is 'half-mse' (squared error) and source is 'sklearn.LogisticRegression' (log loss); no c gives "
            "both the same weights; each converts to and from 'mean-loss'",
        ),
    ],
)
def test_what_is_refused_is_named(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011
        conventions.convert(**dict(value=1.0, source="half-mse", target="mse") | arguments)  # type: ignore[call-overload]
    assert message in str(error.value)
