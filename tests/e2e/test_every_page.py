"""Every page in a real browser: accessible, within the policy, wide enough for a phone."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import axe

OUTSIDE = [
    "/login/",
    "/register/",
    "/verify/",
    "/verify/no-such-link/",
    "/password/reset/",
    "/password/reset/sent/",
    "/password/reset/1-no-such-link/",
    "/password/reset/done/",
    "/inactive/",
    "/offline/",
    "/no/such/page/",
]
INSIDE = [
    "/welcome/",
    "/help/",
    "/help/components/",
    "/credentials/",
    "/credentials/add/",
    "/credentials/add/youtube/",
    "/credentials/add/twitter/",
    "/imports/",
    "/imports/add/",
    "/monitors/",
    "/monitors/add/",
    "/runs/",
    "/sources/",
    "/settings/profile/",
    "/settings/email/",
    "/settings/security/",
    "/settings/appearance/",
    "/password/change/",
    "/reauthenticate/",
    "/logout/",
]


@pytest.mark.parametrize("path", OUTSIDE + INSIDE)
@pytest.mark.parametrize("width", [1440, 390])
def test_a_page_is_accessible_and_keeps_the_policy(look, path, width):
    page = look(path, width=width, signed_in=path in INSIDE)
    assert page.locator("h1").count() == 1
    for theme in ("light", "dark"):
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        assert axe(page) == []


def test_a_break_of_the_policy_would_be_noticed(look):
    page = look("/help/")
    page.evaluate("""document.querySelector("h1").innerHTML = '<b style="color: red">Help</b>'""")
    page.wait_for_timeout(100)
    assert [line.split()[1] for line in look.complaints] == ["style-src-attr"]
    look.complaints.clear()


@pytest.mark.parametrize("path", ["/admin/", "/admin/accounts/user/"])
def test_the_admin_keeps_the_policy(look, path):
    page = look(path)
    page.wait_for_load_state("networkidle")
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize("path", OUTSIDE + INSIDE)
def test_no_page_scrolls_sideways_at_320_pixels(look, path):
    page = look(path, width=320, signed_in=path in INSIDE)
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_first_view_is_small(look):
    page = look("/offline/", signed_in=False)
    asked = []

    def finished(request):  # Playwright hangs a mark on it, which list.append does not allow
        asked.append(request)

    page.on("requestfinished", finished)
    page.goto("/login/")
    page.wait_for_load_state("networkidle")
    sent = sum(request.sizes()["responseBodySize"] for request in asked)
    assert (len(asked) <= 14, sent <= 130_000) == (True, True), (len(asked), sent)


def test_printing_shows_the_page_alone(look):
    page = look("/help/", theme="dark")
    page.emulate_media(media="print")
    assert not page.locator(".sidebar").is_visible()
    assert not page.locator(".topbar").is_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"


def test_the_first_stop_of_the_keyboard_skips_to_the_content(look):
    page = look("/help/")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
