"""Where the explorers' words stand, wide and on a phone, at every setting of a grid; without the book."""

from typing import Any

import pytest
from mount import MOUNT
from playwright.sync_api import Page
from test_explorers import grid

from wdlesson import explorers
from wdlesson.explorers import norm_ball
from wdlesson.explorers.base import Explorer

SIZES = {"wide": (1280, 1000), "phone": (390, 844)}
BAR = 56  # pixels of the book's bar, which stays in view on a phone
SMALLEST = 11

GRIDS: dict[type[Explorer], list[dict[str, Any]]] = {
    explorers.LambdaDial: grid(lam=[0.0, 1e-12, 1e-7, 0.002, 1.0, 100.0], sample=[0, 1, 7, 19]),
    explorers.OptimizerBalls: grid(
        lam=[0.0, 0.5, 1.0, 2.0],
        norm=["Linf", "L2", "spectral"],
        minimum=[[1.8, -0.3], [0.0, 0.0], [-0.01, 0.01], [2.5, 2.5], [-2.5, 2.5], [-0.3, -2.0], [0.0, -0.6]],
    ),
    explorers.NormBall: grid(
        lam=[0.0, 1e-3, 0.03, 0.3, 10.0], norm=["L2", "L1"], minimum=[*norm_ball.MINIMA[:8], [0.6, 2.4], [0.0, 0.0]]
    ),
    explorers.DecayedStep: grid(lr=[0.01 * k for k in range(17)], lam=range(11)),
    explorers.NormDecomposition: grid(epoch=[0, 1, 20, 50, 99, 100], start=["normal", "zero"], lam=[3, 0]),
    explorers.L2VersusDecoupled: grid(scale=[0.01, 0.1, 1.0, 10.0], lam=[0.0, 0.01, 0.1, 0.5, 1.0]),
    explorers.Training: grid(
        problem=["d2l", "noisy"],
        kept=[[], [0, 0.003, 5, 1, 0]],
        lam=[0, 0.9, 30, 100],
        lr=[1e-4, 0.003, 0.12],
        init_std=[1, 0],
        seed=[0, 1],
        batch_size=["all"],
        epoch=[0, 100],
    ),
    explorers.HiddenData: grid(by=["loo", "folds", "part"], sample=[0, 1, 9, 13, 15], lam=[0.0009, 0.9, 90.0]),
    explorers.StoppedOrDecayed: grid(
        signal=["all", "strong", "weak"], t=[0.1, 1.0, 5.0, 100.0, 1000.0], sigma=[0.1, 0.5, 1.5]
    ),
    explorers.RiskPeak: grid(
        n=[50, 200, 499, 500, 600, 1500], total=[0.0, 0.1, 5.0, 125.0, 1e4], sigma=[0.0, 0.05, 0.2, 0.5, 1.0]
    ),
}

MISPLACED = """
() => [...document.querySelectorAll(".wd-plots svg[role=group]")].flatMap((plot) => {
  const whole = plot.getBoundingClientRect();
  const shown = (e) => e.tagName !== "text" || e.textContent;
  const words = [...plot.querySelectorAll("text, .wd-grip, .wd-sign")].filter(shown);
  const boxes = words.map((word) => word.getBoundingClientRect());
  const apart = (a, b) => a.right < b.left + 2 || b.right < a.left + 2 || a.bottom < b.top + 5 || b.bottom < a.top + 5;
  const inside = (a) =>
    a.left >= whole.left - 1 && a.right <= whole.right + 1 && a.top >= whole.top - 1 && a.bottom <= whole.bottom + 1;
  const called = (e) => e.textContent || e.getAttribute("class");
  const meet = (i, j) =>
    [words[i], words[j]].some((e) => e.tagName === "text") && !apart(boxes[i], boxes[j]);
  return words.flatMap((word, i) => [
    ...(inside(boxes[i]) || word.matches(".wd-sign") ? [] : [`${called(word)} leaves`]),
    ...words.slice(0, i).filter((_, j) => meet(i, j)).map((other) => `${called(word)} meets ${called(other)}`),
  ]);
})
"""
DRAGGED = "document.querySelectorAll('.wd-sign').forEach((sign) => sign.remove())"  # as once all handles have been
MEASURED = """
() => {
  const size = (e) => parseFloat(getComputedStyle(e).fontSize) * (e.ownerSVGElement?.getScreenCTM().a ?? 1);
  const words = [...document.querySelectorAll(".wd-explorer :is(text, label, legend, p, button, summary)")];
  const [controls, plots] = [".wd-controls", ".wd-plots"].map((c) => document.querySelector(c).getBoundingClientRect());
  return {
    smallest: Math.min(...words.filter((e) => e.textContent.trim()).map(size)),
    height: plots.bottom - controls.top,
    sideways: document.documentElement.scrollWidth - innerWidth,
  };
}
"""


def put(page: Page, explorer: Explorer, size: str) -> None:
    """Show an explorer on an empty page of this size, with the book's margins."""
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    page.set_content(
        f'<body style="margin: 16px; max-width: {min(width - 32, 688)}px; font-family: sans-serif"></body>'
    )
    page.evaluate(MOUNT, [{k: v for k, v in explorer.get_state().items() if k != "layout"}, True])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", GRIDS)
def test_no_word_leaves_its_plot_or_meets_another_or_the_grip(page: Page, kind: type[Explorer], size: str) -> None:
    put(page, kind(), size)
    assert page.evaluate(MISPLACED) == []
    page.evaluate(DRAGGED)
    heights = set()
    for setting in GRIDS[kind]:
        page.evaluate("setting => void move(setting)", setting)
        assert page.evaluate(MISPLACED) == [], setting
        heights.add(page.evaluate("document.querySelector('.wd-explorer').offsetHeight"))
    assert len(heights) == 1  # nothing below the figure jumps


@pytest.mark.parametrize("kind", GRIDS)
def test_on_a_phone_controls_and_all_plots_are_seen_at_once_in_words_that_can_be_read(
    page: Page, kind: type[Explorer]
) -> None:
    put(page, kind(), "phone")
    measured = page.evaluate(MEASURED)
    assert measured["smallest"] >= SMALLEST
    assert measured["height"] <= SIZES["phone"][1] - BAR
    assert measured["sideways"] <= 0


def test_every_explorer_has_a_grid() -> None:
    assert {kind.__name__ for kind in GRIDS} == set(explorers.__all__)
