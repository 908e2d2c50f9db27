"""The tests' own tabs: what a test leaves in one, the next does not find."""

from tabs import SIZE, Tabs

LEFT = "[innerWidth, matchMedia('(prefers-color-scheme: dark)').matches, localStorage.length, window.left ?? 0]"


def test_a_tab_that_is_cleared_is_as_new(tabs: Tabs) -> None:
    def visit() -> list[int]:
        page.goto("http://book.test/")
        return list(page.evaluate(LEFT))

    page = tabs.clear("desk")
    page.context.route("http://book.test/**", lambda route: route.fulfill(body="first", content_type="text/html"))
    new = visit()
    page.route("http://book.test/**", lambda route: route.fulfill(body="second", content_type="text/html"))
    page.set_viewport_size({"width": 320, "height": 300})
    page.emulate_media(color_scheme="dark")
    with page.expect_popup():
        page.evaluate("localStorage.setItem('mode', 'dark'); window.left = 1; window.open('about:blank')")
    assert tabs.clear("desk") == page
    assert page.context.pages == [page]
    page.context.route("http://book.test/**", lambda route: route.fulfill(body="third", content_type="text/html"))
    assert visit() == new == [SIZE["width"], False, 0, 0]
    assert page.inner_text("body") == "third"
    page.close()
    assert tabs.clear("desk") != page
