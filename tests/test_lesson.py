"""What a lesson costs, and how it folds."""

from pathlib import Path

import lesson
import pytest
import site_faults
from conftest import ROOT
from lesson import Length
from playwright.sync_api import Page, expect

CORE = ("penalty", "gradient", "scratch", "concise", "d2l")
CODE = sorted(path.stem for path in (ROOT / "book").glob("*.md") if "```{code-cell}" in path.read_text("utf-8"))
LIMITS = {name: (1600, 150) if name in CORE else (2000, 200) for name in CODE}


def source(name: str) -> str:
    return (ROOT / "book" / f"{name}.md").read_text("utf-8")


@pytest.mark.parametrize("name", LIMITS)
def test_a_page_is_a_lesson_of_one_sitting(name: str) -> None:
    length = lesson.measure(source(name))
    words, lines = LIMITS[name]
    assert length.words <= words
    assert length.lines <= lines


FRONT = """---
kernelspec:
  name: python3
---

"""
PAGE = (
    FRONT
    + """(label)=
# Five words make a title

Two words, and $a + b$ is no word, [nor](#norm-ball?lam=0). {doc}`penalty` it's

$$
x = y
$$

```{math}
:label: eq
z
```

```{admonition} Predict
:class: tip
Three more words
```

```{code-cell} ipython3
one = 1

two = 2  # two lines
```

```{code-cell} ipython3
:tags: [check]
assert one
```

````{exercise} Not counted
:label: ex
```{math}
u
```
nor this
````

```{hint}
:class: dropdown
nor this
```

```{solution-start} ex
:class: dropdown
```

no words here

```{code-cell} ipython3
nothing = 0
```

```{solution-end}
```

The last four words
"""
)


def test_words_lines_and_exercises_are_counted() -> None:
    words = "Five words make a title Two words and is no word nor doc penalty it's Three more words The last four words"
    assert lesson.measure(PAGE) == Length(words=len(words.split()), lines=2, exercises=1)


@pytest.mark.parametrize(
    ("length", "minutes"), [(Length(1600, 150), 20), (Length(2000, 200), 26), (Length(1, 0), 1), (Length(), 0)]
)
def test_the_time_follows_from_the_length(length: Length, minutes: int) -> None:
    assert length.minutes == minutes


@pytest.mark.parametrize(
    ("code", "n"),
    [
        ("assert a\nassert b", 2),
        ("for x in y:\n    assert x", 1),
        ("np.testing.assert_allclose(a, b)", 1),
        ("a = 1", 0),
    ],
)
def test_checks_are_counted(code: str, n: int) -> None:
    assert lesson.number_of_checks(code) == n


@pytest.mark.parametrize("name", CODE)
def test_the_time_stands_under_the_title(name: str, site: Path) -> None:
    length = lesson.measure(source(name))
    told = site_faults.soup(site / "book" / f"{name}.html").select_one("h1 + p.time-to-read")
    assert bool(told) == bool(length.lines)
    if told:
        assert told.get_text().startswith(f"{length.minutes} minutes to read")


def test_every_check_folds_into_one_line_that_counts_it(site: Path) -> None:
    cells = [cell for _, cell in site_faults.elements(site, ".cell.tag_check")]
    assert len(cells) > 100
    for cell in cells:
        (summary,) = cell.select("details > summary")
        n = lesson.number_of_checks(cell.select("pre")[0].get_text())
        assert n > 0, cell.get_text()
        assert summary.get_text() == f"✓ {n} check{'s' * (n != 1)}"
        assert not summary.get("aria-label")  # it is named by its words


def test_a_fold_opens_at_a_press(page: Page, address: str) -> None:
    page.goto(f"{address}book/concise.html")
    fold = page.locator(".cell.tag_check details").first
    expect(fold.locator("pre")).to_be_hidden()
    fold.locator("summary").click()
    expect(fold.locator("pre")).to_be_visible()
