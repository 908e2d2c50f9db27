"""What a translator sees of a page, and what is said of a translation: seconds, without a build."""

import re
from pathlib import Path

import catalogue
import faithful
import messages
import pytest
from hypothesis import given
from hypothesis import strategies as st

SOURCES = catalogue.sources()
PAGE = """---
kernelspec: {name: python3}
---

(a-label)=
# A title with $x$

One sentence, and
another with `code`.

```{code-cell} ipython3
---
mystnb:
  image:
    alt: >-
      A line that
      falls.
---
print("no message")
```

:::{admonition} Predict
:class: tip
What happens?
:::

| a head | $n$ |
| --- | --- |
| a cell | 5 |

$$
a = b_{\\text{true}}
$$

```{math}
:label: eq-a
a = b \\quad \\text{for all } b
```

- an item
  that goes on
- another

```{glossary}
weight decay
  Shrinks the weights.
```
"""
MESSAGES = [
    "A title with $x$",
    "One sentence, and another with `code`.",
    "Predict",
    "What happens?",
    "| a head | $n$ |",
    "| a cell | 5 |",
    "a = b \\quad \\text{for all } b",
    "an item that goes on",
    "another",
    "weight decay",
    "Shrinks the weights.",
]


def joined(source: str) -> str:
    return re.sub(r"\s+", " ", source)


def test_what_is_a_message() -> None:
    assert messages.texts(PAGE) == [m for m in MESSAGES if m != "| 5 |"]
    assert list(catalogue.alts(PAGE)) == ["A line that falls."]
    assert messages.headings(PAGE) == ["A title with $x$"]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_page_translated_by_itself_is_the_page(source: Path) -> None:
    text = source.read_text("utf-8")
    assert joined(messages.translate(text, lambda message: message)) == joined(text)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_translation_reaches_every_word_and_leaves_code_and_labels(source: Path) -> None:
    text = source.read_text("utf-8")
    blank = messages.translate(text, lambda message: "".join(["|" * message.count("|")]))
    code = re.compile(
        r"^ *(`{3,})(?:\{(?:code-cell|eval-rst|bibliography|math)\}|[a-z]+\n).*?^ *\1$", re.MULTILINE | re.DOTALL
    )
    cells = [[c[0] for c in code.finditer(page) if "{math}" not in c[0]] for page in (text, blank)]
    assert cells[0] == cells[1]
    prose = re.sub(r"\$\$.*?\$\$", "", code.sub("", blank), flags=re.DOTALL).split("\n")
    left = [line for line in prose[prose.index("---", 1) if prose[0] == "---" else 0 :] if messages.speaks(line)]
    assert [line for line in left if not re.match(r" *([`:]{3,}\{|:[\w-]+:|\([\w-]+\)=|\+\+\+|%)", line)] == []


PARTS = st.lists(
    st.sampled_from(PAGE.split("\n\n")[1:]).map(lambda part: part + "\n")
    | st.text("ab |*`$#-\n", max_size=30).map(str.strip),
    max_size=8,
)


@given(PARTS)
def test_any_page_translated_by_itself_is_the_page(parts: list[str]) -> None:
    page = "\n\n".join(
        part for part in parts if not re.search(r"(?m)^\s*(`{3}|\$\$)\s*$|^```", part) or part.count("```") == 2
    )
    page = "\n\n" + page
    assert joined(messages.translate(page, lambda message: message)) == joined(page)


def test_a_paragraph_wrapped_anew_is_the_same_message() -> None:
    assert messages.texts("One sentence\nand another.") == messages.texts("One\nsentence and another.")


def test_a_number_at_the_start_of_a_line_begins_no_list_within_a_paragraph() -> None:
    assert messages.texts("It comes after\n4. The next sentence.") == ["It comes after 4. The next sentence."]
    assert messages.texts("3. A third item\n4. and a fourth") == ["A third item", "and a fourth"]
    assert messages.texts("A paragraph\n1. and a list") == ["A paragraph", "and a list"]


GOOD = [
    ("It falls by 3% at $\\lambda = 1$.", "$\\lambda = 1$ 时降了 3%。"),
    ("Divide by 2. The rest is 1.5.", "除以 2。其余是 1.5。"),  # a number ends where the sentence does
    ("See {doc}`penalty` and {ref}`a picture <x>`.", "见 {ref}`图 <x>` 与 {doc}`penalty`。"),
    ("**Look:** `lam` is the *price*.", "**看：**`lam` 是*价格*。"),
    ("The [page](https://example.org/a_b) says so.", "[那一页](https://example.org/a_b)这么说。"),
    ("| a cell | 5 |", "| 一格 | 5 |"),
    ("\\text{for all } b", "\\text{对所有 } b"),
]
BAD = [
    ("It falls at $\\lambda = 1$.", "下降了。", "lost $\\lambda = 1$"),
    ("It falls.", "在 $n$ 处下降。", "added $n$"),
    ("It falls by 3%.", "降了 4%。", "lost 3"),
    ("See {ref}`x`.", "见 {ref}`y`。", "lost {ref}`x`"),
    ("The [page](a.md) says so.", "[那一页](b.md)这么说。", "lost ](a.md)"),
    ("| a | b |", "| 一 |", "another number of cells in a row"),
    ("The *end.* Then", "*结束。*然后", "a mark of Markdown shows"),
    ("It falls, then rises.", "下降,然后上升。", "half-width punctuation beside Chinese"),
    ("See `lam`.", "看`lam`。", "no space between Chinese and what is not"),
    ("The end. See `lam`.", "完。 见 `lam`。", "a space after full-width punctuation"),
    ("Above the noise floor.", "在下面。", "noise floor is 噪声下限"),
    (
        "a + b \\text{ so}".replace("a", "\\alpha", 1),
        "\\beta + b \\text{ 所以}",
        "the formula differs outside of its words",
    ),
]


@pytest.mark.parametrize(("message", "translation"), GOOD)
def test_nothing_is_said_of_a_faithful_translation(message: str, translation: str) -> None:
    assert list(faithful.faults(message, translation, "zh_CN")) == []


@pytest.mark.parametrize(("message", "translation", "fault"), BAD)
def test_a_planted_fault_is_found(message: str, translation: str, fault: str) -> None:
    assert fault in list(faithful.faults(message, translation, "zh_CN"))


def test_missing_stale_and_fuzzy_messages_are_faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "book" / "page.md"
    page.parent.mkdir()
    monkeypatch.setattr(catalogue, "ROOT", tmp_path)

    def written(text: str) -> list[str]:
        page.write_text(text, "utf-8")
        return [fault.partition(":")[2].strip() for fault in catalogue.faults("fr")]

    path = tmp_path / "locale" / "fr" / "page.po"
    assert written("A sentence that stands.") == ["missing: 'A sentence that stands.'"]
    catalogue.update("fr")
    path.write_text(
        path.read_text("utf-8").replace('msgstr ""', 'msgstr "Une phrase."').replace('"Une phrase."', '""', 1), "utf-8"
    )
    assert written("A sentence that stands.") == []
    assert written("A sentence that stood.") == [
        "stale: 'A sentence that stands.'",
        "missing: 'A sentence that stood.'",
    ]
    catalogue.update("fr")
    assert written("A sentence that stood.") == ["fuzzy: 'A sentence that stood.'"]
    assert "A sentence that stands." in path.read_text("utf-8")


def test_each_translation_is_whole_and_faithful() -> None:
    assert [fault for language in catalogue.languages() for fault in catalogue.faults(language)] == []
