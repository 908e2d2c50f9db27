"""Every button on top of a page opens what it names, on a phone as on a desk, and closes it again."""

from urllib.parse import urljoin

import pytest
from conftest import weekly
from playwright.sync_api import Locator, Page, Route, expect

HEADER = ".bd-header-article"
WIDTHS = (320, 1280, *weekly(390, 768))
WIDE = 992  # from here on the menu stands beside the text
CODE, TEXT = "book/penalty.html", "book/glossary.html"
SHORT = ("search.html", "genindex.html", "404.html")  # pages without contents of their own


def answer(route: Route) -> None:
    route.fulfill(body="there")


@pytest.fixture(params=WIDTHS)
def screen(request: pytest.FixtureRequest, page: Page) -> Page:
    """A page on a screen of that width, with GitHub and Colab within reach."""
    page.set_viewport_size({"width": request.param, "height": 800})
    page.emulate_media(reduced_motion="reduce")
    page.context.route("https://**", answer)
    return page


def width(page: Page) -> int:
    return int(page.evaluate("innerWidth"))


def expect_whole(target: Locator) -> None:
    """It is seen, and lies within the screen from side to side."""
    expect(target).to_be_visible()
    inside = "e => { const box = e.getBoundingClientRect(); return box.left > -1 && box.right < innerWidth + 1 }"
    target.page.wait_for_function(inside, arg=target.element_handle())
    expect(target).to_be_in_viewport()


def expect_menu(menu: Locator) -> None:
    """It is seen, with links in it."""
    expect_whole(menu)
    expect(menu.locator("a:visible").first).to_be_visible()


def expect_drawer(page: Page, side: str, beside: int) -> None:
    """The button opens a menu from the side; the key Escape closes it, and so does a press beside it."""
    menu, button = page.locator(f"#pst-{side}-sidebar-modal"), page.locator(f"{HEADER} .{side}-toggle")
    button.click()
    expect_menu(menu)
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    button.click()
    expect_menu(menu)
    page.mouse.click(beside, 790)
    expect(menu).to_be_hidden()


@pytest.mark.parametrize("name", [CODE, TEXT, *SHORT])
def test_the_menu(screen: Page, address: str, name: str) -> None:
    screen.goto(address + name)
    if width(screen) < WIDE:
        expect_drawer(screen, "primary", width(screen) - 5)
        return
    menu, button = screen.locator("#pst-primary-sidebar"), screen.locator(f"{HEADER} .primary-toggle")
    expect_menu(menu)
    button.click()
    expect(menu).not_to_be_in_viewport()
    button.click()
    expect_menu(menu)


@pytest.mark.parametrize("name", [CODE, TEXT])
def test_the_contents(screen: Page, address: str, name: str) -> None:
    screen.goto(address + name)
    if screen.locator(f"{HEADER} .secondary-toggle").is_visible():
        expect_drawer(screen, "secondary", 5)
    else:  # they stand beside the text
        expect_menu(screen.locator("#pst-secondary-sidebar"))


def expect_results(field: Locator) -> None:
    """What is typed lands in the field, and is found."""
    expect_whole(field)
    expect(field).to_be_focused()
    field.page.keyboard.type("decay")
    field.page.keyboard.press("Enter")
    expect_whole(field.page.locator("#search-results li a").first)


def test_the_search(screen: Page, address: str) -> None:
    screen.goto(address + CODE)
    button, dialog = screen.locator(".search-button__button:visible").first, screen.locator("#pst-search-dialog")
    button.click()
    expect(dialog.locator("input")).to_be_focused()
    screen.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    button.click()
    expect_results(dialog.locator("input"))


def test_the_search_on_its_own_page(screen: Page, address: str) -> None:
    screen.goto(address + SHORT[0])
    screen.locator("h1").click()
    screen.locator(".search-button__button:visible").first.click()
    expect_results(screen.locator("main form.bd-search input"))


@pytest.mark.parametrize("name", [CODE, SHORT[0]])
def test_no_icon_covers_the_text_of_a_search_field(screen: Page, address: str, name: str) -> None:
    screen.goto(address + name)
    screen.locator(".search-button__button:visible").first.click()
    for form in screen.locator("form.bd-search:visible").all():
        icon = form.locator("i").bounding_box()
        field = form.locator("input")
        text = field.evaluate("e => e.getBoundingClientRect().left + parseFloat(getComputedStyle(e).paddingLeft)")
        assert icon
        assert icon["x"] + icon["width"] + 2 <= text


def test_the_colours(screen: Page, address: str) -> None:
    screen.goto(address + CODE)
    modes, papers = set(), set()
    for _ in range(3):
        screen.locator(f"{HEADER} .theme-switch-button").click()
        modes.add(screen.evaluate("document.documentElement.dataset.mode"))
        papers.add(screen.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert modes == {"light", "dark", "auto"}
    assert len(papers) == 2


def test_the_full_screen(screen: Page, address: str) -> None:
    screen.goto(address + CODE)
    button = screen.locator(f"{HEADER} .btn-fullscreen-button")
    button.click()
    screen.wait_for_function("document.fullscreenElement !== null")
    button.click()
    screen.wait_for_function("document.fullscreenElement === null")


def press_link(page: Page, link: Locator) -> None:
    """A new tab asks for what the link names, and there is such a thing; the tab itself need not show it."""
    url = urljoin(page.url, link.get_attribute("href"))
    page.context.route(url, answer)
    with page.context.expect_event("request", lambda request: request.url == url):
        link.click()
    for tab in page.context.pages[1:]:
        tab.close()
    page.bring_to_front()  # a page in the background is slow
    if not url.startswith("https://"):
        assert page.request.get(url).ok


@pytest.mark.parametrize("name", [CODE, TEXT])
def test_the_menus_of_links(screen: Page, address: str, name: str) -> None:
    screen.goto(address + name)
    menus = screen.locator(f"{HEADER} .dropdown").all()
    assert len(menus) == 2  # the source and the downloads
    for menu in menus:
        button, items = menu.locator("button.dropdown-toggle"), menu.locator(".dropdown-item")
        button.click()
        for item in items.all():
            expect_whole(item)
        button.click()
        expect(items.first).to_be_hidden()
        for link in menu.locator("a.dropdown-item").all():
            button.click()
            press_link(screen, link)
            expect(items.first).to_be_hidden()


@pytest.mark.parametrize(("name", "kind"), [(CODE, "colab"), (SHORT[0], "source-repository-button")])
def test_the_links_without_a_menu(screen: Page, address: str, name: str, kind: str) -> None:
    screen.goto(address + name)
    link = screen.locator(f"{HEADER} .article-header-buttons > .btn-{kind}")
    expect_whole(link)
    press_link(screen, link)


def test_the_other_language(screen: Page, address: str) -> None:
    screen.goto(address + CODE)
    link = screen.locator(f"{HEADER} .edition")
    expect_whole(link)
    link.click()
    screen.wait_for_url(f"**/zh/{CODE}")
    assert screen.evaluate("document.documentElement.lang").startswith("zh")


PRESSED = (
    *(".sidebar-toggle", ".search-button__button", ".theme-switch-button", ".btn-fullscreen-button"),
    *(".dropdown *", ".btn-colab", ".btn-source-repository-button", ".edition"),
)


def test_no_button_is_forgotten(screen: Page, address: str) -> None:
    """A new one needs a test of its own, above."""
    for name in (CODE, TEXT, *SHORT):
        screen.goto(address + name)
        others = screen.locator(f"{HEADER} :is(button, a):not({', '.join(PRESSED)})")
        assert others.evaluate_all("all => all.map(e => e.outerHTML)") == []
