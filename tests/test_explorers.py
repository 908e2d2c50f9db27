"""The explorers' Python side: their state, parameters, data and static pictures. tests/test_browser.py has the rest."""

import base64
import inspect
import itertools
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Protocol

import numpy as np
import pytest
import torch
from bs4 import BeautifulSoup
from conftest import definitions
from mount import MOUNT
from playwright.sync_api import Page
from scipy.optimize import brentq, lsq_linear  # type: ignore[import-untyped]
from sklearn.linear_model import Lasso

from wdlesson import data, explorers, ridge, scratch
from wdlesson.explorers import (
    decayed_step,
    hidden_data,
    lambda_dial,
    norm_ball,
    norm_decomposition,
    optimizer_balls,
    risk_peak,
    stopped_or_decayed,
)
from wdlesson.explorers.base import Explorer, quadratic
from wdlesson.history import half_mse

ALL = [getattr(explorers, name) for name in explorers.__all__]
DATA_LIMIT, SCRIPT_LIMIT = 30_000, 80_000  # bytes


@pytest.mark.parametrize("kind", ALL)
def test_the_state_is_small_and_plain(kind: type[Explorer]) -> None:
    state = {name: value for name, value in kind().get_state().items() if name != "layout"}
    script = state.pop("_esm") + state.pop("_css")
    assert len(json.dumps(state)) < DATA_LIMIT
    assert len(script) < SCRIPT_LIMIT


@pytest.mark.parametrize("kind", ALL)
def test_the_script_is_one_module_that_imports_nothing(kind: type[Explorer]) -> None:
    script = kind()._esm
    assert script.count("export default { render };") == 1
    assert "import " not in script.replace("// ", "")
    assert "http" not in script.replace("http://www.w3.org/2000/svg", "")


MOVES: list[tuple[type[Explorer], str, Any]] = [
    (explorers.NormBall, "lam", 2.0),
    (explorers.NormBall, "minimum", [0.5, -1.0]),
    (explorers.NormBall, "norm", "L1"),
    (explorers.DecayedStep, "lr", 0.02),
    (explorers.DecayedStep, "lam", 0.7),
    (explorers.LambdaDial, "lam", 1.0),
    (explorers.LambdaDial, "sample", 3),
    (explorers.NormDecomposition, "epoch", 70),
    (explorers.NormDecomposition, "start", "zero"),
    (explorers.NormDecomposition, "lam", 0),
    (explorers.L2VersusDecoupled, "scale", 3.0),
    (explorers.L2VersusDecoupled, "lam", 0.4),
    (explorers.Training, "problem", "noisy"),
    (explorers.Training, "lam", 30.0),
    (explorers.Training, "lr", 0.01),
    (explorers.Training, "batch_size", "all"),
    (explorers.Training, "init_std", 0),
    (explorers.Training, "seed", 3),
    (explorers.Training, "epoch", 7),
    (explorers.Training, "kept", [0, 0.003, 5, 1, 0]),
    (explorers.OptimizerBalls, "lam", 0.5),
    (explorers.OptimizerBalls, "minimum", [0.5, -2.5]),
    (explorers.OptimizerBalls, "norm", "spectral"),
    (explorers.HiddenData, "by", "folds"),
    (explorers.HiddenData, "lam", 0.1),
    (explorers.HiddenData, "sample", 15),
    (explorers.RiskPeak, "n", 700),
    (explorers.StoppedOrDecayed, "t", 1000.0),
    (explorers.StoppedOrDecayed, "signal", "weak"),
    (explorers.StoppedOrDecayed, "sigma", 1.2),
    (explorers.RiskPeak, "sigma", 0.1),
    (explorers.RiskPeak, "total", 0.0),
]


@pytest.mark.parametrize(("kind", "name", "value"), MOVES)
def test_a_parameter_can_be_set_read_and_observed(kind: type[Explorer], name: str, value: Any) -> None:
    explorer = kind()
    heard: list[Any] = []
    before = explorer.alt_text()
    explorer.observe(heard.append, name)
    setattr(explorer, name, value)
    assert getattr(explorer, name) == value
    assert explorer.get_state(name)[name] == value  # what the browser gets
    assert [change["new"] for change in heard] == [value]
    assert explorer.alt_text() != before or name == "kept"  # which is another run
    assert getattr(kind(**{name: value}), name) == value


@pytest.mark.parametrize(("kind", "name", "value"), MOVES)
def test_what_the_reader_moves_reaches_python(kind: type[Explorer], name: str, value: Any) -> None:
    explorer = kind()
    explorer.set_state({name: value})
    assert getattr(explorer, name) == value


def test_every_parameter_of_every_explorer_is_moved() -> None:
    assert {(kind, name) for kind, name, _ in MOVES} == {(kind, name) for kind in ALL for name in kind.parameters()}


BAD: list[tuple[type[Explorer], str, Any, type[Exception], str]] = [
    (explorers.NormBall, "lam", -1, ValueError, "lam is -1; it must be a number from 0 to 10"),
    (explorers.NormBall, "lam", float("nan"), ValueError, "lam is nan; it must be a number from 0 to 10"),
    (explorers.NormBall, "lam", "1", TypeError, "lam is '1'; it must be a number from 0 to 10"),
    (explorers.NormBall, "lam", None, TypeError, "lam is None; it must be a number from 0 to 10"),
    (explorers.NormBall, "minimum", [1, 2, 3], ValueError, r"minimum is \[1, 2, 3\]; it must be two numbers"),
    (explorers.NormBall, "minimum", [1, 9], ValueError, "minimum is 9; it must be a number from -3.5 to 3.5"),
    (explorers.NormBall, "minimum", 1.0, TypeError, "minimum is 1.0; it must be two numbers"),
    (explorers.NormBall, "minimum", ["1", 2], TypeError, "minimum is '1'; it must be a number from -3.5 to 3.5"),
    (explorers.NormBall, "norm", "L3", ValueError, "norm is 'L3'; it must be one of 'L2', 'L1'"),
    (explorers.NormBall, "norm", 2, TypeError, "norm is 2; it must be one of 'L2', 'L1'"),
    (explorers.DecayedStep, "lr", 3, ValueError, "lr is 3; it must be a number from 0 to 0.16"),
    (explorers.NormDecomposition, "epoch", 101, ValueError, "epoch is 101; it must be a number from 0 to 100"),
    (explorers.NormDecomposition, "lam", 1, ValueError, "lam is 1; it must be one of 3, 0"),
    (explorers.NormDecomposition, "epoch", 20.5, ValueError, "epoch is 20.5; it must be a whole number"),
    (explorers.NormDecomposition, "epoch", "20", TypeError, "epoch is '20'; it must be a number from 0 to 100"),
    (explorers.NormDecomposition, "lam", False, TypeError, "lam is False; it must be one of 3, 0"),
    (explorers.NormDecomposition, "lam", np.array([3, 0]), TypeError, r"array\(\[3, 0\]\); it must be one of 3, 0"),
    (explorers.L2VersusDecoupled, "scale", 0, ValueError, "scale is 0; it must be a number from 0.01 to 10"),
    (explorers.HiddenData, "lam", 0, ValueError, "lam is 0; it must be a number from 0.0009 to 90"),
    (explorers.HiddenData, "sample", 16, ValueError, "sample is 16; it must be a number from 0 to 15"),
    (explorers.HiddenData, "by", "gcv", ValueError, "by is 'gcv'; it must be one of 'loo', 'folds', 'part'"),
    (explorers.StoppedOrDecayed, "t", 0, ValueError, "t is 0; it must be a number from 0.1 to 1000"),
    (explorers.StoppedOrDecayed, "signal", "none", ValueError, "it must be one of 'all', 'strong', 'weak'"),
    (explorers.RiskPeak, "n", 49, ValueError, "n is 49; it must be a number from 50 to 1500"),
    (explorers.RiskPeak, "sigma", 1.01, ValueError, "sigma is 1.01; it must be a number from 0 to 1"),
    (explorers.LambdaDial, "lam", True, TypeError, "lam is True; it must be a number from 0 to 100"),
    (explorers.OptimizerBalls, "lam", 2.1, ValueError, "lam is 2.1; it must be a number from 0 to 2"),
    (explorers.OptimizerBalls, "minimum", [0, 3], ValueError, "minimum is 3; it must be a number from -2.5 to 2.5"),
    (explorers.OptimizerBalls, "norm", "L1", ValueError, "norm is 'L1'; it must be one of 'Linf', 'L2', 'spectral'"),
]


@pytest.mark.parametrize(("kind", "name", "value", "error", "says"), BAD)
def test_a_bad_parameter_is_named(
    kind: type[Explorer], name: str, value: Any, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        kind(**{name: value})
    explorer = kind()
    with pytest.raises(error, match=says):
        setattr(explorer, name, value)


PARAMETERS = {
    explorers.OptimizerBalls: "lam, minimum, norm",
    explorers.NormDecomposition: "epoch, lam, start",
    explorers.DecayedStep: "lam, lr",
    explorers.L2VersusDecoupled: "lam, scale",
    explorers.LambdaDial: "lam, sample",
    explorers.NormBall: "lam, minimum, norm",
    explorers.Training: "batch_size, epoch, init_std, kept, lam, lr, problem, seed",
    explorers.HiddenData: "by, lam, sample",
    explorers.RiskPeak: "n, sigma, total",
    explorers.StoppedOrDecayed: "sigma, signal, t",
}


@pytest.mark.parametrize("kind", ALL)
def test_help_shows_the_parameters_with_their_defaults_and_says_what_each_is(kind: type[Explorer]) -> None:
    shown = inspect.signature(kind).parameters
    assert ", ".join(shown) == PARAMETERS[kind]
    assert {name: parameter.default for name, parameter in shown.items()} == {n: getattr(kind(), n) for n in shown}
    told = inspect.getdoc(kind) or ""
    assert sorted(re.findall(r"^(\w+) : ", told, re.MULTILINE)) == sorted(shown)


@pytest.mark.parametrize("name", ["lamb", "lambda_", "Lam", "data", "weight_decay"])
@pytest.mark.parametrize("kind", ALL)
def test_a_parameter_that_is_none_is_refused_with_those_that_are(kind: type[Explorer], name: str) -> None:
    says = f"{kind.__name__} has no parameter '{name}'; it has {PARAMETERS[kind]}$"
    with pytest.raises(TypeError, match=says):
        kind(**{name: 3.0})
    explorer = kind()
    if name != "data":  # which is there, but not to be set
        with pytest.raises(AttributeError, match=says):
            setattr(explorer, name, 3.0)


def test_what_every_widget_takes_an_explorer_takes_too() -> None:
    assert explorers.LambdaDial(lam=0.3, layout={"width": "20em"}).layout.width == "20em"


def test_an_option_is_kept_as_it_is_written_in_the_data() -> None:
    explorer = explorers.NormDecomposition(lam=np.float64(3.0), epoch=np.int64(7))
    assert (repr(explorer.lam), repr(explorer.epoch)) == ("3", "7")


@pytest.mark.parametrize("kind", ALL)
def test_the_static_picture_and_its_alt_text_go_with_the_widget_and_with_a_notebook_that_has_not_run(
    kind: type[Explorer],
) -> None:
    explorer = kind()
    bundle = explorer._repr_mimebundle_()
    assert bundle
    assert set(bundle[0]) == {"application/vnd.jupyter.widget-view+json", "image/svg+xml", "text/plain"}
    assert bundle[0]["image/svg+xml"].lstrip().startswith("<?xml")
    output = explorer.static_mimebundle()
    (image,) = BeautifulSoup(output["text/html"], "html.parser").find_all("img")
    assert image["alt"] == output["text/plain"] == bundle[0]["text/plain"] == explorer.alt_text()
    assert len(image["alt"]) > 80
    start, _, picture = str(image["src"]).partition("base64,")
    assert start == "data:image/svg+xml;"
    assert base64.b64decode(picture).decode() == bundle[0]["image/svg+xml"]  # the same picture is the same file


# ---- The data, against wdlesson's own computation ----


def test_quadratic_has_the_hessian_and_the_minimum_asked_for() -> None:
    H, m = np.array([[2.0, 0.3], [0.3, 0.5]]), np.array([1.0, -2.0])
    X, y = quadratic(H, m)
    np.testing.assert_allclose(X.T @ X / len(X), H, atol=1e-14)
    np.testing.assert_allclose(ridge.fit(X, y, 0.0)[0], m, atol=1e-12)


@pytest.mark.parametrize("lam", [0.001, 0.03, 0.05, 0.3, 5.0])
def test_the_lasso_is_that_of_scikit_learn(lam: float) -> None:
    m = np.array([2.4, 1.0])
    X, y = quadratic(norm_ball.HESSIAN, m)
    theirs = Lasso(alpha=lam, fit_intercept=False, tol=1e-14, max_iter=100_000).fit(X, y)
    np.testing.assert_allclose(norm_ball.lasso(np.array(norm_ball.HESSIAN), m, lam), theirs.coef_, atol=1e-9)


def test_the_ball_is_that_of_the_dials_points() -> None:
    """Least squares on x and x^3 of each draw's points, and the loss around it, but for its least value."""
    for draw, minimum in enumerate(norm_ball.MINIMA):
        p = lambda_dial.polynomial_problem(draw)
        X = p.X_train[:, [0, 2]]
        np.testing.assert_allclose(ridge.fit(X, p.y_train, 0.0)[0], minimum, atol=0.0051)
    np.testing.assert_allclose(np.cov(X.T, bias=True), norm_ball.HESSIAN, atol=1e-14)


def test_the_decayed_step_is_d2ls_along_two_directions() -> None:
    """Gradient descent on the whole problem, the bias at its best, has the explorer's path in two coordinates."""
    p = data.d2l_problem(seed=0, dtype=torch.float64)
    X, y = p.X_train - p.X_train.mean(0), p.y_train - p.y_train.mean()
    values, vectors = torch.linalg.eigh(X.T @ X / p.n)
    seen = values > 1e-9
    V = vectors[:, seen][:, [0, -1]]
    w0 = torch.randn(p.d, generator=data.generator(0, "start"), dtype=torch.float64)
    step = explorers.DecayedStep(lr=0.09, lam=2.0)
    w = torch.stack([ridge.gd_iterate(X, y, 2.0, 0.09, t, w0, 0.0)[0] for t in (0, 1, 7, 40)]) @ V
    np.testing.assert_allclose(w.abs(), np.abs(step.path()[[0, 1, 7, 40]]), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(values[seen][[0, -1]], decayed_step.CURVATURES)


@pytest.mark.parametrize("lam", [0.0, 1e-4, 0.3])
@pytest.mark.parametrize("draw", [0, 1, 19])
def test_the_dials_factors_give_the_ridge_solution(draw: int, lam: float) -> None:
    p, d = lambda_dial.polynomial_problem(draw), explorers.LambdaDial().data
    s, Vh, y = (np.array(part) for part in (d["s"], d["Vh"], d["draws"][draw]))
    Xc = p.X_train.numpy() - p.X_train.numpy().mean(0)
    w = (Vh @ (Xc.T @ (y - y.mean())) / (s**2 + p.n * lam)) @ Vh
    np.testing.assert_allclose(w, ridge.fit(p.X_train, p.y_train, lam)[0], rtol=1e-7)
    np.testing.assert_array_equal(d["x_train"], p.X_train[:, 0])
    np.testing.assert_allclose(d["y_test"], p.y_val, rtol=1e-9)
    np.testing.assert_allclose(p.X_val[:, 0], np.linspace(-1, 1, 1000), atol=1e-15)  # as the script has it


@pytest.mark.parametrize("start", norm_decomposition.STARTS)
@pytest.mark.parametrize("lam", [3, 0])
def test_the_recorded_runs_are_scratchs(start: str, lam: float) -> None:
    p = data.d2l_problem(seed=0, dtype=torch.float64)
    h = scratch.train(p, lam=lam, lr=0.003, epochs=100, init_std=norm_decomposition.STARTS[start], progress=False)
    run = explorers.NormDecomposition().data["runs"][f"{start} {lam}"]
    np.testing.assert_allclose(np.hypot(run["seen"], run["left"]), h.weight_norm, rtol=6e-6)
    np.testing.assert_allclose(run["train"], h.train_loss, rtol=6e-6)
    np.testing.assert_allclose(run["val"], h.val_loss, rtol=6e-6)
    fade = (1 - 0.003 * lam) ** (4 * np.arange(101))
    np.testing.assert_allclose(run["left"], run["left"][0] * fade, rtol=1e-5, atol=1e-12)


def test_adamw_shrinks_all_weights_alike_and_adam_with_l2_does_not() -> None:
    runs = explorers.L2VersusDecoupled(lam=0.1).runs([0.01, 0.1, 1.0, 10.0])
    assert np.ptp(runs["decoupled"][-1]) < 1e-6
    assert np.all(np.diff(runs["L2"][-1]) > 0)


# Optimisers and their balls: twenty settings at random, and the extremes of all of them

DRAWN = np.random.default_rng(0)
CENTRES = np.array(
    [
        *DRAWN.uniform(-2.5, 2.5, (20, 2)).round(2),
        *itertools.product([-2.5, 0.0, 2.5], repeat=2),
        *itertools.product([-2.5, 0.01, 2.5], repeat=2),
    ]
)
STRENGTH = np.array([*DRAWN.uniform(0, 2, 20), *[0.0] * 9, *[2.0] * 9])
NEEDED = ("digits", "order", "X_train", "y_train")  # by functions of the page that have nothing to do with this
OPTIMIZERS = [name for names in optimizer_balls.RUNS.values() for name in names]


@pytest.mark.parametrize(("steps", "apart"), [(40, 1e-9), (2000, 1e-3)])  # later Adam magnifies rounding errors
def test_the_paths_to_the_balls_are_those_of_the_pages_own_optimisers(
    steps: int, apart: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optimizer_balls, "STEPS", steps)
    page, H = definitions("today", *NEEDED), torch.tensor(optimizer_balls.HESSIAN, dtype=torch.float64)
    m, lam = torch.tensor(CENTRES)[..., None], torch.tensor(STRENGTH)[:, None, None]
    sgd = page["with_momentum"](page["length_one"])
    updates = {"adamw": page["adam"], "lion": page["lion"], "cautious": page["adam"], "sgd": sgd}
    for name, update in updates.items():
        settings = (lam, optimizer_balls.LR, steps, name == "cautious")
        theirs = page["descend"](update, H.expand(len(m), 2, 2), H @ m, *settings)[..., 0]
        np.testing.assert_allclose(optimizer_balls.walk(name, CENTRES, STRENGTH)[-1], theirs, rtol=0, atol=apart)


def test_muon_keeps_the_matrices_of_the_diamond_and_takes_its_steps() -> None:
    """On whole 2 x 2 matrices, with the gradient from autograd and the singular vectors from torch."""
    page, H = definitions("today", *NEEDED), torch.tensor(optimizer_balls.HESSIAN, dtype=torch.float64)
    pulled = CENTRES.any(1)  # a gradient of zero has no direction
    m, lam = torch.tensor(CENTRES[pulled]), torch.tensor(STRENGTH[pulled])[:, None, None]
    W, momentum = torch.zeros(len(m), 2, 2, dtype=torch.float64, requires_grad=True), torch.zeros(())
    for t in range(optimizer_balls.STEPS):
        w = torch.stack([W[:, 0, 0] + W[:, 1, 1], W[:, 0, 1] + W[:, 1, 0]], -1) / 2
        (g,) = torch.autograd.grad((((w - m) @ H) * (w - m)).sum() / 2, W)
        momentum = 0.9 * momentum + 0.1 * g
        lr = optimizer_balls.LR * (1 - t / optimizer_balls.STEPS)
        W = ((1 - lr * lam) * W - lr * page["orthogonal"](momentum)).detach().requires_grad_()
    ours = optimizer_balls.walk("muon", CENTRES[pulled], STRENGTH[pulled])[-1]
    np.testing.assert_allclose(W.detach().flatten(1), ours[:, [0, 1, 1, 0]], atol=1e-9)
    spectral = np.linalg.norm(W.detach().numpy(), 2, axis=(1, 2))
    np.testing.assert_allclose(optimizer_balls.size(ours, "spectral"), spectral, atol=1e-12)


def best_by_scipy(norm: str, m: Any, lam: float) -> Any:
    """Where the loss is least on the ball, by solvers that know nothing of ours."""
    H, turn = np.array(optimizer_balls.HESSIAN), np.array([[1, 1], [1, -1]])
    if lam * optimizer_balls.size(m, norm) <= 1:
        return m
    if norm == "L2":
        h, V = np.linalg.eigh(H)
        strength = brentq(lambda a: np.linalg.norm(h / (h + a) * (V.T @ m)) - 1 / lam, 0, 1e3, xtol=1e-15)
        return np.linalg.solve(H + strength * np.eye(2), H @ m)
    to = np.eye(2) if norm == "Linf" else turn / 2
    root = np.linalg.cholesky(H).T
    return to @ lsq_linear(root @ to, root @ m, (-1 / lam, 1 / lam), method="bvls", tol=1e-14).x


@pytest.mark.parametrize("norm", optimizer_balls.RUNS)
def test_the_best_points_of_the_balls_are_scipys_and_the_optimisers_end_there(norm: str) -> None:
    theirs = [best_by_scipy(norm, m, lam) for m, lam in zip(CENTRES, STRENGTH, strict=True)]
    for m, lam, best in zip(CENTRES, STRENGTH, theirs, strict=True):
        ball = explorers.OptimizerBalls(norm=norm, minimum=m.tolist(), lam=lam)
        np.testing.assert_allclose(ball.constrained_minimum(), best, atol=1e-9)
    for name in optimizer_balls.RUNS[norm]:
        goal = CENTRES if name == "cautious" else theirs
        assert np.abs(optimizer_balls.walk(name, CENTRES, STRENGTH)[-1] - goal).max() < 0.01


# ---- The alternative texts, at the ends of every parameter and between ----


def described(kind: type[Explorer], **values: Iterable[Any]) -> Iterator[tuple[Any, str]]:
    """Explorers of a kind over a grid of settings, each with its words."""
    for setting in grid(**values):
        explorer = kind(**setting)
        words = explorer.alt_text()
        assert not re.search(r"nan|inf\b|-0(\.0*)?(?![\d.])|e-1[4-9]", words), (setting, words)
        yield explorer, words


def test_the_alt_text_of_the_norm_ball_holds() -> None:
    centres = [[2.74, -2.66], [0.0, 0.0], [-0.5, 3.0], [2.0, 0.0]]
    for explorer, words in described(
        explorers.NormBall, norm=["L2", "L1"], minimum=centres, lam=[0, 1e-9, 0.03, 0.3, 10]
    ):
        w, m, order = explorer.solution(), np.array(explorer.minimum), norm_ball.ORDER[explorer.norm]
        if not m.any():
            assert "moves nothing" in words
            assert not w.any()
        elif explorer.lam == 0:
            assert after(words, "its radius is ") == pytest.approx(np.linalg.norm(m, order), rel=0.006)
        else:
            before, size = (number(part) for part in re.split("gone from | to ", words.split("norm has ")[1])[1:])
            assert (before, size) == pytest.approx([np.linalg.norm(at, order) for at in (m, w)], rel=0.006)
            assert before > size
            assert ("within a hundredth" in words) == (explorer.lam == 1e-9)


def test_the_alt_text_of_the_decayed_step_holds() -> None:
    for explorer, words in described(explorers.DecayedStep, lr=[0, 0.04, 0.1, 0.106, 0.11, 0.16], lam=[0, 0.2, 3, 10]):
        said = [after(words, by) for by in ("minimum by ", "and by ")]
        assert said == pytest.approx(explorer.factors(), rel=0.006, abs=1e-12)
        edge = after(words, "above a learning rate of ")
        assert (explorer.lr > edge) == (said[1] < -1)


def test_the_alt_text_of_the_lambda_dial_holds() -> None:
    for explorer, words in described(explorers.LambdaDial, lam=[0, 1e-12, 3e-4, 0.002, 100]):
        train, test = explorer.errors([explorer.lam, 0])
        assert agrees(after(words, "training error is "), train[0])
        assert agrees(after(words, "the test error "), test[0])
        assert agrees(after(words, "Without decay the test error is "), test[1])
        assert after(words, "the best, ") <= test[0] + 1e-4


def test_the_alt_text_of_l2_versus_decoupled_holds() -> None:
    for explorer, words in described(explorers.L2VersusDecoupled, lam=[0, 0.06, 1], scale=[0.01, 10]):
        ends = {kind: path[-1] for kind, path in explorer.runs([explorer.scale, 0.01, 10]).items()}
        if explorer.lam == 0:
            assert np.ptp(np.concatenate(list(ends.values()))) < 1e-3
            assert after(words, "both kinds leave ") == pytest.approx(ends["L2"][0], abs=5.1e-4)
            continue
        assert after(words, "Under AdamW it is ") == pytest.approx(ends["decoupled"], abs=5.1e-4)
        for part, end in zip((" and ", "penalty it is ", "size 0.01, "), ends["L2"], strict=True):
            assert after(words, part) == pytest.approx(end, abs=5.1e-4)


def test_the_alt_text_of_the_norm_decomposition_holds() -> None:
    for explorer, words in described(
        explorers.NormDecomposition, start=["normal", "zero"], lam=[3, 0], epoch=[0, 1, 100]
    ):
        run, t = norm_decomposition.run(explorer.start, explorer.lam), explorer.epoch
        for part, key in (("see has norm ", "seen"), ("training loss is ", "train"), ("validation loss ", "val")):
            assert agrees(after(words, part), run[key][t])
        assert after(words, "left over from the start ") == pytest.approx(run["left"][t], rel=0.006, abs=1e-12)


def test_the_alt_text_of_the_optimisers_balls_holds() -> None:
    centres = [[1.8, -0.3], [0.0, 0.0], [-2.5, 2.5]]
    for explorer, words in described(
        explorers.OptimizerBalls, norm=optimizer_balls.RUNS, minimum=centres, lam=[0, 1e-9, 0.5, 2]
    ):
        m, lam = np.array(explorer.minimum), explorer.lam
        best, outside = best_by_scipy(explorer.norm, m, lam), optimizer_balls.size(m, explorer.norm) * lam > 1
        told = re.findall(r"\((-?\d\.\d\d), (-?\d\.\d\d)\)", words)
        np.testing.assert_allclose(np.array(told, float), [m, best] if outside else [m], atol=5.1e-3)
        assert ("no ball" in words, "outside of" in words) == (lam == 0, outside)
        for name, path in explorer.runs().items():
            away = float(np.linalg.norm(path[-1] - best))
            said = re.search(rf"{optimizer_balls.WORDS[name]} ends (within 0\.001|[\d.]+) (of|from)", words)
            assert said
            assert away < 0.001 if said[2] == "of" else agrees(float(said[1]), away, digits=2)


def test_the_alt_text_of_hidden_data_holds() -> None:
    for explorer, words in described(
        explorers.HiddenData, by=["loo", "folds", "part"], sample=range(16), lam=[0.9, 90]
    ):
        risk, estimate = (hidden_data.curves(explorer.sample)[name] for name in ("risk", explorer.by))
        assert agrees(after(words, "the least risk is "), min(risk))
        assert agrees(after(words, "where the risk is "), risk[int(np.argmin(estimate))])
        own = hidden_data.LAMS.index(explorer.lam)
        assert agrees(after(words.split("At lambda")[1], "the estimate is "), estimate[own])
        assert agrees(after(words.split("At lambda")[1], "and the risk "), risk[own])


def test_the_alt_text_of_stopped_or_decayed_holds() -> None:
    for explorer, words in described(
        explorers.StoppedOrDecayed, signal=["all", "strong", "weak"], t=[0.1, 5, 1000], sigma=[0.1, 0.5, 1.5]
    ):
        for name, part in (("flow", " for the run"), ("ridge", " for ridge")):
            here, least = (
                float(np.min(explorer.risks(times)[name])) for times in (explorer.t, stopped_or_decayed.TIMES)
            )
            told = [float(value) for value in re.findall(rf"([\d.]+){part}", words)]
            assert agrees(told[0], here)
            assert agrees(told[1], least)


def test_the_alt_text_of_the_risk_peak_holds() -> None:
    for explorer, words in described(
        explorers.RiskPeak, n=[50, 499, 500, 502, 1500], total=[0, 0.1, 125, 1e4], sigma=[0, 0.5, 1]
    ):
        for part, total in ((f"lambda {explorer.total:g} it is ", explorer.total), ("without decay it is ", 0.0)):
            exact = risk_peak.risk(explorer.n, total, explorer.sigma)
            assert f"{part}infinite" in words if exact == np.inf else agrees(after(words, part), exact)
        assert after(words, "at the best n lambda, ") == 500 * explorer.sigma**2
        least = after(words.split("at the best n lambda, ")[1], "it is ")
        assert all(least <= risk_peak.risk(explorer.n, total, explorer.sigma) + 1e-3 for total in risk_peak.TOTALS)


# ---- What the scripts say and draw, driven in a browser through many settings, without the book ----

Seen = dict[str, Any]


class Moves(Protocol):
    def __call__(self, explorer: Explorer, settings: list[dict[str, Any]]) -> list[Seen]: ...


@pytest.fixture
def shown(page: Page) -> Moves:
    """What an explorer shows at each of many settings: its line, and the dots and paths of its plots."""

    def moves(explorer: Explorer, settings: list[dict[str, Any]]) -> list[Seen]:
        state = {name: value for name, value in explorer.get_state().items() if name != "layout"}
        page.evaluate(MOUNT, [state, False])
        seen: list[Seen] = page.evaluate("(all) => all.map((settings) => move(settings))", settings)
        for one, setting in zip(seen, settings, strict=True):
            assert not re.search(r"NaN|undefined|null|∞|[−-]0(\.0*)?(?![\d.])", one["line"]), (setting, one["line"])
        return seen

    return moves


def grid(**values: Iterable[Any]) -> list[dict[str, Any]]:
    return [dict(zip(values, chosen, strict=True)) for chosen in itertools.product(*values.values())]


def number(text: str) -> float:
    """A number as the scripts write it, 6.06 × 10⁻⁵ or −0.0600, from the start of a text."""
    match = re.match(r"[−-]?[\d,]*\.?\d+(e-?\d+)?( × 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?", text)
    assert match, text
    plain = match[0].replace("−", "-").replace(",", "").replace(" × 10", "e")
    return float(plain.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")))


def after(line: str, words: str) -> float:
    """The number that follows these words."""
    assert words in line, line
    return number(line.split(words, 1)[1].lstrip("\u00a0 "))


def agrees(said: float, value: float, digits: int = 3) -> bool:
    """What is said is the value, rounded to so many significant digits."""
    return abs(said - value) <= 0.5001 * 10 ** (np.floor(np.log10(abs(value))) - digits + 1) if value else said == 0


# L2 versus decoupled

SIZES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0]
STRENGTHS = [0.0, 0.001, 0.01, 0.02, 0.06, 0.1, 0.3, 1.0]


@cache
def torchs(lam: float) -> dict[str, Any]:
    """The runs of torch's two optimisers at every size."""
    return explorers.L2VersusDecoupled(lam=lam).runs(SIZES)


def half_life(path: Any) -> int:
    return int(np.argmax(path <= 0.5))


def test_what_is_said_of_l2_and_decoupled_decay_holds_in_torch_on_the_whole_grid(shown: Moves) -> None:
    settings = grid(lam=STRENGTHS, scale=SIZES)
    start = torchs(0.0)["decoupled"][-1, 0]  # what the first gradients leave, without decay
    for setting, seen in zip(settings, shown(explorers.L2VersusDecoupled(), settings), strict=True):
        lam, scale, line = setting["lam"], setting["scale"], seen["line"]
        l2, decoupled = (torchs(lam)[kind][:, SIZES.index(scale)] for kind in ("L2", "decoupled"))
        if lam == 0:
            assert "nothing decays" in line
            assert after(line, "Both end at ") == pytest.approx(start, abs=5.1e-4)
            assert np.abs(l2[20:] - start).max() < 0.005  # the first few gradients took it there
            continue
        assert after(line, "without decay ") == pytest.approx(start, abs=5.1e-4)
        for name, end in (("Adam with L2 leaves ", l2[-1]), ("of the weight, AdamW ", decoupled[-1])):
            if f"{name}less than 0.001" in line:
                assert end < 0.001
            else:
                assert after(line, name) == pytest.approx(end, abs=5.1e-4)
        rate = after(line, "AdamW takes lr·λ\u00a0=\u00a0")
        assert rate == pytest.approx(1 - (decoupled[-1] / start) ** (1 / 400), rel=0.02)
        told = after(line, "lr·λ/size\u00a0=\u00a0")
        if "takes about lr·λ/size" in line:
            assert told == pytest.approx(1 - (l2[-1] / start) ** (1 / 400), rel=0.04)
            continue
        said, by_rule = (int(after(line, words)) for words in ("half is gone after ", "not after "))
        assert said == half_life(l2) > by_rule
        assert (1 - 0.01 * lam / scale) ** by_rule <= 0.5 < (1 - 0.01 * lam / scale) ** (by_rule - 1) or told >= 0.5
        assert np.abs(np.diff(l2)).max() <= 0.01


def test_each_size_at_which_the_rule_is_called_good_has_the_half_life_of_the_rule() -> None:
    for lam in (0.005, 0.05, 0.5):
        scale = 4 * lam
        (path,) = explorers.L2VersusDecoupled(lam=lam).runs([scale])["L2"].T
        assert half_life(path) == pytest.approx(np.log(2) / (0.01 * lam / scale), rel=0.04)


def test_the_lines_of_the_formula_pass_through_the_dots_of_the_runs(shown: Moves) -> None:
    settings = grid(lam=STRENGTHS, scale=[0.1])
    for seen in shown(explorers.L2VersusDecoupled(), settings):
        drawn = seen["paths"][0][2:4]  # after the zero line and the rule
        for kind, line in zip(("val", "train"), drawn, strict=True):
            dots = [dot for dot in seen["dots"][0] if dot[0] == kind]
            assert len(dots) >= 16
            assert_through(line, dots)


def assert_through(path: str, dots: list[list[Any]]) -> None:
    """The line passes through the middles of the dots, to a pixel."""
    at = np.array([dot[3:] for dot in dots])
    np.testing.assert_allclose(np.interp(at[:, 0], *points(path).T), at[:, 1], atol=1.2)


def points(path: str) -> Any:
    """The corners of a path, in pixels: (k, 2)."""
    return np.array([[float(part) for part in corner.split()] for corner in re.split("[ML]", path)[1:]])


# The lambda dial

DIAL = [0.0, 1e-12, *np.logspace(-12, 2, 85).tolist(), 100.0]


@pytest.mark.parametrize("draw", [0, 7, 19])
def test_the_dial_says_the_errors_of_ridge_and_blames_none_near_the_best(shown: Moves, draw: int) -> None:
    dial, p = explorers.LambdaDial(sample=draw), lambda_dial.polynomial_problem(draw)
    train, val = dial.errors(DIAL)
    W, _ = ridge.path(p.X_train, p.y_train, DIAL)
    slider = dial.errors(lambda_dial.LAMBDAS)[1]
    best, at = min(slider), lambda_dial.LAMBDAS[int(np.argmin(slider))]
    for i, seen in enumerate(shown(dial, grid(lam=DIAL))):
        line = seen["line"]
        assert agrees(after(line, ": test error "), val[i])
        assert agrees(after(line, "training error "), train[i])
        assert after(line, "‖w‖\u00a0=\u00a0") == pytest.approx(float(W[i].norm()), rel=0.006)
        assert (f", sample {draw + 1} of 20:" in line) == (draw > 0)
        check_verdict(line, val[i] / best, DIAL[i], at)
        check_change(line, val[i] / val[0], DIAL[i])


def check_verdict(line: str, times: float, lam: float, at: float) -> None:
    """How the fit is called, whose test error is so many times the best, which is at a lambda."""
    blamed = "Overfitted" in line or "Underfitted" in line
    assert blamed == (times > 1.2)
    assert ("Within 20\u00a0% of the best" in line) == (not blamed)
    if blamed:
        word, way = ("Overfitted", "larger") if lam < at else ("Underfitted", "smaller")
        assert word in line
        assert after(line, f"at a {way} λ, ") == pytest.approx(at, rel=0.05)


def check_change(line: str, share: float, lam: float) -> None:
    """How the test error is said to compare with that without decay."""
    if lam == 0:
        assert "without decay" not in line
    elif abs(share - 1) >= 0.005:
        word = "less" if share < 1 else "more"
        assert f", {abs(round(100 * (share - 1)))}\u00a0% {word} than without decay;" in line
    else:
        assert ", about that without decay;" in line


def test_the_former_fits_stay_at_the_lambda_of_the_moment(shown: Moves) -> None:
    """As many pale lines as draws before, each the ridge fit to its own; and they come together as lambda grows."""
    (few,) = shown(explorers.LambdaDial(), grid(lam=[0.3], sample=[4]))
    x = np.linspace(-1, 1, 61)
    drawn = [points(path) for path in few["paths"][0][1:20] if path]
    assert len(drawn) == 4
    for draw, line in enumerate(drawn):
        p = lambda_dial.polynomial_problem(draw)
        w, b = ridge.fit(p.X_train, p.y_train, 0.3)
        fit = (lambda_dial.powers(torch.tensor(x)) @ w + b).numpy()
        slope, level = np.polyfit(fit, line[:, 1], 1)  # pixels
        np.testing.assert_allclose(slope * fit + level, line[:, 1], atol=0.02)
    spread = []
    for seen in shown(explorers.LambdaDial(), grid(lam=[0.0, 0.002, 1.0], sample=[19])):
        lines = np.stack([points(path)[:, 1] for path in seen["paths"][0][1:20]])
        spread.append(lines.std(axis=0).mean())
    assert spread[0] > spread[1] > spread[2]


# The decayed step

EDGES = [2 / (decayed_step.CURVATURES[1] + lam) for lam in (0.0, 3.0, 10.0)]
STEPS = [*np.linspace(0, 0.16, 17).tolist(), *EDGES, 0.9999 * EDGES[1], 1.0001 * EDGES[1], 2e-6]


def test_what_is_said_of_the_decayed_step_holds_for_gradient_descent(shown: Moves) -> None:
    rng = np.random.default_rng(0)
    settings = [
        *grid(lr=STEPS, lam=[0.0, 0.2, 1.0, 3.0, 10.0]),
        *({"lr": rng.uniform(0, 0.16), "lam": rng.uniform(0, 10)} for _ in range(200)),
    ]
    for setting, seen in zip(settings, shown(explorers.DecayedStep(), settings), strict=True):
        check_step(explorers.DecayedStep(**setting), seen["line"])


def check_step(explorer: explorers.DecayedStep, line: str) -> None:
    lr, edge = explorer.lr, 2 / (decayed_step.CURVATURES[1] + explorer.lam)
    flat, steep = explorer.factors()
    h, minimum = np.array(decayed_step.CURVATURES), np.array(decayed_step.MINIMUM)
    path = descent(h, minimum, lr, explorer.lam)
    apart = path - h * minimum / (h + explorer.lam)
    if lr == 0:
        assert "nothing moves" in line
        assert (path == path[0]).all()
    elif "diverges" in line:
        assert lr > edge
        assert abs(apart[-1, 1]) > abs(apart[0, 1])
        said = after(line, "multiplies the steep distance by ")
        assert said < -1
        assert said == pytest.approx(steep, rel=0.006)
        assert after(line, "past the edge at ") < lr
    elif "on the edge" in line:
        np.testing.assert_allclose(apart[1:, 1], -apart[:-1, 1], rtol=1e-6)
    else:
        assert lr < edge
        assert np.linalg.norm(apart[-1]) < np.linalg.norm(apart[0])
        check_factors(line, flat, steep)
        check_remainder(line, float(np.linalg.norm(apart[-1]) / np.linalg.norm(apart[0])))
        assert after(line, "The edge is at ") == pytest.approx(edge, rel=0.006)
        assert after(line, "The edge is at ") > lr - 1e-9


def descent(h: Any, minimum: Any, lr: float, lam: float) -> Any:
    """The decayed steps one by one, as they are written."""
    w = [np.array(decayed_step.START)]
    for _ in range(decayed_step.STEPS):
        w.append((1 - lr * lam) * w[-1] - lr * h * (w[-1] - minimum))
    return np.stack(w)


def check_factors(line: str, flat: float, steep: float) -> None:
    for words, factor in (("multiplies the distance by ", flat), ("(flat) and ", steep)):
        said = after(line, words)
        assert said == pytest.approx(factor, rel=0.006, abs=1e-12)
        assert -1 < said < 1
        assert (said == 0) == (abs(factor) < 1e-12)
    zigzags = {"smoothly": (False, False), "along the steep": (False, True), "in both directions": (True, True)}
    (way,) = [way for way in zigzags if way in line]
    assert zigzags[way] == (flat < -1e-12, steep < -1e-12)


def check_remainder(line: str, share: float) -> None:
    if "less than 0.01\u00a0% of it" in line:
        assert share < 1e-4
    elif "more than 99\u00a0% of it" in line:
        assert 0.99 < share < 1
    else:
        assert agrees(after(line, "after 40 steps "), 100 * share, digits=2)


# Contours and norm ball


def test_what_is_said_of_the_norm_ball_holds_for_ridge_and_lasso(shown: Moves) -> None:
    rng = np.random.default_rng(0)
    centres = [[2.74, -2.66], [0.0, 0.0], [-0.5, 3.0], [2.0, 0.0], [0.0, -1.5], [-3.5, -3.5], [3.5, 3.5], [0.01, 0.0]]
    settings = [
        *grid(norm=["L2", "L1"], lam=[0.0, 1e-9, 0.001, 0.03, 0.3, 1.0, 10.0], minimum=centres),
        *(
            {
                "norm": rng.choice(["L2", "L1"]).item(),
                "lam": 10 ** rng.uniform(-4, 1),
                "minimum": rng.uniform(-3.5, 3.5, 2).round(2).tolist(),
            }
            for _ in range(200)
        ),
    ]
    for setting, seen in zip(settings, shown(explorers.NormBall(), settings), strict=True):
        check_ball(explorers.NormBall(**setting), seen["line"])


def check_ball(explorer: explorers.NormBall, line: str) -> None:
    m, w, order = np.array(explorer.minimum), explorer.solution(), norm_ball.ORDER[explorer.norm]
    before, size = (float(np.linalg.norm(at, order)) for at in (m, w))
    if not m.any():
        assert "nothing to shrink" in line
        assert not w.any()
        return
    if explorer.lam == 0:
        np.testing.assert_allclose(pairs(line), [m], atol=5.1e-3)
        np.testing.assert_allclose(w, m, atol=1e-12)
        return
    if "stays within a hundredth of" in line:
        assert np.abs(w - m).max() < 0.01
    else:
        np.testing.assert_allclose(pairs(line), [m, w], atol=5.1e-3)
    said = after(line, "norm goes from "), after(line.split("norm goes from ")[1], " to ")
    assert said == pytest.approx((before, size), rel=0.006)
    assert said[0] > said[1]
    check_shortening(line, 1 - size / before)
    zero = [name for name, weight in zip(("w₁", "w₂"), w, strict=True) if weight == 0 and order == 1]
    verb = "are" if len(zero) > 1 else "is"
    assert ("exactly" in line) == bool(zero)
    assert not zero or line.endswith(f" {' and '.join(zero)} {verb} exactly 0.")
    bound = after(line, "θ\u00a0=\u00a0" if order == 2 else "t\u00a0=\u00a0")
    assert bound == pytest.approx(size**order if order == 2 else size, rel=0.006)
    check_best_in_ball(m, w, size, order)


def pairs(line: str) -> list[list[float]]:
    """The points of the plane that a line names."""
    return [[number(u), number(v)] for u, v in re.findall(r"\(([−.\d]+), ([−.\d]+)\)", line)]


def check_shortening(line: str, share: float) -> None:
    told = re.search(r", (less than 1|more than 99|\d+)\u00a0% shorter", line)
    assert told
    if told[1] == "less than 1":
        assert 0 < share < 0.01
    elif told[1] == "more than 99":
        assert 0.99 < share < 1
    else:
        assert int(told[1]) == pytest.approx(100 * share, abs=0.51)
        assert (told[1] == "100") == (share == 1)
        assert told[1] != "0"


def check_best_in_ball(m: Any, w: Any, size: float, order: int) -> None:
    """No point of the ball has a lower loss."""
    angles = np.linspace(0, 2 * np.pi, 721)
    rim = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    rim *= size / np.linalg.norm(rim, order, axis=1, keepdims=True)
    H = np.array(norm_ball.HESSIAN)
    loss = [np.einsum("ij,jk,ik->i", at - m, H, at - m) / 2 for at in (rim, w[None])]
    assert loss[0].min() >= loss[1][0] - 1e-9


def test_minima_before_stay_with_what_the_penalty_makes_of_them(shown: Moves) -> None:
    """Pale dots: the draws' minima, which scatter, and the points under the penalty, which under L2 scatter less."""
    settings = grid(minimum=[norm_ball.MINIMA[0], norm_ball.MINIMA[19], [1.0, 1.0]], lam=[0.03], norm=["L2", "L1"])
    for setting, seen in zip(settings, shown(explorers.NormBall(), settings), strict=True):
        dots = [[dot[1], dot[2]] for dot in seen["dots"][0]][:-1]  # the last is the chosen one's
        if setting["minimum"] != norm_ball.MINIMA[19]:
            assert dots == []
            continue
        minima, solutions = np.array(dots[::2]), np.array(dots[1::2])
        np.testing.assert_array_equal(minima, norm_ball.MINIMA[:19])
        exact = [explorers.NormBall(**setting | {"minimum": list(m)}).solution() for m in minima]
        np.testing.assert_allclose(solutions, exact, atol=1e-9)
        if setting["norm"] == "L2":  # L1 moves each by as much, until a weight is zero
            assert (solutions.std(axis=0) < 0.6 * minima.std(axis=0)).all()


# The norm decomposition


def test_what_is_said_of_the_norm_decomposition_holds_for_the_runs(shown: Moves) -> None:
    settings = grid(start=["normal", "zero"], lam=[3, 0], epoch=range(101))
    explorer = explorers.NormDecomposition()
    for setting, seen in zip(settings, shown(explorer, settings), strict=True):
        run = norm_decomposition.run(setting["start"], setting["lam"])
        check_parts(setting, run, seen["line"])
        val, t, mean = run["val"][setting["epoch"]], setting["epoch"], explorer.data["mean"]
        assert agrees(after(seen["line"], "Validation loss "), val)
        if "about that of predicting" in seen["line"]:
            assert 0.95 <= val / mean < 1.05
        else:
            told = number(re.split("Validation loss [^,]*, ", seen["line"])[1])
            assert agrees(told, val / mean, digits=2)
            assert told != 1
        dots = [dot for dot in seen["dots"][0] if dot[0] == "penalty"]
        assert_through(seen["paths"][0][1], dots)
        assert f"Epoch {t}, λ {setting['lam']}:" in seen["line"]


def check_parts(setting: dict[str, Any], run: dict[str, list[float]], line: str) -> None:
    t, lam = setting["epoch"], setting["lam"]
    left, seen = run["left"][t], run["seen"][t]
    assert agrees(after(line, "‖w‖\u00a0=\u00a0"), float(np.hypot(left, seen)))
    if setting["start"] == "zero":
        assert left < 1e-12
        assert ("the start is zero" in line) == (t == 0 and seen == 0)
        assert ("all of it seen by the data" in line) == (t > 0)
        return
    assert agrees(after(line, "at right angles, are "), left)
    assert agrees(number(line.split(") and ")[-1]), seen)
    if t == 0:
        assert "on average N(0, 1) gives about √(d − n)\u00a0=\u00a013.4" in line
    elif lam == 0:
        assert "as at epoch 0" in line
        assert left == pytest.approx(run["left"][0], rel=1e-5)
    else:
        power = line.split("lr·λ)")[1].split(")")[0].translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789"))
        assert agrees(after(line, "(the "), run["left"][0])
        assert run["left"][0] * (1 - 0.003 * lam) ** int(power) == pytest.approx(left, rel=1e-4)


def test_the_expected_norm_of_what_a_normal_start_leaves_over_is_the_one_said() -> None:
    p = data.d2l_problem(seed=0, dtype=torch.float64)
    rows = torch.linalg.svd(p.X_train, full_matrices=False).Vh
    W = torch.randn(p.d, 400, generator=data.generator(1, "start"), dtype=torch.float64)
    norms = (W - rows.T @ (rows @ W)).norm(dim=0)
    assert abs(norms.mean() - 13.4) < 0.1


# Optimisers and their balls

WALKS = """
async ([script, data, names, centres, strengths]) => {
  const blob = new Blob([script + "export { walk };"], { type: "text/javascript" });
  const { walk } = await import(URL.createObjectURL(blob));
  const seen = (name, i) => walk(data, name, centres[i], strengths[i]).filter((_, t) => t % 8 === 0);
  return names.map((name) => centres.map((_, i) => seen(name, i)));
}
"""


def test_the_script_takes_each_step_as_python_does(page: Page) -> None:
    ball = explorers.OptimizerBalls()
    seen = page.evaluate(WALKS, [ball._esm, ball.data, OPTIMIZERS, CENTRES.tolist(), STRENGTH.tolist()])
    for name, paths in zip(OPTIMIZERS, seen, strict=True):
        ours = optimizer_balls.walk(name, CENTRES, STRENGTH)[::8]
        np.testing.assert_allclose(np.array(paths).swapaxes(0, 1), ours, atol=1e-9)


@pytest.mark.parametrize("norm", optimizer_balls.RUNS)
def test_what_is_said_of_the_balls_holds_on_the_whole_grid(shown: Moves, norm: str) -> None:
    centres = [[1.8, -0.3], [0.0, 0.0], [1.0, 1.0], [0.0, 2.0], [-2.0, 0.5], [-2.5, -2.5], [2.5, -2.5], [0.01, 0.0]]
    settings = grid(norm=[norm], lam=[0.0, 1e-9, 0.05, 0.35, 0.5, 0.8, 1.0, 1.45, 2.0], minimum=centres)
    settings += [{"norm": norm, "lam": lam, "minimum": m} for m, lam in zip(CENTRES.tolist(), STRENGTH, strict=True)]
    minima, lams = (np.array([setting[key] for setting in settings]) for key in ("minimum", "lam"))
    ends = np.stack([optimizer_balls.walk(name, minima, lams)[-1] for name in optimizer_balls.RUNS[norm]], 1)
    for setting, end, seen in zip(settings, ends, shown(explorers.OptimizerBalls(), settings), strict=True):
        check_balls(setting, end, seen)


def check_balls(setting: dict[str, Any], ends: Any, seen: Seen) -> None:
    norm, m, lam, line = setting["norm"], np.array(setting["minimum"]), setting["lam"], seen["line"]
    best, outside = best_by_scipy(norm, m, lam), lam * optimizer_balls.size(m, norm) > 1
    np.testing.assert_allclose(pairs(line), [best if outside else m], atol=5.1e-3)
    dots = [dot[1:3] for dot in seen["dots"][0] if abs(dot[1]) < 50]
    np.testing.assert_allclose(dots[:-1], [*ends, best], atol=1e-9)  # the last is in the key
    assert ("no ball" in line, "which is in the" in line) == (lam == 0, lam > 0 and not outside)
    assert lam == 0 or after(line, "≤ ") == pytest.approx(1 / lam, rel=0.006)
    if outside:
        check_place(norm, best, m, 1 / lam, line)
    for name, end in zip(optimizer_balls.RUNS[norm], ends, strict=True):
        told = re.search(rf"{optimizer_balls.WORDS[name]} ends ([^A-Z]*)\.", line)
        assert told
        check_end(told[1], np.linalg.norm(end - best), np.linalg.norm(end - m), outside)


def check_place(norm: str, best: Any, m: Any, radius: float, line: str) -> None:
    """On a ball that does not reach the minimum: corner, wall or rim, and what is said of that point."""
    sides = np.abs(best) if norm == "Linf" else np.sort(np.abs([best.sum(), best[0] - best[1]]))
    assert ("in the corner" in line) == (norm != "L2" and np.ptp(sides) < 1e-9)
    assert ("on a wall" in line) == (norm != "L2" and np.ptp(sides) >= 1e-9)
    if norm == "L2":
        strength, H = after(line, "the ridge solution with strength "), np.array(optimizer_balls.HESSIAN)
        assert strength > 0
        pull = H @ (m - best)  # strength times best
        assert agrees(strength, float(np.linalg.norm(pull)) / radius)
    elif norm == "spectral" and "corner" in line:
        assert agrees(after(line, "has both singular values "), radius)
    elif norm == "spectral":
        assert agrees(after(line, "has the singular values "), radius)
        assert after(line.split("has the singular values ")[1], " and ") == pytest.approx(sides[0], rel=0.006, abs=1e-9)


def check_end(told: str, away: Any, free: Any, outside: bool) -> None:
    """How far from the best point an optimiser is said to end."""
    if told == "within 0.001 of that point":
        assert away < 0.001
        return
    assert away >= 0.001
    assert agrees(number(told), away, digits=2)
    assert ("within 0.01 of the minimum of the loss" in told) == (outside and free < 0.01)


# The peak and its cure


@pytest.mark.parametrize(("n", "total"), [(50, 0.0), (380, 0.0), (450, 40.0), (500, 5.0), (620, 0.0), (700, 200.0)])
def test_the_risk_is_the_mean_of_fits_to_drawn_data(n: int, total: float) -> None:
    rng = np.random.default_rng(n)
    risks = []
    for _ in range(12):
        X, w_true = rng.standard_normal((n, 500)), rng.standard_normal(500)
        w_true /= np.linalg.norm(w_true)
        y = X @ w_true + 0.5 * rng.standard_normal(n)
        w = np.linalg.lstsq(X, y)[0] if total == 0 else np.linalg.solve(X.T @ X + total * np.eye(500), X.T @ y)
        risks.append(((w - w_true) @ (w - w_true) + 0.25) / 2)
    assert abs(np.mean(risks) - risk_peak.risk(n, total, 0.5)) < 4 * np.std(risks, ddof=1) / 12**0.5


def test_what_is_said_of_the_risk_peak_holds(shown: Moves) -> None:
    rng = np.random.default_rng(0)
    settings = [
        *grid(
            n=[50, 498, 499, 500, 501, 502, 1500], total=[0.0, 0.1, 5.0, 15.0, 20.0, 125.0, 1e4], sigma=[0.0, 0.5, 1.0]
        ),
        *(
            {
                "n": int(rng.integers(50, 1501)),
                "total": 10 ** rng.uniform(-1, 4),
                "sigma": rng.uniform(0, 1),
            }
            for _ in range(20)
        ),
    ]
    for setting, seen in zip(settings, shown(explorers.RiskPeak(), settings), strict=True):
        check_risk(explorers.RiskPeak(**setting), seen["line"])
        check_trend(setting["total"], setting["sigma"], seen["line"])
        totals = 0.0, setting["total"], 500 * setting["sigma"] ** 2
        drawn = [dot[2] for dot in seen["dots"][0]]
        exact = [risk_peak.risk(setting["n"], total, setting["sigma"]) for total in totals]
        np.testing.assert_allclose(drawn, exact, rtol=1e-9, atol=1e-12)


def check_risk(explorer: explorers.RiskPeak, line: str) -> None:
    """The risk, that without decay, and how it compares with the least."""
    n, total, sigma = explorer.n, explorer.total, explorer.sigma
    exact, none, least = (risk_peak.risk(n, at, sigma) for at in (total, 0.0, explorer.best()))
    for part, risk in ((": risk ", exact), ("without decay ", none))[: 2 if total else 1]:
        assert f"{part}infinite" in line if risk == np.inf else agrees(after(line, part), risk)
    assert (f"risk infinite, where the least is {least:#.3g}" in line) == (exact == np.inf)
    assert ("the least that any" in line) == (total == explorer.best())
    if "within 1" in line:
        assert least < exact <= 1.01 * least
    elif " times the least, " in line:
        times = number(re.split("risk [^,]*, ", line)[1])
        assert agrees(times, exact / least)
        assert times > 1
        assert agrees(after(line, "times the least, "), least)
    else:
        assert exact in (least, np.inf) or least == 0


@cache
def rises(total: float, sigma: float) -> list[int]:
    """The n from 50 to 1,499 of which n + 1 has a higher risk."""
    risks = [risk_peak.risk(n, total, sigma) for n in range(50, 1501)]
    return [50 + i for i in range(1450) if risks[i + 1] > risks[i]]


def check_trend(total: float, sigma: float, line: str) -> None:
    up = rises(total, sigma)
    assert ("never raise the risk, from n 50 to 1500." in line) == (not up)
    if up:
        assert up == list(range(up[0], up[-1] + 1))  # one stretch
        assert f"more data raise the risk from n {up[0]} to {up[-1] + 1}." in line


# Chosen by hidden data


def test_hidden_data_gives_the_errors_of_fits_to_the_rest() -> None:
    """Against refits one by one, and the risk against a large sample of new data."""
    p = data.noisy_problem(hidden_data.SEEDS[13], dtype=torch.float64)
    X = torch.randn(100_000, p.d, generator=data.generator(0, "new"), dtype=torch.float64)
    y = X @ torch.as_tensor(p.w_true) + torch.randn(100_000, generator=data.generator(1, "new"), dtype=torch.float64)
    drawn, lams = hidden_data.curves(13), [0, 20, 30, 50]
    shuffled = torch.randperm(100, generator=data.generator(0, "folds"))
    for name, parts in {"loo": torch.arange(100)[:, None], "folds": shuffled.reshape(5, 20)}.items():
        for i in lams:
            errors = [left_out(p, part, hidden_data.LAMS[i]) for part in parts]
            assert agrees(drawn[name][i], float(np.mean(errors)), digits=4)
            assert name == "loo" or agrees(drawn["part"][i], errors[0], digits=4)
    for i in lams:
        w, b = ridge.fit(p.X_train, p.y_train, hidden_data.LAMS[i])
        assert drawn["risk"][i] == pytest.approx(float(half_mse(X, y, w, b)), rel=0.02)


def left_out(p: data.Problem, part: torch.Tensor, lam: float) -> float:
    """The error on a part of the data, of the fit to the rest with the same n lambda."""
    rest = torch.tensor([i for i in range(p.n) if i not in part])
    w, b = ridge.fit(p.X_train[rest], p.y_train[rest], lam * p.n / len(rest))
    return float(half_mse(p.X_train[part], p.y_train[part], w, b))


def test_what_is_said_of_hidden_data_holds(shown: Moves) -> None:
    rng = np.random.default_rng(0)
    own = [*hidden_data.LAMS[::10], *(10 ** rng.uniform(-3, 1.9, 4)).tolist()]
    settings = grid(by=["loo", "folds", "part"], sample=range(16), lam=own)
    for setting, seen in zip(settings, shown(explorers.HiddenData(), settings), strict=True):
        drawn, line = hidden_data.curves(setting["sample"]), seen["line"]
        assert f"Problem {setting['sample'] + 1} of 16: " in line
        check_choice(explorers.HiddenData(**setting), line)
        i = int(np.argmin(np.abs(np.array(hidden_data.LAMS) - setting["lam"])))
        mine = line.split("Your λ, ")[1]
        assert agrees(number(mine), hidden_data.LAMS[i])
        assert agrees(after(mine, "estimate "), drawn[setting["by"]][i])
        assert agrees(after(mine, "risk "), drawn["risk"][i])
        check_cost(mine.split("risk ")[1], drawn["risk"][i] / min(drawn["risk"]))


def check_choice(explorer: explorers.HiddenData, line: str) -> None:
    pick, times = explorer.choice(explorer.sample)
    risk = hidden_data.curves(explorer.sample)["risk"]
    assert after(line, " λ is ") == pick
    assert agrees(after(line, "Its risk, "), risk[hidden_data.LAMS.index(pick)])
    check_cost(line.split("Your")[0].replace("of all these", "of all"), times)
    if times > 1:
        told = line.split("above the least, ")[1]
        assert agrees(number(told), min(risk))
        assert after(told, "at λ ") == hidden_data.LAMS[int(np.argmin(risk))]


def check_cost(text: str, times: float) -> None:
    """How a risk is said to compare with the least, of which it is so many times."""
    assert ("the least of all" in text) == (times == 1)
    if times > 1:
        (told,) = re.findall(r"([.\d]+)\u00a0% above the least", text)
        assert agrees(float(told), 100 * (times - 1), digits=2)


def test_choices_of_problems_before_stay_where_they_were(shown: Moves) -> None:
    explorer = explorers.HiddenData(by="folds")
    (seen,) = shown(explorer, grid(sample=[9]))
    *dots, _ = (dot[1:3] for dot in seen["dots"][1] if dot[0] == "train" and dot[1] < 1e9)  # the last is the legend's
    choices = [explorer.choice(k) for k in range(10)]
    np.testing.assert_allclose(dots, [(lam, 100 * (times - 1)) for lam, times in choices], atol=1e-9)
    assert len([path for path in seen["paths"][0][:16] if path]) >= 9


# Stopped or decayed


@pytest.mark.parametrize("signal", ["all", "strong", "weak"])
def test_the_risks_of_stopping_and_of_ridge_are_those_of_fits(signal: str) -> None:
    """Data with these variances; gradient descent with a small rate, and ridge, on many draws of the noise."""
    rng = np.random.default_rng(0)
    U = np.linalg.qr(rng.standard_normal((100, 30)))[0]
    U = np.linalg.qr(U - U.mean(0))[0]  # centred, so that a bias changes nothing
    X = U * np.sqrt(100 * stopped_or_decayed.VARIANCES)
    w_true = np.sqrt(stopped_or_decayed.weights(signal))
    explorer, misses = explorers.StoppedOrDecayed(signal=signal), []
    for _ in range(300):
        y = X @ w_true + 0.5 * rng.standard_normal(100)
        stopped = ridge.gd_iterate(X, y, 0.0, 0.005, 1000, np.zeros(30), 0.0)[0]
        misses.append([np.sum((w - w_true) ** 2) for w in (stopped, ridge.fit(X, y, 1 / 5)[0])])
    mean, error = np.mean(misses, axis=0), np.std(misses, axis=0) / 300**0.5
    for i, name in enumerate(("flow", "ridge")):
        assert abs(mean[i] - explorer.risks(5.0)[name]) < 4 * error[i] + 0.005


def test_what_is_said_of_stopped_or_decayed_holds(shown: Moves) -> None:
    rng = np.random.default_rng(0)
    signals = ["all", "strong", "weak"]
    settings = [
        *grid(signal=signals, t=[0.1, 1.0, 5.0, 40.0, 1000.0], sigma=[0.1, 0.2, 0.5, 1.0, 1.5]),
        *(
            {"signal": str(rng.choice(signals)), "t": 10 ** rng.uniform(-1, 3), "sigma": rng.uniform(0.1, 1.5)}
            for _ in range(20)
        ),
    ]
    for setting, seen in zip(settings, shown(explorers.StoppedOrDecayed(), settings), strict=True):
        explorer, line = explorers.StoppedOrDecayed(**setting), seen["line"]
        here = {name: float(risk) for name, risk in explorer.risks(explorer.t).items()}
        assert agrees(after(line, ": risk "), here["flow"])
        assert agrees(number(re.split("ridge at λ [^:]*: ", line)[1]), here["ridge"])
        assert after(line, "ratio ") == pytest.approx(here["flow"] / here["ridge"], abs=0.00501)
        assert here["flow"] <= 1.6860 * here["ridge"]
        check_best(explorer, line.split("Each at its best: ")[1])
        dots = [dot[1:3] for dot in seen["dots"][1]]
        for kind, two in zip(("flow", "ridge"), (dots[:2], dots[2:4]), strict=True):
            least = min(explorer.risks(stopped_or_decayed.TIMES)[kind])
            np.testing.assert_allclose([two[0][1], two[1][1]], [here[kind], least], rtol=1e-9)


def check_best(explorer: explorers.StoppedOrDecayed, text: str) -> None:
    """Which of the two is better, each at its best time, and by how much."""
    risks = explorer.risks(stopped_or_decayed.TIMES)
    for kind, (name, sign, power) in {"flow": ("stopped ", "(t ", 1.0), "ridge": ("ridge ", "(λ ", -1.0)}.items():
        assert agrees(after(text, name), risks[kind].min())
        best = stopped_or_decayed.TIMES[int(np.argmin(risks[kind]))]
        assert after(text, sign) == pytest.approx(best**power, rel=0.006)
    ratio = risks["flow"].min() / risks["ridge"].min()
    gap = 100 * (1 - min(ratio, 1 / ratio))
    assert ("the same within 0.1" in text) == (gap < 0.1)
    if gap >= 0.1:
        assert agrees(after(text, "stopping is " if ratio < 1 else "; ridge is "), gap, digits=2)
