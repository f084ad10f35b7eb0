"""One Chromium for the browser tests and for screenshots."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS = [
    "--no-sandbox",  # Chromium refuses to run as root with it
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def window(
    browser: Browser, address: str, *, width: int = 1440, theme: str = "system", **options: Any
) -> BrowserContext:
    """A browser profile of its own. `theme`: the cookie that the switch in the top bar sets."""
    phone = width <= 860
    profile = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": 844 if phone else 900},
        has_touch=phone,
        is_mobile=phone,
        reduced_motion="reduce",
        **options,
    )
    profile.add_cookies([{"name": "theme", "value": theme, "url": address}])
    return profile


def sign_in(profile: BrowserContext, *, email: str, password: str) -> None:
    """Sign in by the form, as a person does."""
    page = profile.new_page()
    page.goto("/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/login/" not in url)
    page.close()
