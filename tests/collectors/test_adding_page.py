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


def test_a_credential_that_its_platform_refused_is_offered_with_that_word(page, key, alice):
    with tenant(alice.pk):
        ApiProfile.objects.filter(pk=key.pk).update(verdict=ApiProfile.Verdict.WRONG)
    assert ">Main key (Wrong)</option>" in page.get(PAGE).text


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


@pytest.fixture
def token(alice, board):
    """A credential for the simulated X, where each account that is looked up costs a cent."""
    with tenant(alice.pk):
        return ProfileFactory(owner=alice, platform="twitter", name="Token", simulated=True)


@pytest.fixture
def billed(world):
    """Three names there."""
    open_ones = [a for a in world.accounts("twitter") if a.state_at(world.now) == "active"]
    return [f"@{account.handle_at(world.now)}" for account in open_ones[:3]]


def typed(page, text, token, **changes):
    """The answer to what was typed, in words, and how many calls it took."""
    given = sent(text, token, platform="twitter", shown="twitter", **changes)
    answer = page.post(PAGE, given, headers=PART)
    calls = re.search(r"The look-up took (\d+) call", answer.text)
    return answer.text, int(calls[1]) if calls else 0


def test_typing_a_name_whose_look_up_costs_money_asks_nobody(page, token, billed):
    text, calls = typed(page, billed[0][:3], token, asked="")
    assert calls == 0
    assert "Not looked up yet" in text
    assert "Look up 1 name for up to $0.01" in text
    assert "every 1s" not in text, "nothing goes on by itself"
    assert "They are looked up when you press Enter" in text


def test_the_press_of_a_button_looks_them_all_up(page, token, billed):
    text, calls = typed(page, "\n".join(billed[:2]), token, asked="", check=1)
    assert calls == 1
    assert "and $0.02" in text
    assert "2 new, 0 skipped" in text
    assert "Look up" not in text.replace("“Look up”", "")


def test_what_was_asked_for_by_enter_is_looked_up_and_what_is_half_typed_is_not(
    page, token, billed, alice
):
    text = "\n".join([billed[0], billed[1][:4]])
    shown, calls = typed(page, text, token, asked=billed[0])
    assert calls == 1
    assert "1 new, 0 skipped, 1 not looked up yet" in shown
    again, calls = typed(page, text + "x", token, asked="")
    assert calls == 0
    assert "1 new, 0 skipped, 1 not looked up yet" in again, "what was found is remembered"
    given = sent(text, token, platform="twitter", shown="twitter", asked=billed[0], add=1)
    added = page.post(PAGE, given)
    assert "1 monitor added" in added.text
    assert f"\n{billed[1][:4]}</textarea>" in added.text
    assert count(alice) == 1


def test_names_from_a_free_platform_are_not_looked_up_for_money_when_it_is_changed(
    page, key, token, billed
):
    changed = {"shown": "youtube", "asked": billed[0], "check": 1}
    given = sent(billed[0], key, platform="twitter", **changed)
    answer = page.post(PAGE, given, headers=PART)
    assert "Not looked up yet" in answer.text
    assert 'id="add-asked" value=""' in answer.text
    assert "The look-up took" not in answer.text


def test_without_javascript_money_is_spent_only_by_the_button_that_says_so(
    page, token, billed, alice
):
    assert "Look up names" in page.get(PAGE, {"platform": "twitter"}).text
    given = sent(billed[0], token, platform="twitter", shown="twitter", asked="")
    first = page.post(PAGE, given | {"add": 1})
    assert "Look up 1 name for up to $0.01" in first.text
    assert count(alice) == 0
    assert "Add 1 monitor" in page.post(PAGE, given | {"check": 1}).text
    assert page.post(PAGE, given | {"add": 1}).status_code == 302
    assert count(alice) == 1


def test_a_free_platform_says_nothing_of_looking_up(page, key, names):
    text = page.post(PAGE, sent(names[0], key, asked=""), headers=PART).text
    assert "1 new" in text
    assert "add-asked" not in text
    assert "press Enter" not in text


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
