"""The table of monitors: what each row says, filters, sorting, pages, and its cost."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tenancy import tenant
from platforms.youtube.models import Video
from tests.factories.collectors import JobFactory, RunFactory
from tests.factories.platforms import EntityFactory, ProfileFactory

NOW = datetime.now(UTC)
PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


def monitor(person, title="Trailhead Kitchen", *, platform="youtube", runs=(), **fields):
    """A monitor, with runs of these statuses, the newest last, an hour apart."""
    entity = {k: fields.pop(k) for k in ("profile", "audience", "state") if k in fields}
    with tenant(person.pk):
        source = EntityFactory(owner=person, title=title, platform=platform, **entity)
        job = JobFactory(entity=source, **fields)
        for age, status in enumerate(reversed(runs)):
            code = {"failed": "unavailable", "rate_limited": "rate_limited"}.get(status, "")
            due = NOW - timedelta(hours=age, minutes=5)
            RunFactory(job=job, status=status, due_at=due, error_code=code)
        return job


def rows(answer):
    """Of each row: its text, one cell a line."""
    found = re.findall(r"<tr id=.*?</tr>", answer.text, re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)) for row in found]


def names(answer):
    return re.findall(r'<a class="name"[^>]*>([^<]+)<', answer.text)


def counts(answer):
    tabs = re.search(r'aria-label="Status".*?</nav>', answer.text, re.DOTALL)[0]
    return {
        word.strip(): int(count)
        for word, count in re.findall(r">([^<]+)<span class=\"count\">(\d+)", tabs)
    }


STATES = {
    "Scheduled": {"runs": ["failed", "success"]},
    "Collecting": {"busy": True},
    "Paused": {"pause_reason": "by_person", "next_run_at": None},
    "Rate limited": {"runs": ["success", "rate_limited"]},
    "Failed": {"pause_reason": "credential", "next_run_at": None},
}


def test_each_state_has_its_pill_tab_and_count(page, alice):
    for word, fields in STATES.items():
        monitor(alice, f"Is {word}", **fields)
    monitor(alice, "Did not answer", failures=1, runs=["failed"])
    monitor(alice, "Was suspended", state="suspended")
    answer = page.get("/monitors/")
    assert counts(answer) == {"All": 7, **dict.fromkeys(STATES, 1), "Failed": 3}
    for row in rows(answer):
        for word in STATES:
            if f"Is {word}" in row:
                assert row.count(word) == 2, "once in its name, once as a pill"
    assert names(page.get("/monitors/?state=rate_limited")) == ["Is Rate limited"]
    assert len(names(page.get("/monitors/?state=failed"))) == 3


def test_a_row_says_what_happened_and_what_comes(page, alice, time_machine):
    time_machine.move_to(NOW + timedelta(seconds=10))
    with tenant(alice.pk):
        key = ProfileFactory(owner=alice, name="Main key")
    job = monitor(
        alice, profile=key, audience=412_600, runs=["failed", "rate_limited", "success"],
        next_run_at=NOW + timedelta(minutes=36),
    )  # fmt: skip
    seen = {"owner": alice, "entity": job.entity, "first_seen_at": NOW, "last_seen_at": NOW}
    with tenant(alice.pk):
        for number, days in enumerate((1, 6, 8)):
            moment = NOW - timedelta(days=days)
            Video.objects.create(external_id=f"v{number}", published_at=moment, **seen)
    (row,) = rows(page.get("/monitors/"))
    for words in (
        "YouTube · Main key", "60 min", "5 min ago", "Nothing new", "in 36 min",
        "1 succeeded, 1 waited for a limit, 1 failed", " 2 413K ",
    ):  # fmt: skip
        assert words in row


def test_a_row_that_needs_a_person_says_so(page, alice):
    monitor(alice, pause_reason="credit", next_run_at=None)
    (row,) = rows(page.get("/monitors/"))
    assert "Needs you : No credit left" in row


def test_a_history_that_is_loaded_is_no_failure(page, alice):
    monitor(alice, pause_reason="history", next_run_at=None)
    answer = page.get("/monitors/")
    assert counts(answer) == {"All": 1, **dict.fromkeys(STATES, 0), "Collecting": 1}
    assert "Needs you" not in answer.text
    assert "count-bad" not in answer.text


def test_a_stretched_interval_shows_what_is_in_effect(page, alice):
    monitor(alice, "Short of units", every_seconds=95 * 60)
    monitor(alice, "Quiet", adaptive=True, every_seconds=120 * 60)
    text = " ".join(rows(page.get("/monitors/")))
    assert "60 min stretched to 95 min" in text
    assert "60 min adapted to 120 min" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=kitchen", ["Trailhead Kitchen"]),
        ("q=KITCHEN+trail", ["Trailhead Kitchen"]),
        ("platform=reddit", ["r/smallboatlife"]),
        ("credential=none", ["r/smallboatlife"]),
        ("platform=youtube&q=life", []),
        ("platform=nonsense&state=nonsense&sort=nonsense&page=x&credential=x", "all"),
        ("q=%00", "all"),
        ("page=999999999", "all"),
    ],
)
def test_filters_narrow_and_nonsense_does_not(page, alice, query, found):
    with tenant(alice.pk):
        key = ProfileFactory(owner=alice)
    monitor(alice, profile=key)
    monitor(alice, "r/smallboatlife", platform="reddit")
    answer = page.get(f"/monitors/?{query}")
    assert names(answer) == (["r/smallboatlife", "Trailhead Kitchen"] if found == "all" else found)
    assert answer.status_code == 200


def test_one_credential_shows_what_it_reads(page, alice):
    with tenant(alice.pk):
        key = ProfileFactory(owner=alice)
    monitor(alice, "With it", profile=key)
    monitor(alice, "Without")
    assert names(page.get(f"/monitors/?credential={key.pk}")) == ["With it"]


def test_nothing_found_offers_to_clear_the_filters(page, alice):
    monitor(alice)
    html = page.get("/monitors/?q=absent").text
    assert "No monitor matches" in html
    assert 'href="/monitors/">Clear filters' in html


def test_no_monitors_yet_leads_to_a_credential_first(page, alice):
    html = page.get("/monitors/").text
    assert "No monitors yet" in html
    assert 'href="/credentials/add/">Connect a credential' in html
    with tenant(alice.pk):
        ProfileFactory(owner=alice)
    assert "Connect a credential" not in page.get("/monitors/").text


def test_every_sort_runs_both_ways(page, alice):
    far, near = NOW + timedelta(hours=3), NOW + timedelta(minutes=9)
    monitor(alice, "A", audience=5, interval_minutes=120, runs=["success"], next_run_at=far)
    monitor(alice, "B", audience=9, runs=["success", "rate_limited"], next_run_at=near)
    monitor(alice, "C", audience=None, interval_minutes=90, busy=True, next_run_at=NOW)
    expected = {
        "name": "ABC", "state": "CBA", "every": "BCA", "next": "CBA", "audience": "ABC",
    }  # fmt: skip
    for sort, order in expected.items():
        assert "".join(names(page.get(f"/monitors/?sort={sort}"))) == order, sort
    assert "".join(names(page.get("/monitors/?sort=-name"))) == "CBA"
    assert "".join(names(page.get("/monitors/?sort=-audience"))) == "BAC", "unknown comes last"
    assert names(page.get("/monitors/?sort=-last"))[-1] == "C", "never ran"
    html = page.get("/monitors/?sort=-last").text
    assert html.count('aria-sort="descending"') == html.count("aria-sort=") == 1


def test_pages_turn_without_gap_or_repetition_and_keep_the_filters(page, alice):
    with tenant(alice.pk):
        for number in range(55):
            JobFactory(entity=EntityFactory(owner=alice, title=f"Channel {number:02}"))
    first = page.get("/monitors/?platform=youtube&sort=-name")
    assert "1–50 of 55" in first.text  # noqa: RUF001
    link = re.search(r'rel="next" href="([^"]+)"', first.text)[1].replace("&amp;", "&")
    second = page.get(link)
    assert "platform=youtube" in link
    assert names(first) + names(second) == [f"Channel {n:02}" for n in range(54, -1, -1)]
    assert 'rel="next"' not in second.text


def test_five_hundred_monitors_cost_no_more_questions_than_fifty(page, alice, watch):
    watch(alice, 60)
    page.get("/monitors/")  # the first request of a session does more
    with CaptureQueriesContext(connection) as few:
        page.get("/monitors/")
    jobs = watch(alice, 440)
    with tenant(alice.pk):
        for job in jobs[:80]:
            RunFactory(job=job)
    with CaptureQueriesContext(connection) as many:
        answer = page.get("/monitors/")
    assert counts(answer)["All"] == 500
    assert len(many) == len(few) <= 25


def test_htmx_gets_the_table_alone(page, alice):
    monitor(alice)
    part = page.get("/monitors/", headers=PART)
    assert "<html" not in part.text
    assert part.text.strip().startswith('<div class="stack" id="monitors"')
    assert {"HX-Request", "HX-Request-Type"} <= set(part["Vary"].replace(" ", "").split(","))
    whole = page.get("/monitors/", headers={**PART, "HX-Request-Type": "full"})
    assert "<html" in whole.text


def test_the_head_counts_sources_platforms_and_what_ran(page, alice):
    monitor(alice, runs=["success"])
    monitor(alice, "r/smallboatlife", platform="reddit")
    text = page.get("/monitors/").text
    assert "2 sources on 2 platforms. 1 ran in the last hour." in text


def test_what_others_monitor_is_not_shown(page, alice, bob):
    monitor(bob, "Of bob", runs=["success"])
    html = page.get("/monitors/").text
    assert "Of bob" not in html
    assert "No monitors yet" in html


def test_the_navigation_counts_monitors_and_what_failed(page, alice, bob):
    for word, fields in STATES.items():
        monitor(alice, word, **fields)
    monitor(alice, "Did not answer", failures=1, runs=["failed"])
    monitor(bob, "Of bob", failures=1)
    html = page.get("/help/").text
    side = re.search(r'<nav class="sidebar".*?</nav>', html, re.DOTALL)[0]
    found = re.findall(r'href="(/\w+/)"[^<]*<svg.*?class="count([^"]*)">(\d+)', side, re.DOTALL)
    assert found == [("/monitors/", "", "6"), ("/runs/", " count-bad", "2")]


def test_strangers_are_asked_to_sign_in(client, db):
    assert client.get("/monitors/")["Location"].startswith("/login/")
