"""The simulated YouTube speaks as described, and a collection of it costs what was promised."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from platforms.contract import Facts
from platforms.errors import Gone, QuotaSpent, RateLimited, Refused
from platforms.models import Comment
from platforms.simulation.planted import DELETION, HIDDEN, RENAME, SHUT, SILENT
from platforms.simulation.world import World
from platforms.youtube import collector
from platforms.youtube.models import Video
from platforms.youtube.simulator import YoutubeSimulator, channel_id, video_id
from tests.platforms.shared import needs_data
from tests.platforms.simulation.specs import problems
from tests.platforms.youtube.wire import KEY, client_of, failed, rows_of, target, vanished

START = datetime(2026, 11, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def world():
    return World(accounts=12, start=START)


@pytest.fixture
def site(world):
    return YoutubeSimulator(world)


def everything(client, world):
    """All calls that the client makes, with pages and refusals."""
    accounts = world.accounts("youtube")
    targets = [target(channel_id(a)) for a in accounts]
    pages = list(collector.collect(client, targets, world.now))
    ids = tuple(rows_of(pages))[:120]
    due = replace(targets[0], due_ids=ids, newest_id=ids[0])
    pages += collector.collect(client, [due], world.now)
    pages += collector.comments(client, channel_id(accounts[0]), [*ids[:9], "nothing"], world.now)
    collector.search(client, accounts[0].title)
    collector.resolve(
        client, [f"@{accounts[1].handle_at(world.now)}", "@nobody", targets[2].account]
    )
    return pages


@needs_data
def test_every_answer_is_as_the_discovery_document_says(site, world):
    mismatches, calls = [], Counter()

    def watched(call):
        answer = site.answer(call)
        calls[call.path] += 1
        mismatches.extend((call.path, problem) for problem in problems("youtube", call, answer))
        return answer

    everything(client_of(watched), world)
    assert mismatches == []
    assert len(calls) == 6
    client = client_of(watched)
    for bad in (lambda: client.videos(["x"] * 51), lambda: client.comment_threads("nothing"),
                lambda: client.playlist_items("UUnothing"), lambda: client.videos([]),
                lambda: client.playlist_items("UUnothing", page="???")):  # fmt: skip
        with pytest.raises(Exception, match="YouTube"):
            bad()
    assert mismatches == []
    assert problems("youtube", None, site.limited(None)) == []


def test_what_is_collected_is_what_the_world_holds(site, world):
    pages = everything(client_of(site.answer), world)
    account = world.accounts("youtube")[0]
    rows = rows_of(pages)
    facts = {f.account: f for page in pages for f in page.accounts}
    assert facts[channel_id(account)].handle == f"@{account.handle_at(world.now)}"
    assert facts[channel_id(account)].figures["contents"] == account.posts_count_at(world.now)
    for post in account.newest(60, until=world.now):
        if not post.removed_at(world.now):
            row, told = rows[video_id(post)], post.figures_at(world.now)
            assert row["title"] == post.title
            assert row["published_at"] == post.published_at.replace(microsecond=0)
            assert (row["view_count"], row["like_count"], row["comment_count"]) == (
                told.views, told.likes, told.comments
            )  # fmt: skip
    assert rows_of(pages, Comment)


def test_planted_effects_are_seen(site, world):
    client = client_of(site.answer)
    accounts = world.accounts("youtube")
    ids = [channel_id(account) for account in accounts]
    pages = list(collector.collect(client, [target(id_) for id_ in ids], world.now))
    facts = {f.account: f for page in pages for f in page.accounts}
    assert facts[ids[HIDDEN]].figures["audience"] is None
    assert isinstance(failed(pages)[ids[SHUT]], Gone)
    assert ids[SILENT] not in failed(pages)
    assert ids[SILENT] not in {row["account"] for row in rows_of(pages).values()}
    planted = world.planted["youtube"]
    hidden, silent = planted.hidden_likes, planted.disabled_comments
    for item, column in ((hidden, "like_count"), (silent, "comment_count")):
        video = video_id(accounts[item.account].post(item.number))
        if video in rows_of(pages):
            assert rows_of(pages)[video][column] is None
    deleted = video_id(accounts[DELETION].post(planted.deletion.number))
    world.advance(timedelta(days=3))
    again = target(ids[DELETION], newest_id=deleted, due_ids=(deleted,))
    pages = list(collector.collect(client, [again, target(ids[RENAME])], world.now))
    assert (ids[DELETION], deleted) in vanished(pages)
    renamed = next(f for page in pages for f in page.accounts if f.account == ids[RENAME])
    assert renamed.handle == f"@{planted.rename.after}"


def test_a_broadcast_is_announced_goes_live_and_ends(site, world):
    account, post = next(
        (account, post)
        for account in world.accounts("youtube")[:2]
        for post in account.posts(START + timedelta(days=1), START + timedelta(days=40))
        if post.kind == "live" and not post.removed_at(START + timedelta(days=60))
    )
    client, kinds, lengths = client_of(site.answer), [], []
    for moment in (post.published_at - HOUR, post.published_at + timedelta(minutes=1),
                   post.published_at + timedelta(minutes=post.minutes + 1)):  # fmt: skip
        world.advance(moment - world.now)
        row = rows_of(collector.collect(client, [target(channel_id(account))], world.now))
        kinds.append(row[video_id(post)]["kind"])
        lengths.append(row[video_id(post)]["duration_seconds"])
    assert kinds == ["upcoming", "live", "video"]
    assert lengths[:2] == [None, None]
    assert lengths[2] >= post.minutes * 60


def test_keys_are_refused_as_youtube_refuses_them(site):
    for word, reason in (("wrong", "wrong"), ("expired", "expired"), ("disabled", "not_enabled"),
                         ("blocked", "forbidden")):  # fmt: skip
        with pytest.raises(Refused) as refusal:
            client_of(site.answer, api_key=f"{word}-{KEY}").probe()
        assert refusal.value.reason == reason
    with pytest.raises(RateLimited):
        client_of(site.limited).probe()


def test_the_buckets_of_a_day_are_enforced_and_full_again_at_midnight_pacific(site, world):
    client = client_of(site.answer)
    for _ in range(100):
        client.search_channels("music")
    with pytest.raises(QuotaSpent) as spent:
        client.search_channels("music")
    assert spent.value.until == datetime(2026, 11, 3, 8, tzinfo=UTC)
    client.probe()  # another bucket
    world.advance(spent.value.until - world.now)
    client.search_channels("music")
    assert site.spent == {"search": 101, "units": 1}


class Watch:
    """Channels that were collected before, with every video of ten days measured at each poll."""

    def __init__(self, site, world, accounts):
        self.client, self.world = client_of(site.answer), world
        self.seen = {channel_id(account): {} for account in accounts}
        self.read_at = {channel_id(account): {} for account in accounts}
        for account in accounts:
            for post in account.posts(world.now - timedelta(days=20), world.now):
                self.seen[channel_id(account)][video_id(post)] = post.published_at

    def target(self, name):
        seen = self.seen[name]
        young = [v for v, at in seen.items() if self.world.now - at < timedelta(days=10)]
        newest = max(seen, key=seen.get)
        return target(name, newest_id=newest, due_ids=tuple(young), read_at=self.read_at[name])

    def poll(self):
        targets = [self.target(name) for name in self.seen]
        for page in collector.collect(self.client, targets, self.world.now):
            for name in page.read.get("details", ()):
                self.read_at[name]["details"] = self.world.now
            for row in page.rows.get(Video, ()):
                if "published_at" in row:
                    self.seen[row["account"]][row["external_id"]] = row["published_at"]


def test_an_hourly_poll_costs_at_most_1_04_units_a_channel_with_its_figures():
    world = World(accounts=200, start=START)
    site = YoutubeSimulator(world)
    there = [account for account in world.accounts("youtube") if account.closure is None]
    watch = Watch(site, world, sorted(there, key=lambda account: -account.per_day)[:100])
    for _ in range(12):
        watch.poll()
        world.advance(HOUR)
    assert site.spent["units"] / (12 * 100) <= 1.04
    assert site.spent["batch_get_stats"] / (12 * 100) <= 0.2
    assert set(site.spent) == {"units", "batch_get_stats"}


def test_found_channels_come_with_their_figures(site, world):
    account = world.accounts("youtube")[0]
    found = collector.search(client_of(site.answer), account.title)
    assert isinstance(found[0], Facts)
    assert channel_id(account) in {facts.account for facts in found}
