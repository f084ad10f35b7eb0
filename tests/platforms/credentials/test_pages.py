"""The pages of credentials: add, test, replace, rename, delete, and never show a secret again."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tenancy import tenant
from platforms.credentials import sealing
from platforms.credentials.connection import valkey
from platforms.models import ApiProfile
from platforms.spending import ledger
from tests.factories.platforms import CREDENTIALS, EntityFactory, profile_of

KEY = CREDENTIALS["youtube"]["api_key"]
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture(autouse=True)
def fresh():
    valkey().flushdb()


def stored(person):
    with tenant(person.pk):
        return list(ApiProfile.objects.order_by("pk"))


def test_an_empty_page_says_what_to_do_and_that_one_platform_is_enough(page):
    html = page.get("/credentials/").text
    assert "One platform is enough to begin." in html
    for slug in ("twitch", "twitter", "youtube", "reddit"):
        assert f'href="/credentials/add/{slug}/"' in html


def test_the_sidebar_leads_to_it(page):
    assert 'href="/credentials/"' in page.get("/help/").text


def test_adding_one_shows_the_steps_and_asks_for_its_parts(page):
    html = page.get("/credentials/add/youtube/").text
    assert "YouTube Data API v3" in html
    assert 'type="password" name="api_key"' in html
    assert "monthly_dollars" not in html, "YouTube charges nothing"
    assert "monthly_dollars" in page.get("/credentials/add/twitter/").text


def test_a_saved_credential_is_sealed_and_tests_itself_once(page, alice):
    sent = {"name": "Main key", "api_key": f"  {KEY}\n"}
    answer = page.post("/credentials/add/youtube/", sent, follow=True)
    (profile,) = stored(alice)
    assert sealing.unseal(profile) == {"api_key": KEY}
    assert answer.redirect_chain == [(f"/credentials/?new={profile.pk}#profile-{profile.pk}", 302)]
    assert 'hx-trigger="submit, load"' in answer.text
    assert f"Ends in <code>{KEY[-4:]}</code>" in answer.text
    assert KEY not in answer.text
    assert ", load" not in page.get("/credentials/").text


@pytest.mark.parametrize(
    ("platform", "sent", "field", "sentence"),
    [
        ("youtube", {"api_key": "short"}, "api_key", "too short: at least 20 characters"),
        (
            "youtube",
            {"api_key": "two words that are long"},
            "api_key",
            "no spaces and no line breaks",
        ),
        ("youtube", {}, "api_key", "Enter the API key."),
        ("twitch", {"client_id": "x" * 30}, "client_secret", "Enter the Client secret."),
        (
            "twitter",
            {"bearer_token": "b" * 600},
            "bearer_token",
            "too long: at most 512 characters",
        ),
    ],
)
def test_a_mistake_is_told_at_its_field_in_plain_words(page, platform, sent, field, sentence):
    answer = page.post(f"/credentials/add/{platform}/", {"name": "Main key", **sent})
    assert answer.status_code == 422
    form = answer.context["form"]
    assert sentence in form.errors[field][0]
    assert 'aria-invalid="true"' in answer.text
    for value in sent.values():
        if field in sent and len(value) > 5:
            assert value not in answer.text, "a secret does not come back"


def test_a_name_can_be_used_once_for_each_platform(page, alice):
    profile_of(alice, name="Main key")
    answer = page.post("/credentials/add/youtube/", {"name": "Main key", "api_key": KEY})
    assert answer.status_code == 422
    assert "You have another credential of this name." in answer.text
    assert len(stored(alice)) == 1
    twitch = {"name": "Main key", **CREDENTIALS["twitch"]}
    assert page.post("/credentials/add/twitch/", twitch).status_code == 302


def test_the_list_shows_verdict_use_and_money(page, alice):
    spent = profile_of(alice, platform="twitter", monthly_dollars=25, verdict="out_of_credit")
    youtube = profile_of(alice, verdict="valid")
    with tenant(alice.pk):
        EntityFactory.create_batch(2, owner=alice, profile=youtube)
    now = datetime.now(UTC)
    day = now.astimezone(ZoneInfo("America/Los_Angeles")).date()
    ledger.spend(youtube.fingerprint, "units", day=day, cost=8421, limit=10_000)
    ledger.charge(spent.fingerprint, "post", "abc", day=now.date(), price=Decimal(8))
    holding = {"day": now.date(), "since": now.date().replace(day=1), "limit": None}
    ledger.hold(spent.fingerprint, uuid4(), most=Decimal("0.5"), **holding)
    html = page.get("/credentials/").text
    assert "8,421 of 10,000 today" in html
    assert 'class="warn" max="100" value="84"' in html
    held = "$0.50 of it held for answers that have not come"
    assert f"$24.50 of $25.00, {held}" in html
    assert "Out of credit" in html
    assert "Buy credits" in html, "the platform's advice"
    assert "Reads 2 channels" in html


def test_the_list_asks_the_database_as_often_for_ten_credentials_as_for_one(page, alice):
    asked = []
    for count in (1, 9):
        for _ in range(count):
            profile_of(alice, platform="twitter")
        with CaptureQueriesContext(connection) as queries:
            assert page.get("/credentials/").status_code == 200
        asked.append(len(queries))
    assert asked[1] <= asked[0]


def test_a_test_answers_in_place_and_is_kept(page, alice, platforms):
    platforms({"items": []})
    profile = profile_of(alice, name="Main key", simulated=True)
    answer = page.post(f"/credentials/{profile.pk}/test/", headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<article class="credential"')
    assert "Valid" in answer.text
    assert "Main key: YouTube accepts this credential." in answer.text, "the toast"
    assert stored(alice)[0].verdict == "valid"


def test_a_failed_test_says_why_and_what_to_do(page, alice, platforms):
    error = {"code": 400, "message": "API key not valid.", "errors": [{"reason": "badRequest"}]}
    error["details"] = [{"reason": "API_KEY_INVALID"}]
    platforms({"error": error}, 400)
    profile = profile_of(alice, simulated=True)
    answer = page.post(f"/credentials/{profile.pk}/test/", headers=HTMX)
    assert "YouTube does not know this credential." in answer.text
    assert "The test said: YouTube does not know this API key." in answer.text
    assert KEY not in answer.text


def test_without_javascript_a_test_leads_back_to_the_list(page, alice, platforms):
    platforms({"items": []})
    profile = profile_of(alice, simulated=True)
    answer = page.post(f"/credentials/{profile.pk}/test/", follow=True)
    assert answer.redirect_chain == [(f"/credentials/#profile-{profile.pk}", 302)]
    assert "YouTube accepts this credential." in answer.text


def test_too_many_tests_are_told_to_wait(page, alice, platforms):
    platforms({"items": []})
    profile = profile_of(alice, simulated=True)
    for _ in range(10):
        page.post(f"/credentials/{profile.pk}/test/", headers=HTMX)
    answer = page.post(f"/credentials/{profile.pk}/test/", headers=HTMX)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert "Not tested" in answer.text
    assert "again in" in page.post(f"/credentials/{profile.pk}/test/", follow=True).text


def test_replacing_overwrites_the_secret_and_forgets_the_verdict(page, alice):
    profile = profile_of(alice, verdict="wrong")
    html = page.get(f"/credentials/{profile.pk}/replace/").text
    assert KEY[-4:] not in html
    new = KEY[::-1]
    assert page.post(f"/credentials/{profile.pk}/replace/", {"api_key": new}).status_code == 302
    (replaced,) = stored(alice)
    assert sealing.unseal(replaced) == {"api_key": new}
    assert (replaced.verdict, replaced.name) == ("untested", profile.name)
    assert page.post(f"/credentials/{profile.pk}/replace/", {"api_key": "no"}).status_code == 422


def test_name_and_budget_change_without_the_secret(page, alice):
    profile = profile_of(alice, platform="twitter")
    profile_of(alice, platform="twitter", name="Other")
    address = f"/credentials/{profile.pk}/edit/"
    answer = page.post(address, {"name": "Team", "monthly_dollars": "12.50"})
    assert answer.status_code == 302
    changed = stored(alice)[0]
    assert (changed.name, str(changed.monthly_dollars)) == ("Team", "12.50")
    assert changed.sealed == profile.sealed
    assert page.post(address, {"name": "Other"}).status_code == 422
    assert page.post(address, {"name": "Team", "monthly_dollars": "-1"}).status_code == 422


def test_a_cap_of_a_day_is_set_kept_shown_and_taken_away(page, alice):
    profile = profile_of(alice)
    address = f"/credentials/{profile.pk}/edit/"
    assert "Most units in a day" in page.get(address).text
    assert page.post(address, {"name": "Team", "daily_units": "4000"}).status_code == 302
    assert stored(alice)[0].daily_units == 4000
    assert 'value="4000"' in page.get(address).text
    assert "0 of 4,000 today" in page.get("/credentials/").text
    for wrong in ("-1", "many", "1.5", "9999999999"):
        assert page.post(address, {"name": "Team", "daily_units": wrong}).status_code == 422
    page.post(address, {"name": "Team", "daily_units": ""})
    assert stored(alice)[0].daily_units is None
    assert "0 of 10,000 today" in page.get("/credentials/").text


def test_a_cap_is_of_calls_where_the_platform_has_only_windows(page, alice):
    profile = profile_of(alice, platform="reddit", daily_units=700)
    assert "Most calls in a day" in page.get(f"/credentials/{profile.pk}/edit/").text
    assert "0 of 700 today" in page.get("/credentials/").text


def test_what_the_jobs_need_stands_beside_what_is_used(page, alice):
    profile_of(
        alice, plan={"units": {"units": 9215}, "dollars": 0, "stretch": 1.57, "short": "units"}
    )
    profile_of(
        alice, platform="twitter", monthly_dollars=25,
        plan={"units": {}, "dollars": 0.55, "stretch": 1, "short": ""},
    )  # fmt: skip
    html = page.get("/credentials/").text
    assert "0 of 10,000 today, 9,215 planned" in html
    assert "$0.00 of $25.00, $0.55 a day planned" in html
    assert "Intervals are 1.57 times as long as asked: it has too few units" in html


def test_deleting_says_what_it_means_and_keeps_what_was_collected(page, alice):
    profile = profile_of(alice)
    with tenant(alice.pk):
        entity = EntityFactory(owner=alice, profile=profile)
    html = page.get(f"/credentials/{profile.pk}/delete/").text
    assert "1 channel</b> is read with it" in html
    assert stored(alice), "asking deletes nothing"
    page.post(f"/credentials/{profile.pk}/delete/")
    assert stored(alice) == []
    with tenant(alice.pk):
        entity.refresh_from_db()
        assert entity.profile is None


@pytest.mark.parametrize("verb", ["test", "replace", "edit", "delete"])
def test_a_strangers_credential_is_not_there(page, bob, verb):
    profile = profile_of(bob)
    for ask in (page.get, page.post):
        assert ask(f"/credentials/{profile.pk}/{verb}/").status_code in {404, 405}
    assert page.post(f"/credentials/{profile.pk}/{verb}/").status_code == 404
    assert len(stored(bob)) == 1


@pytest.mark.parametrize("path", ["", "add/", "add/youtube/", "1/replace/", "1/edit/", "1/delete/"])
def test_strangers_are_asked_to_sign_in(client, db, path):
    assert client.get(f"/credentials/{path}")["Location"].startswith("/login/")


def test_a_platform_that_is_not_there_has_no_form(page):
    assert page.get("/credentials/add/myspace/").status_code == 404


def test_while_valkey_is_away_the_list_still_shows(page, alice, settings):
    profile_of(alice, platform="twitch")
    valkey.cache_clear()
    address, settings.REDIS_URL = settings.REDIS_URL, "unix:///nowhere"
    try:
        assert "Ends in" in page.get("/credentials/").text
    finally:
        settings.REDIS_URL = address
        valkey.cache_clear()
