"""A source's settings: pace, credential, what it costs, and how monitoring begins."""

import re
from datetime import UTC, datetime

import pytest

from accounts.tenancy import tenant
from collectors.models import MonitoringJob
from tests.factories.collectors import JobFactory
from tests.factories.platforms import EntityFactory, ProfileFactory


@pytest.fixture
def key(alice):
    with tenant(alice.pk):
        return ProfileFactory(owner=alice, name="Main key")


@pytest.fixture
def source(alice, key):
    with tenant(alice.pk):
        return EntityFactory(owner=alice, title="Trailhead Kitchen", profile=key)


def save(page, source, **fields):
    return page.post(f"/sources/{source.pk}/settings/", {"minutes": 60, **fields})


def job_of(source):
    with tenant(source.owner_id):
        return MonitoringJob.objects.select_related("entity").filter(entity=source).first()


def test_the_form_offers_what_the_platform_allows_and_shows_what_is_set(page, source):
    with tenant(source.owner_id):
        JobFactory(entity=source, interval_minutes=90, adaptive=True)
    html = page.get(f"/sources/{source.pk}/settings/").text
    assert re.findall(r'<option value="(\d+)"(?: selected)?>\d+ \w+s', html) == ["60", "90", "120"]
    assert re.search(r'<option value="90" selected', html)
    assert re.search(r'name="adaptive"[^>]*checked', html)
    assert re.search(rf'<option value="{source.profile_id}" selected>Main key', html)


def test_a_new_pace_is_saved(page, source):
    with tenant(source.owner_id):
        JobFactory(entity=source)
    answer = save(page, source, minutes=120, adaptive="on", credential=source.profile_id)
    assert answer.url == f"/sources/{source.pk}/settings/"
    job = job_of(source)
    assert (job.interval_minutes, job.every_seconds, job.adaptive) == (120, 7200, True)
    assert job.entity.profile_id == source.profile_id


def test_a_source_that_is_not_monitored_can_be_again(page, source):
    assert "Start monitoring" in page.get(f"/sources/{source.pk}/settings/").text
    save(page, source, credential=source.profile_id)
    assert job_of(source).interval_minutes == 60


def test_an_imported_history_is_looked_up_by_its_name_before_it_is_monitored(page, alice):
    with tenant(alice.pk):
        history = EntityFactory(owner=alice, external_id="name:@chef", handle="@chef")
    answer = page.get(f"/sources/{history.pk}/settings/", follow=True)
    assert answer.request["PATH_INFO"] == "/monitors/add/"
    assert re.search(r"<textarea[^>]*>\s*@chef</textarea>", answer.text)


def test_another_credential_lets_go_on_what_waited_for_one(page, source, alice):
    with tenant(alice.pk):
        spare = ProfileFactory(owner=alice, name="Spare key")
        JobFactory(entity=source, pause_reason="credential", next_run_at=None)
    save(page, source, credential=spare.pk)
    job = job_of(source)
    assert job.entity.profile_id == spare.pk
    assert job.pause_reason == ""
    assert job.next_run_at <= datetime.now(UTC)


def test_saving_does_not_resume_what_its_owner_paused(page, source):
    with tenant(source.owner_id):
        JobFactory(entity=source, pause_reason="by_person", next_run_at=None)
    save(page, source, minutes=120, credential=source.profile_id)
    assert job_of(source).pause_reason == "by_person"


@pytest.mark.parametrize(
    "fields", [{"minutes": 7}, {"minutes": "often"}, {"minutes": ""}, {"credential": 999_999}]
)
def test_what_cannot_be_chosen_is_refused_and_changes_nothing(page, source, fields):
    with tenant(source.owner_id):
        JobFactory(entity=source, interval_minutes=90)
    answer = save(page, source, **fields)
    assert answer.status_code == 422
    assert "Check this before you go on" in answer.text
    assert job_of(source).interval_minutes == 90


def test_a_credential_of_another_platform_or_person_cannot_be_taken(page, source, alice, bob):
    with tenant(alice.pk):
        for_reddit = ProfileFactory(owner=alice, platform="reddit")
    with tenant(bob.pk):
        of_bob = ProfileFactory(owner=bob)
    for foreign in (for_reddit, of_bob):
        assert save(page, source, credential=foreign.pk).status_code == 422
    assert job_of(source) is None


def test_what_it_costs_is_said_before_it_is_saved(page, source):
    said = page.get(f"/sources/{source.pk}/settings/").text
    assert re.search(r"Adds about \d+ units a day\. Main key would use", said)
    looked = page.post(
        f"/sources/{source.pk}/settings/",
        {"minutes": 120, "credential": source.profile_id, "look": "yes"},
    ).text
    assert "a day. Main key would use" in looked
    assert "<html" not in looked
    assert job_of(source) is None


def test_what_the_cap_does_not_hold_is_refused_with_the_figures(page, source, key):
    with tenant(source.owner_id):
        key.daily_units = 1
        key.save()
    answer = save(page, source, credential=key.pk)
    assert answer.status_code == 422
    assert "of 1 daily units" in answer.text
    assert job_of(source) is None


def test_a_stretched_interval_says_what_is_in_effect_and_why(page, source, key):
    key.plan = {"short": "units"}
    with tenant(source.owner_id):
        key.save()
        JobFactory(entity=source, interval_minutes=60, every_seconds=5700)
    html = page.get(f"/sources/{source.pk}/settings/").text
    assert "every 95 min. Stretched: the daily units of Main key do not carry all" in html
