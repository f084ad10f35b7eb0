"""The API of credentials and of what is watched: the pages' twin."""

from datetime import UTC, datetime, timedelta

import pytest
from rest_framework.test import APIClient

from accounts.tenancy import tenant
from platforms.credentials import sealing
from platforms.credentials.connection import valkey
from platforms.models import ApiProfile, Entity, EntityName, EntitySnapshot
from platforms.youtube.models import Video
from tests.factories.platforms import CREDENTIALS, EntityFactory, ProfileFactory

KEY = CREDENTIALS["youtube"]["api_key"]
both_connections = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
CHANNEL = {
    "kind": "youtube#channel", "id": "UC" + "x" * 22,
    "snippet": {"title": "Trailhead Kitchen", "customUrl": "@trailhead",
                "publishedAt": "2019-01-01T00:00:00Z"},
    "statistics": {"viewCount": "5000000", "subscriberCount": "94100", "videoCount": "120",
                   "hiddenSubscriberCount": False},
    "contentDetails": {"relatedPlaylists": {"uploads": "UU" + "x" * 22}},
}  # fmt: skip


@pytest.fixture(autouse=True)
def fresh():
    valkey().flushdb()


def made(factory, person, **fields):
    with tenant(person.pk):
        return factory(owner=person, **fields)


def new(**changes):
    return {"platform": "youtube", "name": "Main key", "credentials": {"api_key": KEY}} | changes


def test_a_cap_of_a_day_is_set_and_changed(api):
    told = api.post("/api/profiles/", new(daily_units=4000), format="json").json()
    assert (told["daily_units"], told["plan"]) == (4000, {})
    address = f"/api/profiles/{told['id']}/"
    assert api.patch(address, {"name": "Team"}, format="json").json()["daily_units"] == 4000
    changed = api.patch(address, {"daily_units": None, "plan": {"stretch": 9}}, format="json")
    assert (changed.json()["daily_units"], changed.json()["plan"]) == (None, {})
    for wrong in (-1, "many", 10**12):
        assert api.patch(address, {"daily_units": wrong}, format="json").status_code == 400


def test_a_credential_goes_in_and_never_comes_out(api, alice):
    answer = api.post("/api/profiles/", new(), format="json")
    assert answer.status_code == 201
    told = answer.json()
    assert told["hints"] == {"api_key": KEY[-4:]}
    assert (told["verdict"], told["simulated"]) == ("untested", False)
    pk = told["id"]
    for path in ("/api/profiles/", f"/api/profiles/{pk}/"):
        assert KEY not in api.get(path).text
    with tenant(alice.pk):
        assert sealing.unseal(ApiProfile.objects.get(pk=pk)) == {"api_key": KEY}


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"platform": "myspace"}, "platform", "not a valid choice"),
        ({"name": ""}, "name", "blank"),
        ({"credentials": "text"}, "credentials", "dictionary"),
        ({"credentials": {}}, "credentials", "Enter the API key."),
        ({"credentials": {"api_key": "short"}}, "credentials", "too short"),
        ({"credentials": {"api_key": KEY, "more": "x"}}, "credentials", "asks for no such field"),
        ({"credentials": {"api_key": [KEY]}}, "credentials", "Not a valid string"),
        ({"monthly_dollars": "-1"}, "monthly_dollars", "greater than or equal to 0"),
    ],
)
def test_bad_input_is_refused_in_sentences(api, alice, changes, field, sentence):
    answer = api.post("/api/profiles/", new(**changes), format="json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert sentence in str(problem["errors"][field])
    assert (problem["status"], problem["title"]) == (400, "Bad Request")
    assert problem["request_id"]
    assert KEY not in answer.text
    with tenant(alice.pk):
        assert not ApiProfile.objects.exists()


def test_what_is_no_json_is_refused(api):
    answer = api.post("/api/profiles/", "{", content_type="application/json")
    assert answer.status_code == 400
    assert "JSON" in answer.json()["detail"]


def test_a_second_credential_of_that_name_is_refused(api):
    assert api.post("/api/profiles/", new(), format="json").status_code == 201
    answer = api.post("/api/profiles/", new(), format="json")
    assert answer.status_code == 400
    assert "another credential of this name" in answer.json()["errors"]["name"][0]


def test_parts_of_a_credential_change_by_themselves(api, alice):
    profile = made(ProfileFactory, alice, verdict="valid")
    path = f"/api/profiles/{profile.pk}/"
    assert api.patch(path, {"name": "Team"}, format="json").json()["verdict"] == "valid"
    answer = api.patch(path, {"credentials": {"api_key": KEY[::-1]}}, format="json")
    assert (answer.json()["verdict"], answer.json()["name"]) == ("untested", "Team")
    assert api.patch(path, {"platform": "twitch"}, format="json").status_code == 400
    assert api.put(path, new(), format="json").status_code == 405


@both_connections
def test_a_refused_change_changes_nothing(api, alice):
    profile = made(ProfileFactory, alice)
    made(ProfileFactory, alice, name="Taken")
    change = {"name": "Taken", "credentials": {"api_key": KEY[::-1]}}
    assert api.patch(f"/api/profiles/{profile.pk}/", change, format="json").status_code == 400
    with tenant(alice.pk):
        profile.refresh_from_db()
        assert sealing.unseal(profile) == {"api_key": KEY}


def test_a_deleted_credential_is_gone(api, alice):
    profile = made(ProfileFactory, alice)
    assert api.delete(f"/api/profiles/{profile.pk}/").status_code == 204
    assert api.get(f"/api/profiles/{profile.pk}/").status_code == 404


def test_the_doctor_answers_in_words(api, alice, platforms):
    platforms({"items": []})
    profile = made(ProfileFactory, alice, simulated=True)
    answer = api.post(f"/api/profiles/{profile.pk}/test/")
    assert answer.json()["verdict"] == "valid"
    assert answer.json()["sentence"] == "YouTube accepts this credential."
    assert api.get(f"/api/profiles/{profile.pk}/").json()["verdict"] == "valid"
    for _ in range(9):
        api.post(f"/api/profiles/{profile.pk}/test/")
    limited = api.post(f"/api/profiles/{profile.pk}/test/")
    assert limited.status_code == 429
    assert int(limited["Retry-After"]) > 0


@pytest.mark.parametrize("verb", ["get", "patch", "delete"])
def test_anothers_credential_is_not_there(api, bob, verb):
    profile = made(ProfileFactory, bob)
    answer = getattr(api, verb)(f"/api/profiles/{profile.pk}/")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert api.get("/api/profiles/").json()["results"] == []
    assert api.post(f"/api/profiles/{profile.pk}/test/").status_code == 404


@pytest.mark.parametrize("path", ["profiles/", "profiles/1/", "youtube/", "youtube/1/items/"])
def test_strangers_get_nothing(db, path):
    answer = APIClient().get(f"/api/{path}")
    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"


def test_a_session_alone_does_not_write_without_its_token(alice):
    forged = APIClient(enforce_csrf_checks=True)
    forged.force_login(alice)
    assert forged.post("/api/profiles/", new(), format="json").status_code == 403


def test_an_account_is_watched_by_its_name(api, alice, platforms):
    platforms({"items": [CHANNEL]})
    profile = made(ProfileFactory, alice, simulated=True)
    sent = {"handle": "https://www.youtube.com/@trailhead", "profile": profile.pk}
    answer = api.post("/api/youtube/", sent, format="json")
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["external_id"], told["title"]) == (CHANNEL["id"], "Trailhead Kitchen")
    assert told["audience"] == 94_100
    with tenant(alice.pk):
        assert Entity.objects.count() == EntityName.objects.count() == 1
        assert EntitySnapshot.objects.get().audience == 94_100
    assert api.get(f"/api/youtube/{told['id']}/").json() == told
    assert api.post("/api/youtube/", sent, format="json").status_code == 200, "watched already"
    assert api.get(f"/api/twitch/{told['id']}/").status_code == 404


# DRF would roll back the transaction that a test stands in.
@both_connections
def test_what_is_no_name_or_nobodys_is_refused(api, alice, bob, platforms):
    platforms({"items": []})
    mine = made(ProfileFactory, alice, simulated=True)
    bobs = made(ProfileFactory, bob, simulated=True)
    of_twitch = made(ProfileFactory, alice, platform="twitch")
    for sent, field in (
        ({"handle": "not a name at all", "profile": mine.pk}, "handle"),
        ({"handle": "@nobody", "profile": mine.pk}, "handle"),
        ({"handle": "@nobody", "profile": bobs.pk}, "profile"),
        ({"handle": "@nobody", "profile": of_twitch.pk}, "profile"),
        ({"handle": "@nobody"}, "profile"),
    ):
        answer = api.post("/api/youtube/", sent, format="json")
        assert answer.status_code == 400, sent
        assert field in answer.json()["errors"], sent


@pytest.mark.parametrize(
    ("reason", "answered"),
    [("quotaExceeded", 429), ("accessNotConfigured", 409), ("backendError", 502)],
)
def test_what_a_platform_refuses_is_told(api, alice, platforms, reason, answered):
    status = 503 if answered == 502 else 403
    platforms({"error": {"code": status, "errors": [{"reason": reason}]}}, status)
    profile = made(ProfileFactory, alice, simulated=True)
    sent = {"handle": "@trailhead", "profile": profile.pk}
    answer = api.post("/api/youtube/", sent, format="json")
    assert answer.status_code == answered, answer.text
    assert answer.json()["detail"].endswith(".")
    assert ("Retry-After" in answer) == (answered == 429)


def test_items_come_from_new_to_old_without_gap_or_repetition(api, alice):
    entity = made(EntityFactory, alice)
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    for number in range(25):
        published = moment - timedelta(hours=number // 3)  # several at one moment
        made(
            Video.objects.create, alice, entity=entity, external_id=f"v{number:02d}",
            published_at=published, first_seen_at=moment, last_seen_at=moment, view_count=number,
        )  # fmt: skip
    seen, path = [], f"/api/youtube/{entity.pk}/items/?limit=7"
    while path:
        page = api.get(path).json()
        seen += page["results"]
        path = page["next"]
    assert len(seen) == len({item["external_id"] for item in seen}) == 25
    moments = [item["published_at"] for item in seen]
    assert moments == sorted(moments, reverse=True)
    assert {"view_count", "like_count", "figures_at"} <= set(seen[0])
    assert not {"owner", "entity"} & set(seen[0])
    assert seen[0]["like_count"] is None


def test_a_torn_cursor_is_the_callers_mistake(api, alice):
    entity = made(EntityFactory, alice)
    answer = api.get(f"/api/youtube/{entity.pk}/items/?cursor=torn")
    assert answer.status_code == 400
    assert "cursor" in answer.json()["errors"]


def test_anothers_items_are_not_there(api, bob):
    entity = made(EntityFactory, bob)
    assert api.get(f"/api/youtube/{entity.pk}/items/").status_code == 404
    assert api.get(f"/api/youtube/{entity.pk}/").status_code == 404
    assert api.get("/api/youtube/").json()["results"] == []


def test_another_word_is_no_platform(api):
    assert api.get("/api/myspace/").status_code == 404
