"""Intervals stretch before a limit is reached, for all jobs of a credential alike, and relax."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from accounts.tenancy import acting_for, system, tenant
from collectors import governor, pipeline, schedule, tasks
from collectors.models import MonitoringJob
from collectors.pace import reason
from platforms import actions, registry
from platforms.contract import Facts
from platforms.credentials.connection import connect, valkey
from platforms.models import ApiProfile, Spending
from platforms.spending import ledger
from tests.factories.collectors import JobFactory
from tests.factories.platforms import ProfileFactory

PACIFIC = ZoneInfo("America/Los_Angeles")
DAWN = datetime(2026, 11, 24, 1, tzinfo=PACIFIC)  # an hour of the day is over
EVENING = datetime(2026, 11, 24, 19, tzinfo=PACIFIC)
pytestmark = pytest.mark.django_db
both_connections = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def jobs(person):
    with tenant(person.pk):
        return list(MonitoringJob.objects.select_related("entity__profile").order_by("pk"))


def minutes(person):
    return {round(job.every_seconds / 60) for job in jobs(person)}


def cap(profile, units):
    with tenant(profile.owner_id):
        ApiProfile.objects.filter(pk=profile.pk).update(daily_units=units)


def spend(profile, units, day=DAWN):
    ledger.spend(profile.fingerprint, "units", day=day.date(), cost=units, limit=10_000)


def plan(profile):
    with tenant(profile.owner_id):
        return ApiProfile.objects.get(pk=profile.pk).plan


def test_what_fits_runs_as_it_was_asked_for(alice, keys):
    profile = keys(alice, "youtube", 4)
    assert governor.govern(now=DAWN) == 0
    assert minutes(alice) == {60}
    found = plan(profile)
    assert (found["stretch"], found["short"]) == (1, "")
    assert found["units"]["units"] == pytest.approx(183, abs=4)


def test_a_short_day_stretches_all_jobs_by_one_factor(alice, keys):
    profile = keys(alice, "youtube", 3, daily_units=150)
    keys(alice, "youtube", 2)  # another credential
    with tenant(alice.pk):
        JobFactory(
            entity__owner=alice, entity__profile=profile, interval_minutes=120, items_a_day=0.5
        )
    assert governor.govern(now=DAWN) == 4
    every = [job.every_seconds / 60 for job in jobs(alice)]
    assert every[3:5] == [60, 60]
    assert every[0] == every[1] == every[2] == pytest.approx(every[5] / 2, rel=0.01)
    assert 70 < every[0] < 90
    assert plan(profile)["units"]["units"] <= 150 * 0.95


def test_a_job_says_its_effective_interval_and_why(alice, keys):
    keys(alice, "youtube", 4, daily_units=150)
    governor.govern(now=DAWN)
    job = jobs(alice)[0]
    assert job.interval_minutes == 60
    assert 70 < job.every_seconds / 60 < 100
    assert reason(job) == (
        "Stretched: the daily units of Main key do not carry all of its jobs as often as asked."
    )


def test_where_there_is_room_again_jobs_run_as_asked(alice, keys):
    profile = keys(alice, "youtube", 4, daily_units=150)
    governor.govern(now=DAWN)
    cap(profile, None)
    assert governor.govern(now=DAWN) == 4
    assert minutes(alice) == {60}
    assert reason(jobs(alice)[0]) == ""


def test_no_interval_grows_beyond_a_day(alice, keys):
    keys(alice, "youtube", 4, daily_units=1)
    governor.govern(now=DAWN)
    assert minutes(alice) == {24 * 60}


def test_what_is_left_of_the_day_decides_and_not_only_its_size(alice, keys):
    profile = keys(alice, "youtube", 20, daily_units=1100)
    governor.govern(now=EVENING)
    assert minutes(alice) == {60}
    spend(profile, 950)
    governor.govern(now=EVENING)
    assert min(minutes(alice)) > 75
    governor.govern(now=EVENING + timedelta(hours=6))  # the next day has begun
    assert minutes(alice) == {60}


def test_little_more_or_less_changes_nothing(alice, keys):
    profile = keys(alice, "youtube", 4, daily_units=150)
    governor.govern(now=DAWN)
    before = minutes(alice)
    for units in (148, 153, 147):
        cap(profile, units)
        assert governor.govern(now=DAWN) == 0
    assert minutes(alice) == before


def test_a_second_time_finds_nothing_to_do(alice, keys):
    keys(alice, "youtube", 4, daily_units=150)
    governor.govern(now=DAWN)
    with tenant(alice.pk):
        before = list(MonitoringJob.objects.order_by("pk").values())
    assert governor.govern(now=DAWN) == 0
    with tenant(alice.pk):
        assert list(MonitoringJob.objects.order_by("pk").values()) == before


@both_connections
def test_twice_at_once_ends_as_once(alice, keys):
    keys(alice, "youtube", 4, daily_units=150)

    def work(_):
        try:
            return governor.govern(now=DAWN)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as both:
        changed = list(both.map(work, range(2)))
    assert max(changed) == 4
    assert len(minutes(alice)) == 1
    assert governor.govern(now=DAWN) == 0


def test_the_task_fits_what_it_is_told_by_the_clock_of_the_database(alice, keys):
    first, second = (keys(alice, "youtube", 2, daily_units=50) for _ in range(2))
    tasks.govern([first.pk])
    assert plan(first)["stretch"] > 1
    assert plan(second) == {}
    tasks.govern()
    assert plan(second)["stretch"] > 1


def test_only_the_credentials_that_are_named_are_fitted(alice, keys):
    first, second = (keys(alice, "youtube", 2, daily_units=50) for _ in range(2))
    assert governor.govern(now=DAWN, profiles=[second.pk]) == 2
    assert plan(first) == {}
    assert plan(second)["stretch"] > 1


def test_a_shorter_interval_begins_at_once_on_the_jobs_own_grid(alice, keys):
    profile = keys(alice, "youtube", 4, daily_units=60)
    governor.govern(now=DAWN)
    with tenant(alice.pk):
        MonitoringJob.objects.update(next_run_at=DAWN + timedelta(hours=9))
    cap(profile, None)
    governor.govern(now=DAWN)
    for job in jobs(alice):
        assert DAWN + timedelta(minutes=30) <= job.next_run_at <= DAWN + timedelta(minutes=90)
        slots = job.next_run_at.timestamp() / 3600 - job.pk * 0.6180339887498949
        assert slots == pytest.approx(round(slots), abs=0.0001)


def test_one_that_backs_off_and_one_that_is_gone_are_not_called_earlier(alice, keys):
    profile = keys(alice, "youtube", 2, daily_units=30)
    governor.govern(now=DAWN)
    later = DAWN + timedelta(hours=9)
    with tenant(alice.pk):
        MonitoringJob.objects.update(next_run_at=later)
        failed, gone = MonitoringJob.objects.order_by("pk")
        MonitoringJob.objects.filter(pk=failed.pk).update(failures=3)
        gone.entity.state = "deleted"
        gone.entity.save()
    cap(profile, None)
    governor.govern(now=DAWN)
    assert {job.next_run_at for job in jobs(alice)} == {later}
    assert minutes(alice) == {60}


def test_a_plan_ends_with_its_last_job(alice, keys):
    profile = keys(alice, "youtube", 1)
    governor.govern(now=DAWN)
    with tenant(alice.pk):
        MonitoringJob.objects.all().delete()
    governor.govern(now=DAWN)
    assert plan(profile) == {}


def test_who_holds_the_same_credential_shares_the_stretch_but_not_the_cap(alice, bob, keys):
    keys(alice, "youtube", 3, number=7, daily_units=60)
    keys(bob, "youtube", 3, number=7)
    governor.govern(now=DAWN)
    assert min(minutes(alice)) > 200
    assert minutes(bob) == {60}


def test_windows_stretch_too(alice, keys, settings, tmp_path):
    (tmp_path / "reddit.toml").write_text("[buckets]\ncalls = { limit = 1, seconds = 3600 }\n")
    settings.TERMS_DIR = str(tmp_path)
    keys(alice, "reddit", 2)
    governor.govern(now=DAWN)
    assert min(minutes(alice)) > 200
    assert "daily calls" in reason(jobs(alice)[0])


def test_a_cap_of_calls_holds_where_there_are_only_windows(alice, keys):
    keys(alice, "twitch", 3, daily_units=200)
    governor.govern(now=DAWN)
    assert min(minutes(alice)) > 75


def test_money_that_rarer_runs_do_not_save_stretches_nothing(alice, keys):
    profile = keys(alice, "twitter", 3, items=3.0, monthly_dollars=Decimal(1))
    governor.govern(now=DAWN)
    assert minutes(alice) == {60}
    assert plan(profile)["dollars"] == pytest.approx(0.165, abs=0.02)


def test_money_that_rarer_runs_save_stretches(alice, keys, settings):
    day = timedelta(days=1)
    settings.REFRESH_LADDER = {"default": [(day, day)], "twitter": [(60 * day, timedelta(hours=1))]}
    keys(alice, "twitter", 1, items=3.0, monthly_dollars=Decimal(1))
    governor.govern(now=DAWN)
    assert minutes(alice) == {60}, "a post is billed once a day, however often it is read"


# --- At work --------------------------------------------------------------------------------------
@pytest.fixture
def shared_key(board, world):
    """A key with a cap, and channels of several people who read with it; people -> profiles."""

    def make(people, cap, channels=3):
        platform, profiles = registry.get("youtube"), []
        for person in people:
            with tenant(person.pk):
                made = ProfileFactory(owner=person, simulated=True, daily_units=cap)
            profiles.append(made)
        open_ones = [a for a in world.accounts("youtube") if a.state_at(world.now) == "active"]
        handles = [platform.parse_handle(a.handle_at(world.now)) for a in open_ones[:channels]]
        told = platform.resolve(connect(profiles[0], reserve=True), handles).values()
        for person, profile in zip(people, profiles, strict=True):
            with tenant(person.pk):
                for facts in told:
                    if isinstance(facts, Facts):
                        now = datetime.now(UTC)
                        entity, _ = actions.watch(profile=profile, facts=facts, now=now)
                        JobFactory(entity=entity, items_a_day=0.5)
        Spending.objects.all().delete()
        board.simulators["youtube"].spent.clear()
        return profiles

    return make


@both_connections
def test_six_workers_send_no_more_than_the_cap_and_a_flush_forgets_nothing(
    alice, bob, charlie, board, shared_key
):
    people, most = [alice, bob, charlie], 40
    shared_key(people, most)

    def work(claimed):
        try:
            with acting_for(claimed.owner_id):
                pipeline.run([claimed.execution_id])
        finally:
            connection.close()

    for turn in range(4):
        with system():
            slot = datetime(2026, 1, 1 + turn, tzinfo=UTC)
            MonitoringJob.objects.update(next_run_at=slot, busy=False)
            due = schedule.claim(100)
        with ThreadPoolExecutor(6) as workers:
            list(workers.map(work, due))
        if turn == 1:
            valkey().flushall()
    sent = board.simulators["youtube"].spent["units"]
    booked = sum(row.spent for row in Spending.objects.filter(bucket="units"))
    assert sent == booked == most * 95 // 100
    with system():
        assert MonitoringJob.objects.filter(executions__status="rate_limited").exists()
