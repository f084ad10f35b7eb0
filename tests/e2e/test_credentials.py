"""Credentials in a real browser: typed, refused, saved, tested in place, deleted."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import axe

# A demo credential: its test goes to the simulator, which does not run here.
MAKE_DEMO = """
from accounts.tenancy import tenant
from platforms import actions, registry
from platforms.credentials import fields
from accounts.models import User
maya = User.objects.get(pk={pk})
given = {{"api_key": "AIzaSyB3x4mpleKeyOfNobody0123456789ab"}}
with tenant(maya.pk):
    profile = actions.save_profile(
        by=maya, platform=registry.get("youtube"), name="{name}", simulated=True,
        credentials=fields.parse(registry.get("youtube"), given),
    )
print(profile.pk)
"""


@pytest.fixture
def demo(stack, maya):
    """Name of a demo credential of maya's own, too long for a line of a phone."""
    name = f"DemoOfTheWinterTrip{uuid4().hex}"
    answer = stack.command("shell", "--verbosity=0", "-c", MAKE_DEMO.format(pk=maya, name=name))
    assert answer.returncode == 0, answer.stderr
    return name


@pytest.mark.parametrize("width", [1440, 390])
def test_a_test_answers_in_place_and_the_focus_stays(look, demo, width):
    page = look("/credentials/", width=width)
    card = page.get_by_role("article", name=demo)
    button = card.get_by_role("button", name=f"Test {demo}")
    button.focus()
    page.keyboard.press("Enter")
    expect(card.get_by_text("Platform unreachable")).to_be_visible()
    expect(card).to_contain_text("could not be reached")
    expect(page.locator("#toasts")).to_contain_text(f"{demo}: YouTube could not be reached")
    expect(button).to_be_focused()
    assert axe(page) == []


def test_a_mistake_is_shown_at_its_field(look):
    page = look("/credentials/add/youtube/")
    page.get_by_label("Name", exact=True).fill("Typed badly")
    page.get_by_label("API key", exact=True).fill("short")
    page.get_by_role("button", name="Save and test").click()
    expect(page.locator("#form-errors")).to_be_focused()
    field = page.get_by_label("API key", exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("")
    assert axe(page) == []


def test_a_credential_is_deleted_after_its_consequences_are_told(look, demo):
    page = look("/credentials/")
    page.get_by_role("button", name=f"More about {demo}").click()
    page.get_by_role("link", name="Delete").click()
    expect(page.get_by_text("Everything that was collected stays.")).to_be_visible()
    page.get_by_role("button", name="Delete credential").click()
    expect(page.get_by_role("heading", name="Credentials", exact=True)).to_be_visible()
    assert page.get_by_role("article", name=demo).count() == 0
