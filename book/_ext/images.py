"""Images take their room before they are there, and come when they are near: nothing moves, and no page waits.

The first image of a page may be in view at once, so it does not wait.
"""

import re
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image
from rewrite import rewrite_pages
from sphinx.application import Sphinx

IMAGE = re.compile(r'<img\b(?P<attributes>[^>]*\ssrc="(?:[^":]*/)?_images/(?P<name>[^"/]+)"[^>]*?)\s*/?>')
PIXELS = {"": 1, "px": 1, "pt": 4 / 3, "in": 96, "cm": 96 / 2.54, "mm": 96 / 25.4}
LENGTH = re.compile(r"([\d.]+)([a-z]*)")


def size(picture: Path) -> tuple[int, int]:
    """Its own width and height, in pixels."""
    if picture.suffix != ".svg":
        with Image.open(picture) as image:
            return image.size
    drawing = ElementTree.parse(picture).getroot()
    width, height = (pixels(drawing.attrib[name]) for name in ("width", "height"))
    return round(width), round(height)


def pixels(length: str) -> float:
    number, unit = LENGTH.fullmatch(length).groups()  # type: ignore[union-attr]
    return float(number) * PIXELS[unit]


def give_room(page: str, site: Path) -> str:
    """The page, with the size of each image, and all but the first lazy."""
    first = IMAGE.search(page)

    def tag(image: re.Match[str]) -> str:
        width, height = size(site / "_images" / image["name"])
        lazy = "" if first and image.start() == first.start() else ' loading="lazy"'
        return f'<img{image["attributes"]} width="{width}" height="{height}"{lazy}>'

    return IMAGE.sub(tag, page)


def give_room_everywhere(app: Sphinx, exception: Exception | None) -> None:
    rewrite_pages(app, exception, give_room)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", give_room_everywhere)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
