"""What was not seen for long is asked for again, and what vanished becomes a tombstone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.tenancy import acting_for, system, tenant
from collectors.models import Custody
from collectors.policies import recheck
from collectors.policies.recheck import SOON
from collectors.policies.rules import look_after, next_look
from platforms import registry
from platforms.models import Entity
from platforms.simulation import planted
from tests.collectors.policies.rounds import DAY, HOUR, NOW, held, looks
from tests.collectors.policies.runs import run

ASKABLE = ["twitter", "youtube", "reddit"]
LATER = 31 * DAY
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def items(person, slug, **which):
    with tenant(person.pk):
        return list(registry.get(slug).content.objects.filter(**which).order_by("pk"))


@pytest.mark.parametrize("slug", ASKABLE)
def test_a_deleted_post_loses_its_words_and_the_others_are_seen_again(alice, follow, world, slug):
    follow(alice, slug, 5)
    run(alice)
    before = items(alice, slug, removed_at=None)
    world.advance(LATER)
    later = datetime.now(UTC) + LATER
    moments = [later + number * SOON for number in range(5)]
    for moment in moments:
        looks(moment)
    gone = items(alice, slug, removed_at__gte=later)
    removed = removed_from(world, slug) & {at(item) for item in before}
    assert at(planted_deletion(world, slug)) in removed
    assert {at(item) for item in gone} == removed
    assert not any(getattr(item, name) for item in gone for name in item.WORDS)
    assert all(item.external_id and item.removed_at in moments for item in gone)
    others = items(alice, slug, removed_at=None)
    assert len(others) == len(before) - len(gone)
    assert {item.last_seen_at for item in others} <= set(moments)


def planted_deletion(world, slug):
    number = world.planted[slug].deletion.number
    return world.accounts(slug)[planted.DELETION].post(number)


def removed_from(world, slug):
    """When each post was published that is no longer shown."""
    posts = [post for a in world.accounts(slug) for post in a.newest(3000, until=world.start)]
    return {at(post) for post in posts if post.removed_at(world.now)}


def at(post):
    """The moment of publication, as exact as every platform tells it."""
    return post.published_at.replace(microsecond=0)


@pytest.mark.parametrize("slug", ASKABLE)
def test_nothing_new_is_collected_by_it(alice, follow, world, slug):
    follow(alice, slug, 2)
    run(alice)
    before = [item.pk for item in items(alice, slug)]
    world.advance(LATER)
    looks(datetime.now(UTC) + LATER)
    assert [item.pk for item in items(alice, slug)] == before


def test_what_the_ordinary_runs_saw_is_not_asked_for(alice, hold, publish, settings):
    settings.SIMULATOR_URL = "http://127.0.0.1:9"  # whoever is asked there does not answer
    entity = hold(alice, "reddit", simulated=True)
    publish(entity, 3, last_seen_at=NOW - 23 * HOUR)
    assert looks(NOW) == [[entity.pk]]
    assert held(entity).custody.look_at == NOW + 6 * HOUR
    assert len(held(entity).shown) == 3


def test_a_platform_that_does_not_answer_is_asked_an_hour_later(alice, follow, world, board):
    (job,) = follow(alice, "reddit", 1)
    run(alice)
    later = datetime.now(UTC) + 2 * DAY
    board.faults.order("reddit", "500", times=50)
    looks(later)
    assert items(alice, "reddit", removed_at__isnull=False) == []
    with system():
        assert Custody.objects.get(pk=job.entity_id).look_at == later + HOUR
    board.faults.clear()
    looks(later + HOUR)
    assert {item.last_seen_at for item in items(alice, "reddit")} == {later + HOUR}


def test_each_is_asked_for_with_the_credential_it_has_by_then(alice, follow):
    jobs = follow(alice, "reddit", 2)
    run(alice)
    with tenant(alice.pk):
        Entity.objects.filter(pk=jobs[0].entity_id).update(profile=None)
    later = datetime.now(UTC) + 2 * DAY
    with acting_for(alice.pk):
        recheck.look([job.entity_id for job in jobs], now=later)
    seen = {item.entity_id for item in items(alice, "reddit", last_seen_at=later)}
    assert seen == {jobs[1].entity_id}


def test_a_worker_that_dies_costs_the_time_of_a_lease(alice, hold, publish):
    from collectors.policies import custody

    publish(entity := hold(alice, "youtube"), last_seen_at=NOW - 29 * DAY)
    custody.enrol(now=NOW)
    ((turn,),) = custody.claim_looks(now=NOW)
    assert turn.entity_id == entity.pk
    assert list(custody.claim_looks(now=NOW + custody.LEASE / 2)) == []
    assert len(list(custody.claim_looks(now=NOW + custody.LEASE))) == 1


def test_accounts_travel_with_others_of_their_owner_and_credential(alice, bob, hold):
    for person in (alice, bob):
        for slug in ("youtube", "reddit", "twitch"):
            hold(person, slug)
    with tenant(alice.pk):
        reddit = Entity.objects.get(platform="reddit")
        Entity.objects.create(
            owner=alice, platform="reddit", external_id="t5_x", handle="x",
            profile=reddit.profile, read_at=reddit.read_at,
        )  # fmt: skip
    assert sorted(map(len, looks(NOW))) == [1, 1, 1, 2], "Twitch cannot be asked"


def test_an_account_that_came_from_a_file_owes_nothing(alice, hold, publish):
    publish(entity := hold(alice, "youtube"), last_seen_at=NOW - 300 * DAY)
    with tenant(alice.pk):
        Entity.objects.update(read_at={})
    assert looks(NOW) == []
    assert held(entity).custody is None


# --- The schedule ---------------------------------------------------------------------------------
GAPS = st.lists(st.integers(1, 30), min_size=1, max_size=6)  # hours between two rounds
AGES = st.lists(st.integers(0, 60), min_size=1, max_size=5)  # hours since each item was seen


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gaps=GAPS, ages=AGES)
def test_no_item_waits_for_longer_than_its_rule_and_none_is_asked_for_twice_in_a_period(
    gaps, ages, schedule_of
):
    """A quarter of the period is for asking for many together; a round may come late itself."""
    after = look_after("reddit")
    for gap, now, before, seen in schedule_of(gaps, ages):
        asked = [pk for pk in seen if seen[pk] != before[pk]]
        assert all(now - before[pk] >= after for pk in asked)
        unasked = [now - seen[pk] for pk in seen if pk not in asked]
        assert all(age <= after * 1.25 + gap for age in unasked)


@pytest.fixture
def schedule_of(alice, follow, world):
    """Rounds of looking again, and when each item was last seen before and after it."""
    follow(alice, "reddit", 1)
    run(alice)
    content = registry.get("reddit").content
    world.advance(datetime.now(UTC) - world.now)  # older slots than the run's are left out
    with tenant(alice.pk):
        few = list(content.objects.order_by("-published_at").values_list("pk", flat=True)[:6])
        content.objects.exclude(pk__in=few).delete()

    def rounds(gaps, ages):
        world.advance(DAY)
        start = world.now
        with tenant(alice.pk):
            pks = list(content.objects.filter(removed_at=None).values_list("pk", flat=True))
            for pk, age in zip(pks, ages * len(pks), strict=False):
                content.objects.filter(pk=pk).update(last_seen_at=start - age * HOUR)
            Custody.objects.all().delete()
        looks(start)
        for gap in gaps:
            before = seen()
            world.advance(gap * HOUR)
            looks(world.now)
            yield gap * HOUR, world.now, before, seen()

    def seen():
        with tenant(alice.pk):
            return dict(content.objects.filter(removed_at=None).values_list("pk", "last_seen_at"))

    return rounds


@given(since=st.none() | st.integers(0, 2000), after=st.integers(24, 720))
def test_a_look_comes_no_later_than_the_rule_and_no_sooner_than_a_quarter_of_it(since, after):
    oldest = None if since is None else NOW - since * HOUR
    period = timedelta(hours=after)
    at = next_look(oldest, after=period, now=NOW)
    assert at >= NOW + period / 4
    assert at <= max((oldest or NOW) + period, NOW + period / 4)
