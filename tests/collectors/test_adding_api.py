"""The API twin of "Add monitors"."""

import pytest
from rest_framework.test import APIClient

from accounts.tenancy import tenant
from collectors.models import MonitoringJob
from platforms.models import ApiProfile
from tests.factories.platforms import EntityFactory, ProfileFactory

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def ask(api, what, key, text, **more):
    given = {"profile": key.pk, "text": text, **more}
    return api.post(f"/api/jobs/{what}/", given, format="json")


def test_a_preview_tells_what_would_be_added_and_what_it_costs(api, key, names, alice):
    text = f"{names[0]}, @nobodyhere99"
    answer = ask(api, "preview", key, text, interval_minutes=60)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["platform"], told["new"], told["waiting"], told["calls"]) == ("youtube", 1, 0, 2)
    new, missing = told["lines"]
    assert (new["state"], missing["state"]) == ("new", "unknown")
    assert new["external_id"].startswith("UC")
    assert new["audience"] is not None
    assert (missing["external_id"], missing["audience"]) == (None, None)
    assert told["forecast"]["fits"] is True
    assert "Main key would use" in told["forecast"]["sentence"]
    again = ask(api, "preview", key, text).json()
    assert (again["calls"], again["forecast"]) == (0, None)
    with tenant(alice.pk):
        assert not MonitoringJob.objects.exists()


def test_what_is_new_is_added_once(api, key, names, alice):
    text = "\n".join([*names, "!!a!!"])
    answer = ask(api, "add", key, text, interval_minutes=90, adaptive=True)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["added"] == len(told["jobs"]) == 3
    assert [line["word"] for line in told["lines"]] == ["New"] * 3 + ["Not a channel"]
    with tenant(alice.pk):
        kept = MonitoringJob.objects.values_list("pk", "interval_minutes", "adaptive")
        assert sorted(kept) == sorted((pk, 90, True) for pk in told["jobs"])
    again = ask(api, "add", key, text, interval_minutes=90)
    assert (again.status_code, again.json()["added"]) == (200, 0)


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"profile": 1.5}, "profile", "A valid integer is required."),
        ({"profile": True}, "profile", "A valid integer is required."),
        ({"profile": 10**30}, "profile", "object does not exist"),
        ({"profile": None}, "profile", "may not be null"),
        ({"text": ""}, "text", "may not be blank"),
        ({"text": ["@one"]}, "text", "Not a valid string"),
        ({"text": "@n " * 201}, "text", "These are 201 names"),
        ({"interval_minutes": 59}, "interval_minutes", "Choose 60 to 120 minutes for YouTube."),
        ({"interval_minutes": 60.5}, "interval_minutes", "A valid integer is required."),
        ({"interval_minutes": None}, "interval_minutes", "may not be null"),
        ({"adaptive": "perhaps"}, "adaptive", "Must be a valid boolean"),
    ],
)
def test_bad_input_is_refused_in_sentences(api, key, changes, field, sentence):
    given = {"profile": key.pk, "text": "@trail", "interval_minutes": 60} | changes
    answer = api.post("/api/jobs/add/", given, format="json")
    assert answer.status_code == 400, answer.text
    assert sentence in str(answer.json()["errors"][field])
    with tenant(key.owner_id):
        assert not MonitoringJob.objects.exists()


def test_the_older_way_to_watch_refuses_a_broken_id_too_and_shares_what_was_found(api, key, names):
    broken = api.post("/api/youtube/", {"handle": names[0], "profile": 1.5}, format="json")
    assert "A valid integer is required." in broken.json()["errors"]["profile"]
    sent = {"handle": names[0], "profile": key.pk}
    assert api.post("/api/youtube/", sent, format="json").status_code == 201
    told = ask(api, "preview", key, names[0]).json()
    assert (told["new"], told["calls"]) == (1, 0), "watched, and not monitored"


def test_what_a_credential_cannot_carry_is_refused(api, key, names, alice):
    with tenant(alice.pk):
        ApiProfile.objects.update(daily_units=10)
    assert (
        ask(api, "preview", key, names[0], interval_minutes=60).json()["forecast"]["fits"] is False
    )
    answer = ask(api, "add", key, names[0], interval_minutes=60)
    assert answer.status_code == 400
    assert "of 10 daily units" in answer.json()["errors"]["interval_minutes"][0]


@pytest.mark.parametrize(("fault", "status"), [("429", 429), ("503", 502), ("garbage", 502)])
def test_what_a_platform_refuses_is_told_and_nothing_is_added(
    api, key, names, board, fault, status
):
    board.faults.order("youtube", fault, times=3)
    answer = ask(api, "add", key, names[0], interval_minutes=60)
    assert answer.status_code == status, answer.text
    assert ("Retry-After" in answer) == (status == 429)
    with tenant(key.owner_id):
        assert not MonitoringJob.objects.exists()


def test_anothers_credential_is_not_there(api, bob, names, board):
    with tenant(bob.pk):
        bobs = ProfileFactory(owner=bob, simulated=True)
    for what in ("preview", "add"):
        answer = ask(api, what, bobs, names[0], interval_minutes=60)
        assert answer.status_code == 400
        assert "object does not exist" in str(answer.json()["errors"]["profile"])


@pytest.mark.parametrize("what", ["preview", "add"])
def test_strangers_get_nothing(db, what):
    assert APIClient().post(f"/api/jobs/{what}/", {}, format="json").status_code == 403


def test_an_imported_history_is_added_by_its_name_before_it_can_be_started(api, alice):
    with tenant(alice.pk):
        history = EntityFactory(owner=alice, external_id="name:@chef")
    answer = api.post("/api/jobs/", {"entity": history.pk, "interval_minutes": 60}, format="json")
    assert answer.status_code == 400
    assert "Add the account by its name." in answer.json()["errors"]["entity"][0]
