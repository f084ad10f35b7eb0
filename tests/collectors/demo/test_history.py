"""The demo's history: what stands in the database is what the world tells, row by row."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction

from accounts.tenancy import acting_for, tenant
from collectors.demo import history, workspace
from collectors.demo.progress import progress
from collectors.models import JobExecution, MonitoringJob
from platforms import registry
from platforms.models import EntitySnapshot
from platforms.reddit.models import Post, PostSnapshot
from platforms.twitch.models import StreamRecord, StreamSnapshot
from platforms.twitter.models import Tweet, TweetSnapshot
from platforms.youtube.models import VideoSnapshot
from tests.collectors.demo.conftest import BEGAN, DAYS, FIRST, entity, everything, lanes

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
EACH_DAY = [FIRST + n * DAY for n in range(DAYS + 1)]
NUMBER = {
    "reddit": lambda id_: int(id_, 36) & (2**22 - 1),
    "twitter": lambda id_: int(id_) % 2**22,
    "youtube": lambda id_: int(id_[4:]),
}


@pytest.fixture
def figures(loaded, world):
    """Of a kind of snapshot, each row with the world's post and its figures at that moment."""

    def read(model, slug):
        account = world.accounts(slug)[0]
        with tenant(loaded.pk):
            rows = list(model.objects.filter(owner=loaded).select_related("item"))
        for row in rows:
            post = account.post(NUMBER[slug](row.item.external_id))
            yield row, post, post.figures_at(row.taken_at)

    return read


@pytest.mark.parametrize("slug", ["reddit", "twitter", "youtube"])
def test_every_post_of_the_days_is_there_and_none_of_the_future(loaded, world, slug):
    with tenant(loaded.pk):
        rows = registry.get(slug).content.objects.filter(entity=entity(loaded, slug))
        items = {NUMBER[slug](item.external_id): item for item in rows}
    told = world.accounts(slug)[0].posts(FIRST, BEGAN)
    there = {post.number for post in told if not post.removed_at(BEGAN)}
    assert len(there) > 3
    assert there <= items.keys()
    fresh = {number for number, item in items.items() if item.published_at >= FIRST}
    assert fresh <= {post.number for post in told}
    assert max(item.published_at for item in items.values()) <= BEGAN
    assert max(item.first_seen_at for item in items.values()) <= BEGAN


def test_figures_of_videos_are_the_worlds_at_every_moment(figures):
    rows = list(figures(VideoSnapshot, "youtube"))
    assert {row.taken_at for row, _, _ in rows} == {*EACH_DAY}
    for row, _, told in rows:
        assert (row.view_count, row.like_count) == (told.views, told.likes)


def test_figures_of_reddit_posts_are_the_worlds_at_every_moment(figures):
    rows = list(figures(PostSnapshot, "reddit"))
    assert len(rows) > 1000
    for row, post, told in rows:
        hidden = row.taken_at - post.published_at < HOUR
        assert row.score == (None if hidden else told.score)
        assert (row.num_comments, row.upvote_ratio) == (told.comments, told.ratio)


def test_figures_of_posts_on_x_are_the_worlds_at_every_moment(figures):
    rows = [
        (row, told)
        for row, _, told in figures(TweetSnapshot, "twitter")
        if row.item.kind != Tweet.Kind.REPOST and row.item.current_id == row.item.external_id
    ]
    assert len(rows) > 100
    for row, told in rows:
        assert (row.impression_count, row.like_count) == (told.views, told.likes)


def test_viewers_of_broadcasts_are_seen_while_they_are_on_air(loaded, world):
    channel = world.accounts("twitch")[0]
    posts = {post.published_at: post for post in channel.posts(FIRST, BEGAN)}
    with tenant(loaded.pk):
        streams = list(StreamRecord.objects.filter(owner=loaded, published_at__gte=FIRST))
        rows = list(StreamSnapshot.objects.filter(owner=loaded).select_related("item"))
    there = {moment for moment, post in posts.items() if not post.removed_at(BEGAN)}
    assert there <= {stream.published_at for stream in streams} <= posts.keys()
    on_air = 0
    for row in rows:
        post = posts.get(row.item.published_at)
        if post and (viewers := post.viewers_at(row.taken_at)):
            assert row.viewer_count == viewers
            on_air += 1
    assert on_air > 2


@pytest.mark.parametrize("slug", ["reddit", "twitter", "twitch"])
def test_followers_are_known_for_every_day(loaded, world, slug):
    with tenant(loaded.pk):
        rows = EntitySnapshot.objects.filter(entity=entity(loaded, slug))
        known = dict(rows.values_list("taken_at", "audience"))
    told = [world.accounts(slug)[0].audience_at(day) for day in EACH_DAY]
    assert [known.get(day) for day in EACH_DAY] == told


def test_afterwards_the_jobs_run_by_themselves_from_where_the_history_ends(loaded):
    with tenant(loaded.pk):
        jobs = list(MonitoringJob.objects.filter(owner=loaded))
        assert progress(loaded).percent == 100
    assert {job.last_success_at for job in jobs} == {BEGAN}
    assert {job.pause_reason for job in jobs} == {MonitoringJob.Pause.RUNS}
    assert all(job.next_run_at for job in jobs)
    assert {job.interval_minutes for job in jobs} == {1, 2, 5}


def test_each_day_has_its_run_with_its_counts(loaded):
    with tenant(loaded.pk):
        source = entity(loaded, "reddit")
        runs = list(JobExecution.objects.filter(job=source.job).order_by("due_at"))
        posts = Post.objects.filter(entity=source).count()
    assert [run.due_at for run in runs] == EACH_DAY
    assert {run.status for run in runs} == {JobExecution.Status.SUCCESS}
    assert sum(run.created for run in runs) == posts
    assert all(run.calls for run in runs)


# --- Done twice, killed, at once -----------------------------------------------------------------


class Killed(Exception):
    """What the process was about to commit is lost."""


def stumble(person):
    """Load slot by slot, and lose each of them once before it is committed."""
    with acting_for(person.pk):
        for job_ids in lanes(person):
            more = True
            while more:
                with suppress(Killed), transaction.atomic():
                    history.load(job_ids, seconds=0)
                    raise Killed
                more = history.load(job_ids, seconds=0)


def test_loading_what_is_loaded_changes_nothing(loaded):
    whole = everything(loaded)
    with acting_for(loaded.pk), transaction.atomic():
        ids = list(MonitoringJob.objects.values_list("pk", flat=True))
        assert not any(history.load([pk]) for pk in ids)
    workspace.prepare(now=BEGAN + DAY, each=1)
    assert lanes(loaded) == []
    assert everything(loaded) == whole


def test_killed_again_and_again_it_ends_the_same(loaded):
    whole = everything(loaded)
    with suppress(Killed), transaction.atomic():
        assert workspace.remove()
        again = workspace.prepare(now=BEGAN, each=1)
        assert everything(again) != whole
        stumble(again)
        assert everything(again) == whole
        raise Killed
