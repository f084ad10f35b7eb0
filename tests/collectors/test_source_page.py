"""The pages of what is watched: names, figures, newest items, what is withheld."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.tenancy import tenant
from platforms.models import EntityName, EntitySnapshot
from platforms.youtube.models import Video
from tests.factories.platforms import EntityFactory, ProfileFactory

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def page(client, alice):
    client.force_login(alice)
    return client


def watched(person, **fields):
    with tenant(person.pk):
        return EntityFactory(owner=person, **fields)


def publish(entity, number, **figures):
    moment = NOON - timedelta(hours=number)
    seen = {"first_seen_at": moment, "last_seen_at": moment}
    with tenant(entity.owner_id):
        return Video.objects.create(
            owner_id=entity.owner_id, entity=entity, external_id=f"video{number:06d}",
            published_at=moment, title=f"Video number {number}", **seen, **figures,
        )  # fmt: skip


def test_an_empty_list_says_what_a_source_is(page):
    html = page.get("/entities/").text
    assert "No sources yet" in html
    assert "a channel, an account or a subreddit" in html


def test_the_list_shows_state_audience_and_what_is_withheld(page, alice):
    watched(alice, title="Trailhead Kitchen", audience=94_100)
    watched(alice, title="Closed", audience_hidden=True, state="suspended")
    html = page.get("/entities/").text
    assert "94,100" in html
    assert "not told" in html
    assert "Suspended" in html


def test_a_long_list_has_pages_and_can_be_narrowed_to_a_credential(page, alice):
    with tenant(alice.pk):
        profile = ProfileFactory(owner=alice)
        EntityFactory.create_batch(55, owner=alice, profile=profile)
        EntityFactory.create_batch(2, owner=alice)
    first = page.get(f"/entities/?profile={profile.pk}")
    assert "55 read with this credential" in first.text
    assert first.text.count("<tr>") == 51
    second = page.get(f"/entities/?profile={profile.pk}&before={first.context['next']}")
    assert second.text.count("<tr>") == 6
    assert page.get("/entities/?before=x").status_code == 404


def test_a_page_tells_names_figures_and_items(page, alice):
    entity = watched(alice, title="Trailhead Kitchen", handle="@trailhead")
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
    html = page.get(f"/entities/{entity.pk}/").text
    assert html.index("@trailhead</td>") < html.index("@oldname</td>")
    assert "999" in html
    assert "991 before" in html
    assert html.index("Video number 1") < html.index("Video number 2")
    assert "162,000" in html
    assert 'data-label="Likes">not told<' in html, "hidden, so not 0"
    assert 'data-label="Comments">0<' in html
    assert 'data-label="Likes">–<' in html, "never read"  # noqa: RUF001


def test_a_withheld_audience_is_said_to_be_withheld(page, alice):
    entity = watched(alice, audience_hidden=True)
    html = page.get(f"/entities/{entity.pk}/").text
    assert "Not told" in html
    assert "YouTube withholds it" in html
    assert "Nothing collected yet" in html


def test_an_item_that_is_gone_shows_no_words(page, alice):
    entity = watched(alice)
    gone = publish(entity, 1)
    with tenant(alice.pk):
        Video.objects.filter(pk=gone.pk).update(removed_at=NOON, title="")
    assert "No longer on YouTube" in page.get(f"/entities/{entity.pk}/").text


def test_older_items_follow_without_gap_or_repetition(page, alice):
    entity = watched(alice)
    for number in range(45):
        publish(entity, number)
    seen, before = [], ""
    for _ in range(3):
        answer = page.get(f"/entities/{entity.pk}/", {"before": before} if before else {})
        seen += [row.item.external_id for row in answer.context["items"]]
        before = answer.context["older"]
    assert seen == [f"video{number:06d}" for number in range(45)]
    assert before == ""
    assert page.get(f"/entities/{entity.pk}/?before=nonsense").status_code == 404


def test_anothers_source_is_not_there(page, bob):
    entity = watched(bob, title="Of bob")
    assert page.get(f"/entities/{entity.pk}/").status_code == 404
    assert "Of bob" not in page.get("/entities/").text


@pytest.mark.parametrize("path", ["/entities/", "/entities/1/"])
def test_strangers_are_asked_to_sign_in(client, db, path):
    assert client.get(path)["Location"].startswith("/login/")
