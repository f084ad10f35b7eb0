"""The demo is the same for the next visitor, whatever the one before did in it."""

from datetime import timedelta

from django.utils import timezone

from accounts.tenancy import tenant
from collectors import caps
from collectors.demo import workspace
from collectors.models import MonitoringJob
from platforms.models import ApiProfile, Entity
from tests.collectors.demo.conftest import entity
from tests.factories.collectors import JobFactory
from tests.factories.platforms import EntityFactory


def test_a_visitor_stops_nothing_for_the_others(visitor, ready):
    with tenant(ready.pk):
        job = entity(ready, "reddit").job
    sent = {"ids": "all", "action": "stop"}
    answers = [
        visitor.post("/monitors/do/", {"do": "stop", "job": job.pk}),
        visitor.post("/monitors/do/", {"do": "stop", "sure": "yes", "job": job.pk}),
        visitor.delete(f"/api/jobs/{job.pk}/"),
        visitor.post("/api/jobs/bulk/", sent, "application/json"),
    ]
    for answer in answers:
        assert answer.status_code == 403
        assert "its sources are not stopped in it" in answer.text
        assert "create an account" in answer.text
    with tenant(ready.pk):
        assert MonitoringJob.objects.count() == 4


def test_others_stop_what_is_theirs(demo, page, watch, alice):
    (job,) = watch(alice)
    assert page.delete(f"/api/jobs/{job.pk}/").status_code == 204


def test_what_a_visitor_changed_is_put_back_minutes_later(visitor, ready):
    with tenant(ready.pk):
        paused, slow = (entity(ready, slug).job for slug in ("reddit", "twitch"))
        lone = entity(ready, "youtube")
    visitor.post(f"/api/jobs/{paused.pk}/pause/")
    wish = {"interval_minutes": 120, "adaptive": True}
    assert visitor.patch(f"/api/jobs/{slow.pk}/", wish, "application/json").status_code == 200
    form = {"minutes": 60, "credential": ""}
    assert visitor.post(f"/sources/{lone.pk}/settings/", form).status_code == 302
    before = seen(ready)
    workspace.tend(ready, now=timezone.now() + timedelta(minutes=4))
    assert seen(ready) == before
    workspace.tend(ready, now=timezone.now() + timedelta(minutes=6))
    put_back = seen(ready)
    assert {slug: job[:3] for slug, job in put_back.items()} == {
        slug: ("", minutes, False) for slug, minutes in workspace.MINUTES.items()
    }
    assert all(profile for *_, profile in put_back.values())


def seen(person):
    """Of each source: why it pauses, every how many minutes it is read, adaptive or not, key."""
    columns = ("platform", "pause_reason", "interval_minutes", "adaptive", "entity__profile")
    with tenant(person.pk):
        return {slug: tuple(rest) for slug, *rest in MonitoringJob.objects.values_list(*columns)}


def added_by_visitors(person, count, **fields):
    with tenant(person.pk):
        key = ApiProfile.objects.get(owner=person, platform="youtube")
        return [JobFactory(entity__owner=person, entity__profile=key, **fields)
                for _ in range(count)]  # fmt: skip


def test_what_a_visitor_added_leaves_after_an_hour(ready):
    (job,) = added_by_visitors(ready, 1)
    workspace.tend(ready, now=timezone.now() + timedelta(minutes=59))
    with tenant(ready.pk):
        assert MonitoringJob.objects.filter(pk=job.pk).exists()
    workspace.tend(ready, now=timezone.now() + timedelta(minutes=61))
    with tenant(ready.pk):
        assert set(seen(ready)) == set(workspace.MINUTES)
        assert Entity.objects.filter(pk=job.entity_id).exists()


def test_visitors_together_add_only_so_many(visitor, ready):
    added_by_visitors(ready, caps.MOST_IN_DEMO - 4)
    with tenant(ready.pk):
        waiting = EntityFactory(owner=ready)
    wish = {"entity": waiting.pk, "interval_minutes": 60}
    answer = visitor.post("/api/jobs/", wish, "application/json")
    assert answer.status_code == 400
    assert "The demo has room for 48 monitors, and no more at the moment." in answer.text
    page = visitor.post(f"/sources/{waiting.pk}/settings/", {"minutes": 60, "credential": ""})
    assert page.status_code == 422
    assert "What visitors add leaves after an hour." in page.text
