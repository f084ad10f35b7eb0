"""What a person does with monitors: run, pause, resume, change, stop, and take it back."""

import re

import pytest

from accounts.tenancy import tenant
from collectors.models import JobExecution, MonitoringJob
from platforms.models import Entity
from tests.factories.collectors import JobFactory
from tests.factories.platforms import EntityFactory, ProfileFactory

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def jobs(watch, alice):
    return watch(alice, 3)


def do(page, action, jobs, *, query="", headers=None, **fields):
    sent = {"do": action, "job": [job.pk for job in jobs], **fields}
    return page.post(f"/monitors/do/{query}", sent, headers=headers)


def now(jobs):
    with tenant(jobs[0].owner_id):
        return list(MonitoringJob.objects.filter(pk__in=[j.pk for j in jobs]).order_by("pk"))


def test_run_now_queues_one_run_each_and_says_so(page, jobs, alice):
    answer = do(page, "run", jobs[:2], headers=PART)
    assert "Collecting 2 sources" in answer.text
    assert 'href="/runs/">View runs' in answer.text
    with tenant(alice.pk):
        runs = JobExecution.objects.filter(status="queued", asked_by_person=True)
        assert {run.job_id for run in runs} == {job.pk for job in jobs[:2]}
    again = do(page, "run", jobs[:2], headers=PART)
    assert "Already collecting" in again.text


def test_pause_can_be_undone_for_those_that_ran(page, jobs):
    do(page, "pause", jobs[:1])
    answer = do(page, "pause", jobs, headers=PART)
    assert "2 monitors paused" in answer.text
    assert {job.pause_reason for job in now(jobs)} == {"by_person"}
    undo = re.search(r'<hx-partial hx-target="#toasts".*', answer.text, re.DOTALL)[0]
    fields = dict(re.findall(r'type="hidden" name="(do|job)" value="([\w,]+)"', undo))
    assert fields == {"do": "resume", "job": f"{jobs[1].pk},{jobs[2].pk}"}
    page.post("/monitors/do/", fields)
    assert [job.pause_reason for job in now(jobs)] == ["by_person", "", ""]


def test_without_htmx_the_answer_leads_back_with_a_message(page, jobs):
    answer = do(page, "pause", jobs[:1], query="?state=scheduled&q=a")
    assert answer.url == "/monitors/?state=scheduled&q=a"
    assert "1 monitor paused" in page.get("/monitors/").text
    source = f"/sources/{jobs[1].entity_id}/settings/"
    assert do(page, "pause", jobs[1:2], back=source).url == source
    for back in ("https://evil.example/", "//evil.example/", "monitor", "run", "javascript:x"):
        assert do(page, "resume", jobs[:1], back=back).url == "/monitors/"


def test_the_answer_shows_the_table_as_it_was_narrowed(page, jobs, alice):
    with tenant(alice.pk):
        Entity.objects.filter(pk=jobs[0].entity_id).update(title="Trailhead Kitchen")
    answer = do(page, "pause", jobs, query="?q=kitchen", headers=PART)
    assert answer.text.count("<tr id=") == 1
    assert "Paused" in answer.text


def test_stopping_asks_first_and_names_what_stays(page, jobs, alice):
    with tenant(alice.pk):
        Entity.objects.filter(pk=jobs[0].entity_id).update(title="Trailhead Kitchen")
    one = do(page, "stop", jobs[:1], headers=PART)
    assert one["HX-Retarget"] == "#layer"
    assert "Stop monitoring Trailhead Kitchen?" in one.text
    assert "No posts were found yet." in one.text
    many = do(page, "stop", jobs)
    assert "Stop monitoring 3 sources?" in many.text
    assert "<html" in many.text
    assert len(now(jobs)) == 3


def test_stopping_keeps_the_sources_and_can_be_undone(page, jobs, alice):
    with tenant(alice.pk):
        MonitoringJob.objects.filter(pk=jobs[0].pk).update(interval_minutes=90, adaptive=True)
    answer = do(page, "stop", jobs[:2], sure="yes", headers=PART)
    assert "2 sources no longer monitored" in answer.text
    assert [job.pk for job in now(jobs)] == [jobs[2].pk]
    with tenant(alice.pk):
        assert Entity.objects.count() == 3
    token = re.search(r'name="again" value="([^"]+)"', answer.text)[1]
    again = page.post("/monitors/do/", {"do": "start_again", "again": token}, headers=PART)
    assert "2 sources monitored again" in again.text
    with tenant(alice.pk):
        revived = MonitoringJob.objects.get(entity=jobs[0].entity_id)
    assert (revived.interval_minutes, revived.adaptive) == (90, True)


def test_an_undo_that_was_tampered_with_starts_nothing(page, jobs, alice, bob):
    answer = do(page, "stop", jobs, sure="yes", headers=PART)
    token = re.search(r'name="again" value="([^"]+)"', answer.text)[1]
    forged = page.post("/monitors/do/", {"do": "start_again", "again": token[:-2] + "xx"})
    assert forged.status_code == 302
    assert "Too late to undo" in page.get("/monitors/").text
    page.force_login(bob)
    page.post("/monitors/do/", {"do": "start_again", "again": token})
    for person in (alice, bob):
        with tenant(person.pk):
            assert not MonitoringJob.objects.exists()


def test_the_interval_of_many_is_changed_within_what_all_platforms_allow(page, alice):
    with tenant(alice.pk):
        jobs = [
            JobFactory(entity=EntityFactory(owner=alice, platform=slug), interval_minutes=60)
            for slug in ("youtube", "twitch")
        ]
    asked = do(page, "interval", jobs, headers=PART)
    assert asked["HX-Retarget"] == "#layer"
    assert re.findall(r'<option value="(\d+)"', asked.text) == ["60", "90", "120"]
    refused = do(page, "interval", jobs, sure="yes", minutes=15, headers=PART)
    assert refused.status_code == 422
    assert "Select a valid choice" in refused.text
    done = do(page, "interval", jobs, sure="yes", minutes=120, adaptive="on", headers=PART)
    assert "2 monitors changed" in done.text
    assert "Every 2 hours now." in done.text
    assert {(job.interval_minutes, job.adaptive) for job in now(jobs)} == {(120, True)}


def test_a_change_shows_its_cost_and_is_refused_above_the_cap(page, alice):
    with tenant(alice.pk):
        key = ProfileFactory(owner=alice, name="Main key", daily_units=1)
        job = JobFactory(
            entity=EntityFactory(owner=alice, profile=key),
            interval_minutes=120, every_seconds=7200,
        )  # fmt: skip
    looked = do(page, "interval", [job], sure="yes", minutes=60, look="yes", headers=PART)
    assert "Main key would need" in looked.text
    assert now([job])[0].interval_minutes == 120
    refused = do(page, "interval", [job], sure="yes", minutes=60, headers=PART)
    assert refused.status_code == 422
    assert now([job])[0].interval_minutes == 120


def test_what_is_anothers_is_not_there_and_stays_as_it_is(page, watch, alice, bob):
    own, foreign = watch(alice), watch(bob)
    for action in ("run", "pause", "resume", "stop", "interval"):
        assert do(page, action, foreign, sure="yes", minutes=120).status_code == 404
    do(page, "pause", own + foreign)
    assert now(own)[0].pause_reason == "by_person"
    assert now(foreign)[0].pause_reason == ""


def test_an_action_without_monitors_or_without_a_name_changes_nothing(page, jobs):
    assert "No monitor was chosen" in do(page, "stop", [], headers=PART).text
    assert do(page, "explode", jobs).status_code == 400
    assert page.post("/monitors/do/", {"do": "pause", "job": "1 OR 1=1"}).status_code == 302
    assert page.get("/monitors/do/").status_code == 405
    assert [job.pause_reason for job in now(jobs)] == ["", "", ""]


@pytest.fixture
def many(alice):
    """More monitors of hers than a page of the table shows, and than a form may have fields."""
    with tenant(alice.pk):
        entities = Entity.objects.bulk_create(
            Entity(owner=alice, platform="youtube", external_id=f"UC{n}", handle=f"@many{n:04}")
            for n in range(1100)
        )
        return MonitoringJob.objects.bulk_create(
            MonitoringJob(
                owner=alice,
                entity=entity,
                platform="youtube",
                interval_minutes=60,
                every_seconds=3600,
            )
            for entity in entities
        )


def test_all_that_match_are_changed_however_many(page, many, jobs, alice, watch, bob):
    foreign = watch(bob)
    assert "All 1100 that match" in page.get("/monitors/?q=many").text
    answer = do(page, "pause", many[:1], query="?q=many", all="yes", headers=PART)
    assert "1100 monitors paused" in answer.text
    assert {job.pause_reason for job in now(many)} == {"by_person"}
    assert {job.pause_reason for job in now(jobs) + now(foreign)} == {""}
    undo = re.search(r'name="job" value="(\d+,[\d,]+)"', answer.text)[1]
    back = page.post("/monitors/do/", {"do": "resume", "job": undo}, headers=PART)
    assert "1100 monitors resumed" in back.text


def test_all_of_a_state_are_stopped_after_a_question_and_no_others(page, many, alice):
    do(page, "pause", many[:700:100])
    asked = do(page, "stop", [], query="?state=paused", all="yes", headers=PART)
    assert "Stop monitoring 7 sources?" in asked.text
    chosen = re.search(r'name="job" value="([\d,]+)"', asked.text)[1]
    sent = {"do": "stop", "sure": "yes", "job": chosen}
    answer = page.post("/monitors/do/?state=paused", sent, headers=PART)
    assert "7 sources no longer monitored" in answer.text
    with tenant(alice.pk):
        assert MonitoringJob.objects.count() == 1093


def test_what_fits_on_one_page_needs_no_offer_of_all(page, jobs):
    assert "that match" not in page.get("/monitors/").text
    none = do(page, "pause", [], query="?q=nothing-like-this", all="yes", headers=PART)
    assert "No monitor was chosen" in none.text
