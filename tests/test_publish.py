"""What is published: addresses that follow from one setting, buttons that lead somewhere, the PDF."""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import downloads
import pdf
import pytest
import site_faults
import yaml
from bs4 import BeautifulSoup
from conftest import ADDRESS, REPOSITORY, ROOT, STAND_IN

from wdlesson import colab

PAGES = sorted(path.stem for path in (ROOT / "book").glob("*.md"))


def page(site: Path, name: str) -> BeautifulSoup:
    return site_faults.soup(site / "book" / f"{name}.html")


def buttons(site: Path, name: str) -> dict[str, str]:
    """The label of every button on top of a page, and where it leads."""
    found = page(site, name).select(".article-header-buttons a[href]")
    return {link.get_text(strip=True): str(link["href"]) for link in found}


def test_every_page_names_its_canonical_address(site: Path) -> None:
    for name in PAGES:
        (link,) = page(site, name).select("link[rel=canonical]")
        assert link["href"] == f"{ADDRESS}book/{name}.html"


def test_the_sitemap_lists_every_page_and_no_other(site: Path) -> None:
    tree = ElementTree.parse(site / "sitemap.xml")
    listed = {element.text for element in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")}
    assert listed == {f"{ADDRESS}book/{name}.html" for name in PAGES}


def test_a_shared_link_shows_a_card(site: Path) -> None:
    for name in PAGES:
        card = {str(tag["property"]): str(tag["content"]) for tag in page(site, name).select("meta[property^='og:']")}
        assert card["og:url"] == f"{ADDRESS}book/{name}.html"
        assert card["og:site_name"] == "Weight decay"
        assert card["og:title"] in page(site, name).find("h1").get_text()  # type: ignore[union-attr]
        assert len(card["og:description"]) > 40
        assert (site / card["og:image"].removeprefix(ADDRESS)).is_file()


def test_the_page_for_wrong_addresses_works_from_any_depth(site: Path) -> None:
    links = site_faults.soup(site / "404.html").select("link[href], script[src], nav a[href]")
    addresses = [str(link.get("href") or link.get("src")) for link in links]
    assert len(addresses) > 20
    assert [a for a in addresses if not a.startswith(("/weight-decay/", "#", "https://"))] == []


def test_github_serves_the_folders_that_begin_with_an_underscore(site: Path) -> None:
    assert (site / ".nojekyll").is_file()


def test_the_buttons_of_a_page_with_code(site: Path) -> None:
    found = buttons(site, "penalty")
    github = f"https://github.com/{REPOSITORY}"
    assert found["Colab"] == (
        f"https://colab.research.google.com/github/{REPOSITORY}/blob/gh-pages/notebooks/penalty.ipynb"
    )
    assert found[".ipynb"] == "../notebooks/penalty.ipynb"
    assert found[".md"] == "../_sources/book/penalty.md"
    assert found["Suggest edit"] == f"{github}/edit/main/book/penalty.md"
    assert found["Report an issue"] == f"{github}/issues/new?title=On%20the%20page%20book%2Fpenalty%3A%20"
    assert found["Repository"] == github


def test_a_page_without_code_has_no_notebook(site: Path) -> None:
    assert not {".ipynb", "Colab"} & buttons(site, "glossary").keys()
    assert not (site / "notebooks" / "glossary.ipynb").exists()


def test_buttons_within_the_site_lead_to_files(site: Path) -> None:
    for name in PAGES:
        inside = [address for address in buttons(site, name).values() if "://" not in address]
        assert inside
        assert [address for address in inside if not (site / "book" / address).resolve().is_file()] == []


def test_a_pdf_that_was_printed_before_goes_with_the_pages(site: Path) -> None:
    assert buttons(site, "penalty")["the book, .pdf"] == "../pdf/weight-decay.pdf"
    assert (site / "pdf" / "weight-decay.pdf").read_bytes() == STAND_IN


def test_a_pdf_of_other_pages_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app: Any = SimpleNamespace(outdir=tmp_path / "html", builder=SimpleNamespace(name="html"))
    (tmp_path / "pdf").mkdir()
    (tmp_path / pdf.PDF_PATH).touch()
    assert not downloads.has_download(app, pdf.PDF_PATH)  # nobody knows of what
    pdf.record_sources(tmp_path)
    assert downloads.has_download(app, pdf.PDF_PATH)
    monkeypatch.setattr(pdf, "sources", lambda: "as they are now")
    assert not downloads.has_download(app, pdf.PDF_PATH)
    downloads.copy_downloads(app, None)
    assert not (tmp_path / "html").exists()


# ---- Where the repository is named ----


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("GITHUB_REPOSITORY", "GITHUB_ACTIONS", "GITHUB_SHA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(colab, "CONFIG", tmp_path / "_config.yml")
    return tmp_path / "_config.yml"


def test_the_environment_names_the_repository(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text("repository: {url: 'https://github.com/other/one'}")
    monkeypatch.setenv("GITHUB_REPOSITORY", "org/decay")
    assert colab.repository() == "org/decay"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("repository: {url: 'https://github.com/org/decay'}", "org/decay"),
        ("repository: {url: 'https://github.com/org/decay/'}", "org/decay"),
        ("repository: {url: ''}", ""),
        ("title: A book", ""),
    ],
)
def test_else_the_configuration_does(text: str, name: str, config: Path) -> None:
    config.write_text(text)
    assert colab.repository() == name


@pytest.mark.parametrize("url", ["git@example.org:org/decay", "https://github.com/org", "https://github.com/a/b/c"])
def test_a_repository_elsewhere_is_refused(url: str, config: Path) -> None:
    config.write_text(f"repository: {{url: '{url}'}}")
    with pytest.raises(ValueError, match=rf"is '{url}'; it must be https://github\.com/ORG/REPO, or empty"):
        colab.repository()


def test_an_environment_that_names_none_is_refused(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", "decay")
    with pytest.raises(ValueError, match="GITHUB_REPOSITORY is 'decay'; it must be ORG/REPO"):
        colab.repository()


def clone(folder: Path, origin: str) -> None:
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    if origin:
        subprocess.run(["git", "-C", str(folder), "remote", "add", "origin", origin], check=True)


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("https://github.com/org/decay", "org/decay"),
        ("https://github.com/org/decay.git", "org/decay"),
        ("https://someone@github.com/org/decay.git/", "org/decay"),
        ("git@github.com:org/my.decay.git", "org/my.decay"),
        ("ssh://git@github.com/org/decay.git", "org/decay"),
        ("https://gitlab.com/org/decay.git", ""),
        ("https://github.com.example.org/org/decay", ""),
        ("/srv/git/github.com/org/decay", ""),
        ("", ""),
    ],
)
def test_else_the_clone_does(origin: str, name: str, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clone(config.parent, origin)
    monkeypatch.setenv("GIT_DIR", "/nowhere")  # as in a hook of another repository
    assert colab.repository() == name
    config.write_text("repository: {url: 'https://github.com/other/one'}")
    assert colab.repository() == "other/one"
    monkeypatch.setenv("GITHUB_REPOSITORY", "org/third")
    assert colab.repository() == "org/third"


def test_a_folder_within_another_clone_is_not_that_clone(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone(tmp_path, "https://github.com/org/other")
    (tmp_path / "within").mkdir()
    monkeypatch.setattr(colab, "CONFIG", tmp_path / "within" / "_config.yml")
    assert colab.repository() == ""


def test_a_clone_without_git_names_none(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clone(config.parent, "https://github.com/org/decay")
    monkeypatch.setenv("PATH", str(config.parent))
    assert colab.repository() == ""


def test_the_install_line_follows_the_repository(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert colab.install_line().startswith("#")
    config.write_text("repository: {url: 'https://github.com/org/decay'}")
    assert '"wdlesson @ git+https://github.com/org/decay@main" d2l==1.0.3' in colab.install_line()
    monkeypatch.setenv("GITHUB_SHA", "1f" * 20)
    assert "decay@main" in colab.install_line()  # left over from something else
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert f"decay@{'1f' * 20}" in colab.install_line()


def test_the_configuration_here_names_none_or_one_on_github() -> None:
    url = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]["url"]
    assert url == "" or url.startswith(colab.HOST)
