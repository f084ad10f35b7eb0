"""Adaptive jobs run often while their account is busy or on air, and rarely while it is quiet."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from accounts.tenancy import tenant
from collectors import pace
from collectors.models import MonitoringJob
from collectors.pace import follow, seconds_for
from platforms import registry

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def job(alice, keys):
    """Makes a job of alice whose account published so many hours ago."""

    def make(slug="twitter", hours=(), *, adaptive=True, live=(), minutes=60):
        keys(alice, slug, 1, minutes=minutes, items=None)
        with tenant(alice.pk):
            job = MonitoringJob.objects.select_related("entity__profile").latest("pk")
            job.adaptive, job.next_run_at = adaptive, NOW + timedelta(minutes=50)
            job.save()
            publish(job, hours, live)
        return job

    return make


def publish(job, hours, live=()):
    model = registry.get(job.platform).content
    for number, ago in enumerate([*hours, *live]):
        at = NOW - timedelta(hours=ago)
        told = {"is_live": number >= len(hours)} if model.DUE is not None else {}
        model.objects.create(
            owner_id=job.owner_id, entity_id=job.entity_id, external_id=f"{job.pk}{number}",
            published_at=at, first_seen_at=at, last_seen_at=at, **told,
        )  # fmt: skip


def after(job, now=NOW):
    """The job after a run."""
    with tenant(job.owner_id), transaction.atomic():
        follow(registry.get(job.platform), [job], now=now)
        return MonitoringJob.objects.select_related("entity__profile").get(pk=job.pk)


def minutes(job):
    return job.every_seconds / 60


def test_a_busy_account_is_read_at_the_platforms_shortest_interval(job):
    found = after(job(hours=range(0, 300, 2)))
    assert found.items_a_day == pytest.approx(12, abs=0.2)
    assert minutes(found) == 30


def test_a_quiet_account_is_read_at_its_longest(job):
    assert minutes(after(job(hours=[200, 400, 900]))) == 120
    assert minutes(after(job(hours=[]))) == 120


def test_between_them_a_few_runs_fall_on_each_item(job):
    found = after(job(hours=range(0, 336, 4)))
    assert found.items_a_day == pytest.approx(6, abs=0.1)
    assert minutes(found) == pytest.approx(60, abs=2)


def test_one_busy_day_is_enough(job):
    found = after(job(hours=[*range(1, 13), 300]))
    assert found.items_a_day < 2
    assert minutes(found) == 30


def test_a_short_history_counts_for_as_long_as_it_is(job):
    assert after(job(hours=[30, 40, 48])).items_a_day == pytest.approx(1.5, abs=0.01)
    assert after(job(hours=[0.1])).items_a_day == 1


def test_a_channel_on_air_is_read_at_the_shortest_interval_and_then_rarely_again(job):
    channel = job("twitch", hours=[200], live=[2])
    on_air = after(channel)
    assert minutes(on_air) == 15
    assert pace.reason(on_air) == "Adapted: it is on air, or busier than usual."
    with tenant(channel.owner_id):
        registry.get("twitch").content.objects.update(is_live=False)
    assert minutes(after(channel, now=NOW + timedelta(days=1))) == 120


def test_a_job_that_is_not_adaptive_only_notes_what_is_published(job):
    found = after(job(hours=range(0, 300, 2), adaptive=False))
    assert (minutes(found), found.paced_seconds) == (60, None)
    assert found.items_a_day == pytest.approx(12, abs=0.2)
    assert pace.reason(found) == ""


def test_a_shorter_interval_begins_at_once_and_a_longer_one_after_the_next_run(job):
    busy, quiet = job(hours=range(0, 300, 2)), job(hours=[])
    assert NOW + timedelta(minutes=15) <= after(busy).next_run_at <= NOW + timedelta(minutes=45)
    assert after(quiet).next_run_at == NOW + timedelta(minutes=50)


def test_slots_stay_on_the_jobs_own_grid_however_its_interval_changes(job):
    busy = after(job(hours=range(0, 300, 2)))
    slots = busy.next_run_at.timestamp() / busy.every_seconds - busy.pk * 0.6180339887498949
    assert slots == pytest.approx(round(slots), abs=0.0001)


def test_a_little_more_or_less_leaves_the_pace_as_it_is(job):
    channel = job(hours=range(0, 336, 4))
    before = after(channel)
    with tenant(channel.owner_id):
        posts = registry.get("twitter").content.objects.order_by("-published_at")
        posts.filter(pk__in=posts.values("pk")[:4]).delete()
    found = after(channel)
    assert found.items_a_day < before.items_a_day
    assert minutes(found) == minutes(before)


def test_twice_is_as_once(job):
    channel = job(hours=range(0, 300, 2))
    first = after(channel)
    second = after(channel)
    assert vars(first) | {"_state": None} == vars(second) | {"_state": None}


def test_the_governors_stretch_stays_beside_another_pace(job):
    channel = after(job(hours=range(0, 336, 4)))
    with tenant(channel.owner_id):
        MonitoringJob.objects.update(every_seconds=5400)  # 1.5 times
        registry.get("twitter").content.objects.all().delete()
        publish(channel, range(0, 300, 2))
    assert minutes(after(channel)) == pytest.approx(45, abs=1)


def test_a_pace_is_within_what_the_platform_and_staff_allow(settings):
    youtube = registry.get("youtube")
    assert [seconds_for(youtube, items) / 60 for items in (0, 0.1, 5, 100)] == [120, 120, 72, 60]
    settings.POLL_MINUTES = {"youtube": range(10, 1441)}
    assert [seconds_for(youtube, items) / 60 for items in (0, 0.5, 100)] == [1440, 720, 10]


@pytest.mark.parametrize(
    ("hours", "reason"),
    [
        ([], "Adapted: it publishes hardly anything of late."),
        ([200, 300], "Adapted: it publishes about one in 6 days."),
        (range(0, 300, 3), "Adapted: it publishes about 8 a day."),
    ],
)
def test_a_job_says_why_it_is_read_at_another_pace(job, hours, reason):
    assert pace.reason(after(job(hours=hours))) == reason
