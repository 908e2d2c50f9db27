"""The explorer that trains: its runs are those of `scratch.train`, and what it says of them is true.

tests/test_explorers.py has what it shares with the others.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mount import MOUNT, tables
from playwright.sync_api import Locator, Page
from test_explorers import Moves, Seen, after, agrees, number, points, shown  # noqa: F401  (a fixture)

from wdlesson import checks, data, explorers, protocol, ridge, scratch
from wdlesson.data import Problem
from wdlesson.explorers import base, training
from wdlesson.history import half_mse

Settings = dict[str, Any]


@pytest.fixture
def run_script(page: Page) -> Any:
    """Evaluate an expression with the explorer's scripts, of which the parts that compute are in reach."""
    scripts = ("common.js", "torch_random.js", "linear_training.js", "exact_answer.js")
    text = "\n".join((Path(base.__file__).parent / name).read_text("utf-8") for name in scripts)
    names = "Generator, PROBLEMS, drawOf, train, ridgeOf, stableRates, roundedDown, emptyRecord, measure"
    page.evaluate(
        """async (text) => Object.assign(window, await import(
          URL.createObjectURL(new Blob([text], { type: "text/javascript" }))))""",
        f"{text}\nexport {{ {names} }};",
    )
    return page.evaluate


# ---- Random numbers: torch's ----


@pytest.mark.parametrize("stream", ["data", "start", "batches"])
@pytest.mark.parametrize("seed", [0, 1, 999, 123456, 2**32 - 1])
def test_the_random_numbers_are_torchs(run_script: Any, seed: int, stream: str) -> None:
    counts = [20, 1, 16, 200, 17, 9]  # fewer than sixteen last, since torch keeps the half of a pair that is left over
    script = """([seed, stream, counts]) => {
      const g = new Generator(seed, stream);
      return counts.map((n) => [g.permutation(n), [...g.normal(Math.max(n, 16))]]).concat([[[], [...g.normal(9)]]]);
    }"""
    g = data.generator(seed, stream)
    *drawn, (_, few) = run_script(script, [seed, stream, counts])
    for n, (order, normal) in zip(counts, drawn, strict=True):
        assert order == torch.randperm(n, generator=g).tolist()
        np.testing.assert_allclose(normal, torch.randn(max(n, 16), generator=g, dtype=torch.float64), atol=1e-13)
    np.testing.assert_allclose(few, torch.randn(9, generator=g, dtype=torch.float64), atol=1e-13)


# ---- Runs: those of scratch.train ----

TRAIN = """
(cases) => cases.map(([problem, seed, own, settings]) => {
  const draw = drawOf(own ?? PROBLEMS[problem](seed), seed);
  const exact = emptyRecord();
  measure(draw, ridgeOf(draw)(settings.lam), settings.lam, exact);
  const rate = stableRates(draw)(settings.lam, settings.batch);
  return { ...train(draw, settings), exact, rate, said: roundedDown(rate), mean: draw.mean, floor: draw.floor };
})
"""


def setting(lam: float, lr: float, batch: int, std: float) -> Settings:
    return dict(lam=lam, lr=lr, batch=batch, std=std)


CASES = [
    ("d2l", 0, setting(3, 0.003, 5, 1)),
    ("d2l", 0, setting(0, 0.003, 5, 1)),
    ("d2l", 1, setting(0, 0.01, 1, 0)),
    ("d2l", 2, setting(0.3, 0.02, 5, 0.01)),
    ("d2l", 3, setting(100, 0.001, 1, 1)),
    ("d2l", 4, setting(3, 0.1, 20, 1)),
    ("d2l", 5, setting(3, 0.11, 20, 1)),  # just past the limit: grows, and stays below 10¹² times the start
    ("d2l", 6, setting(30, 1, 20, 1)),  # decay alone diverges
    ("d2l", 0, setting(3, 0.5, 5, 1)),
    ("d2l", 0, setting(3, 0.08, 5, 0)),
    ("d2l", 999, setting(0.05, 0.12, 100, 0.01)),
    ("d2l", 7, setting(0.02, 1e-5, 1, 1)),
    ("noisy", 0, setting(0.9, 0.03, 5, 1)),
    ("noisy", 1, setting(0.9, 0.3, 100, 1)),
    ("noisy", 2, setting(0, 0.3, 100, 0)),
    ("noisy", 3, setting(0, 0.003, 20, 1)),
    ("noisy", 4, setting(30, 0.003, 1, 0.01)),
    ("noisy", 5, setting(3, 0.5, 100, 1)),
    ("noisy", 6, setting(0.9, 0.05, 1, 1)),
    ("noisy", 7, setting(100, 0.02, 20, 0.01)),
    ("noisy", 8, setting(0.1, 1, 1, 1)),
    ("noisy", 8, setting(0.1, 10, 1, 1)),  # not finite after some step within the first epoch
]


@pytest.mark.parametrize(("name", "seed", "chosen"), CASES)
def test_a_run_is_that_of_scratch_train(run_script: Any, name: str, seed: int, chosen: Settings) -> None:
    (run,) = run_script(TRAIN, [[name, seed, None, chosen]])
    check_run(run, training.DRAWS[name](seed, dtype=torch.float64), seed, chosen)


def check_run(run: Settings, p: Problem, seed: int, chosen: Settings) -> None:
    names = dict(lam="lam", lr="lr", batch="batch_size", std="init_std")
    settings = {names[name]: value for name, value in chosen.items()} | dict(seed=seed, progress=False)
    epochs = 100
    try:
        scratch.train(p, **settings)
        assert run["diverged"] is None
    except protocol.DivergenceError as error:
        told = re.search(r"at step (\d+)", str(error))
        assert told
        assert run["diverged"] == int(told[1])
        epochs = len(run["train"]) - 1
        assert epochs == (run["diverged"] - 1) // -(-p.n // chosen["batch"])
    if epochs:
        check_records(run, scratch.train(p, epochs=epochs, **settings))
    check_split(run, p, settings, epochs)


def check_records(run: Settings, history: Any) -> None:
    theirs = {"train": "train_loss", "val": "val_loss", "norm": "weight_norm", "penalty": "penalty"}
    for part, name in theirs.items():
        values = getattr(history, name).numpy()
        np.testing.assert_allclose(run[part], values, rtol=1e-10, atol=1e-16 * values.max())


def check_split(run: Settings, p: Problem, settings: Settings, epochs: int) -> None:
    """The two parts of the norm, against a projection of the iterates."""
    steps, per_epoch = settings.copy(), -(-p.n // settings["batch_size"])
    del steps["progress"]
    rows = torch.linalg.svd(p.X_train, full_matrices=False).Vh
    for t, (w, _) in enumerate(scratch.steps(p, epochs=epochs or 1, **steps)):
        if t % (10 * per_epoch) == 0 and t <= epochs * per_epoch:
            seen = rows.T @ (rows @ w)
            epoch, size = t // per_epoch, float(w.norm())
            assert run["seen"][epoch] == pytest.approx(float(seen.norm()), rel=1e-10)
            assert run["left"][epoch] == pytest.approx(float((w - seen).norm()), rel=1e-9, abs=1e-13 * size)


def own_problem(**changes: Any) -> Problem:
    """Real data, with fewer than sixteen features; and a column that does not vary."""
    p = data.diabetes_problem(0, dtype=torch.float64)
    pad = [torch.cat([X, X.new_full((len(X), 1), 2.0)], dim=1) for X in (p.X_train, p.X_val)]
    return Problem(pad[0], p.y_train, pad[1], p.y_val)


@pytest.mark.parametrize("chosen", [setting(0.1, 0.01, 20, 1), setting(0, 0.02, 5, 0), setting(3, 0.9, 300, 1)])
def test_a_run_on_ones_own_problem_is_that_of_scratch_train(run_script: Any, chosen: Settings) -> None:
    p = own_problem()
    explorer = explorers.Training(problem=p)
    (run,) = run_script(
        """([[data, settings]]) => {
          const rows = (all) => all.map((row) => Float64Array.from(row));
          const draw = drawOf({ ...data, X: rows(data.X), X_val: rows(data.X_val) }, 0);
          return [train(draw, settings)];
        }""",
        [[explorer.data, chosen]],
    )
    check_run(run, p, 0, chosen)


@pytest.mark.parametrize(("name", "seed", "chosen"), CASES)
def test_exact_answer_levels_and_rates_are_those_of_the_package(
    run_script: Any, name: str, seed: int, chosen: Settings
) -> None:
    (run,) = run_script(TRAIN, [[name, seed, None, chosen]])
    p = training.DRAWS[name](seed, dtype=torch.float64)
    w, b = ridge.fit(p.X_train, p.y_train, chosen["lam"])
    rel = 1e-10 if chosen["lam"] else 1e-7  # at λ 0 it is a limit
    assert run["exact"]["train"][0] == pytest.approx(float(half_mse(p.X_train, p.y_train, w, b)), rel=rel, abs=1e-16)
    assert run["exact"]["val"][0] == pytest.approx(float(half_mse(p.X_val, p.y_val, w, b)), rel=rel)
    assert run["exact"]["norm"][0] == pytest.approx(float(w.norm()), rel=rel)
    assert run["mean"] == pytest.approx(float((p.y_val - p.y_train.mean()).square().mean() / 2), rel=1e-12)
    assert run["floor"] == pytest.approx((p.noise_std or 0) ** 2 / 2)
    check_rate(run, p, chosen)


def check_rate(run: Settings, p: Problem, chosen: Settings) -> None:
    """The rate that is called stable is the one in `scratch.train`'s error, and as it says it."""
    told = protocol.stable_advice(p, chosen["lam"], 1e9, chosen["batch"])
    kind = "largest stable learning rate is" if chosen["batch"] >= p.n else "a learning rate up to"
    said = re.search(rf"{kind} ([\d.e-]+)", told)
    assert said
    assert run["said"] == float(said[1]) == float(checks.rounded_down(run["rate"]))


# ---- Words ----


def samples(count: int) -> list[Settings]:
    rng = np.random.default_rng(0)

    def pick(*options: Any) -> Any:
        return options[rng.integers(len(options))]

    settings = [
        dict(
            problem=(problem := pick("d2l", "noisy")),
            lam=pick(0, 0.01, 0.3, 0.9, 3, 30, 100),
            lr=pick(1e-5, 1e-3, 0.003, 0.02, 0.03, 0.05, 0.1, 0.12, 0.3, 1),
            batch_size=pick(1, 5, 20, "all") if problem == "d2l" else pick(5, 20, "all"),
            init_std=pick(0, 0.01, 1),
            seed=int(rng.integers(3)),
            kept=pick([], [0, 0.003, 20, 1, 0], [3, 0.5, "all", 0.01, 1]),
        )
        for _ in range(count)
    ]
    return [one | dict(epoch=epoch) for one in settings for epoch in (0, 37, 100)]


def test_what_is_said_of_a_run_holds_for_scratch_train(shown: Moves) -> None:  # noqa: F811
    settings = [
        *samples(40),
        dict(batch_size=1, init_std=1, problem="noisy", lam=0.9, lr=0.01, seed=0, epoch=100, kept=[]),
    ]
    for one, seen in zip(settings, shown(explorers.Training(), settings), strict=True):
        check_words(explorers.Training(**one), seen)


def recorded(explorer: explorers.Training) -> tuple[Any, int | None]:
    """What `scratch.train` records until it diverges, and the step at which that is; None for what there isn't."""
    try:
        return explorer.history(), None
    except protocol.DivergenceError as error:
        step = int(str(error).split("at step ")[1].split()[0])
        last = (step - 1) // -(-explorer.drawn().n // explorer.batch())
        settings = run_settings(explorer) | dict(epochs=last, progress=False)
        return (scratch.train(explorer.drawn(), **settings) if last else None), step


def check_words(explorer: explorers.Training, seen: Seen) -> None:
    line = seen["line"]
    history, step = recorded(explorer)
    last = len(history.train_loss) - 1 if history else 0
    t = min(explorer.epoch, last)
    assert (f"The run diverges in epoch {last + 1}, at step {step}:" in line) == (step is not None)
    assert ("The run diverges" in line) == (step is not None)
    assert ("The last values before it" in line) == (explorer.epoch > last)
    assert after(line, "at epoch " if explorer.epoch > last else "Epoch ") == t
    check_values(line, explorer, history, t)
    check_norm(line, explorer, history, t)
    check_rate_words(line, explorer, step is not None)
    check_kept(line, explorer, t)


def run_settings(explorer: explorers.Training) -> Settings:
    return dict(
        lam=explorer.lam, lr=explorer.lr, batch_size=explorer.batch(), init_std=explorer.init_std, seed=explorer.seed
    )


def at(explorer: explorers.Training, history: Any, t: int) -> Settings:
    """The values at an epoch, also where there is no history since the first epoch diverges."""
    if history is not None:
        parts = dict(train=history.train_loss, val=history.val_loss, norm=history.weight_norm, penalty=history.penalty)
        return {name: float(values[t]) for name, values in parts.items()}
    p = explorer.drawn()
    w, b = protocol.start(p, explorer.init_std, explorer.seed)
    norm = float(w.norm())
    losses = [float(half_mse(X, y, w, b)) for X, y in ((p.X_train, p.y_train), (p.X_val, p.y_val))]
    return dict(train=losses[0], val=losses[1], norm=norm, penalty=explorer.lam / 2 * norm**2)


def check_values(line: str, explorer: explorers.Training, history: Any, t: int) -> None:
    values, mean = at(explorer, history, t), explorer.levels()["mean"]
    for words, part in (("training loss ", "train"), ("validation loss ", "val"), ("; penalty ", "penalty")):
        assert agrees(after(line, words), values[part])
    if "about that of predicting" in line:
        assert 0.95 <= values["val"] / mean < 1.05
    else:
        told = number(re.split("validation loss [^,]*, ", line)[1])
        assert agrees(told, values["val"] / mean, digits=2)
        assert told != 1
    assert agrees(after(line, "‖w‖\u00a0=\u00a0"), values["norm"])


def check_norm(line: str, explorer: explorers.Training, history: Any, t: int) -> None:
    left, norm = explorer.left(), at(explorer, history, t)["norm"]
    if "the start is zero" in line or "a start at zero" in line:
        assert explorer.init_std == 0
        assert ("the start is zero" in line) == (t == 0)
        assert left == [0] * 101
        return
    if "they reach in every direction" in line:
        assert torch.linalg.matrix_rank(explorer.drawn().X_train) == explorer.drawn().d
        return
    said = number(re.split("‖w‖[^:]*: ", line)[1])
    assert said == pytest.approx(left[t], rel=0.006)
    assert number(re.split(", and ", line.split(" left over from the start")[1])[1]) == pytest.approx(
        np.sqrt(norm**2 - left[t] ** 2), rel=0.006, abs=1e-3
    )
    if " of epoch 0 times (" in line:
        base, power = re.split(r"\)|,", line.split(" of epoch 0 times (")[1])[:2]
        assert base == ("lr·λ\u00a0−\u00a01" if explorer.lr * explorer.lam > 1 else "1\u00a0−\u00a0lr·λ")
        power = power.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789"))
        factor = abs(1 - explorer.lr * explorer.lam) ** int(power)
        assert agrees(after(line, "from the start, the "), left[0])
        assert left[0] * factor == pytest.approx(left[t], rel=1e-9)
    else:
        assert ("as it was drawn" in line) == (t == 0)
        assert ("since nothing decays" in line) == (t > 0 and explorer.lam == 0)


def check_rate_words(line: str, explorer: explorers.Training, diverged: bool) -> None:
    p, size = explorer.drawn(), explorer.batch()
    rate, _ = protocol._stable_lr(p, explorer.lam, size, None)
    full = "With the full batch a learning rate up to " in line
    assert full == (size >= p.n)
    words = "rate up to "
    assert after(line, words) == pytest.approx(float(checks.rounded_down(rate)), rel=1e-12)
    assert after(line, words) <= rate
    assert full or f"whatever batches of {size} are drawn" in line
    assert ("is above it" in line) == (explorer.lr > rate)
    assert ("though these hundred epochs have not diverged" in line) == (explorer.lr > rate and not diverged)
    assert diverged <= (explorer.lr > rate)  # what diverges here was above the rate


def check_kept(line: str, explorer: explorers.Training, t: int) -> None:
    if not explorer.kept:
        assert "kept run" not in line
        return
    kept = explorers.Training(problem=explorer.problem, **dict(zip(training.SETTINGS, explorer.kept, strict=True)))
    differs = [name for name in training.SETTINGS if getattr(kept, name) != getattr(explorer, name)]
    if not differs:
        assert line.endswith("The kept run is this one.")
        return
    told = line.split("The kept run (")[1]
    words = dict(lam="λ ", lr="learning rate ", batch_size="batch ", init_std="start ", seed="draw ")
    named = re.split(r"\): |\) had", told)[0]
    assert [name for name in training.SETTINGS if words[name] in named] == differs
    history, _ = recorded(kept)
    assert ("had diverged by then" in told) == (t > 0 and (history is None or t >= len(history.val_loss)))
    if "had diverged" not in told:
        assert agrees(after(told, "): validation loss "), at(kept, history, t)["val"])


# ---- What is drawn ----


def highest(seen: Seen) -> float:
    """How far up the curves of the losses go, in pixels from the top of their plot."""
    curves = [path for path in seen["paths"][0] if re.fullmatch(r"M[\d .L-]+", path)]
    return float(min(points(path)[:, 1].min() for path in curves))


def test_a_run_that_diverges_leaves_the_plot_and_a_kept_one_stays(shown: Moves) -> None:  # noqa: F811
    settings: list[Settings] = [dict(lr=0.003), dict(lr=0.12, batch_size="all"), dict(kept=[3, 0.003, 5, 1, 0])]
    calm, wild, both = shown(explorers.Training(), settings)
    assert highest(calm) >= 0
    assert highest(wild) < -1000
    curves = [path for path in calm["paths"][0] if path.count("L") == 100]
    assert len(curves) == 2
    assert set(curves) <= set(both["paths"][0])
    assert not set(curves) & set(wild["paths"][0])


def test_the_dots_are_at_the_epoch_that_is_read(shown: Moves) -> None:  # noqa: F811
    (seen,) = shown(explorers.Training(), [dict(epoch=40)])
    h = explorers.Training().history()
    dots = {dot[0]: dot[1:3] for dot in seen["dots"][0]}
    assert dots["train"] == [40, pytest.approx(float(h.train_loss[40]), rel=1e-10)]
    assert dots["val"] == [40, pytest.approx(float(h.val_loss[40]), rel=1e-10)]
    (penalty,) = seen["dots"][2]
    assert penalty[1:3] == [40, pytest.approx(float(h.penalty[40]), rel=1e-10)]


# ---- Its controls, with its styles, in a page of its own ----


def mounted(page: Page, explorer: explorers.Training) -> Locator:
    state = {name: value for name, value in explorer.get_state().items() if name != "layout"}
    page.set_viewport_size({"width": 760, "height": 1000})
    page.evaluate(MOUNT, [state, True])
    return page.locator(".wd-explorer")


def test_menus_and_buttons_set_what_they_say(page: Page) -> None:
    figure = mounted(page, explorers.Training())
    line = figure.locator(".wd-line")
    figure.get_by_label("Problem").select_option("noisy")
    figure.get_by_label("Batch").select_option("all")
    figure.get_by_label("Start").select_option("zero")
    figure.get_by_role("button", name="New draw").click()
    chosen = explorers.Training(problem="noisy", batch_size="all", init_std=0, seed=1)
    check_words(chosen, {"line": line.inner_text()})
    figure.get_by_role("button", name="Keep this run").click()
    assert line.inner_text().endswith("The kept run is this one.")
    figure.get_by_role("slider", name="Learning rate").fill("0")
    assert "The kept run (learning rate 0.003): validation loss" in line.inner_text()
    figure.get_by_role("button", name="Keep this run").click()
    figure.get_by_role("button", name="Let the kept run go").click()
    assert "kept run" not in line.inner_text()
    figure.get_by_role("button", name="Reset").click()
    check_words(explorers.Training(), {"line": line.inner_text()})


def test_dragging_in_a_plot_reads_another_epoch(page: Page) -> None:
    figure = mounted(page, explorers.Training())
    for plot in figure.locator(".wd-scrub").all():
        box = plot.bounding_box()
        assert box
        page.mouse.click(box["x"] + 0.4 * box["width"], box["y"] + box["height"] / 2)
        assert figure.locator(".wd-line").inner_text().startswith("Epoch 40: ")
        figure.get_by_role("slider", name="Epoch").fill("100")


def test_the_table_has_the_numbers(page: Page) -> None:
    figure = mounted(page, explorers.Training())
    values = explorers.Training().values()
    columns = [("train", "val"), ("norm", "left"), ("penalty",)]
    for names, table in zip(columns, tables(figure), strict=True):
        cells = table.locator("tbody tr").last.locator("td").all_inner_texts()
        assert len(cells) >= len(names)
        for cell, name in zip(cells, names, strict=False):
            assert agrees(number(cell), values[name])


# ---- Python's side ----

MOVES: list[tuple[str, Any]] = [
    ("lam", 0),
    ("lr", 0.01),
    ("batch_size", "all"),
    ("batch_size", 1),
    ("init_std", 0),
    ("seed", 7),
    ("epoch", 40),
    ("problem", "noisy"),
]


@pytest.mark.parametrize(("name", "value"), MOVES)
def test_a_parameter_can_be_set_read_and_observed(name: str, value: Any) -> None:
    explorer = explorers.Training()
    heard: list[Any] = []
    before = explorer.alt_text()
    explorer.observe(heard.append, name)
    setattr(explorer, name, value)
    assert getattr(explorer, name) == value
    assert explorer.get_state(name)[name] == value
    assert [change["new"] for change in heard] == [value]
    assert explorer.alt_text() != before


def test_a_run_to_compare_with_can_be_set() -> None:
    explorer = explorers.Training(kept=[0, 0.003, "all", 1, 0])
    assert explorer.kept == [0, 0.003, "all", 1, 0]
    explorer.set_state({"kept": []})
    assert explorer.kept == []


def test_it_takes_ones_own_problem_and_goes_back_to_it() -> None:
    p = own_problem()
    explorer = explorers.Training(lam=0.1, lr=0.01)
    explorer.problem = p
    assert explorer.get_state("problem") == {"problem": "own"}
    np.testing.assert_array_equal(explorer.data["X_val"], p.X_val)
    assert "your own problem" in explorer.alt_text()
    assert explorer.history().settings["lam"] == 0.1
    explorer.set_state({"problem": "d2l"})
    assert explorer.problem == "d2l"
    explorer.set_state({"problem": "own"})
    assert explorer.problem is p


def test_ones_own_problem_is_drawn_and_said(shown: Moves) -> None:  # noqa: F811
    explorer = explorers.Training(problem=own_problem(), lam=0.1, lr=0.01)
    (seen,) = shown(explorer, [dict(epoch=100)])
    check_words(explorer, seen)
    heights = [dot[4] for plot in seen["dots"] for dot in plot]
    assert all(0 <= height <= 400 for height in heights)


PARTS = "it must be a list of lam, lr, batch_size, init_std, seed, or empty"
BAD: list[tuple[str, Any, type[Exception], str]] = [
    ("problem", "ours", ValueError, "problem is 'ours'; it must be one of 'd2l', 'noisy', or a wdlesson.data.Problem"),
    ("problem", 3, TypeError, "problem is 3; it must be one of 'd2l', 'noisy', or a wdlesson.data.Problem"),
    ("problem", data.d2l_problem(n=2000), ValueError, "problem has 420,000 numbers; here it must have 400,000 at most"),
    ("batch_size", 7, ValueError, "batch_size is 7; it must be one of 5, 1, 20, 'all'"),
    ("batch_size", "5", TypeError, "batch_size is '5'; it must be one of 5, 1, 20, 'all'"),
    ("lr", 0, ValueError, "lr is 0; it must be a number from 1e-05 to 1"),
    ("init_std", 2, ValueError, "init_std is 2; it must be one of 1, 0.01, 0"),
    (
        "kept",
        [1, 2],
        ValueError,
        r"kept is \[1, 2\]; it must be a list of lam, lr, batch_size, init_std, seed, or empty",
    ),
    ("kept", 3, TypeError, f"kept is 3; {PARTS}"),
    ("kept", [1, 2, 5, 1, 0], ValueError, "lr is 2; it must be a number from 1e-05 to 1"),
]


@pytest.mark.parametrize(("name", "value", "error", "says"), BAD)
def test_a_bad_parameter_is_named(name: str, value: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        explorers.Training(**{name: value})


def test_the_alt_text_holds() -> None:
    for problem, lam, lr, epoch in (("d2l", 3, 0.003, 100), ("d2l", 0, 0.01, 0), ("noisy", 0.9, 0.03, 50)):
        explorer = explorers.Training(problem=problem, lam=lam, lr=lr, epoch=epoch)
        words, history, levels = explorer.alt_text(), explorer.history(), explorer.levels()
        for text, value in (
            ("training loss is ", history.train_loss[epoch]),
            ("validation loss ", history.val_loss[epoch]),
            ("predicting the mean has ", levels["mean"]),
            ("the exact answer ", levels["ridge_val"]),
            ("The penalty is ", history.penalty[epoch]),
            ("the norm ", history.weight_norm[epoch]),
        ):
            assert agrees(after(words, text), float(value))
    assert "It diverges: the training diverged at step " in explorers.Training(lr=0.5).alt_text()
