"""Formulas are set while the book is built: right, on every page, and found by nobody as TeX."""

import os
import re
import subprocess
import sys
from pathlib import Path

import katex
import pytest
import site_faults
from bs4 import Tag
from conftest import ROOT, pages
from playwright.sync_api import Browser, Page, expect

MACROS = {r"\norm": r"\lVert #1 \rVert"}

# ---- One formula ----


def test_a_formula_is_mathml_and_what_is_seen_and_has_no_tex() -> None:
    html = katex.typeset(r"\norm{w}^2", MACROS)
    assert re.search(r"<math .*<msup><mo [^>]*>∥</mo><mn>2</mn></msup>.*</math>", html)
    assert html.count('class="katex-html" aria-hidden="true"') == 1
    assert "\\" not in html
    assert "katex-display" in katex.typeset("x", {}, display=True)


@pytest.mark.parametrize("tex", [r"\nosuch", r"\frac{1}", r"\norm{w}", "权重", r"a \\ b", r"x \tag", "$"])
def test_what_is_no_formula_is_refused(tex: str) -> None:
    with pytest.raises(ValueError, match=r"KaTeX parse error|LaTeX-incompatible|breaks a line"):
        katex.typeset(tex, {})


def test_formulas_do_not_change_those_after_them() -> None:
    assert katex.typeset(r"\gdef\norm#1{0} \norm{w}", MACROS) != katex.typeset(r"\norm{w}", MACROS)
    assert "∥" in katex.typeset(r"\norm{w + 1}", MACROS)


@pytest.mark.parametrize(
    ("tex", "said"),
    [(r"\lambda", "λ"), (r"\eta \lambda", "ηλ"), (r"\frac{\lambda}{2n}", "λ/2n"), ("10^{-3}", "10^−3"), ("w_2", "w2")],
)
def test_a_formula_has_characters(tex: str, said: str) -> None:
    assert katex.characters(tex, {}) == said


# ---- A small book ----

INDEX = r"""# What $\lambda^*$ is

The rate of $\eta\lambda$, which is *small*.

```{toctree}
:hidden:
page
```
"""
PAGE = r"""# Why $\norm{w}$ shrinks

A rate ($\eta\lambda$), $a$-fold, $b$ apart, and *so* on ($x$), with $a = b$, too.

## The limit of $\frac{1}{n}$

$$
\norm{w} = 1
$$ (eq-one)

By {eq}`eq-one` it is so.

Some words before a fault.

- in a list, $\nosuch$ is one
"""


SETTINGS = {
    "extensions": ["myst_parser", "sphinxext.opengraph", "typeset"],
    "exclude_patterns": ["html"],
    "myst_enable_extensions": ["dollarmath"],
    "myst_update_mathjax": False,
    "html_math_renderer": "typeset",
    "math_macros": MACROS,
    "ogp_site_url": "https://example.org",
    "ogp_social_cards": {"enable": False},
}
Small = tuple[subprocess.CompletedProcess[str], Path]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """A book of two pages, with one fault: what its build says, and where it is."""
    book = tmp_path_factory.mktemp("small")
    (book / "index.md").write_text(INDEX, encoding="utf-8")
    (book / "page.md").write_text(PAGE, encoding="utf-8")
    (book / "conf.py").write_text(
        "\n".join(f"{name} = {value!r}" for name, value in SETTINGS.items()), encoding="utf-8"
    )
    command = [sys.executable, "-m", "sphinx", "-W", "-n", "--keep-going", str(book), str(book / "html")]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "book" / "_ext")}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False), book / "html"


def test_a_formula_that_cannot_be_set_stops_the_build_and_is_named(small: Small) -> None:
    done, _ = small
    assert done.returncode == 1
    (warning,) = re.findall(r"^.*WARNING.*$", done.stderr, re.MULTILINE)
    line = 1 + PAGE.splitlines().index(r"- in a list, $\nosuch$ is one")
    assert re.search(rf"page\.md:{line}: WARNING: .*\\nosuch", warning)


def test_titles_have_no_tex_and_say_a_formula_once(small: Small) -> None:
    _, site = small
    page, index = (site_faults.soup(site / f"{name}.html") for name in ("page", "index"))
    assert page.title
    assert "Why ∥w∥ shrinks" in page.title.text
    assert page.select('meta[property="og:title"]')[0]["content"] == "Why ∥w∥ shrinks"
    assert "rate of ηλ, which" in index.select('meta[property="og:description"]')[0]["content"]
    links = index.select('.sphinxsidebar a[href="page.html"]')
    assert [len(link.select(".katex")) for link in links] == [1] * len(links) != []


def test_a_formula_is_bound_to_the_signs_beside_it(small: Small) -> None:
    _, site = small
    bound = site_faults.soup(site / "page.html").select(".bound")
    assert [seen(span) for span in bound] == ["(ηλ)", "a-", "(x)", "a= b,"]
    assert len(bound[-1].select(".gap")) == 1


def seen(element: Tag) -> str:
    """Its text without MathML, or formulas would come twice."""
    hidden = {id(text) for math in element.select(".katex-mathml") for text in math.find_all(string=True)}
    return "".join(str(text) for text in element.find_all(string=True) if id(text) not in hidden)


def test_equations_have_numbers_and_links_to_them(small: Small) -> None:
    _, site = small
    page = site_faults.soup(site / "page.html")
    (box,) = page.select("div.math")
    assert box["id"] == "equation-eq-one"
    assert box.select(".eqno")[0].text.startswith("(1)")
    assert [link.text for link in page.select('a[href="#equation-eq-one"]')] == ["¶", "(1)"]


# ---- The site ----

CODE = re.compile(r"<(pre|code|script)\b.*?</\1>", re.DOTALL)


def test_no_page_has_tex_or_a_script_for_it(site: Path) -> None:
    count = 0
    for name in pages(site):
        page = (site / name).read_text(encoding="utf-8")
        forms = [page.count(start) for start in ('class="math ', "<math ", 'class="katex-html"')]
        assert len(set(forms)) == 1, name
        assert not re.search(r"<script[^>]*(mathjax|katex)|window\.MathJax", page, re.IGNORECASE), name
        assert not re.search(r"\\[a-z(\[]", CODE.sub("", page)), name
        count += forms[0]
    assert count > 1000


def test_the_site_has_the_fonts_that_the_style_names(site: Path) -> None:
    folder = site / "_static" / "katex"
    (link,) = site_faults.soup(site / "book" / "penalty.html").select("link[rel=stylesheet]")
    css = (site / "book" / str(link["href"])).read_text(encoding="utf-8")
    named = {name.strip("\"'") for name in re.findall(r"url\([\"']?katex/(fonts/[^)]*)\)", css)}
    assert named == {f"fonts/{path.name}" for path in (folder / "fonts").iterdir()}
    assert len(named) == 20
    assert all(name.endswith(".woff2") for name in named)
    assert not (site / "_static" / "mathjax").exists()


# ---- In a browser ----


def test_without_scripts_and_a_server_formulas_are_seen_in_their_fonts(browser: Browser, site: Path) -> None:
    requests: list[str] = []
    with browser.new_page(java_script_enabled=False) as page:
        page.on("request", lambda request: requests.append(request.url))
        page.goto((site / "book" / "penalty.html").as_uri(), wait_until="networkidle")
        expect(page.locator(".katex-html").first).to_be_visible()
    assert {Path(url).name for url in requests} >= {"KaTeX_Main-Regular.woff2", "KaTeX_Math-Italic.woff2"}
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []


ORPHANS = """() => {
  const place = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return range.getClientRects()[0];
  };
  const apart = (text, box) => {
    if (text.nodeType !== Node.TEXT_NODE) return false;
    const { top, bottom } = place(text), { top: high, bottom: low } = place(box);
    return (top + bottom) / 2 < high - 3 || (top + bottom) / 2 > low + 3;
  };
  return [...document.querySelectorAll(".bound")].filter((e) => e.checkVisibility()).filter((e) => {
    const boxes = [...e.querySelectorAll(".katex-base")];
    return apart(e.firstChild, boxes[0]) || apart(e.lastChild, boxes.at(-1));
  }).length;
}"""
BROKEN = """() => [...document.querySelectorAll(".bound")].filter((e) => e.checkVisibility()).filter((e) => {
  const boxes = [...e.querySelectorAll(".katex-base")].map((box) => box.getBoundingClientRect());
  return boxes[0].bottom < boxes.at(-1).top + 3;
}).length"""
WIDTHS = range(320, 440, 8)


def counts(page: Page, script: str) -> list[int]:
    """How many there are at each of some widths."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        found.append(page.evaluate(script))
    return found


def test_no_line_begins_with_the_sign_after_a_formula(page: Page, address: str) -> None:
    page.goto(f"{address}book/directions.html", wait_until="networkidle")
    assert set(counts(page, ORPHANS)) == {0}
    assert max(counts(page, BROKEN)) > 0  # long ones do go on in the next line
    page.add_style_tag(content=".bound { white-space: normal !important }")
    assert max(counts(page, ORPHANS)) > 0


def test_a_formula_too_wide_scrolls_in_its_own_box(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{address}book/choosing.html", wait_until="networkidle")
    wide = "[...document.querySelectorAll('.katex-display')].filter((e) => e.scrollWidth > e.clientWidth + 1)"
    assert page.evaluate(f"{wide}.length") > 0
    assert page.evaluate(f"{wide}.map((e) => [e.scrollLeft, e.scrollLeft = 1e4, e.scrollLeft > 0])[0]") == [
        0,
        1e4,
        True,
    ]
    assert page.evaluate("document.documentElement.scrollWidth") == 320
