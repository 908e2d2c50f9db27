"""Tabs that are cleared for each test in place of new ones: a new one starts a process and compiles every script again.

That is two thirds of what a page costs. What a first visit asks for, and what listens to a page, need a new page.
"""

from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize

SIZE: ViewportSize = {"width": 1280, "height": 1000}
PHONE: ViewportSize = {"width": 390, "height": 800}
DEVICES: dict[str, dict[str, Any]] = {
    "desk": {"viewport": SIZE},
    "phone": {"viewport": PHONE, "is_mobile": True, "has_touch": True},
    "without scripts": {"viewport": SIZE, "java_script_enabled": False},
}
FORGET = "() => { if (/^(http|file)/.test(location.protocol)) { localStorage.clear(); sessionStorage.clear(); } }"


class Tabs:
    """One tab a device, kept as long as the browser."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.kept: dict[str, Page] = {}

    def clear(self, device: str) -> Page:
        """The tab of a device, as if it were new: nothing is stored, routed, emulated or open beside it."""
        if device not in self.kept or self.kept[device].is_closed():
            self.kept[device] = self.browser.new_context(**DEVICES[device]).new_page()
        page = self.kept[device]
        for other in page.context.pages:
            if other != page:
                other.close()
        page.evaluate(FORGET)
        page.goto("about:blank")
        page.unroute_all()
        page.context.unroute_all()
        page.set_viewport_size(DEVICES[device]["viewport"])
        page.emulate_media(media="null", color_scheme="null", reduced_motion="null")
        page.mouse.move(0, 0)
        return page


def settle(page: Page) -> None:
    """Wait until all that follows from what was done has been drawn: two frames."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
