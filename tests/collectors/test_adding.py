"""What becomes of names: the preview, and the adding."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Barrier

import pytest
from django.db import connection

from accounts.tenancy import acting_for, system, tenant
from collectors import adding, control, pipeline, schedule
from collectors.caps import BeyondCap
from collectors.intervals import IntervalOutOfRange
from collectors.models import MonitoringJob
from platforms import registry
from platforms.models import ApiProfile, Entity, EntityName
from platforms.simulation import planted
from platforms.simulation.wire import as_json
from platforms.spending import ledger
from tests.factories.platforms import ProfileFactory
from tests.platforms.connections import Board, serving

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
PLATFORMS = ["twitch", "twitter", "youtube", "reddit"]
PREFIX = {"youtube": "@", "reddit": "r/", "twitter": "@", "twitch": ""}
NOW = datetime.now(UTC)


@pytest.fixture
def key(alice, board):
    """Makes a demo credential: `key("youtube")`."""

    def make(slug="youtube", person=alice, **fields):
        with tenant(person.pk):
            return ProfileFactory(owner=person, platform=slug, simulated=True, **fields)

    return make


@pytest.fixture
def names(world):
    """Names as people type them, by the state of their account: `names("youtube", "active")`."""

    def find(slug, state="active"):
        accounts = [a for a in world.accounts(slug) if a.state_at(world.now) == state]
        return [PREFIX[slug] + account.handle_at(world.now) for account in accounts]

    return find


def look(profile, text):
    with acting_for(profile.owner_id):
        return adding.preview(by=profile.owner, profile=profile, text=text)


def put(profile, preview, *, minutes=60, **more):
    with acting_for(profile.owner_id):
        return adding.add(
            by=profile.owner, profile=profile, preview=preview, interval_minutes=minutes,
            now=datetime.now(UTC), **more,
        )  # fmt: skip


def words(preview):
    return [line.word for line in preview.lines]


def jobs(person):
    with tenant(person.pk):
        return list(MonitoringJob.objects.select_related("entity").order_by("next_run_at"))


@pytest.mark.parametrize("slug", PLATFORMS)
def test_every_line_says_what_becomes_of_it(alice, key, names, slug):
    profile, platform = key(slug), registry.get(slug)
    there, other = names(slug)[:2]
    put(profile, look(profile, other))
    not_a = "Not an account" if slug == "twitter" else f"Not a {platform.entity_noun}"
    foreign = "https://www.youtube.com/@trail" if slug != "youtube" else "twitch.tv/trail"
    seen = look(profile, f"{there}, {other}\n{there.upper()} nobodyhere99 {foreign} !!a!!")
    link = "Link to Twitch" if slug == "youtube" else "Link to YouTube"
    assert words(seen) == ["New", "Already monitored", "Repeated", "Not found", link, not_a]
    assert seen.lines[0].facts.title
    assert all(line.sentence for line in seen.lines[2:])
    assert (len(seen.new), seen.unfinished, seen.stopped) == (1, False, None)


@pytest.mark.parametrize("slug", PLATFORMS)
def test_closed_accounts_are_named_as_what_they_are(key, names, world, slug):
    shut = planted.CLOSURES[slug][planted.SHUT]
    (line,) = look(key(slug), names(slug, shut)[0]).lines
    with_reason = {"protected": "Protected", "private": "Private"}
    assert line.word == with_reason.get(shut, "Not found")


def test_an_id_and_a_handle_of_one_channel_are_one(key, names):
    profile = key()
    name = names("youtube")[0]
    id_ = look(profile, name).new[0].account
    seen = look(profile, f"{name} https://www.youtube.com/channel/{id_}")
    assert words(seen) == ["New", "Repeated"]
    put(profile, seen)
    assert words(look(profile, f"{id_} {name}")) == ["Already monitored"] * 2


def test_adding_what_was_previewed_costs_no_second_look(key, names):
    profile = key()
    text = "\n".join(names("youtube")[:5])
    first, second = look(profile, text), look(profile, text)
    assert (first.spent.calls, second.spent.calls) == (5, 0)
    added = put(profile, second)
    assert added.count == 5
    (units,) = [
        one.spent
        for one in ledger.spendings([profile.fingerprint], since=NOW.date() - timedelta(days=2))
        if one.bucket == "units"
    ]
    assert units == 5


# One of the subreddits hides how many members it has, and is asked for itself.
@pytest.mark.parametrize(("slug", "calls"), [("twitch", 1), ("twitter", 1), ("reddit", 2)])
def test_names_are_packed(key, names, slug, calls):
    profile = key(slug)
    seen = look(profile, " ".join(names(slug)))
    assert len(seen.new) >= 5
    assert seen.spent.calls == calls


def test_what_is_monitored_already_is_not_even_looked_up(key, names):
    profile = key("twitter")
    text = names("twitter")[0]
    put(profile, look(profile, text))
    seen = look(profile, f"https://x.com/{text.removeprefix('@').upper()}?s=20")
    assert words(seen) == ["Already monitored"]
    assert (seen.spent.calls, seen.spent.dollars) == (0, 0)


def test_the_first_runs_of_many_are_spread_and_one_alone_runs_at_once(alice, key, names):
    profile = key()
    first, *others = names("youtube")[:7]
    put(profile, look(profile, first))
    (one,) = jobs(alice)
    assert abs(one.next_run_at - datetime.now(UTC)) < timedelta(seconds=5)
    put(profile, look(profile, "\n".join(others)))
    moments = [job.next_run_at for job in jobs(alice) if job.pk != one.pk]
    gaps = {(b - a).total_seconds() for a, b in pairwise(moments)}
    assert gaps == {4.5}, "two hundred fill a quarter of an hour"


def test_adding_twice_and_a_stale_preview_change_nothing(alice, key, names):
    profile = key()
    seen = look(profile, " ".join(names("youtube")[:3]))
    put(profile, seen)
    before = [(job.pk, job.next_run_at, job.interval_minutes) for job in jobs(alice)]
    assert put(profile, seen).count == 0
    assert put(profile, look(profile, names("youtube")[0])).count == 0
    assert [(job.pk, job.next_run_at, job.interval_minutes) for job in jobs(alice)] == before


def test_several_who_add_the_same_at_once_add_it_once(alice, key, names):
    profile = key()
    seen = look(profile, " ".join(names("youtube")[:5]))
    ready = Barrier(4)

    def work(_):
        ready.wait()
        try:
            return put(profile, seen).count
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        counts = list(threads.map(work, range(4)))
    assert sorted(counts) == [0, 0, 0, 5]
    assert len(jobs(alice)) == 5
    with tenant(alice.pk):
        assert Entity.objects.count() == EntityName.objects.count() == 5


def test_after_a_removal_the_old_source_goes_on_with_its_history(alice, key, names):
    profile, name = key(), names("youtube")[0]
    put(profile, look(profile, name))
    with system():
        ids = [each.execution_id for each in schedule.claim(10)]
    with acting_for(alice.pk):
        pipeline.run(ids)
    (job,) = jobs(alice)
    content = registry.get("youtube").content.objects
    with tenant(alice.pk):
        items = content.count()
        control.stop(MonitoringJob.objects.filter(pk=job.pk))
        ApiProfile.objects.filter(pk=profile.pk).delete()
    other = key()
    seen = look(other, name)
    assert words(seen) == ["New"]
    assert "Its history continues" in seen.lines[0].sentence
    assert put(other, seen).count == 1
    (again,) = jobs(alice)
    assert again.entity_id == job.entity_id
    with tenant(alice.pk):
        assert content.count() == items > 0
        assert Entity.objects.get().profile_id == other.pk
        assert EntityName.objects.count() == 1


def test_others_monitors_do_not_count(alice, bob, key, names):
    mine, his, name = key(), key(person=bob), names("youtube")[0]
    put(his, look(his, name))
    assert words(look(mine, name)) == ["New"]
    put(mine, look(mine, name))
    assert [len(jobs(person)) for person in (alice, bob)] == [1, 1]


def test_an_interval_out_of_range_adds_nothing(alice, key, names):
    profile = key()
    with pytest.raises(IntervalOutOfRange, match="60 to 120 minutes"):
        put(profile, look(profile, names("youtube")[0]), minutes=59)
    assert jobs(alice) == []


def test_what_a_credential_cannot_carry_is_refused(alice, key, names):
    profile = key(daily_units=10)
    seen = look(profile, names("youtube")[0])
    with acting_for(alice.pk), pytest.raises(BeyondCap, match="of 10 daily units"):
        adding.add(by=alice, profile=profile, preview=seen, interval_minutes=60, now=NOW)
    assert jobs(alice) == []
    with tenant(alice.pk):
        assert not Entity.objects.exists()


def test_a_credential_that_was_deleted_meanwhile_is_told(alice, key, names):
    profile = key()
    seen = look(profile, names("youtube")[0])
    with tenant(alice.pk):
        ApiProfile.objects.all().delete()
    with pytest.raises(BeyondCap, match="deleted meanwhile"):
        put(profile, seen)


def test_what_stops_a_look_up_keeps_what_was_found(alice, key, names, board):
    profile = key()
    one, two = names("youtube")[:2]
    look(profile, one)
    board.faults.order("youtube", "429", times=3)
    seen = look(profile, f"{one} {two}")
    assert words(seen) == ["New", "Not looked up yet"]
    assert seen.stopped
    assert seen.waiting == [two]
    assert not seen.unfinished
    assert put(profile, seen).count == 1


def test_a_refused_credential_is_marked(alice, key, settings):
    refusal = {"error": {"code": 403, "errors": [{"reason": "accessNotConfigured"}]}}
    with serving(Board(lambda _: as_json(refusal, status=403))) as server:
        settings.SIMULATOR_URL = server.address
        profile = key()
        seen = look(profile, "@trail")
    assert words(seen) == ["Not looked up yet"]
    with tenant(alice.pk):
        assert ApiProfile.objects.get().verdict == "not_enabled"


def test_two_hundred_handles_are_all_added(alice, key, world):
    profile = key("twitch")
    handles = [a.handle_at(world.now) for a in world.accounts("twitch")]
    text = "\n".join(handles + [f"nobody{number}" for number in range(200 - len(handles))])
    seen = look(profile, text)
    assert len(seen.lines) == 200
    assert seen.spent.calls == 2
    with pytest.raises(adding.TooMany):
        look(profile, text + " one_more")
