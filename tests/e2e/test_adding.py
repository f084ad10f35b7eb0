"""Adding monitors in a real browser, against simulated platforms."""

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from platforms import registry
from platforms.simulation.faults import Faults
from platforms.simulation.switchboard import switchboard
from platforms.simulation.world import World
from tests.e2e.conftest import axe
from tests.platforms.connections import serving

MANY = 10_000  # calls that are in trouble: more than there will be
MAKE_KEYS = """
from accounts.tenancy import tenant
from platforms import actions, registry
from platforms.credentials import fields
from accounts.models import User
from tests.factories.platforms import CREDENTIALS
maya = User.objects.get(pk={pk})
with tenant(maya.pk):
    for slug in ("youtube", "twitch", "twitter"):
        actions.save_profile(
            by=maya, platform=registry.get(slug), name="{name}", simulated=True,
            credentials=fields.parse(registry.get(slug), CREDENTIALS[slug]),
        )
"""


@pytest.fixture(scope="module")
def board(stack):
    """Simulated platforms where the product's demo credentials lead; some calls can be slow."""
    start = datetime(2026, 10, 1, tzinfo=UTC)
    made = World(start=start, accounts=40, now=datetime.now(UTC))
    with serving(
        switchboard(made, registry.simulators(), Faults(slow=0.6)), port=stack.simulator
    ) as server:
        yield server.board


@pytest.fixture(scope="module")
def world(board):
    return board.world


@pytest.fixture(scope="module")
def key(stack, maya):
    """Name of three credentials of hers, for YouTube, Twitch and X."""
    name = f"Demo {uuid4().hex[:6]}"
    answer = stack.command("shell", "--verbosity=0", "-c", MAKE_KEYS.format(pk=maya, name=name))
    assert answer.returncode == 0, answer.stderr
    return name


@pytest.fixture
def trouble(board):
    """`trouble("slow")`: YouTube is so to every call, the product's runs too, until `clear()`."""
    yield lambda kind: board.faults.order("youtube", kind, times=MANY)
    board.faults.clear()


@pytest.fixture
def fresh(world):
    """Hands out names of open channels that no test has used: `fresh("youtube", 2)`."""
    used = world.__dict__.setdefault("used", set())

    def take(slug, count=1):
        open_ones = [
            account.handle_at(world.now)
            for account in world.accounts(slug)
            if account.state_at(world.now) == "active" and (slug, account.index) not in used
        ][:count]
        used.update(
            (slug, account.index)
            for account in world.accounts(slug)
            if account.handle_at(world.now) in open_ones
        )
        return open_ones

    return take


def choose(page, key, platform="YouTube"):
    page.get_by_role("radio", name=platform).check(force=True)
    expect(page.get_by_label("Credential", exact=True)).to_contain_text(key)
    page.get_by_label("Credential", exact=True).select_option(label=key)


@pytest.mark.parametrize("width", [1440, 390])
def test_what_is_typed_is_answered_and_then_added(look, key, fresh, width):
    one, two = fresh("youtube", 2)
    page = look("/monitors/add/?platform=youtube", width=width)
    choose(page, key)
    expect(page.get_by_label("Names or links")).to_be_visible()
    page.get_by_label("Names or links").fill(f"@{one}, @{two}\n@{one} youtube.com/wacth?v=9b")
    expect(page.get_by_text("4 names read, 1 repeated").first).to_be_visible()
    expect(page.locator(".lines .pill")).to_have_text(["Not a channel", "New", "New", "Repeated"])
    expect(page.locator("#add-cost")).to_contain_text(f"{key} would use")
    expect(page.locator("#add-summary")).to_have_text("2 new, 2 skipped")
    assert axe(page) == []
    page.get_by_role("button", name="Add 2 monitors").click()
    expect(page.locator("#toasts")).to_contain_text("2 monitors added")
    expect(page).to_have_url(re.compile("/monitors/$"))


def test_another_platform_keeps_what_was_typed(look, key, fresh):
    (name,) = fresh("twitch")
    page = look("/monitors/add/?platform=youtube")
    text = page.get_by_label("Names or links")
    text.fill(f"https://twitch.tv/{name}")
    expect(page.locator(".lines .pill")).to_have_text("Link to Twitch")
    choose(page, key, "Twitch")
    expect(page.locator(".lines .pill")).to_have_text("New")
    expect(page.get_by_label("Collect every")).to_have_value("15")
    expect(text).to_have_value(f"https://twitch.tv/{name}")


def test_the_focus_stays_while_answers_come(look, key, fresh):
    (name,) = fresh("youtube")
    page = look("/monitors/add/?platform=youtube")
    page.get_by_label("Names or links").focus()
    page.keyboard.type(f"@{name} ")
    expect(page.locator(".lines .pill")).to_have_text("New")
    page.keyboard.type("!!a")
    expect(page.locator(".lines .pill")).to_have_text(["Not a channel", "New"])
    assert page.evaluate("document.activeElement.id") == "add-text"
    page.get_by_label("Adapt to what happens").focus()
    page.keyboard.press("Space")
    page.wait_for_timeout(800)
    assert page.evaluate("document.activeElement.id") == "add-adaptive"
    expect(page.get_by_label("Adapt to what happens")).to_be_checked()


def test_a_long_look_up_shows_its_progress_and_goes_on_by_itself(look, key, board, trouble):
    page = look("/monitors/add/?platform=youtube")
    choose(page, key)
    trouble("slow")
    names = [f"@nobody{uuid4().hex[:8]}" for _ in range(14)]
    page.get_by_label("Names or links").fill("\n".join(names))
    progress = page.get_by_role("progressbar", name="Looking up names")
    expect(progress).to_be_visible(timeout=15_000)
    expect(page.locator(".lines").get_by_text("Not looked up yet").first).to_be_attached()
    expect(page.get_by_role("button", name="Add monitors")).to_be_disabled()
    expect(progress).to_have_count(0, timeout=30_000)
    expect(page.locator(".lines .pill")).to_have_text(["Not found"] * 14)
    assert len(board.faults.waiting()["youtube"]) <= MANY - 14


def test_an_error_of_the_platform_can_be_tried_again(look, key, board, trouble, fresh):
    (name,) = fresh("youtube")
    page = look("/monitors/add/?platform=youtube")
    choose(page, key)
    trouble("503")
    page.get_by_label("Names or links").fill(f"@{name}")
    expect(page.get_by_text("YouTube could not be reached")).to_be_visible(timeout=15_000)
    assert axe(page) == []
    board.faults.clear()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".lines .pill")).to_have_text("New")
    expect(page.get_by_label("Names or links")).to_have_value(f"@{name}")


def test_all_of_it_works_without_javascript(look, key, fresh):
    (name,) = fresh("youtube")
    page = look("/monitors/add/?platform=youtube", java_script_enabled=False)
    page.get_by_label("Credential", exact=True).select_option(label=key)
    page.get_by_label("Names or links").fill(f"@{name}")
    page.get_by_role("button", name="Check names").click()
    expect(page.locator(".lines .pill")).to_have_text("New")
    page.get_by_role("button", name="Add 1 monitor").click()
    expect(page.locator("#toasts")).to_contain_text("1 monitor added")


def test_the_monitors_page_opens_it_as_a_drawer(look, key, fresh):
    (name,) = fresh("youtube")
    page = look("/monitors/")
    page.get_by_role("link", name="Add monitors").first.click()
    drawer = page.get_by_role("dialog", name="Add monitors")
    text = drawer.get_by_label("Names or links")
    expect(text).to_be_focused()
    choose(page, key)
    text.fill(f"@{name}")
    expect(drawer.locator(".pill")).to_have_text("New")
    assert axe(page) == []
    drawer.get_by_role("button", name="Add 1 monitor").click()
    expect(page.locator("#toasts")).to_contain_text("1 monitor added")


def test_a_drawer_asks_before_what_was_typed_is_lost(look, key):
    page = look("/monitors/")
    page.get_by_role("link", name="Add monitors").first.click()
    drawer = page.get_by_role("dialog", name="Add monitors")
    text = drawer.get_by_label("Names or links")
    expect(text).to_be_focused()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    page.get_by_role("link", name="Add monitors").first.click()
    text.fill("@somebody")
    question = page.get_by_role("dialog", name="Discard what you changed?")
    for leave in (
        lambda: page.keyboard.press("Escape"),
        lambda: page.keyboard.press("Escape"),
        lambda: drawer.get_by_role("button", name="Close").click(),
        lambda: drawer.get_by_role("button", name="Cancel").click(),
    ):
        leave()
        expect(question).to_be_visible()
        page.keyboard.press("Escape")
        expect(question).to_be_hidden()
        expect(text).to_have_value("@somebody")
    assert axe(page) == []
    page.keyboard.press("Escape")
    question.get_by_role("button", name="Discard").click()
    expect(drawer).to_be_hidden()
    page.get_by_role("link", name="Add monitors").first.click()
    expect(text).to_have_value("")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


@pytest.mark.parametrize("width", [1440, 390])
def test_names_of_x_are_looked_up_at_enter_a_paste_or_a_press_and_not_before(
    look, key, fresh, board, width
):
    one, two, three = fresh("twitter", 3)
    page = look("/monitors/add/?platform=twitter", width=width)
    choose(page, key, "X")
    text, pills = page.get_by_label("Names or links"), page.locator(".lines .pill")
    text.press_sequentially(f"@{one}")
    expect(pills).to_have_text("Not looked up yet")
    expect(page.get_by_role("button", name="Look up 1 name for up to $0.01")).to_be_visible()
    assert axe(page) == []
    text.press("Enter")
    expect(pills).to_have_text("New")
    expect(page.get_by_text("The look-up took 1 call and $0.01.")).to_be_visible()
    text.press_sequentially(f"@{two}")
    expect(pills).to_have_text(["New", "Not looked up yet"])
    page.get_by_role("button", name="Look up 1 name for up to $0.01").click()
    expect(pills).to_have_text(["New", "New"])
    expect(text).to_have_value(f"@{one}\n@{two}")
    page.evaluate(
        """name => { const field = document.querySelector("#add-text");
        field.dispatchEvent(new ClipboardEvent("paste", {bubbles: true}));
        field.setRangeText(name, field.value.length, field.value.length, "end");
        field.dispatchEvent(new Event("input", {bubbles: true})); }""",
        f"\n@{three}",
    )
    expect(pills).to_have_text(["New"] * 3)
    page.get_by_role("button", name="Add 3 monitors").click()
    expect(page.locator("#toasts")).to_contain_text("3 monitors added")


def test_names_of_x_are_looked_up_without_javascript_too(look, key, fresh):
    (name,) = fresh("twitter")
    page = look("/monitors/add/?platform=twitter", java_script_enabled=False)
    page.get_by_label("Credential", exact=True).select_option(label=key)
    page.get_by_label("Names or links").fill(f"@{name}")
    page.get_by_role("button", name="Look up names").click()
    expect(page.locator(".lines .pill")).to_have_text("New")
    page.get_by_role("button", name="Add 1 monitor").click()
    expect(page.locator("#toasts")).to_contain_text("1 monitor added")
