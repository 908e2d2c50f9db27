"""The glossary: each term has its own anchor, and its Chinese is marked as Chinese."""

import copy
import re
from pathlib import Path

from site_faults import elements, soup

CHINESE = re.compile(r"[㐀-鿿]")


def test_each_term_can_be_linked(site: Path) -> None:
    terms = soup(site / "book" / "glossary.html").select("dl.glossary dt")
    assert len(terms) > 100
    assert [term.get_text() for term in terms if not str(term.get("id", "")).startswith("term-")] == []


def test_what_a_beginner_looks_up_is_there(site: Path) -> None:
    terms = set()
    for term in soup(site / "book" / "glossary.html").select("dl.glossary dt"):
        term = copy.copy(term)
        for link in term.select(".headerlink"):
            link.extract()
        terms.add(term.get_text().strip())
    wanted = {"Hessian", "convex", "eigenvalue", "multiplier", "Tikhonov regularisation", "ridge", "regularisation"}
    assert wanted | {"regularization", "BN", "λ", "权重衰减"} <= terms


def test_chinese_words_are_marked(site: Path) -> None:
    words = [
        (page.name, text)
        for page, article in elements(site, "article.bd-article")
        for text in article.find_all(string=CHINESE)
        if not text.find_parent(["pre", "script", "title"])
    ]
    assert len(words) > 50
    assert [word for word in words if not word[1].find_parent(lang=["zh-Hans", "zh-CN"])] == []
