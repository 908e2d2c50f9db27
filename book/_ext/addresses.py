"""The addresses of the site: one setting, the repository, gives each of them.

`wdlesson.colab.repository` reads it. Where it is not set there is no canonical address, no sitemap and no address of a
page in what a shared link shows.
"""

import re
from typing import Any
from urllib.parse import urlsplit

from editions import chosen, folder
from sphinx.application import Sphinx
from sphinx.errors import ConfigError
from sphinx.util import logging

from wdlesson import colab

logger = logging.getLogger(__name__)


def home(repository: str) -> str:
    """Where GitHub Pages serves a repository."""
    owner, name = repository.split("/")
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def set_addresses(app: Sphinx, repository: str) -> None:
    config: Any = app.config
    config.html_baseurl = config.ogp_site_url = home(repository) + folder(chosen())
    config.notfound_urls_prefix = urlsplit(config.html_baseurl).path
    config.html_theme_options |= {
        "repository_url": colab.HOST + repository,
        "repository_branch": "main",
        "use_repository_button": True,
        "use_edit_page_button": True,
    }


def add_sitemap(app: Sphinx) -> None:
    app.setup_extension("sphinx_sitemap")
    app.config.sitemap_url_scheme = "{link}"
    app.config.sitemap_excludes = ["search.html", "genindex.html", "404.html"]


def do_without_addresses(app: Sphinx) -> None:
    app.config.ogp_social_cards = {"enable": False}
    app.config.notfound_urls_prefix = "/"
    app.connect("html-page-context", drop_address, priority=901)


def drop_address(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """sphinxext-opengraph writes a page's address even where there is none."""
    context["metatags"] = re.sub(r'<meta property="og:url" [^>]*>\n?', "", context.get("metatags", ""))


def setup(app: Sphinx) -> dict[str, bool]:
    try:
        repository = colab.repository()
    except ValueError as error:
        raise ConfigError(str(error)) from error
    logger.info("the repository: %s", repository or "none is named, so no page has an address")
    if repository:
        set_addresses(app, repository)
        add_sitemap(app)
    else:
        do_without_addresses(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
