"""The curves that several pages draw: what they show, and that no two are told apart by their colour alone."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from wdlesson import data, plots, scratch

RUNS = [scratch.train(data.d2l_problem(seed), lam=3.0, epochs=4) for seed in range(3)]


def points(line: Line2D) -> Any:
    return np.asarray(line.get_xydata())


def test_a_band_is_the_mean_within_the_range() -> None:
    ax = Figure().subplots()
    plots.band(ax, [0, 1], [[1.0, 2.0], [3.0, 10.0]], "runs", "k", "--")
    (line,), (filled,) = ax.lines, ax.collections
    np.testing.assert_allclose(points(line), [[0, 2], [1, 6]])
    assert (line.get_linestyle(), line.get_label()) == ("--", "runs")
    corners = np.asarray(filled.get_paths()[0].vertices)
    assert {tuple(corner) for corner in corners} == {(0, 1), (0, 3), (1, 2), (1, 10)}


def test_learning_curves_are_the_data_losses_and_differ_in_more_than_colour() -> None:
    ax = Figure().subplots()
    plots.learning_curves(ax, RUNS)
    train, val = ax.lines
    np.testing.assert_allclose(points(train)[:, 1], np.mean([run.train_loss for run in RUNS], axis=0))
    np.testing.assert_allclose(points(val)[:, 1], np.mean([run.val_loss for run in RUNS], axis=0))
    assert train.get_linestyle() != val.get_linestyle()
    assert ax.get_yscale() == "log"


def test_a_reference_is_a_named_level() -> None:
    ax = Figure().subplots()
    plots.reference(ax, 0.25, "noise floor")
    assert set(points(ax.lines[0])[:, 1]) == {0.25}
    assert [text.get_text() for text in ax.texts] == ["noise floor"]
