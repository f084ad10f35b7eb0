"""Fixtures of the browser tests: a person in the running product, and windows to look through."""

import os
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.conf import settings

from tests.e2e import browser as chromium
from tests.factories.accounts import PASSWORD

AXE = Path(settings.BASE_DIR) / "node_modules/axe-core/axe.min.js"
MAYA = {"email": "maya@example.org", "password": PASSWORD}
MAKE_MAYA = f"""
from allauth.account.models import EmailAddress
from accounts.models import User
maya = User.objects.create_superuser({MAYA["email"]!r}, {MAYA["password"]!r}, name="Maya Lind")
EmailAddress.objects.create(user=maya, email=maya.email, verified=True, primary=True)
print(maya.pk)
"""
# Reported by the browser itself; page.evaluate and init scripts are outside the policy.
REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`Policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


def pytest_collection_modifyitems(items):
    """Everything in this folder drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("e2e")


@pytest.fixture(scope="module")
def browser():
    """The system's Chromium. Without one the tests are skipped, or fail where they are required.

    Once a module: while Playwright runs, its event loop occupies the thread, and tests of other
    modules that have a loop of their own would fail.
    """
    if not chromium.CHROMIUM:
        required = os.environ.get("TIDEWATCH_E2E") == "required"
        (pytest.fail if required else pytest.skip)("Chromium is not installed")
    with chromium.chromium() as instance:
        yield instance


@pytest.fixture(scope="session")
def maya(stack):
    """Id of a person with all rights, who has verified her address."""
    answer = stack.command("shell", "--verbosity=0", "-c", MAKE_MAYA)
    assert answer.returncode == 0, answer.stderr
    return int(answer.stdout.split()[-1])


@pytest.fixture(scope="module")
def session_of_maya(browser, stack, maya):
    """Cookies of her session, so that only one test waits for the form and for bcrypt."""
    profile = chromium.window(browser, stack.url)
    chromium.sign_in(profile, **MAYA)
    state = profile.storage_state()
    profile.close()
    return [cookie for cookie in state["cookies"] if cookie["name"] != "theme"]


@pytest.fixture
def look(browser, stack, request):
    """Opens windows: `look("/help/", width=390, theme="dark", signed_in=False)` gives a page.

    At the end of the test no page may have broken the Content-Security-Policy or failed in script.
    """
    complaints = []
    with ExitStack() as windows:

        def open_window(path, *, width=1440, theme="light", signed_in=True, **options):
            profile = chromium.window(browser, stack.url, width=width, theme=theme, **options)
            windows.callback(profile.close)
            profile.add_init_script(REPORT_VIOLATIONS)
            if signed_in:
                profile.add_cookies(request.getfixturevalue("session_of_maya"))
            page = profile.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on(
                "console",
                lambda line: line.text.startswith("Policy") and complaints.append(line.text),
            )
            page.goto(path)
            return page

        open_window.complaints = complaints
        yield open_window
    assert complaints == []


def axe(page):
    """What axe-core finds: one line a broken rule, with the elements."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{rule['id']}: {[node['html'][:120] for node in rule['nodes']]}" for rule in found]
