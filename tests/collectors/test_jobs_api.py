"""The API of jobs and their runs: the pages' twin."""

from datetime import UTC, datetime, timedelta

import pytest
from rest_framework.test import APIClient

from accounts.tenancy import system, tenant
from collectors import schedule
from collectors.models import JobExecution, MonitoringJob
from platforms.models import Entity
from tests.factories.platforms import entity_of

pytestmark = pytest.mark.django_db


def jobs(person):
    with tenant(person.pk):
        return list(MonitoringJob.objects.order_by("pk"))


def claim():
    with system():
        schedule.claim(100)


def post(api, path, **content):
    return api.post(f"/api/jobs/{path}", content, format="json")


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["results"]]


# --- Lists -------------------------------------------------------------------------------------
def test_a_job_tells_what_it_is_and_how_it_stands(api, alice, watch):
    (job,) = watch(alice, entity__title="Trailhead Kitchen", interval_minutes=90)
    told = api.get(f"/api/jobs/{job.pk}/").json()
    assert (told["id"], told["entity"], told["platform"]) == (job.pk, job.entity_id, "youtube")
    assert (told["handle"], told["title"]) == (job.entity.handle, "Trailhead Kitchen")
    assert (told["status"], told["pause_reason"], told["failures"]) == ("waiting", "", 0)
    assert (told["interval_minutes"], told["every_seconds"], told["adaptive"]) == (90, 5400, False)
    assert datetime.fromisoformat(told["next_run_at"]) == job.next_run_at
    assert "owner" not in told


def test_jobs_are_listed_by_platform_status_and_entity(api, alice, bob, watch):
    (running,) = watch(alice, entity__platform="reddit")
    claim()
    later = datetime.now(UTC) + timedelta(hours=1)
    (waiting,) = watch(alice, next_run_at=later)
    (paused,) = watch(alice, next_run_at=None, pause_reason="credit")
    watch(bob)
    found = {
        "": [paused, waiting, running],
        "?platform=reddit": [running],
        "?platform=youtube": [paused, waiting],
        "?status=running": [running],
        "?status=waiting": [waiting],
        "?status=paused": [paused],
        f"?entity={waiting.entity_id}": [waiting],
        f"?entity={waiting.entity_id}&status=paused": [],
        f"?entity={2**70}": [],
    }
    for query, expected in found.items():
        assert ids(api.get(f"/api/jobs/{query}")) == [job.pk for job in expected], query


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ("platform=myspace", "platform", "not a valid choice"),
        ("status=%00", "status", "not a valid choice"),
        ("entity=x", "entity", "valid integer"),
        ("cursor=torn", "cursor", "links of the page before"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_in_a_sentence(api, query, field, sentence):
    for path in ("/api/jobs/", "/api/executions/"):
        answer = api.get(f"{path}?{query}")
        assert answer.status_code == 400
        assert sentence in answer.json()["errors"][field][0]


def test_long_lists_come_in_pages_without_a_row_twice(api, alice, watch):
    made = watch(alice, 5)
    claim()
    for path, expected in (("jobs", [job.pk for job in reversed(made)]), ("executions", None)):
        first = api.get(f"/api/{path}/?limit=3")
        rest = api.get(first.json()["next"])
        assert rest.json()["next"] is None
        found = ids(first) + ids(rest)
        assert len(set(found)) == 5
        assert expected in (None, found)


# --- Start, change, stop -----------------------------------------------------------------------
def test_an_entity_is_started_once(api, alice):
    entity = entity_of(alice)
    first = post(api, "", entity=entity.pk, interval_minutes=60)
    assert first.status_code == 201
    assert first.json()["entity"] == entity.pk
    again = post(api, "", entity=entity.pk, interval_minutes=90, adaptive=True)
    assert again.status_code == 200
    assert again.json()["id"] == first.json()["id"]
    (job,) = jobs(alice)
    assert (job.interval_minutes, job.adaptive) == (90, True)


@pytest.mark.parametrize(
    ("content", "field", "sentence"),
    [
        ({}, "entity", "required"),
        ({"entity": 0}, "entity", "does not exist"),
        ({"entity": "x"}, "entity", "Incorrect type"),
        ({"interval_minutes": 59}, "interval_minutes", "Choose 60 to 120 minutes for YouTube."),
        ({"interval_minutes": "x"}, "interval_minutes", "valid integer"),
        ({"interval_minutes": 10**30}, "interval_minutes", "less than or equal"),
        ({"adaptive": "perhaps"}, "adaptive", "valid boolean"),
    ],
)
def test_a_start_that_cannot_be_is_refused_in_a_sentence(api, alice, content, field, sentence):
    entity = entity_of(alice)
    whole = {"entity": entity.pk, "interval_minutes": 60, **content} if content else {}
    answer = post(api, "", **whole)
    assert answer.status_code == 400
    assert sentence in answer.json()["errors"][field][0]
    assert jobs(alice) == []


def test_another_person_s_entity_cannot_be_started(api, alice, bob):
    answer = post(api, "", entity=entity_of(bob).pk, interval_minutes=60)
    assert answer.status_code == 400
    assert "does not exist" in answer.json()["errors"]["entity"][0]
    assert jobs(bob) == []


def test_parts_of_a_job_change_by_themselves(api, alice, watch):
    (job,) = watch(alice)
    path = f"/api/jobs/{job.pk}/"
    told = api.patch(path, {"adaptive": True}, format="json").json()
    assert (told["interval_minutes"], told["adaptive"]) == (60, True)
    told = api.patch(path, {"interval_minutes": 120}, format="json").json()
    assert (told["interval_minutes"], told["adaptive"]) == (120, True)
    refused = api.patch(path, {"interval_minutes": 15}, format="json")
    assert refused.status_code == 400
    assert "Choose 60 to 120" in refused.json()["errors"]["interval_minutes"][0]
    assert jobs(alice)[0].interval_minutes == 120


def test_a_deleted_job_is_gone_and_its_entity_stays(api, alice, watch):
    (job,) = watch(alice)
    assert api.delete(f"/api/jobs/{job.pk}/").status_code == 204
    assert api.delete(f"/api/jobs/{job.pk}/").status_code == 404
    assert jobs(alice) == []
    with tenant(alice.pk):
        assert Entity.objects.count() == 1


# --- Pause, resume, run now --------------------------------------------------------------------
def test_one_job_is_paused_resumed_and_run(api, alice, watch):
    (job,) = watch(alice)
    for _ in range(2):
        told = post(api, f"{job.pk}/pause/").json()
        assert (told["status"], told["pause_reason"]) == ("paused", "by_person")
        assert told["next_run_at"] is None
    for _ in range(2):
        told = post(api, f"{job.pk}/resume/").json()
        assert (told["status"], told["pause_reason"]) == ("waiting", "")
    for _ in range(2):
        assert post(api, f"{job.pk}/run/").json()["status"] == "running"
    (run,) = api.get(f"/api/jobs/{job.pk}/executions/").json()["results"]
    assert (run["status"], run["asked_by_person"]) == ("queued", True)


def test_looking_does_nothing(api, alice, watch):
    (job,) = watch(alice)
    for action in ("pause", "resume", "run"):
        assert api.get(f"/api/jobs/{job.pk}/{action}/").status_code == 405
    assert api.get("/api/jobs/bulk/").status_code == 405
    assert jobs(alice)[0].pause_reason == ""


# --- Many at once ------------------------------------------------------------------------------
def test_many_jobs_are_named_or_all_are_meant(api, alice, bob, watch):
    made = watch(alice, 3)
    watch(bob)
    two = [job.pk for job in made[:2]]
    assert post(api, "bulk/", ids=two, action="pause").json() == {"changed": 2}
    assert post(api, "bulk/", ids="all", action="pause").json() == {"changed": 1}
    assert post(api, "bulk/", ids="all", action="resume").json() == {"changed": 3}
    change = {"action": "change", "interval_minutes": 120, "adaptive": True}
    assert post(api, "bulk/", ids="all", **change).json() == {"changed": 3}
    assert post(api, "bulk/", ids=two[:1], action="run").json() == {"changed": 1}
    assert post(api, "bulk/", ids=two, action="stop").json() == {"changed": 2}
    assert [job.interval_minutes for job in jobs(alice)] == [120]
    assert jobs(bob)[0].interval_minutes == 60


@pytest.mark.parametrize(
    ("content", "field", "sentence"),
    [
        ({"ids": "some"}, "ids", "up to 1,000 ids"),
        ({"ids": ["1"]}, "ids", "up to 1,000 ids"),
        ({"ids": [True]}, "ids", "up to 1,000 ids"),
        ({"ids": [2**70]}, "ids", "up to 1,000 ids"),
        ({"ids": list(range(1, 1002))}, "ids", "up to 1,000 ids"),
        ({"ids": None}, "ids", "may not be null"),
        ({"action": "dance"}, "action", "not a valid choice"),
        ({"action": "change"}, "interval_minutes", "Say how often."),
        ({"action": "change", "interval_minutes": 15}, "interval_minutes", "Choose 60 to 120"),
    ],
)
def test_a_bulk_action_that_cannot_be_is_refused_whole(api, alice, watch, content, field, sentence):
    watch(alice)
    answer = post(api, "bulk/", **{"ids": "all", "action": "pause", **content})
    assert answer.status_code == 400
    assert sentence in answer.json()["errors"][field][0]
    assert jobs(alice)[0].pause_reason == ""


def test_one_foreign_id_among_many_is_not_found_and_nothing_changes(api, alice, bob, watch):
    (own,), (foreign,) = watch(alice), watch(bob)
    answer = post(api, "bulk/", ids=[own.pk, foreign.pk], action="pause")
    assert answer.status_code == 404
    assert jobs(alice)[0].pause_reason == jobs(bob)[0].pause_reason == ""


# --- Runs --------------------------------------------------------------------------------------
def test_a_run_tells_what_it_did_and_what_it_cost(api, alice, watch):
    (job,) = watch(alice)
    claim()
    end = datetime.now(UTC)
    with tenant(alice.pk):
        JobExecution.objects.update(
            status="success", started_at=end - timedelta(seconds=2.5), completed_at=end,
            created=3, changed=2, unchanged=1, calls=0.5, units=1.5, microdollars=5000,
        )  # fmt: skip
    (run,) = api.get("/api/executions/").json()["results"]
    assert run == api.get(f"/api/executions/{run['id']}/").json()
    assert (run["job"], run["entity"], run["platform"]) == (job.pk, job.entity_id, "youtube")
    assert (run["status"], run["seconds"], run["attempt"]) == ("success", 2.5, 1)
    assert (run["created"], run["changed"], run["unchanged"]) == (3, 2, 1)
    assert (run["calls"], run["units"], run["microdollars"]) == (0.5, 1.5, 5000)


def test_runs_are_listed_by_platform_status_entity_and_job(api, alice, bob, watch):
    (one,), (two,) = watch(alice), watch(alice, entity__platform="reddit")
    watch(bob)
    claim()
    with tenant(alice.pk):
        JobExecution.objects.filter(job=two).update(status="failed")
    found = {
        "": 2,
        "?platform=reddit": 1,
        "?status=failed": 1,
        "?status=queued": 1,
        f"?entity={one.entity_id}": 1,
        f"?job={two.pk}&status=queued": 0,
    }
    for query, count in found.items():
        assert len(ids(api.get(f"/api/executions/{query}"))) == count, query
    assert len(ids(api.get(f"/api/jobs/{one.pk}/executions/"))) == 1


# --- Other people's ----------------------------------------------------------------------------
def test_what_belongs_to_somebody_else_is_not_there(api, alice, bob, watch):
    (job,) = watch(bob)
    claim()
    with tenant(bob.pk):
        run = JobExecution.objects.get()
    for path in (f"jobs/{job.pk}/", f"jobs/{job.pk}/executions/", f"executions/{run.pk}/"):
        assert api.get(f"/api/{path}").status_code == 404, path
        assert api.get(f"/api/{path.replace(str(job.pk), '9' * 30)}").status_code == 404
    assert api.patch(f"/api/jobs/{job.pk}/", {"adaptive": True}, format="json").status_code == 404
    assert api.delete(f"/api/jobs/{job.pk}/").status_code == 404
    for action in ("pause", "resume", "run"):
        assert post(api, f"{job.pk}/{action}/").status_code == 404
    assert ids(api.get("/api/jobs/")) == ids(api.get("/api/executions/")) == []
    with tenant(bob.pk):
        assert MonitoringJob.objects.values().get()["pause_reason"] == ""


def test_a_visitor_is_asked_to_sign_in(db):
    for path in ("jobs/", "executions/", "jobs/1/", "jobs/1/executions/"):
        assert APIClient().get(f"/api/{path}").status_code == 403
