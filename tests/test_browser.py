"""The explorers in a real browser: they move, everyone can use them, and they tell the truth.

The site is served below a sub-path, as GitHub Pages does it, so that every test here is a test of that as well.
"""

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import pages, weekly, with_explorer
from playwright.sync_api import Browser, Locator, Page, expect
from tabs import SIZE, settle
from test_explorers_layout import DRAGGED, MISPLACED

from wdlesson import data, explorers, ridge
from wdlesson.explorers import decayed_step, norm_ball, norm_decomposition
from wdlesson.explorers.base import quadratic

SHOWN = {name: getattr(explorers, name).title for name in explorers.__all__}


def page_of(site: Path, explorer: str) -> str:
    """The first page that shows an explorer; the one of it alone comes after all others."""
    found = [name for name in pages(site) if f'"title":"{SHOWN[explorer]}"' in (site / name).read_text("utf-8")]
    if not found:
        pytest.fail(f"no page shows {explorer}")
    return found[0]


# ---- Explorers: where they run ----


def test_the_host_does_not_block_the_first_paint(site: Path) -> None:
    for name in with_explorer(site):
        host = re.search(r"<script[^>]*widgets\.js[^>]*>", (site / name).read_text("utf-8"))
        assert host
        assert "defer" in host[0]


def test_without_scripts_a_still_with_words_stands_in(site: Path, address: str, unscripted: Page) -> None:
    for name in with_explorer(site):
        unscripted.goto(address + name)
        stills = unscripted.locator("noscript img").all()
        assert len(stills) == (site / name).read_text("utf-8").count("widget-view+json")
        for still in stills:
            assert len(still.get_attribute("alt") or "") > 80
            assert (still.bounding_box() or {"height": 0})["height"] > 100


def test_explorers_run_from_a_folder(site: Path, page: Page) -> None:
    # A browser loads no module script from file://. The host is none, and hands on each module as a blob.
    for name in with_explorer(site):
        page.goto((site / name).as_uri())
        page.locator(".wd-line").first.wait_for()
        assert page.locator(".wd-line").first.text_content()


@pytest.mark.parametrize("explorer", SHOWN)
def test_each_has_a_page_of_its_own_to_embed(site: Path, address: str, page: Page, explorer: str) -> None:
    anchor = getattr(explorers, explorer).anchor()
    page.goto(f"{address}explorers/{anchor}.html")
    page.locator(".wd-explorer").wait_for()
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("header, nav, aside").count() == 0
    back = page.get_by_role("link", name="This figure in its text")
    assert "CC BY 4.0" in page.locator("footer").inner_text()
    papers = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        papers.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert luminance(papers[0]) > 0.9 > 0.1 > luminance(papers[1])
    figure = Figure(page, explorer)
    assert_controls_are_named(figure)
    assert_nothing_moves(figure)
    assert_theme_is_followed(figure)
    page.goto(str(back.evaluate("e => e.href")))
    page.locator(f"#{anchor} .wd-explorer").wait_for()
    page.set_content(f'<iframe src="{address}explorers/{anchor}.html" style="width: 20rem; height: 60rem"></iframe>')
    slider = page.frame_locator("iframe").get_by_role("slider").first
    slider.focus()
    before = str(slider.get_attribute("aria-valuetext"))
    slider.press("End")
    expect(slider).not_to_have_attribute("aria-valuetext", before)


@pytest.mark.parametrize("explorer", SHOWN)
def test_the_text_has_sentences_that_set_it_and_lead_to_it_without_scripts(
    site: Path, address: str, unscripted: Page, explorer: str
) -> None:
    anchor = getattr(explorers, explorer).anchor()
    unscripted.goto(address + page_of(site, explorer))
    links = unscripted.locator(f'a.wd-set[href*="#{anchor}"]')
    assert links.count() >= 2
    links.first.click()
    expect(unscripted.locator(":target img")).to_have_count(1)
    assert unscripted.locator(":target").get_attribute("id") == anchor


# ---- Explorers: that they move, and what they say ----


class Figure:
    """One explorer on its page."""

    def __init__(self, page: Page, explorer: str) -> None:
        self.page = page
        self.root = page.get_by_role("group", name=SHOWN[explorer], exact=True)
        self.root.wait_for()

    def settle(self) -> None:
        settle(self.page)

    def seen(self) -> tuple[str, str]:
        """The picture, as its marks stand, and the text line."""
        self.settle()
        marks = "[...e.querySelectorAll('path, circle')].map(m => m.getAttribute('d') ?? m.dataset.x + m.dataset.y)"
        return self.root.evaluate(f"e => {marks}.join()"), self.root.locator(".wd-line").inner_text()

    def reset(self) -> None:
        self.page.emulate_media(reduced_motion="null")
        self.theme("light")
        self.page.mouse.move(0, 0)
        self.root.get_by_role("button", name="Reset").click()
        self.settle()

    def theme(self, mode: str) -> None:
        self.page.evaluate("mode => document.documentElement.dataset.theme = mode", mode)

    def controls(self) -> list[Locator]:
        """Whatever keys move."""
        found = self.root.locator("input[type=range], [role=slider]").all()
        assert found
        return found

    def slider(self, label: str) -> Locator:
        return self.root.get_by_role("slider", name=label, exact=True)

    def set(self, label: str, index: int) -> None:
        self.slider(label).fill(str(index))
        self.settle()

    def dots(self, plot: str, kind: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The numbers at which the dots of a plot stand: (k, 2)."""
        dots = self.root.locator(f'svg[aria-label="{plot}"] circle.{kind}[data-x]')
        values = dots.evaluate_all("all => all.map(e => [+e.dataset.x, +e.dataset.y])")
        return np.array(values)


@pytest.fixture(scope="module")
def shared_page(browser: Browser) -> Iterator[Page]:
    with browser.new_page(viewport=SIZE) as page:
        yield page


@pytest.fixture(scope="module")
def opened(request: pytest.FixtureRequest, site: Path, address: str, shared_page: Page) -> Figure:
    """An explorer on its page, loaded once for all tests of it."""
    shared_page.goto(address + page_of(site, request.param))
    return Figure(shared_page, request.param)


@pytest.fixture
def figure(opened: Figure) -> Figure:
    """As it is at first."""
    opened.reset()
    return opened


def only(*explorers: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("opened", explorers, indirect=True)


EACH = only(*SHOWN)


def assert_controls_are_named(figure: Figure) -> None:
    for control in figure.controls():
        assert control.get_attribute("aria-label")
        assert control.get_attribute("aria-valuetext")
    assert figure.root.locator(".wd-spoken").get_attribute("aria-live") == "polite"


@EACH
def test_every_control_has_a_name_and_says_its_value(figure: Figure) -> None:
    assert_controls_are_named(figure)


@EACH
def test_arrow_keys_change_picture_and_text(figure: Figure) -> None:
    for control in figure.controls():
        before = figure.seen()
        control.focus()
        for _ in range(3):
            figure.page.keyboard.press("ArrowLeft")
        after = figure.seen()
        assert after[0] != before[0]
        assert after[1] != before[1]
        assert not figure.root.evaluate("e => e.getAnimations({ subtree: true }).length")  # nothing moves by itself


@EACH
def test_dragging_changes_picture_and_text(figure: Figure) -> None:
    mouse = figure.page.mouse
    for control in figure.root.locator("input[type=range], .wd-grip, .wd-scrub").all():
        control.scroll_into_view_if_needed()
        box = control.bounding_box()
        assert box
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        mouse.move(x, y)
        mouse.down()
        before = figure.seen()
        mouse.move(x - 31, y, steps=4)
        after = figure.seen()
        mouse.up()
        assert after[0] != before[0]
        assert after[1] != before[1]


@EACH
def test_choices_change_picture_and_text(figure: Figure) -> None:
    for choice in figure.root.get_by_role("radio", checked=False).all():
        before = figure.seen()
        choice.check()
        after = figure.seen()
        assert after[0] != before[0]
        assert after[1] != before[1]


# ---- Explorers: for a finger, for little motion, without colour ----


DAILY = ("OptimizerBalls", "Training")  # with a handle, and with the most controls
FINGER = pytest.mark.parametrize("explorer", [*DAILY, *weekly(*(name for name in SHOWN if name not in DAILY))])


def swipe(page: Page, start: tuple[float, float], by: tuple[float, float]) -> None:
    """One finger comes down, moves in steps, and goes."""
    session = page.context.new_cdp_session(page)
    touch = functools.partial(session.send, "Input.dispatchTouchEvent")
    (x, y), (dx, dy) = start, by
    touch({"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for part in np.linspace(0, 1, 11)[1:]:
        touch({"type": "touchMove", "touchPoints": [{"x": x + part * dx, "y": y + part * dy}]})
    touch({"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(100)  # a scroll that should not be is seen a little after the finger


def middle(target: Locator) -> tuple[float, float]:
    """Where it is, in the middle of the screen, where nothing covers it."""
    target.evaluate("e => e.scrollIntoView({ block: 'center', behavior: 'instant' })")
    box = target.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def scrolled(page: Page) -> float:
    return float(page.evaluate("scrollY"))


@FINGER
def test_a_finger_moves_the_figure(site: Path, address: str, phone: Page, explorer: str) -> None:
    phone.goto(address + page_of(site, explorer))
    figure = Figure(phone, explorer)
    for i, control in enumerate(figure.root.locator("input[type=range], .wd-grip, .wd-scrub").all()):
        at, before = middle(control), figure.seen()
        top = scrolled(phone)
        width = (control.bounding_box() or {"width": 0})["width"]
        share = 0.2 + 0.07 * i  # each to another place: two of them may stand for the same value
        swipe(phone, at, (-share * max(width, 137), 0))
        after = figure.seen()
        assert after[0] != before[0]
        assert after[1] != before[1]
        assert scrolled(phone) == top
    for control in figure.root.locator("input[type=range]").all():
        (x, y), before = middle(control), figure.seen()
        phone.touchscreen.tap(x + 50, y)
        after = figure.seen()
        assert after[0] != before[0]
        assert after[1] != before[1]


@FINGER
def test_a_finger_scrolls_the_page_over_the_figure(site: Path, address: str, phone: Page, explorer: str) -> None:
    phone.goto(address + page_of(site, explorer))
    figure = Figure(phone, explorer)
    for place in figure.root.locator(".wd-line, .wd-scrub, svg[role=group]:not(:has(.wd-grip))").all():
        at, before, top = middle(place), figure.seen(), scrolled(phone)
        swipe(phone, at, (0, -150))
        phone.wait_for_function("top => scrollY > top + 50", arg=top)
        assert figure.seen() == before


@pytest.mark.parametrize("explorer", ["NormBall", "DecayedStep", "OptimizerBalls"])
def test_a_finger_on_a_handle_does_not_scroll(site: Path, address: str, phone: Page, explorer: str) -> None:
    phone.goto(address + page_of(site, explorer))
    figure = Figure(phone, explorer)
    at, before, top = middle(figure.root.locator(".wd-grip")), figure.seen(), scrolled(phone)
    swipe(phone, at, (0, -30))
    assert scrolled(phone) == top
    assert figure.seen() != before


def assert_nothing_moves(figure: Figure) -> None:
    """Whoever asks for less motion gets none: no figure has any to switch off, and the page does not glide."""
    style = "[e, ...e.querySelectorAll('*')].map(m => getComputedStyle(m))"
    moves = f"e => {style}.filter(s => s.animationName !== 'none' || parseFloat(s.transitionDuration)).length"
    figure.page.emulate_media(reduced_motion="reduce")
    assert figure.root.evaluate(moves) == 0
    assert figure.page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


@EACH
def test_nothing_moves_by_itself(figure: Figure) -> None:
    assert_nothing_moves(figure)


def assert_theme_is_followed(figure: Figure) -> None:
    colours = set()
    for mode in ("light", "dark"):
        figure.theme(mode)
        for drawn in (".wd-line", ".wd-plots circle"):
            colour = "e => getComputedStyle(e).color + getComputedStyle(e).fill"
            colours.add(figure.root.locator(drawn).first.evaluate(colour))
    assert len(colours) == 4


@EACH
def test_it_follows_the_theme_as_it_is_switched(figure: Figure) -> None:
    assert_theme_is_followed(figure)


SERIES = ("train", "val", "penalty", "exact", "reference")


@EACH
def test_no_mark_is_told_by_its_colour_alone(figure: Figure) -> None:
    """Where a plot draws in several colours, it names each of them in words."""
    drawn = "[...p.querySelectorAll('path, circle')].flatMap(m => [...m.classList])"
    named = "[...p.querySelectorAll('text')].filter(m => m.textContent).flatMap(m => [...m.classList])"
    for plot in figure.root.locator("svg[role=group]").all():
        marks, words = ({kind for kind in plot.evaluate(f"p => {of}") if kind in SERIES} for of in (drawn, named))
        assert len(marks) < 2 or marks <= words, plot.get_attribute("aria-label")


@EACH
def test_marks_stand_out_from_the_paper(figure: Figure) -> None:
    shown = "[...e.querySelectorAll('svg path:not(.wd-axis, .faint, .zero, .area), svg circle, .wd-line')]"
    for mode in ("light", "dark"):
        figure.theme(mode)
        inks = figure.root.evaluate(f"e => [...new Set({shown}.map(m => getComputedStyle(m).color))]")
        paper = figure.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert len(inks) >= 3
        for ink in inks:
            light, dark = sorted((luminance(ink), luminance(paper)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) > 3, mode  # WCAG 2.1, 1.4.11


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG defines it, of rgb(...)."""
    parts = np.array([int(part) / 255 for part in re.findall(r"\d+", colour)[:3]])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@EACH
def test_no_word_leaves_its_plot_or_meets_another_or_the_grip(figure: Figure) -> None:
    """In the book's fonts; tests/test_explorers_layout.py has more settings."""
    figure.page.evaluate(DRAGGED)
    for control in figure.root.locator("input[type=range]").all():
        for share in (0, 0.25, 0.5, 0.75, 1):
            control.fill(str(round(share * int(control.get_attribute("max") or 0))))
            figure.settle()
            assert figure.page.evaluate(MISPLACED) == [], figure.seen()[1]


# ---- Explorers: the numbers ----


@only("NormBall")
def test_the_norm_ball_touches_at_the_ridge_solution(figure: Figure) -> None:
    handle = figure.slider("Minimum of the loss")
    handle.focus()
    figure.page.keyboard.press("ArrowRight")
    X, y = quadratic(norm_ball.HESSIAN, [2.84, -2.66])
    for index in (0, 30, 60):
        figure.set("Penalty λ", index)
        lam = figure.dots("The weights by λ", "penalty")[0, 0]
        (w,) = figure.dots("Loss and ball", "exact")
        np.testing.assert_allclose(w, ridge.fit(X, y, lam)[0], rtol=1e-9)
        radius = figure.dots("The weights by λ", "penalty")[0, 1]
        assert f"to ({w[0]:.2f}, {w[1]:.2f})".replace("-", "−") in figure.seen()[1] or index == 0
        assert abs(radius - np.linalg.norm(w)) < 1e-12


def test_a_minimum_at_the_origin_leaves_nothing_to_shrink(site: Path, address: str, page: Page) -> None:
    page.goto(f"{address}{page_of(site, 'NormBall')}?norm-ball.minimum=0,0")
    figure = Figure(page, "NormBall")
    assert figure.seen()[1] == "λ 0.03: the loss is least at the origin, and the penalty has nothing to shrink."
    np.testing.assert_array_equal(figure.dots("Loss and ball", "exact"), [[0, 0]])


@only("NormBall")
def test_the_radius_sets_lambda(figure: Figure) -> None:
    figure.set("Radius", 24)  # half of the way
    lam, radius = figure.dots("The weights by λ", "penalty")[0]
    assert abs(radius - 0.5 * np.linalg.norm(norm_ball.MINIMA[0])) < 1e-6
    w, _ = ridge.fit(*quadratic(norm_ball.HESSIAN, norm_ball.MINIMA[0]), lam)
    assert abs(np.linalg.norm(w) - radius) < 1e-9


@only("NormBall")
def test_the_diamond_touches_at_the_lasso_solution(figure: Figure) -> None:
    figure.root.get_by_label("L1: diamond").check()
    for index in (20, 52, 61):
        figure.set("Penalty λ", index)
        lam = figure.dots("The weights by λ", "penalty")[0, 0]
        (w,) = figure.dots("Loss and ball", "exact")
        exact = norm_ball.lasso(np.array(norm_ball.HESSIAN), np.array(norm_ball.MINIMA[0]), lam)
        np.testing.assert_allclose(w, exact, atol=1e-9)
        assert ("w₂ is exactly 0" in figure.seen()[1]) == (exact[1] == 0)


@only("DecayedStep")
def test_the_path_is_that_of_gradient_descent(figure: Figure) -> None:
    X, y = quadratic(np.diag(decayed_step.CURVATURES), decayed_step.MINIMUM)
    for rate, decay in ((10, 0), (80, 10), (110, 40)):
        figure.set("Learning rate", rate)
        figure.set("Decay λ", decay)
        lr, lam = 0.001 * rate, 0.2 * decay
        walk = figure.dots(f"{decayed_step.STEPS} decayed steps", "train")
        for t, w in enumerate(walk):
            exact, _ = ridge.gd_iterate(X, y, lam, lr, t, decayed_step.START, 0.0)
            np.testing.assert_allclose(w, exact, rtol=1e-9, atol=1e-12)
        assert ("it diverges" in figure.seen()[1]) == (lr > ridge.max_stable_lr(X, lam))


@only("LambdaDial")
def test_the_dial_shows_the_errors_of_ridge(figure: Figure) -> None:
    dial = explorers.LambdaDial()
    for index in (0, 40, 75):
        figure.set("Penalty λ", index)
        shown = {kind: figure.dots("Error by λ", kind)[0] for kind in ("train", "val")}
        (train,), (val,) = dial.errors([shown["val"][0]])
        assert shown["train"][1] == pytest.approx(train, rel=1e-8)
        assert shown["val"][1] == pytest.approx(val, rel=1e-8)
        assert f"test error {val:#.3g}" in figure.seen()[1]


@only("NormDecomposition")
def test_what_is_left_of_the_start_is_what_the_closed_form_leaves(figure: Figure) -> None:
    p = data.d2l_problem(seed=0, dtype=torch.float64)
    w0 = torch.randn(p.d, generator=data.generator(0, "start"), dtype=torch.float64)
    rows = torch.linalg.svd(p.X_train, full_matrices=False).Vh
    for epoch in (0, 30, 100):
        figure.set("Epoch", epoch)
        steps = epoch * p.n // norm_decomposition.BATCH
        w, _ = ridge.gd_iterate(p.X_train, p.y_train, 3.0, norm_decomposition.LR, steps, w0, 0.0)
        left = (w - rows.T @ (rows @ w)).norm()
        x, shown = figure.dots("The norm of w, in two parts", "penalty")[-1]
        assert x == epoch
        assert shown == pytest.approx(float(left), rel=1e-5)
        assert f"{shown:#.3g} left over from the start" in figure.seen()[1]


@only("L2VersusDecoupled")
def test_the_two_kinds_of_adam_are_those_of_torch(figure: Figure) -> None:
    for size, decay in ((0, 10), (30, 50), (60, 3)):
        figure.set("Size of the gradient", size)
        figure.set("Decay λ", decay)
        ends = {cls: figure.dots("The weight after 400 steps", cls)[-1] for cls in ("val", "train")}
        runs = explorers.L2VersusDecoupled(lam=decay / 100).runs([ends["val"][0]])
        assert ends["val"][1] == pytest.approx(runs["L2"][-1, 0], abs=1e-9)
        assert ends["train"][1] == pytest.approx(runs["decoupled"][-1, 0], abs=1e-9)
        assert f"AdamW {ends['train'][1]:.3f}" in figure.seen()[1]
