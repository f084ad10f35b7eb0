"""The history of runs, and one run: what happened, what it cost, what to do about it."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from accounts.tenancy import tenant
from collectors.models import JobExecution
from collectors.signs import ADVICE
from platforms.youtube.models import Video
from tests.factories.collectors import RunFactory

NOW = datetime.now(UTC)
PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def job(watch, alice):
    return watch(alice)[0]


def run(job, **fields):
    with tenant(job.owner_id):
        return RunFactory(job=job, **fields)


def shown(answer):
    """Ids of the runs that a page lists."""
    return [int(pk) for pk in re.findall(r'<tr id="run-(\d+)"', answer.text)]


def test_a_line_says_what_was_stored_and_what_it_cost(page, job):
    run(job, created=31, changed=12_400, calls=0.04, units=7, microdollars=15_000)
    row = re.search(r"<tr id=.*?</tr>", page.get("/runs/").text, re.DOTALL)[0]
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row))
    for words in ("Succeeded", "5 min ago", "10.0 s", " 31 ", "12.4K", "0.04", " 7 ", "$0.015"):
        assert words in text


def test_every_status_has_a_word(page, job, watch, alice):
    due = {status: NOW - timedelta(minutes=n) for n, status in enumerate(JobExecution.Status)}
    for status, moment in due.items():
        run(job if status != "running" else watch(alice)[0], status=status, due_at=moment)
    html = page.get("/runs/").text
    words = ("Waiting", "Collecting", "Succeeded", "Partly done", "Failed", "Rate limited")
    for word in (*words, "Skipped", "Lost"):
        assert f"{word}</span>" in html.replace("\n", "")


def test_filters_narrow_by_platform_status_source_and_range(page, job, watch, alice):
    other = watch(alice, entity__platform="reddit", platform="reddit")[0]
    fresh = run(job)
    failed = run(other, status="failed", error_code="gone")
    old = run(job, due_at=NOW - timedelta(days=20))
    assert shown(page.get("/runs/?platform=reddit")) == [failed.pk]
    assert shown(page.get("/runs/?status=failed")) == [failed.pk]
    assert shown(page.get(f"/runs/?source={job.entity_id}")) == [fresh.pk]
    assert shown(page.get(f"/runs/?source={job.entity_id}&days=30")) == [fresh.pk, old.pk]
    assert len(shown(page.get("/runs/?platform=x&status=x&source=x&days=x"))) == 2
    assert "No run matches" in page.get("/runs/?status=lost").text
    assert page.get("/runs/?source=999999").status_code == 404


def test_pages_go_back_in_time_without_gap_or_repetition(page, job):
    for minutes in range(120):
        run(job, due_at=NOW - timedelta(minutes=minutes // 2 * 2), attempt=minutes % 2 + 1)
    seen, answer = [], page.get("/runs/?status=success")
    while True:
        seen += shown(answer)
        older = re.search(r'rel="next" href="([^"]+)"', answer.text)
        if not older:
            break
        answer = page.get(older[1].replace("&amp;", "&"))
    assert len(seen) == len(set(seen)) == 120
    assert page.get("/runs/?before=nonsense").status_code == 404


def test_no_runs_yet_says_what_will_stand_here(page):
    assert "No runs yet" in page.get("/runs/").text


@pytest.mark.parametrize("code", ADVICE)
def test_every_error_says_what_to_do_next(page, job, code):
    failed = run(job, status="failed", error_code=code, error_text="The platform said no.")
    html = page.get(f"/runs/{failed.pk}/").text
    assert ADVICE[code].short in html
    assert "The platform said no." in html
    assert ADVICE[code].next_step in html
    assert f"<code>{code}</code>" in html


def test_an_error_that_nobody_foresaw_is_shown_all_the_same(page, job):
    failed = run(job, status="failed", error_code="odd", error_text="Something odd.")
    assert "Something odd." in page.get(f"/runs/{failed.pk}/").text


def test_a_run_tells_its_times_its_tries_and_the_new_posts(page, job, alice):
    due = NOW - timedelta(minutes=30)
    lost = run(job, status="lost", due_at=due, error_code="lost")
    second = run(
        job, due_at=due, attempt=2, created=1, changed=4, asked_by_person=True,
        started_at=due + timedelta(seconds=95), completed_at=due + timedelta(seconds=120),
    )  # fmt: skip
    with tenant(alice.pk):
        for number, seconds in enumerate((100, 500)):
            moment = due + timedelta(seconds=seconds)
            Video.objects.create(
                owner=alice, entity=job.entity, external_id=f"v{number}", title=f"Video {number}",
                published_at=due, first_seen_at=moment, last_seen_at=moment,
            )  # fmt: skip
    html = page.get(f"/runs/{second.pk}/").text
    for words in ("1 min 35 s", "25.0 s", "Asked by you", "Video 0", "Attempt 2"):
        assert words in html
    assert "Video 1" not in html, "another run found it"
    assert f'href="/runs/{lost.pk}/">Attempt 1' in html
    assert f'href="/sources/{job.entity_id}/"' in html
    assert "Run again" in html


def test_an_open_run_asks_again_and_a_closed_one_does_not(page, job, alice):
    going = run(job, status="running")
    part = page.get(f"/runs/{going.pk}/", headers=PART)
    assert 'data-poll="3"' in part.text
    assert "<html" not in part.text
    assert "Run again" not in part.text
    with tenant(alice.pk):
        JobExecution.objects.filter(pk=going.pk).update(status="success", completed_at=NOW)
    assert "data-poll" not in page.get(f"/runs/{going.pk}/", headers=PART).text


def test_anothers_runs_are_not_there(page, watch, bob):
    foreign = run(watch(bob)[0])
    assert page.get(f"/runs/{foreign.pk}/").status_code == 404
    assert shown(page.get("/runs/")) == []


@pytest.mark.parametrize("path", ["/runs/", "/runs/1/"])
def test_strangers_are_asked_to_sign_in(client, db, path):
    assert client.get(path)["Location"].startswith("/login/")
