"""From a file to rows: counts, figures, history, resuming."""

from datetime import UTC, datetime

import pytest

from accounts.tenancy import tenant
from collectors.imports import work
from collectors.models import Import
from platforms import actions, store
from platforms.contract import Facts, Page
from platforms.models import Comment, DirtyHour, Entity, EntitySnapshot
from platforms.reddit.models import Post
from platforms.twitter.models import Tweet
from platforms.youtube.models import Video, VideoSnapshot
from tests.collectors.imports.conftest import (
    FILE,
    HEAD,
    counts,
    many,
    problems,
    save,
    source,
    stored,
)
from tests.factories.platforms import EntityFactory, ProfileFactory

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
DAY = datetime(2020, 5, 1, tzinfo=UTC)


def test_every_row_is_a_post_with_its_figures_and_absent_ones_stay_unknown(done, alice, channel):
    job = done(FILE, read_at=DAY)
    assert (job.status, counts(job)) == ("done", (20, 0, 0, 0, 0))
    rows = stored(
        alice, Video, "external_id", "title", "view_count", "like_count", "comment_count",
        "figures_at", "published_at", "entity_id",
    )  # fmt: skip
    assert rows[3] == (
        "video000003", "Title 3", 3000, 3, None, DAY,
        datetime(2019, 3, 4, 10, tzinfo=UTC), channel.pk,
    )  # fmt: skip
    assert stored(alice, VideoSnapshot, "taken_at", "view_count", "comment_count")[0][0] == DAY
    with tenant(alice.pk):
        assert DirtyHour.objects.filter(hour=datetime(2019, 3, 4, 10, tzinfo=UTC)).exists()
        assert Entity.objects.get().checked_at is None, "a file is no answer of the platform"


def test_the_same_file_twice_changes_nothing(done, alice):
    done(FILE, read_at=DAY)
    before = stored(alice, Video, "external_id", "view_count", "figures_at", "last_seen_at")
    again = done(FILE, read_at=DAY)
    assert counts(again) == (0, 0, 20, 0, 0)
    assert stored(alice, Video, "external_id", "view_count", "figures_at", "last_seen_at") == before
    assert len(stored(alice, VideoSnapshot, "taken_at")) == 20


# --- What the file tells, and what is known -------------------------------------------------------
def test_rows_that_tell_one_item_day_by_day_become_its_history(done, alice):
    text = "id,published_at,date,views\n" + "".join(
        f"history0001,2019-01-01T00:00:00Z,2019-01-{day:02d},{views}\n"
        for day, views in ((4, 40), (2, 20), (3, 20), (6, 60), (2, 99))
    )
    for expected in ((1, 2, 1, 1, 0), (0, 0, 4, 1, 0)):
        job = done(text)
        assert counts(job) == expected
        moments = stored(alice, VideoSnapshot, "taken_at", "view_count")
        assert [(at.day, views) for at, views in moments] == [(2, 20), (4, 40), (6, 60)]
    assert stored(alice, Video, "view_count", "figures_at")[0][0] == 60


def test_figures_older_than_the_platforms_own_become_history_and_change_nothing_else(
    done, alice, channel
):
    row = {
        "account": channel.external_id, "external_id": "live0000001", "published_at": DAY,
        "title": "Now", "view_count": 900,
    }  # fmt: skip
    save(alice, [row], slot=datetime(2026, 1, 1, tzinfo=UTC))
    text = "id,published_at,title,views\nlive0000001,2020-06-01,Then,50\n"
    for expected in ((0, 1, 0, 0, 0), (0, 0, 1, 0, 0)):
        assert counts(done(text, read_at=datetime(2021, 1, 1, tzinfo=UTC))) == expected
    assert stored(alice, Video, "title", "view_count", "published_at") == [("Now", 900, DAY)]
    moments = stored(alice, VideoSnapshot, "taken_at", "view_count")
    assert [(at.year, views) for at, views in moments] == [(2021, 50), (2026, 900)]


def test_what_the_platform_no_longer_shows_stays_erased(done, alice, channel):
    done(FILE, read_at=DAY)
    gone = Page(vanished={Video: [(channel.external_id, "video000003")]})
    with tenant(alice.pk):
        now = datetime(2026, 1, 1, tzinfo=UTC)
        store.save(gone, owner_id=alice.pk, platform="youtube", slot=now, now=now)
    job = done(FILE, read_at=DAY)
    assert counts(job) == (0, 0, 19, 0, 1)
    assert problems(job)[0][2].startswith("The platform no longer shows this")
    with tenant(alice.pk):
        video = Video.objects.get(external_id="video000003")
        assert (video.title, video.removed_at is not None) == ("", True)


def test_figures_of_known_posts_need_no_time_of_publication_and_others_do(done, alice):
    done(FILE, read_at=DAY)
    text = "id,views\nvideo000003,7777\nunknown0001,5\n"
    job = done(text, read_at=datetime(2021, 1, 1, tzinfo=UTC))
    assert counts(job) == (0, 1, 0, 0, 1)
    assert problems(job) == [
        (3, "", "It is not known yet, and nothing says when it was published.")
    ]


def test_a_figure_that_the_file_calls_withheld_is_unknown_not_nothing(done, alice):
    text = (
        "id,published_at,likes,comment_count,comments_disabled,ratings_disabled\n"
        "withheld001,2019-01-01,0,0,True,True\nopen0000001,2019-01-01,0,0,False,False\n"
    )
    done(text, read_at=DAY)
    rows = stored(alice, Video, "external_id", "like_count", "comment_count")
    assert rows == [("open0000001", 0, 0), ("withheld001", None, None)]


def test_hostile_rows_are_refused_one_by_one(done, alice):
    bad = [
        "negative001,2019-01-01,x,-5,1,",
        "toolarge001,2019-01-01,x," + "9" * 31 + ",1,",
        "short,2019-01-01,x,1,1,",
        "badyear0001,1066-10-14,x,1,1,",
        "words000001,2019-01-01,x,many,1,",
        "future00001,2031-01-01,x,1,1,",
        "two00000001,soon,x,lots,1,",
        "nul\x0000000001,2019-01-01,x,1,1,",
        "tomanycell1,2019-01-01,x,1,1,,,9",
        "=1+1,2019-01-01,x,1,1,",
    ]
    text = HEAD + "goodvideo01,2019-01-01,=1+1\x00,1,1,\n" * 1 + "\n".join(bad) + "\n"
    text = text.replace("goodvideo01", "plain000001,2019-01-01,x,1,1,\n" * 5 + "goodvideo01", 1)
    job = done(text, read_at=DAY)
    assert counts(job) == (2, 0, 0, 4, len(bad))
    assert [line for line, _, _ in problems(job)] == [8, 9, 10, 11, 12, 13, 14, 14, 15, 16, 17]
    assert stored(alice, Video, "external_id", "title") == [
        ("goodvideo01", "=1+1"), ("plain000001", "x"),
    ]  # fmt: skip


def test_only_the_first_problems_are_kept_and_all_are_counted(done):
    most, work.MOST_PROBLEMS = work.MOST_PROBLEMS, 30
    try:
        job = done(many(1500, bad=range(1000, 1400)), read_at=DAY)
    finally:
        work.MOST_PROBLEMS = most
    assert (job.created, job.refused, len(problems(job))) == (1100, 400, 30)


# --- Whose it is ----------------------------------------------------------------------------------
def test_a_column_names_the_sources_and_missing_ones_are_made_when_asked(done, alice):
    text = "id,created_utc,subreddit,score\n" + "".join(
        f"{n}x,1300000000,{name},-3\n" for n, name in enumerate(["rust", "Python", "r/rust", "go"])
    )
    with tenant(alice.pk):
        EntityFactory(owner=alice, platform="reddit", external_id="t5_2s7lj", handle="rust")
    job = done(text, entity=None, platform="reddit", read_at=DAY)
    assert (counts(job), problems(job)[0]) == (
        (2, 0, 0, 0, 2), (3, "subreddit", "This is none of your sources."),
    )  # fmt: skip
    job = done(text, entity=None, platform="reddit", read_at=DAY, make_sources=True)
    assert (counts(job), len(job.made_sources)) == ((2, 0, 2, 0, 0), 2)
    accounts = stored(alice, Entity, "external_id", "handle")
    assert ("name:python", "Python") in accounts
    assert {score for (score,) in stored(alice, Post, "score")} == {-3}


def test_a_source_that_waited_under_its_name_gets_its_id_when_it_is_watched(done, alice):
    text = "id,created_utc,subreddit\n1x,1300000000,rust\n"
    done(text, entity=None, platform="reddit", read_at=DAY, make_sources=True)
    with tenant(alice.pk):
        profile = ProfileFactory(owner=alice, platform="reddit")
        facts = Facts(account="t5_2s7lj", handle="Rust")
        entity, new = actions.watch(profile=profile, facts=facts, now=datetime.now(UTC))
        assert (new, entity.profile) == (False, profile)
        assert Post.objects.get().entity_id == entity.pk
    assert counts(done(text, entity=source(alice, "t5_2s7lj"), read_at=DAY)) == (0, 0, 1, 0, 0)


def test_nothing_reaches_another_tenant(done, alice, bob, channel):
    done(FILE, read_at=DAY)
    with tenant(bob.pk):
        assert not Video.objects.exists()
        assert not Import.objects.exists()
        EntityFactory(owner=bob, external_id=channel.external_id, handle="@clips")
    text = "id,published_at,channel_id\n" + f"foreign0001,2019-01-01,{channel.external_id}\n"
    job = done(text, person=bob, entity=None, platform="youtube", read_at=DAY)
    assert counts(job) == (1, 0, 0, 0, 0)
    assert len(stored(alice, Video, "external_id")) == 20
    assert len(stored(bob, Video, "external_id")) == 1


# --- Other things than posts of YouTube -----------------------------------------------------------
def test_posts_of_x_by_their_addresses(done, alice):
    text = (
        "url,text,favorites,retweets\n"
        "https://twitter.com/a/status/920061541986250758,RT @b: hello,0,7\n"
        "https://x.com/a/status/914832655170011137,plain,5,1\n20,old,1,1\n"
    )
    with tenant(alice.pk):
        account = EntityFactory(owner=alice, platform="twitter", external_id="12", handle="a")
    job = done(text, entity=account, read_at=DAY)
    assert counts(job) == (2, 0, 0, 0, 1), "an old id does not tell its time"
    rows = stored(alice, Tweet, "external_id", "kind", "like_count", "current_id", "published_at")
    assert [row[:4] for row in rows] == [
        ("914832655170011137", "post", 5, "914832655170011137"),
        ("920061541986250758", "repost", None, "920061541986250758"),
    ]
    assert rows[0][4].isoformat()[:19] == "2017-10-02T12:41:16"


def test_comments(done, alice):
    text = (
        '{"id": "c1", "link_id": "t3_p1", "parent_id": "t3_p1", "body": "Top", "score": -2,'
        ' "created_utc": 1300000000, "author": "[deleted]"}\n'
        '{"id": "c2", "link_id": null, "parent_id": "t1_c1", "body": "x", "created_utc": 13e8}\n'
        '{"id": "c3", "link_id": null, "parent_id": "t3_p1", "body": "y", "created_utc": 13e8}\n'
    )
    with tenant(alice.pk):
        sub = EntityFactory(owner=alice, platform="reddit", external_id="t5_1", handle="rust")
    for expected in ((2, 0, 0, 0, 1), (0, 0, 2, 0, 1)):
        job = done(text, entity=sub, what="comments", name="c.jsonl")
        assert counts(job) == expected
    assert problems(job) == [(2, "", "Nothing says under which post it stands.")]
    rows = stored(alice, Comment, "external_id", "item_external_id", "parent_external_id", "author")
    assert rows == [("c1", "p1", "", ""), ("c3", "p1", "", "")]


def test_figures_of_an_account(done, alice, channel):
    text = 'date,followers\n2019-01-01,100\n2019-01-02,\n2019-01-03,-4\n2019-01-04,"1,300"\n'
    for expected in ((3, 0, 0, 0, 1), (0, 0, 3, 0, 1)):
        assert counts(done(text, what="audience")) == expected
    rows = stored(alice, EntitySnapshot, "taken_at", "audience", "views")
    assert [(at.day, audience, views) for at, audience, views in rows] == [
        (1, 100, None), (2, None, None), (4, 1300, None),
    ]  # fmt: skip
    assert counts(done(text.replace(",100", ",101"), what="audience")) == (0, 1, 2, 0, 1)
    with tenant(alice.pk):
        channel.refresh_from_db()
        assert channel.audience is None, "what stands now is the platform's word"


def test_a_name_of_a_source_with_nul_in_it_costs_its_row_alone(done, alice):
    text = HEAD.replace("\n", ",channel\n") + (
        "video000001,2019-01-01,One,1,1,,@cl\0ips\nvideo000002,2019-01-01,Two,1,1,,@clips\n"
    )
    job = done(text, entity=None, mapping={"account": "channel"}, read_at=DAY)
    assert (job.status, counts(job)) == ("done", (1, 0, 0, 0, 1))
    assert problems(job) == [(2, "channel", "This is none of your sources.")]
