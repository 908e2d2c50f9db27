"""The explorers' Python side: their state, parameters, data and stills. tests/test_browser.py has the rest."""

import base64
import json
from typing import Any

import numpy as np
import pytest
import torch
from bs4 import BeautifulSoup
from sklearn.linear_model import Lasso

from wdlesson import data, explorers, ridge, scratch
from wdlesson.explorers import decay_removes, lambda_dial, norm_ball
from wdlesson.explorers.base import Explorer, quadratic

ALL = [getattr(explorers, name) for name in explorers.__all__]
LIMIT = 60_000  # bytes of state


@pytest.mark.parametrize("kind", ALL)
def test_the_state_is_small_and_plain(kind: type[Explorer]) -> None:
    state = {name: value for name, value in kind().get_state().items() if name != "layout"}
    assert len(json.dumps(state)) < LIMIT


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
    (explorers.DecayedStep, "lr", 0.2),
    (explorers.DecayedStep, "lam", 0.7),
    (explorers.LambdaDial, "lam", 1.0),
    (explorers.DecayRemoves, "epoch", 70),
    (explorers.DecayRemoves, "start", "zero"),
    (explorers.DecayRemoves, "lam", 0),
    (explorers.L2OrDecoupled, "scale", 3.0),
    (explorers.L2OrDecoupled, "lam", 0.4),
]


@pytest.mark.parametrize(("kind", "name", "value"), MOVES)
def test_a_parameter_can_be_set_read_and_observed(kind: type[Explorer], name: str, value: Any) -> None:
    explorer = kind()
    heard: list[Any] = []
    before = explorer.describe()
    explorer.observe(heard.append, name)
    setattr(explorer, name, value)
    assert getattr(explorer, name) == value
    assert explorer.get_state(name)[name] == value  # what the browser gets
    assert [change["new"] for change in heard] == [value]
    assert explorer.describe() != before
    assert getattr(kind(**{name: value}), name) == value


@pytest.mark.parametrize("kind", ALL)
def test_what_the_reader_moves_reaches_python(kind: type[Explorer]) -> None:
    explorer = kind()
    explorer.set_state({"lam": 0})
    assert explorer.lam == 0


@pytest.mark.parametrize(
    ("kind", "name", "value", "says"),
    [
        (explorers.NormBall, "lam", -1, "lam is -1; it must be a number from 0 to 100"),
        (explorers.NormBall, "lam", float("nan"), "lam is nan; it must be a number from 0 to 100"),
        (explorers.NormBall, "lam", "1", "lam is '1'; it must be a number from 0 to 100"),
        (explorers.NormBall, "minimum", [1, 2, 3], r"minimum is \[1, 2, 3\]; it must be two numbers"),
        (explorers.NormBall, "minimum", [1, 9], "minimum is 9; it must be a number from -1.5 to 3.5"),
        (explorers.NormBall, "norm", "L3", "norm is 'L3'; it must be one of 'L2', 'L1'"),
        (explorers.DecayedStep, "lr", 3, "lr is 3; it must be a number from 0 to 2.4"),
        (explorers.DecayRemoves, "epoch", 101, "epoch is 101; it must be a number from 0 to 100"),
        (explorers.DecayRemoves, "lam", 1, "lam is 1; it must be one of 3, 0"),
        (explorers.DecayRemoves, "epoch", 20.5, "epoch is 20.5; it must be a whole number"),
        (explorers.DecayRemoves, "lam", False, "lam is False; it must be one of 3, 0"),
        (explorers.DecayRemoves, "lam", np.array([3, 0]), r"lam is array\(\[3, 0\]\); it must be one of 3, 0"),
        (explorers.L2OrDecoupled, "scale", 0, "scale is 0; it must be a number from 0.01 to 10"),
        (explorers.LambdaDial, "lam", True, "lam is True; it must be a number from 0 to 100"),
    ],
)
def test_a_bad_parameter_is_named(kind: type[Explorer], name: str, value: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        kind(**{name: value})
    explorer = kind()
    with pytest.raises(ValueError, match=says):
        setattr(explorer, name, value)


PARAMETERS = {
    explorers.DecayRemoves: "epoch, lam, start",
    explorers.DecayedStep: "lam, lr",
    explorers.L2OrDecoupled: "lam, scale",
    explorers.LambdaDial: "lam",
    explorers.NormBall: "lam, minimum, norm",
}


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
    explorer = explorers.DecayRemoves(lam=np.float64(3.0), epoch=np.int64(7))
    assert (repr(explorer.lam), repr(explorer.epoch)) == ("3", "7")


@pytest.mark.parametrize("kind", ALL)
def test_the_still_and_its_words_go_with_the_widget(kind: type[Explorer]) -> None:
    explorer = kind()
    bundle = explorer._repr_mimebundle_()
    assert bundle
    assert set(bundle[0]) == {"application/vnd.jupyter.widget-view+json", "image/svg+xml", "text/plain"}
    assert bundle[0]["image/svg+xml"].lstrip().startswith("<?xml")
    assert len(bundle[0]["text/plain"]) > 80
    assert explorer.still() == explorer.still()  # the same picture is the same file


@pytest.mark.parametrize("kind", ALL)
def test_a_notebook_that_has_not_run_can_show_the_still_with_its_words(kind: type[Explorer]) -> None:
    explorer = kind()
    output = explorer.stand_in()
    (image,) = BeautifulSoup(output["text/html"], "html.parser").find_all("img")
    assert image["alt"] == output["text/plain"] == explorer.describe()
    start, _, picture = str(image["src"]).partition("base64,")
    assert start == "data:image/svg+xml;"
    assert base64.b64decode(picture).decode() == explorer.still()


# ---- The data, against wdlesson's own computation ----


def test_quadratic_has_the_hessian_and_the_minimum_asked_for() -> None:
    H, m = np.array([[2.0, 0.3], [0.3, 0.5]]), np.array([1.0, -2.0])
    X, y = quadratic(H, m)
    np.testing.assert_allclose(X.T @ X / len(X), H, atol=1e-14)
    np.testing.assert_allclose(ridge.fit(X, y, 0.0)[0], m, atol=1e-12)


@pytest.mark.parametrize("lam", [0.05, 0.7, 1.5, 5.0])
def test_the_lasso_is_that_of_scikit_learn(lam: float) -> None:
    m = np.array([2.4, 1.0])
    X, y = quadratic(norm_ball.HESSIAN, m)
    theirs = Lasso(alpha=lam, fit_intercept=False, tol=1e-14, max_iter=100_000).fit(X, y)
    np.testing.assert_allclose(norm_ball.lasso(np.array(norm_ball.HESSIAN), m, lam), theirs.coef_, atol=1e-9)


@pytest.mark.parametrize("lam", [0.0, 1e-4, 0.3])
def test_the_dials_factors_give_the_ridge_solution(lam: float) -> None:
    p, d = lambda_dial.polynomial_problem(), explorers.LambdaDial().data
    s, c, Vh = (np.array(d[name]) for name in ("s", "c", "Vh"))
    w = (s * c / (s**2 + p.n * lam)) @ Vh
    np.testing.assert_allclose(w, ridge.fit(p.X_train, p.y_train, lam)[0], rtol=1e-7)
    np.testing.assert_array_equal(d["x_train"], p.X_train[:, 0])
    np.testing.assert_allclose(d["y_test"], p.y_val, rtol=1e-9)
    np.testing.assert_allclose(p.X_val[:, 0], np.linspace(-1, 1, 1000), atol=1e-15)  # as the script has it


@pytest.mark.parametrize("start", decay_removes.STARTS)
@pytest.mark.parametrize("lam", [3, 0])
def test_the_recorded_runs_are_scratchs(start: str, lam: float) -> None:
    p = data.d2l_problem(seed=0, dtype=torch.float64)
    h = scratch.train(p, lam=lam, lr=0.003, epochs=100, init_std=decay_removes.STARTS[start], progress=False)
    run = explorers.DecayRemoves().data["runs"][f"{start} {lam}"]
    np.testing.assert_allclose(np.hypot(run["seen"], run["left"]), h.weight_norm, rtol=6e-6)
    np.testing.assert_allclose(run["train"], h.train_loss, rtol=6e-6)
    np.testing.assert_allclose(run["val"], h.val_loss, rtol=6e-6)
    fade = (1 - 0.003 * lam) ** (4 * np.arange(101))
    np.testing.assert_allclose(run["left"], run["left"][0] * fade, rtol=1e-5, atol=1e-12)


def test_adamw_shrinks_all_weights_alike_and_adam_with_l2_does_not() -> None:
    runs = explorers.L2OrDecoupled(lam=0.1).runs([0.01, 0.1, 1.0, 10.0])
    assert np.ptp(runs["decoupled"][-1]) < 1e-6
    assert np.all(np.diff(runs["L2"][-1]) > 0)
