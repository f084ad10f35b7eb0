"""What a wish would cost is said before it is granted, and what is too much is refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.tenancy import tenant
from collectors.models import JobExecution, MonitoringJob
from collectors.planner import BucketLine, Wish, forecast

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 20, tzinfo=UTC)


@pytest.fixture
def key(alice, keys):
    """Makes credentials of alice, with so many jobs: `key("youtube", 100, minutes=60)`."""

    def make(platform="youtube", jobs=0, *, person=alice, **fields):
        return keys(person, platform, jobs, **fields)

    return make


def told(profile, *wishes):
    with tenant(profile.owner_id):
        return forecast(profile, wishes, now=NOW)


def line(found, label):
    return next(line for line in found.lines if line.label == label)


def test_without_jobs_only_the_wish_counts(key):
    found = told(key(), Wish(count=10, interval_minutes=60))
    units = line(found, "Units")
    assert units.used == 0
    assert 400 < units.adds < 430
    assert units.cap == 10_000
    assert found.units_a_day == units.adds < found.calls_a_day
    assert (found.dollars_a_day, found.fits, found.tight) == (0, True, False)


def test_the_sentence_names_the_units_the_credential_and_its_cap(key):
    found = told(key(jobs=50), Wish(count=2, interval_minutes=60))
    assert found.sentence == (
        "Adds about 53 units a day. Main key would use 1,627 of 10,000 daily units."
    )


def test_half_the_interval_is_about_twice_the_units(key):
    profile = key()
    hourly, rarely = (told(profile, Wish(5, minutes)).units_a_day for minutes in (60, 120))
    assert hourly == pytest.approx(2 * rarely, rel=0.1)


def test_it_is_tight_from_four_fifths_and_refused_beyond_the_cap(key):
    profile = key()
    assert not told(profile, Wish(250, 60)).tight
    near = told(profile, Wish(340, 60))
    assert (near.tight, near.fits) == (True, True)
    over = told(profile, Wish(450, 60))
    assert (over.tight, over.fits) == (True, False)
    assert "Main key would need 11," in over.sentence


def test_a_persons_own_cap_counts_and_a_cap_of_nothing_refuses_all(key):
    assert not told(key(daily_units=100), Wish(5, 60)).fits
    assert line(told(key(daily_units=400), Wish(5, 60)), "Units").cap == 400
    assert not told(key(daily_units=0), Wish(1, 60)).fits


def test_a_cap_of_calls_holds_where_the_platform_has_only_windows(key):
    found = told(key("twitch", daily_units=500), Wish(5, 60))
    assert line(found, "All calls").cap == 500
    assert line(found, "Helix").cap == 800 * 60 * 24
    assert found.fits
    assert not told(key("twitch", daily_units=500), Wish(50, 60)).fits


def test_an_interval_that_changes_replaces_what_the_jobs_use_now(key):
    profile = key(jobs=4)
    with tenant(profile.owner_id):
        ids = list(MonitoringJob.objects.values_list("pk", flat=True))
    slower = told(profile, Wish(4, 120, replaces=ids))
    assert slower.units_a_day < 0
    assert slower.sentence.startswith("Saves about ")
    assert told(profile, Wish(4, 60, replaces=ids)).units_a_day == pytest.approx(0, abs=1e-9)


def test_one_unit_and_next_to_none_are_said_in_words(key):
    profile = key(jobs=4)
    with tenant(profile.owner_id):
        ids = list(MonitoringJob.objects.values_list("pk", flat=True))
    same = told(profile, Wish(4, 60, replaces=ids))
    assert same.sentence.startswith("Changes next to nothing. Main key would use ")
    one = BucketLine("Units", "units", used=10, adds=1.2, cap=100)
    assert one.change == "Adds about 1 unit a day"
    assert replace(one, measure="dollars", adds=-1).change == "Saves about $1.00 a day"


def test_who_is_over_the_cap_may_still_ask_for_less(key):
    profile = key(jobs=6, daily_units=100)
    with tenant(profile.owner_id):
        ids = list(MonitoringJob.objects.values_list("pk", flat=True))
    assert told(profile, Wish(6, 120, replaces=ids)).fits
    assert not told(profile, Wish(1, 120)).fits


def test_an_adaptive_wish_is_counted_at_its_dearer_end(key):
    quiet, busy = key("reddit", 1, items=1.0), key("reddit", 1, items=90.0)
    assert told(quiet, Wish(1, 60, adaptive=True)).calls_a_day == pytest.approx(
        told(quiet, Wish(1, 60)).calls_a_day
    )
    assert (
        told(busy, Wish(1, 60, adaptive=True)).calls_a_day
        > 1.3 * told(busy, Wish(1, 60)).calls_a_day
    )


def test_x_costs_dollars_by_what_is_published_and_not_by_how_often_we_look(key):
    profile = key("twitter", 1, items=3.0, monthly_dollars=Decimal(25))
    found = told(profile, Wish(10, 60))
    assert found.dollars_a_day == pytest.approx(0.55, abs=0.01)
    assert found.sentence == (
        "Adds about $0.55 a day. Main key would spend $18.15 of $25.00 a month. "
        "The first reading may cost up to $5.10 more, once."
    )
    assert told(profile, Wish(10, 120)).dollars_a_day == pytest.approx(0.55, abs=0.03)
    assert not told(profile, Wish(20, 60)).fits
    unlimited = told(key("twitter"), Wish(10, 60))
    assert unlimited.fits
    assert "a month, without a monthly budget." in unlimited.sentence


def test_the_first_reading_is_billed_only_for_accounts_that_were_not_read(key):
    profile = key("twitter", 1)
    with tenant(profile.owner_id):
        ids = list(MonitoringJob.objects.values_list("pk", flat=True))
    assert told(profile, Wish(1, 120, replaces=ids)).first_dollars == 0
    assert told(key("youtube"), Wish(1, 60)).first_dollars == 0


def test_paused_jobs_cost_nothing_and_closed_accounts_a_look_a_day(key):
    profile = key(jobs=2)
    with tenant(profile.owner_id):
        first, second = MonitoringJob.objects.order_by("pk")
        first.pause_reason, first.next_run_at = "by_person", None
        first.save()
        second.entity.state = "deleted"
        second.entity.save()
    assert line(told(profile), "Units").used == pytest.approx(3, abs=1)


def test_what_runs_really_cost_puts_the_arithmetic_right(key):
    profile = key(jobs=2)
    before = line(told(profile), "Units").used
    with tenant(profile.owner_id):
        for job in MonitoringJob.objects.all():
            for hours in range(40):
                JobExecution.objects.create(
                    owner_id=job.owner_id, job=job, run_token=hours, status="success", calls=6,
                    due_at=NOW - timedelta(hours=hours),
                )  # fmt: skip
    assert before == pytest.approx(99, abs=5)
    assert line(told(profile), "Units").used == pytest.approx(2 * before, rel=0.15)


def test_one_dear_run_changes_little_and_the_first_of_a_job_nothing(key):
    profile = key(jobs=1)
    before = line(told(profile), "Units").used
    with tenant(profile.owner_id):
        job = MonitoringJob.objects.get()
        for hours, calls in ((3, 500), (2, 4)):
            JobExecution.objects.create(
                owner_id=job.owner_id, job=job, run_token=hours, status="success", calls=calls,
                due_at=NOW - timedelta(hours=hours),
            )  # fmt: skip
    assert line(told(profile), "Units").used == pytest.approx(before, rel=0.1)


def test_the_jobs_of_others_are_not_in_it(key, alice, bob):
    key(jobs=5, person=bob, number=1)
    assert line(told(key(jobs=1, number=1)), "Units").used == pytest.approx(49, abs=2)


def test_no_accounts_cost_nothing(key):
    assert told(key(jobs=3), Wish(count=0, interval_minutes=60)).units_a_day == 0
