"""The page "Add monitors", with and without JavaScript."""

import re

import pytest

from accounts.tenancy import tenant
from collectors.models import MonitoringJob
from platforms.models import ApiProfile
from tests.factories.platforms import ProfileFactory

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
PAGE = "/monitors/add/"
PART = {"HX-Request": "true"}


def sent(text, key, **changes):
    given = {
        "platform": "youtube", "shown": "youtube", "text": text, "profile": key.pk,
        "interval_minutes": 60,
    }  # fmt: skip
    return given | changes


def count(person):
    with tenant(person.pk):
        return MonitoringJob.objects.count()


def test_strangers_are_led_to_the_door(client, db):
    assert client.get(PAGE).url.startswith("/login/")
    assert client.post(PAGE).url.startswith("/login/")


def test_an_empty_form_offers_the_platform_of_the_first_credential(page, key):
    answer = page.get(PAGE)
    assert answer.status_code == 200
    assert re.search(r'<input[^>]* value="youtube"[^>]* checked', answer.text)
    assert "Main key" in answer.text
    assert "Looking up a handle costs 1 unit, and so do 50 IDs together." in answer.text
    assert "60 minutes" in answer.text
    assert "45 minutes" not in answer.text


def test_without_a_credential_it_says_where_to_get_one(page, key):
    answer = page.get(PAGE, {"platform": "twitch"})
    assert "You have no credential for Twitch yet" in answer.text
    assert 'href="/credentials/add/twitch/"' in answer.text
    refused = page.post(PAGE, sent("someone", key, platform="twitch", shown="twitch", add=1))
    assert refused.status_code == 422
    assert "\nsomeone</textarea>" in refused.text


def test_what_was_typed_is_answered_in_part_and_nothing_is_added(page, key, names, alice):
    answer = page.post(PAGE, sent(f"{names[0]} @nobodyhere99", key), headers=PART)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<div class="form answer" id="add-answer">')
    for said in ("2 names read", "New", "Not found", "1 new, 1 skipped", "Add 1 monitor<"):
        assert said in answer.text, said
    assert "Main key would use" in answer.text
    assert "HX-Request" in answer["Vary"]
    assert count(alice) == 0


def test_a_cleared_field_is_no_mistake(page, key):
    answer = page.post(PAGE, sent(" ", key), headers=PART)
    assert answer.status_code == 200
    assert "Enter at least one name" not in answer.text
    assert "Enter at least one name" in page.post(PAGE, sent("", key, check=1)).text


def test_without_javascript_names_are_checked_and_then_added(page, key, names, alice):
    checked = page.post(PAGE, sent("\n".join(names), key, check=1))
    assert checked.status_code == 200
    assert "Add 3 monitors" in checked.text
    assert names[2] in checked.text
    added = page.post(PAGE, sent("\n".join(names), key, add=1, adaptive="on"))
    assert (added.status_code, added.url) == (302, "/monitors/")
    with tenant(alice.pk):
        kept = MonitoringJob.objects.values_list("interval_minutes", "adaptive")
        assert list(kept) == [(60, True)] * 3
    again = page.post(PAGE, sent("\n".join(names), key, add=1))
    assert again.status_code == 422
    assert "None of these can be added" in again.text
    assert count(alice) == 3


def test_another_platform_brings_its_own_credential_and_interval(page, key, alice):
    with tenant(alice.pk):
        twitch = ProfileFactory(owner=alice, platform="twitch", name="Bot", simulated=True)
    answer = page.post(PAGE, sent("someone", key, platform="twitch", add=1))
    assert answer.status_code == 200, "nothing is added to what was not shown"
    assert f'<option value="{twitch.pk}" selected>Bot</option>' in answer.text
    assert '<option value="15" selected>15 minutes</option>' in answer.text
    assert "\nsomeone</textarea>" in answer.text
    assert count(alice) == 0


def test_anothers_credential_is_no_choice(page, key, bob, alice, names):
    with tenant(bob.pk):
        bobs = ProfileFactory(owner=bob, simulated=True)
    answer = page.post(PAGE, sent(names[0], bobs, add=1))
    assert answer.status_code == 422
    assert "Select a valid choice" in answer.text
    assert count(alice) == count(bob) == 0


@pytest.mark.parametrize("minutes", ["59", "121", "x", "", "1.5"])
def test_an_interval_that_is_not_offered_is_refused(page, key, alice, names, minutes):
    answer = page.post(PAGE, sent(names[0], key, interval_minutes=minutes, add=1))
    assert answer.status_code == 422
    assert count(alice) == 0


def test_too_many_names_are_refused_before_any_is_looked_up(page, key):
    text = "\n".join(f"@name{number}" for number in range(201))
    answer = page.post(PAGE, sent(text, key), headers=PART)
    assert "These are 201 names. Up to 200 can be added at once." in answer.text
    whole = page.post(PAGE, sent(text, key, add=1))
    assert whole.status_code == 422
    assert "@name200</textarea>" in whole.text


def test_what_a_credential_cannot_carry_is_refused_with_the_figures(page, key, alice, names):
    with tenant(alice.pk):
        ApiProfile.objects.update(daily_units=10)
    shown = page.post(PAGE, sent(names[0], key), headers=PART)
    assert "notice-bad" in shown.text
    assert 'value="1" disabled>Add 1 monitor' in shown.text
    answer = page.post(PAGE, sent(names[0], key, add=1))
    assert answer.status_code == 422
    assert "of 10 daily units" in answer.text
    assert count(alice) == 0


def test_an_error_of_the_platform_loses_no_name(page, key, names, board, alice):
    page.post(PAGE, sent(names[0], key), headers=PART)
    board.faults.order("youtube", "503", times=3)
    shown = page.post(PAGE, sent(" ".join(names[:2]), key), headers=PART)
    assert "YouTube could not be reached" in shown.text
    assert "Try again" in shown.text
    assert "Add 1 monitor<" in shown.text
    assert "1 new, 0 skipped, 1 not looked up yet" in shown.text
    board.faults.order("youtube", "503", times=3)
    answer = page.post(PAGE, sent(" ".join(names[:2]), key, add=1))
    assert answer.status_code == 200
    assert f"\n{names[1]}</textarea>" in answer.text
    assert "1 monitor added" in answer.text
    assert count(alice) == 1


def test_the_drawer_is_the_same_form(page, key):
    answer = page.get(PAGE, headers=PART)
    assert "<html" not in answer.text
    assert 'class="drawer-body" id="add-form"' in answer.text
    assert 'method="dialog"' in answer.text
