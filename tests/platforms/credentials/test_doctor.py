"""The key doctor: which of eight things is wrong, in words, from what the platforms really say."""

from contextlib import suppress

import pytest
from django.db import connection
from django.utils import timezone

from accounts.tenancy import acting_for, tenant
from platforms import actions, registry
from platforms.credentials import doctor
from platforms.credentials.connection import valkey
from platforms.errors import RateLimited
from platforms.http import HttpClient
from platforms.local_http import local_session
from platforms.models import ApiProfile
from platforms.simulation.switchboard import switchboard
from platforms.simulation.wire import Answer, as_json
from platforms.simulation.world import World
from tests.factories.platforms import profile_of
from tests.platforms.connections import Board, serving

HOSTS = (
    "www.googleapis.com", "id.twitch.tv", "api.twitch.tv", "api.x.com", "www.reddit.com",
    "oauth.reddit.com",
)  # fmt: skip

TOKEN = {"access_token": "t" * 30, "expires_in": 86400, "token_type": "bearer", "scope": "*"}
Verdict = ApiProfile.Verdict


def google(status, reason, *, text="", domain="global", details=()):
    error = {"code": status, "message": text, "details": list(details)}
    error["errors"] = [{"domain": domain, "reason": reason, "message": text}]
    return as_json({"error": error}, status=status)


def invalid(reason):
    return google(
        400, "badRequest", text="API key not valid. Please pass a valid API key.",
        details=[{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}],
    )  # fmt: skip


def x_says(status, title, kind="about:blank", **more):
    return as_json({"title": title, "type": kind, "status": status, **more}, status=status)


NO_POST = as_json({"errors": [{"resource_id": "1", "parameter": "ids", "title": "Not Found Error",
    "type": "https://api.twitter.com/2/problems/resource-not-found"}]})  # fmt: skip
CREDITS = "https://api.twitter.com/2/problems/credits"
NOT_ENROLLED = "https://api.twitter.com/2/problems/client-forbidden"
LISTING = as_json({"kind": "Listing", "data": {"children": [], "after": None, "before": None}})

CASES = [
    ("youtube", as_json({"items": []}), Verdict.VALID),
    ("youtube", invalid("API_KEY_INVALID"), Verdict.WRONG),
    ("youtube", google(403, "accessNotConfigured", domain="usageLimits"), Verdict.NOT_ENABLED),
    ("youtube", google(403, "quotaExceeded", domain="youtube.quota"), Verdict.OUT_OF_QUOTA),
    ("youtube", Answer(fault="timeout"), Verdict.UNREACHABLE),
    ("youtube", Answer(body=b'{"items": 7}'), Verdict.UNREACHABLE),
    ("twitter", NO_POST, Verdict.VALID),
    ("twitter", x_says(401, "Unauthorized", detail="Unauthorized"), Verdict.WRONG),
    ("twitter", x_says(402, "CreditsDepleted", CREDITS, account_id=1), Verdict.OUT_OF_CREDIT),
    (
        "twitter",
        x_says(403, "Client Forbidden", NOT_ENROLLED, reason="client-not-enrolled"),
        Verdict.NOT_APPROVED,
    ),
    ("twitter", Answer(status=503), Verdict.UNREACHABLE),
    ("twitch", as_json(TOKEN), Verdict.VALID),
    ("twitch", as_json({"status": 400, "message": "invalid client"}, status=400), Verdict.WRONG),
    (
        "twitch",
        as_json({"status": 403, "message": "invalid client secret"}, status=403),
        Verdict.WRONG,
    ),
    ("twitch", Answer(status=500), Verdict.UNREACHABLE),
    ("reddit", {"www.reddit.com": as_json(TOKEN), "oauth.reddit.com": LISTING}, Verdict.VALID),
    ("reddit", as_json({"message": "Unauthorized", "error": 401}, status=401), Verdict.WRONG),
    ("reddit", Answer(status=502), Verdict.UNREACHABLE),
]


@pytest.fixture(autouse=True)
def fresh():
    valkey().flushdb()


def answering(answers):
    def answer(call):
        return answers[call.host] if isinstance(answers, dict) else answers

    return HttpClient(session=local_session(answer, HOSTS), pause=lambda _: None)


@pytest.mark.parametrize(("platform", "answers", "verdict"), CASES)
def test_the_doctor_tells_what_it_is_and_what_to_do(alice, platform, answers, verdict):
    found = doctor.examine(profile_of(alice, platform=platform), http=answering(answers))
    assert found.verdict == verdict, found.told
    assert found.sentence.endswith(".")
    assert "{" not in found.sentence
    assert found.advice
    assert (found.told == "") == (verdict == Verdict.VALID)


def test_every_platform_advises_on_every_verdict():
    for platform in registry.every():
        missing = {*Verdict.values} - {"untested"} - {*platform.advice}
        assert not missing, platform.slug


def test_a_pause_says_nothing_about_the_credential(alice):
    busy = google(403, "rateLimitExceeded", domain="usageLimits")
    with pytest.raises(RateLimited):
        doctor.examine(profile_of(alice), http=answering(busy))


def test_a_spent_budget_of_ours_is_told_as_such(alice):
    profile = profile_of(alice, platform="twitter", monthly_dollars=0)
    found = doctor.examine(profile, http=answering(NO_POST))
    assert found.verdict == Verdict.OUT_OF_QUOTA
    assert found.told.startswith("The budget of $0.00 for ")


def test_a_test_is_kept_with_its_time_unless_the_credential_was_replaced(alice):
    profile = profile_of(alice)
    valid = doctor.finding(registry.get("youtube"), Verdict.VALID)
    with tenant(alice.pk):
        doctor.record(profile, valid, now=timezone.now())
        profile.refresh_from_db()
        assert (profile.verdict, profile.verdict_at is None) == (Verdict.VALID, False)
        old = ApiProfile.objects.get(pk=profile.pk)
        old.fingerprint = "of the secret before"
        doctor.record(
            old, doctor.finding(registry.get("youtube"), Verdict.WRONG), now=timezone.now()
        )
        profile.refresh_from_db()
        assert profile.verdict == Verdict.VALID


def granted(person, profile):
    count = 0
    with suppress(RateLimited), acting_for(person.pk):
        while count < 50:
            actions.test_profile(by=person, profile=profile)
            count += 1
    return count


@pytest.fixture
def simulated(settings):
    """The platforms' simulators, at the address where simulated profiles ask."""
    world = World(accounts=1, start=timezone.now())
    with serving(switchboard(world, registry.simulators())) as server:
        settings.SIMULATOR_URL = server.address
        yield


def test_ten_tests_a_minute_are_enough_for_a_person(alice, bob, simulated):
    alices, bobs = (profile_of(person, simulated=True) for person in (alice, bob))
    assert granted(alice, alices) == 10
    assert granted(bob, bobs) == 10


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_credential_that_is_deleted_while_the_platform_answers_is_gone(alice, client, settings):
    profile = profile_of(alice, simulated=True)

    def answer(_):
        with tenant(alice.pk):
            ApiProfile.objects.get().delete()
        connection.close()
        return as_json({"items": []})

    client.force_login(alice)
    with serving(Board(answer)) as server:
        settings.SIMULATOR_URL = server.address
        tested = client.post(f"/credentials/{profile.pk}/test/", headers={"HX-Request": "true"})
    assert tested.status_code == 404
