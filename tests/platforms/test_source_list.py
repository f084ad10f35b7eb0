"""The list of all sources, monitored or not."""

from accounts.tenancy import tenant
from tests.factories.platforms import EntityFactory, ProfileFactory, entity_of


def test_an_empty_list_says_what_a_source_is(page):
    html = page.get("/sources/").text
    assert "No sources yet" in html
    assert "a channel, an account or a subreddit" in html


def test_the_list_shows_state_audience_and_what_is_withheld(page, alice):
    entity_of(alice, title="Trailhead Kitchen", audience=94_100)
    entity_of(alice, title="Closed", audience_hidden=True, state="suspended")
    html = page.get("/sources/").text
    assert "94,100" in html
    assert "not told" in html
    assert "Suspended" in html


def test_a_long_list_has_pages_and_can_be_narrowed_to_a_credential(page, alice):
    with tenant(alice.pk):
        profile = ProfileFactory(owner=alice)
        EntityFactory.create_batch(55, owner=alice, profile=profile)
        EntityFactory.create_batch(2, owner=alice)
    first = page.get(f"/sources/?profile={profile.pk}")
    assert "55 read with this credential" in first.text
    assert first.text.count("<tr>") == 51
    second = page.get(f"/sources/?profile={profile.pk}&before={first.context['next']}")
    assert second.text.count("<tr>") == 6
    assert page.get("/sources/?before=x").status_code == 404


def test_anothers_sources_are_not_listed(page, bob):
    entity_of(bob, title="Of bob")
    assert "Of bob" not in page.get("/sources/").text


def test_strangers_are_asked_to_sign_in(client, db):
    assert client.get("/sources/")["Location"].startswith("/login/")
