"""What a page asks for before it can be read: little, at once, and nothing that moves it about later."""

import base64
import gzip
import io
import re
from pathlib import Path

import icons
import images
import matplotlib
import pytest
import scripts
import stylesheet
import theme_patches
from bs4 import Tag
from conftest import pages, weekly, with_explorer
from fontTools.ttLib import TTFont
from playwright.sync_api import Browser, Page, expect
from site_faults import elements, soup
from sphinx.errors import ExtensionError
from tabs import settle

PAGE = "book/penalty.html"


def sheet(site: Path) -> str:
    """The style sheet of a page."""
    (link,) = soup(site / PAGE).select("link[rel=stylesheet]")
    return (site / PAGE).parent.joinpath(str(link["href"])).read_text("utf-8")


def in_the_book(site: Path) -> list[str]:
    """The pages without the explorers' bare ones, which bring their own few rules and one picture."""
    return [name for name in pages(site) if not name.startswith("explorers/")]


# ---- Scripts ----


def test_no_script_holds_up_a_page(site: Path) -> None:
    found = [script for _, script in elements(site, "script[src]")]
    assert found
    assert [str(script) for script in found if not script.has_attr("defer")] == []


def test_nothing_is_asked_for_in_advance(site: Path) -> None:
    assert [str(link) for _, link in elements(site, "link[rel=preload]")] == []


def test_a_script_that_has_its_moment_keeps_it() -> None:
    kept = '<script async src="a.js"></script><script type="module" src="b.js"></script><script>c</script>'
    assert scripts.EXTERNAL.sub(scripts.defer, kept) == kept
    assert scripts.EXTERNAL.sub(scripts.defer, '<script src="a.js">') == '<script defer src="a.js">'


# ---- One style sheet ----


def test_a_page_has_one_style_sheet(site: Path) -> None:
    for name in in_the_book(site):
        links = soup(site / name).select("link[rel=stylesheet]")
        assert len(links) == (0 if name == "index.html" else 1), name


def test_the_style_sheet_finds_what_it_names(site: Path) -> None:
    named = [found["path"] for found in stylesheet.URL.finditer(sheet(site))]
    assert named
    assert [path for path in named if not (site / "_static" / path).is_file()] == []


def test_style_sheets_are_joined_in_order_and_from_any_folder(tmp_path: Path) -> None:
    (tmp_path / "styles").mkdir()
    (tmp_path / "base.css").write_text("a { background: url(a.png) }\n/* b */\n")
    (tmp_path / "styles" / "theme.css").write_text(
        '@charset "UTF-8";\n/*! Licence */\n@import "../base.css";\nb { background: url("../img/b.png") }\n'
    )
    (tmp_path / "last.css").write_text("c { background: url(data:x), url(#d) }\n")
    name = stylesheet.join(tmp_path, ("styles/theme.css", "last.css"))
    assert (tmp_path / name).read_text() == (
        '@charset "UTF-8";\n/*! Licence */\na { background: url("a.png") }\nb { background: url("img/b.png") }\n'
        "c { background: url(data:x), url(#d) }\n"
    )


# ---- Icons ----


def fonts(css: str) -> dict[str, set[int]]:
    """The characters that each font of the style sheet has, by its family."""
    faces = re.findall(r"@font-face\{[^}]*font-family:([^;]+);[^}]*base64,([^)]+)\)", css)
    cmaps = [(family, TTFont(io.BytesIO(base64.b64decode(font))).getBestCmap()) for family, font in faces]
    return {family: {code for name, cmap in cmaps if name == family for code in cmap} for family, _ in cmaps}


def character(css: str, icon: Tag) -> int:
    """The character that the style sheet gives an icon."""
    names = {name for name in icon["class"] if name.startswith("fa-")}
    found = [rule for rule in icons.RULE.finditer(css) if names & set(icons.NAME.findall(rule["selectors"]))]
    assert found, f"no rule for {icon}"
    return int(found[0]["code"], 16)


def test_no_icon_of_a_page_is_missing(site: Path) -> None:
    css = sheet(site)
    has = fonts(css)
    families = {"fab": "Font Awesome\\ 6 Brands", "fa-brands": "Font Awesome\\ 6 Brands"}
    found = {str(icon): icon for _, icon in elements(site, "[class*=fa-]")}
    assert len(found) >= 15
    for icon in found.values():
        family = next((families[name] for name in icon["class"] if name in families), "Font Awesome\\ 6 Free")
        assert character(css, icon) in has[family], icon


def test_every_character_that_a_style_names_is_there(site: Path) -> None:
    css = sheet(site)
    private = {code for code in icons.characters_of(css) if 0xE000 <= code <= 0xF8FF}
    assert len(private) > 10
    assert private <= set().union(*fonts(css).values())


def test_characters_are_found_as_such_and_by_their_code() -> None:
    css = '--a:"\uf0eb";--b:"\\f019";--c:"+"'
    assert icons.characters_of(css) == {0xF0EB, 0xF019}


def test_icons_that_no_page_shows_are_left_out(site: Path) -> None:
    assert len(set().union(*fonts(sheet(site)).values())) < 60
    assert not list(site.rglob("fa-*.*"))


def test_rules_of_icons_are_cut_by_their_names() -> None:
    css = (
        '.a{b:c}.fa-x:before,.fa-y:before{content:"\\f001"}.fa-z:before{content:"\\f002"}.fa-plus:before{content:"\\+"}'
    )
    assert icons.cut_rules(css, {"fa-y"}) == ('.a{b:c}.fa-x:before,.fa-y:before{content:"\\f001"}', {0xF001})
    assert icons.cut_rules(css, {"fa-plus"})[1] == {ord("+")}


def test_a_cut_font_is_the_same_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    font = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    made = set()
    for time in ("1", "100000"):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", time)
        made.add(icons.subset(font, [ord("a")]))
    assert len(made) == 1


# ---- Images ----


def test_images_have_their_size_and_all_but_the_first_wait(site: Path) -> None:
    for name in in_the_book(site):
        found = soup(site / name).select("img")
        for i, image in enumerate(found):
            assert (int(str(image["width"])), int(str(image["height"]))) > (50, 50)
            assert (image.get("loading") == "lazy") == (i > 0), (name, image["src"])


@pytest.mark.parametrize(("length", "size"), [("72pt", 96), ("10", 10), ("10px", 10), ("1in", 96), ("2.54cm", 96)])
def test_lengths_of_drawings(length: str, size: float) -> None:
    assert images.pixels(length) == pytest.approx(size)


def test_images_keep_their_shape(site: Path, address: str, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(address + PAGE)
    for image in page.locator(".bd-content img").all():
        image.scroll_into_view_if_needed()
        image.evaluate("e => e.decode()")
        box = image.bounding_box()
        assert box
        ratio = image.evaluate("e => e.naturalWidth / e.naturalHeight")
        assert box["width"] / box["height"] == pytest.approx(ratio, rel=0.02)


# ---- Names ----


def test_a_fold_is_named_by_what_it_holds(address: str, page: Page) -> None:
    page.goto(address + PAGE)
    buttons = page.locator("button.toggle-button")
    expect(buttons.first).to_be_attached()
    names = buttons.evaluate_all("all => all.map(e => [e.ariaLabel, e.parentElement.textContent.trim()])")
    assert all(name and title.startswith(name) for name, title in names)
    assert len({name for name, _ in names}) > 1


def test_the_search_button_is_named_by_what_stands_on_it(address: str, page: Page) -> None:
    page.goto(address + PAGE)
    button = page.locator("button.search-button-field")
    assert button.get_attribute("aria-label") is None
    assert button.inner_text().split() == ["Search", "Ctrl", "+", "K"]


# ---- What it weighs, and without scripts ----


def test_what_comes_before_the_search_is_light(site: Path) -> None:
    """What every page needs before it is shown: its style sheet."""
    assert len(gzip.compress(sheet(site).encode())) < 80_000


def test_without_scripts_a_page_can_be_read_whole(address: str, unscripted: Page) -> None:
    unscripted.goto(address + PAGE)
    expect(unscripted.locator(".admonition.dropdown").first.locator("p").last).to_be_visible()
    expect(unscripted.locator("button.search-button-field")).to_be_hidden()


# ---- Nothing moves, and nothing is done twice ----

WIDTHS = ((1350, 390), *weekly((700, 412, 360)))
HEIGHTS = "all => Object.fromEntries(all.map(e => [e.id, e.getBoundingClientRect().height]))"


def heights(page: Page, widths: tuple[int, ...]) -> dict[int, dict[str, float]]:
    """How much room each explorer takes, by the width of the screen."""
    found = {}
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        settle(page)
        found[width] = dict(page.locator(".wd-host").evaluate_all(HEIGHTS))
    return found


@pytest.mark.parametrize("widths", WIDTHS)
def test_an_explorer_has_its_room_before_it_comes(
    site: Path, address: str, page: Page, widths: tuple[int, ...]
) -> None:
    for name in with_explorer(site):
        if not name.startswith("book/"):
            continue
        page.route("**/widgets.js*", lambda route: route.abort())
        page.goto(address + name)
        page.add_style_tag(content="* { transition: none !important }")  # of the sidebars
        before = heights(page, widths)
        page.unroute_all()
        page.add_script_tag(url=f"{address}_static/widgets.js")
        page.wait_for_function("document.querySelectorAll('.wd-host:not(:has(.wd-explorer))').length === 0")
        after = heights(page, widths)
        most = 12 if name == "book/index.html" else 45  # pixels; in view at first, where what moves is seen
        for width in widths:
            assert before[width] == pytest.approx(after[width], abs=most), (name, width)


def test_formulas_have_their_fonts_before_they_show(address: str, new_page: Page) -> None:
    """Those of nearly every formula are asked for at once, before the style sheet names them."""
    asked: list[str] = []
    new_page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    new_page.route("**/book-*.css", lambda route: route.abort())
    new_page.goto(address + PAGE)
    assert {"KaTeX_Main-Regular.woff2", "KaTeX_Math-Italic.woff2"} <= set(asked)


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("mode", [None, "auto", "light", "dark"])
def test_a_page_chooses_its_colours_once(browser: Browser, address: str, colours: str, mode: str | None) -> None:
    """What is stored of an earlier visit is the mode, and the theme that it had then."""
    former = "null" if mode is None else f"'{mode}'"
    with browser.new_page(color_scheme=colours) as page:  # type: ignore[arg-type]
        page.add_init_script(f"""
            if ({former}) {{ localStorage.setItem("mode", {former}); localStorage.setItem("theme", "light"); }}
            window.chosen = [];
            new MutationObserver(() => chosen.push(document.documentElement.dataset.theme))
              .observe(document, {{ subtree: true, attributeFilter: ["data-theme"] }});
        """)
        page.goto(address + PAGE, wait_until="load")
        wanted = mode if mode in ("light", "dark") else colours
        assert set(page.evaluate("chosen")) == {wanted}


def test_what_scrolls_is_a_tab_stop_and_nothing_else(address: str, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(address + PAGE, wait_until="load")
    for fold in page.locator("details").all():
        fold.evaluate("e => (e.open = true)")
    boxes = page.locator(".bd-content pre")
    scroll = "e => (e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight ? 0 : -1)"
    settle(page)
    stops = [(box.evaluate(scroll), box.evaluate("e => e.tabIndex")) for box in boxes.all() if box.is_visible()]
    assert {0, -1} == {stop for stop, _ in stops}
    assert [(wanted, stop) for wanted, stop in stops if wanted != stop] == []


def test_the_theme_is_not_asked_what_scrolls() -> None:
    theirs = 'a;document.querySelectorAll(["pre",".b"].join(", ")).forEach(e=>{e.tabIndex=e.c>e.d?0:-1}),e()'
    assert theme_patches.patch_script(theirs) == "a;0,e()"
    with pytest.raises(ExtensionError, match="looks in another way"):
        theme_patches.patch_script("a")
