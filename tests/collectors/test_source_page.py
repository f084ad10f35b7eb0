"""A source's page: names, figures, newest items, what is withheld, and how it is monitored."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.tenancy import tenant
from platforms.models import EntityName, EntitySnapshot
from platforms.youtube.models import Video
from tests.factories.collectors import JobFactory, RunFactory
from tests.factories.platforms import entity_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def publish(entity, number, **figures):
    moment = NOON - timedelta(hours=number)
    seen = {"first_seen_at": moment, "last_seen_at": moment}
    with tenant(entity.owner_id):
        return Video.objects.create(
            owner_id=entity.owner_id, entity=entity, external_id=f"video{number:06d}",
            published_at=moment, title=f"Video number {number}", **seen, **figures,
        )  # fmt: skip


def test_a_page_tells_names_figures_and_items(page, alice):
    entity = entity_of(alice, title="Trailhead Kitchen", handle="@trailhead")
    with tenant(alice.pk):
        for days, handle in ((9, "@oldname"), (1, "@trailhead")):
            EntityName.objects.create(
                owner=alice, entity=entity, handle=handle, since=NOON - timedelta(days=days)
            )
            EntitySnapshot.objects.create(
                owner=alice, entity=entity, taken_at=NOON - timedelta(days=days),
                audience=1000 - days, contents=None,
            )  # fmt: skip
    publish(entity, 1, view_count=162_000, like_count=None, comment_count=0, figures_at=NOON)
    publish(entity, 2)
    html = page.get(f"/sources/{entity.pk}/").text
    assert html.index("@trailhead</td>") < html.index("@oldname</td>")
    assert "999" in html
    assert "991 before" in html
    assert html.index("Video number 1") < html.index("Video number 2")
    assert "162,000" in html
    assert 'data-label="Likes">not told<' in html, "hidden, so not 0"
    assert 'data-label="Comments">0<' in html
    assert 'data-label="Likes">–<' in html, "never read"  # noqa: RUF001


def test_a_withheld_audience_is_said_to_be_withheld(page, alice):
    entity = entity_of(alice, audience_hidden=True)
    html = page.get(f"/sources/{entity.pk}/").text
    assert "Not told" in html
    assert "YouTube withholds it" in html
    assert "No posts yet" in html


def test_an_item_that_is_gone_shows_no_words(page, alice):
    entity = entity_of(alice)
    gone = publish(entity, 1)
    with tenant(alice.pk):
        Video.objects.filter(pk=gone.pk).update(removed_at=NOON, title="")
    assert "No longer on YouTube" in page.get(f"/sources/{entity.pk}/").text


def test_older_items_follow_without_gap_or_repetition(page, alice):
    entity = entity_of(alice)
    for number in range(45):
        publish(entity, number)
    seen, before = [], ""
    for _ in range(3):
        answer = page.get(f"/sources/{entity.pk}/", {"before": before} if before else {})
        seen += [row.item.external_id for row in answer.context["items"]]
        before = answer.context["older"]
    assert seen == [f"video{number:06d}" for number in range(45)]
    assert before == ""
    assert page.get(f"/sources/{entity.pk}/?before=nonsense").status_code == 404


def test_anothers_source_is_not_there(page, bob):
    entity = entity_of(bob, title="Of bob")
    assert page.get(f"/sources/{entity.pk}/").status_code == 404
    for tab in ("runs/", "settings/"):
        assert page.get(f"/sources/{entity.pk}/{tab}").status_code == 404
    answer = page.post(f"/sources/{entity.pk}/settings/", {"minutes": 60})
    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/sources/1/", "/sources/1/runs/", "/sources/1/settings/"])
def test_strangers_are_asked_to_sign_in(client, db, path):
    assert client.get(path)["Location"].startswith("/login/")


def test_the_head_says_what_the_monitor_does(page, alice):
    entity = entity_of(alice, title="Trailhead Kitchen")
    html = page.get(f"/sources/{entity.pk}/").text
    assert "Not monitored" in html
    assert f'href="/sources/{entity.pk}/settings/"' in html
    with tenant(alice.pk):
        JobFactory(entity=entity, interval_minutes=60, every_seconds=5700)
    html = page.get(f"/sources/{entity.pk}/").text
    assert "Scheduled" in html
    assert "every 95 min" in html, "what is in effect"


def test_its_runs_are_those_of_this_source_alone(page, alice, watch):
    hers, other = watch(alice, 2)
    with tenant(alice.pk):
        RunFactory(job=hers, created=37)
        RunFactory(job=other, created=91)
    html = page.get(f"/sources/{hers.entity_id}/runs/").text
    assert ">37<" in html
    assert ">91<" not in html
    assert "No run matches" in page.get(f"/sources/{hers.entity_id}/runs/?status=failed").text
