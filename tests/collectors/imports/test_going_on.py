"""Imports that are cut off, go on, are cancelled and taken back."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection

from accounts.tenancy import acting_for, tenant
from collectors.imports import jobs, work
from collectors.models import Import
from platforms.models import Entity
from platforms.youtube.models import Video, VideoSnapshot
from tests.collectors.imports.conftest import (
    FILE,
    counts,
    finish,
    fresh,
    many,
    packed,
    problems,
    save,
    stored,
)

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
DAY = datetime(2020, 5, 1, tzinfo=UTC)


def test_a_killed_worker_is_followed_by_another_and_nothing_is_doubled(bring, alice):
    job = bring(many(2500, bad={5, 1700}), read_at=DAY)

    class Killed(Exception):
        pass

    def kill(_job, records, _share):
        if records == 1000:
            raise Killed

    with acting_for(alice.pk), pytest.raises(Killed):
        work.run(job.pk, tell=kill)
    with tenant(alice.pk):  # as a killed worker leaves it: running, until its lease is over
        Import.objects.update(status="running", lease_until=datetime(2020, 1, 1, tzinfo=UTC))
    assert fresh(job).position == 1000
    job = finish(job)
    assert (job.status, job.position, counts(job)) == ("done", 2502 - 2, (2498, 0, 0, 0, 2))
    assert [line for line, _, _ in problems(job)] == [7, 1702]
    assert len(stored(alice, Video, "external_id")) == 2498


def test_a_slice_ends_and_the_next_one_goes_on(bring, alice):
    job = bring(many(2100), read_at=DAY)
    with acting_for(alice.pk):
        assert work.run(job.pk, seconds=0.0)
        assert fresh(job).status == "queued"
        assert work.run(job.pk, seconds=0.0)
        assert work.run(job.pk, seconds=60.0) is False
    assert counts(fresh(job)) == (2100, 0, 0, 0, 0)


def test_a_worker_that_lost_its_lease_stores_nothing(bring, alice):
    job = bring(many(2100), read_at=DAY)

    def be_late(late, _records, _share):
        with tenant(alice.pk):
            Import.objects.update(run_token=late.run_token + 1)

    with acting_for(alice.pk):
        work.run(job.pk, tell=be_late)
    assert (fresh(job).position, fresh(job).status) == (1000, "running")
    assert len(stored(alice, Video, "external_id")) == 1000


def test_two_workers_at_once_work_once(bring, alice):
    job = bring(FILE, read_at=DAY)
    seen = []

    def second(_job, _records, _share):
        seen.append(work.run(job.pk))

    with acting_for(alice.pk):
        work.run(job.pk, tell=second)
        work.run(job.pk)
    assert (seen, counts(fresh(job))) == ([False], (20, 0, 0, 0, 0))


def test_cancelling_stops_and_keeps_what_is_stored(bring, alice):
    job = bring(many(2100), read_at=DAY)

    def stop(_job, _records, _share):
        assert jobs.cancel(job)

    with acting_for(alice.pk):
        work.run(job.pk, tell=stop)
    assert (fresh(job).status, fresh(job).stored_as) == ("cancelled", "")
    assert len(stored(alice, Video, "external_id")) == 1000


def test_a_file_that_breaks_off_keeps_what_came_before_and_goes_on_later(bring, done, alice):
    job = finish(bring(packed(many(2500))[:-9], read_at=DAY))
    assert (job.status, job.error_text[:26]) == ("failed", "The packed file is damaged")
    assert job.created in {2000, 2500}
    assert done(many(2500), read_at=DAY).created == 2500 - job.created


def test_what_an_import_made_is_taken_back_but_not_what_was_seen_since(done, alice, channel):
    job = done(FILE, read_at=DAY)
    row = {"account": channel.external_id, "external_id": "video000003", "view_count": 5}
    save(alice, [row], slot=datetime(2027, 1, 1, tzinfo=UTC))
    with acting_for(alice.pk):
        assert jobs.undo(job) == 19
        assert jobs.undo(job) == 0
    assert stored(alice, Video, "external_id") == [("video000003",)]
    assert len(stored(alice, VideoSnapshot, "taken_at")) == 2
    assert (fresh(job).status, fresh(job).removed) == ("undone", 19)


def test_sources_that_an_import_made_go_with_it(done, alice):
    text = "id,created_utc,subreddit\n1x,1300000000,rust\n"
    job = done(text, entity=None, platform="reddit", read_at=DAY, make_sources=True)
    with acting_for(alice.pk):
        assert jobs.undo(job) == 1
    with tenant(alice.pk):
        assert not Entity.objects.filter(platform="reddit").exists()


def test_a_start_that_nobody_heard_is_rung_for_again_and_old_uploads_go(bring, alice):
    job = bring(FILE, read_at=DAY)
    stale = bring(FILE, begin=False)
    os.utime(stale.stored_as, (0, 0))
    Path(stale.stored_as).with_name("gone").symlink_to("nowhere")  # as one that another deletes
    with connection.cursor() as cursor:
        cursor.execute("UPDATE imports SET lease_until = now() - interval '1 hour'")
    jobs.sweep()
    assert Path(job.stored_as).exists()
    assert not Path(stale.stored_as).exists()
