"""The socket of a page, and a page without its server."""

import re

from playwright.sync_api import expect


def test_an_event_of_the_server_reaches_the_page(look, stack, maya):
    page = look("/help/")
    expect(page.locator("#connection")).to_have_text("Live")
    page.evaluate("""
        document.body.addEventListener("monitors:changed", ({detail}) => (window.heard = detail))
    """)
    tell = f"from accounts.live import tell; tell({maya}, 'monitors:changed', id=7)"
    assert stack.command("shell", "--verbosity=0", "-c", tell).returncode == 0
    page.wait_for_function("window.heard?.id === 7")


def test_a_lost_connection_is_shown_and_comes_back(look, stack):
    page = look("/help/")
    connection = page.locator("#connection")
    expect(connection).to_have_text("Live")
    page.evaluate("document.body.addEventListener('live:again', () => (window.again = true))")
    _arbiter, *workers = stack.children("web")
    for worker in workers:
        worker.kill()
    expect(connection).to_have_text("Reconnecting")
    expect(connection).to_have_text("Live", timeout=20_000)
    assert page.evaluate("window.again")


def test_a_socket_without_a_session_stops_asking(look):
    page = look("/help/")
    expect(page.locator("#connection")).to_have_text("Live")
    page.context.clear_cookies()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(page.locator("#connection")).to_have_text(re.compile("^Offline"))


def test_a_navigation_without_a_network_shows_the_offline_page(look):
    page = look("/help/")
    page.evaluate("navigator.serviceWorker.ready.then((ready) => ready.active)")
    page.reload()  # from now on the worker answers
    page.wait_for_function("navigator.serviceWorker.controller")
    page.context.set_offline(True)
    page.goto("/help/components/")
    expect(page.get_by_role("heading")).to_have_text("The server cannot be reached")
    page.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Components")
