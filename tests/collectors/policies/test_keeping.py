"""Nothing is kept for longer than its platform allows, and nothing else is touched."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from django.db import connection

from accounts.tenancy import acting_for, system, tenant
from collectors.models import Custody
from collectors.policies import custody, emptying, keeping
from platforms import erasure
from platforms.models import ApiProfile, DirtyHour, Entity, EntitySnapshot
from platforms.twitch.models import ScheduledStream
from tests.collectors.policies.rounds import DAY, HOUR, NOW, held, visits
from tests.collectors.policies.runs import again, run

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
OFTEN = timedelta(hours=3)  # an account is visited


# --- Not seen again -------------------------------------------------------------------------------
@pytest.mark.parametrize(("slug", "span"), [("youtube", 30 * DAY), ("twitch", DAY)])
def test_what_is_not_seen_again_in_time_is_deleted(alice, hold, publish, comment, slug, span):
    entity = hold(alice, slug)
    old, _ = (
        publish(entity, last_seen_at=moment, figures=[moment - HOUR, moment])[0]
        for moment in (NOW - span + OFTEN, NOW - span + 5 * HOUR)
    )
    comment(old, last_seen_at=NOW)
    assert visits() == 1
    assert held(entity).shown == ["i1"]
    assert len(held(entity).figures) == 2
    assert held(entity).comments == []
    assert [item.external_id for item in held(entity).items] == ["i1"]
    assert held(entity).custody.visit_at == NOW + OFTEN


@pytest.mark.parametrize(
    "line", ['agreed = ["*"]', 'agreed = ["41"]', "refresh_or_delete_days = 0"]
)
def test_an_agreement_lets_more_be_kept(alice, bob, hold, publish, terms_of, line):
    terms_of("twitch", line)
    agreed, other = (
        hold(person, "twitch", external_id=account)
        for person, account in ((alice, "41"), (bob, "42"))
    )
    for entity in (agreed, other):
        publish(entity, last_seen_at=NOW - 90 * DAY)
    visits()
    assert held(agreed).shown == ["i0"]
    assert held(other).shown == ([] if "41" in line else ["i0"])


def test_simulated_accounts_are_our_own(alice, hold, publish):
    publish(entity := hold(alice, "twitch", simulated=True), last_seen_at=NOW - 90 * DAY)
    visits()
    assert held(entity).shown == ["i0"]


def test_an_account_that_nobody_reads_any_more_loses_its_names_and_figures(alice, hold):
    entity = hold(alice, "youtube")
    with tenant(alice.pk):
        Entity.objects.update(checked_at=NOW - 30 * DAY)
        EntitySnapshot.objects.create(owner=alice, entity=entity, taken_at=NOW - 30 * DAY)
    visits()
    now = held(entity)
    assert (now.entity.title, now.names) == ("", 0)
    assert now.entity.handle
    with tenant(alice.pk):
        assert not EntitySnapshot.objects.exists()


def test_announcements_of_twitch_go_with_the_rest(alice, hold):
    entity = hold(alice, "twitch")
    with tenant(alice.pk):
        for name, moment in (("old", NOW - DAY), ("new", NOW)):
            ScheduledStream.objects.create(
                owner=alice, entity=entity, external_id=name, published_at=NOW + DAY,
                first_seen_at=moment, last_seen_at=moment,
            )  # fmt: skip
    visits()
    with tenant(alice.pk):
        assert [segment.external_id for segment in ScheduledStream.objects.all()] == ["new"]


def test_comments_are_kept_no_longer_than_they_can_be_followed(alice, hold, publish, comment):
    (item,) = publish(hold(alice, "reddit"))
    comment(item, last_seen_at=NOW - 2 * DAY + OFTEN)
    kept = comment(item, last_seen_at=NOW - DAY)
    visits()
    assert [each.pk for each in held(item.entity).comments] == [kept.pk]


# --- Figures --------------------------------------------------------------------------------------
def test_old_figures_go_but_the_one_that_stood_at_the_limit(alice, hold, publish):
    moments = [NOW - number * DAY for number in (90, 60, 40, 20, 1)]
    entity = hold(alice, "youtube")
    publish(entity, figures=moments)
    publish(entity, figures=moments[:1])
    with tenant(alice.pk):
        for moment in moments:
            EntitySnapshot.objects.create(owner=alice, entity=entity, taken_at=moment)
    visits()
    assert held(entity).figures == [*moments[2:], moments[0]]
    with tenant(alice.pk):
        taken = EntitySnapshot.objects.order_by("taken_at").values_list("taken_at", flat=True)
        assert list(taken) == moments[2:]


def test_what_an_installation_does_not_want_longer_goes_by_its_age(alice, hold, publish, terms_of):
    terms_of("reddit", "keep_days = 7")
    entity = hold(alice, "reddit")
    publish(entity, published_at=NOW - 8 * DAY)
    publish(entity, published_at=NOW - 6 * DAY, figures=[NOW])
    visits()
    assert held(entity).shown == ["i1"]
    visits(NOW + 2 * DAY)
    visits(NOW + 3 * DAY)
    now = held(entity)
    assert (now.bare, now.figures) == (["i1"], []), "the newest tells where to go on"
    assert len(now.items) == 1


def test_what_is_too_old_is_not_stored_again_by_the_next_run(alice, follow, terms_of):
    terms_of("reddit", "keep_days = 2")
    (job,) = follow(alice, "reddit", 1)
    run(alice)
    visits(datetime.now(UTC))
    kept = [item.pk for item in held(job.entity).items]
    assert held(job.entity).items[0].published_at >= datetime.now(UTC) - 2 * DAY
    again(alice)
    assert [item.pk for item in held(job.entity).items] == kept


# --- Gone, or no longer readable ------------------------------------------------------------------
@pytest.mark.parametrize(
    ("slug", "state"),
    [("twitter", "suspended"), ("twitter", "protected"), ("reddit", "deleted")],
)
def test_an_account_that_is_gone_is_erased_after_a_while(
    alice, hold, publish, comment, slug, state
):
    entity = hold(alice, slug, state=state)
    (item, _) = publish(entity, 2, figures=[NOW])
    comment(item)
    visits()
    assert len(held(entity).shown) == 2, "it may be a fault of the platform's"
    visits(NOW + DAY)
    now = held(entity)
    assert (now.shown, any(now.words), now.names, now.entity.title) == ([], False, 0, "")
    assert [len(now.items), len(now.figures)] == [2, 2], "the figures stay for the sums"
    assert not any(each.text or each.author for each in now.comments)
    visits(NOW + 31 * DAY)
    assert (len(held(entity).items), held(entity).bare) == (1, ["i1"])
    assert held(entity).entity.handle, "its owner typed it"


def test_an_account_that_comes_back_is_not_erased(alice, hold, publish):
    publish(entity := hold(alice, "twitter", state="suspended"))
    visits()
    with tenant(alice.pk):
        Entity.objects.update(state="active")
    visits(NOW + OFTEN)
    with tenant(alice.pk):
        Entity.objects.update(state="suspended")
    visits(NOW + DAY)
    assert held(entity).shown == ["i0"]
    assert held(entity).custody.gone_since == NOW + DAY


@pytest.mark.parametrize("slug", ["twitter", "reddit"])
@pytest.mark.parametrize("end", ["removed", "refused"])
def test_when_access_to_x_ends_all_of_it_is_deleted(alice, hold, publish, slug, end):
    publish(entity := hold(alice, slug), 3, figures=[NOW])
    with tenant(alice.pk):
        own = ApiProfile.objects.all()
        own.delete() if end == "removed" else own.update(verdict="wrong")
    visits()
    visits(NOW + 13 * DAY)
    assert len(held(entity).items) == 3
    visits(NOW + 14 * DAY)
    now = held(entity)
    assert (len(now.items), len(now.figures)) == ((0, 0) if slug == "twitter" else (3, 3))
    assert now.entity


# --- Whatever happens -----------------------------------------------------------------------------
def test_nobody_elses_and_no_other_platforms_rows_are_touched(alice, bob, hold, publish):
    others = [hold(bob, "youtube", external_id="UC1"), hold(alice, "reddit"), hold(bob, "twitch")]
    mine = hold(alice, "youtube", external_id="UC1")
    for entity in (mine, *others):
        publish(entity, 2, last_seen_at=NOW, figures=[NOW])
    with tenant(alice.pk):
        type(held(mine).items[0]).objects.update(last_seen_at=NOW - 31 * DAY)
    visits()
    assert held(mine).bare == ["i1"]
    assert len(held(mine).items) == 1
    for entity in others:
        assert len(held(entity).shown) == 2
        assert held(entity).names == 1


def test_a_visit_that_is_cut_short_goes_on_in_the_next_round(alice, hold, publish, monkeypatch):
    monkeypatch.setattr(emptying, "ITEMS", 2)
    publish(entity := hold(alice, "youtube"), 7, last_seen_at=NOW - 31 * DAY)
    custody.enrol(now=NOW)
    with acting_for(alice.pk):
        assert not keeping.visit(entity.pk, now=NOW, until=monotonic())
    assert len(held(entity).items) == 7
    assert held(entity).custody.visit_at == NOW
    visits()
    assert held(entity).bare == ["i6"]
    assert len(held(entity).items) == 1


def test_a_crash_in_the_middle_undoes_its_batch_alone(alice, hold, publish, monkeypatch):
    monkeypatch.setattr(emptying, "ITEMS", 2)
    publish(entity := hold(alice, "youtube"), 7, last_seen_at=NOW - 31 * DAY, figures=[NOW - DAY])
    reached = []

    def crash(erased):
        reached.append(erased.entity_ids)
        if len(reached) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(erasure, "erasers", [*erasure.erasers, crash])
    with pytest.raises(KeyboardInterrupt):
        visits()
    now = held(entity)
    assert (len(now.items), len(now.figures)) == (5, 5)
    assert visits(NOW + custody.LEASE) == 1
    now = held(entity)
    assert (len(now.items), now.bare, now.figures) == (1, ["i6"], [])


def test_two_visits_at_once_end_as_one(alice, hold, publish, comment, monkeypatch):
    monkeypatch.setattr(emptying, "ITEMS", 3)
    entity = hold(alice, "twitter", state="deleted")
    items = publish(entity, 20, figures=[NOW])
    for item in items:
        comment(item)
    visits()

    def visit(_):
        try:
            with acting_for(alice.pk):
                return keeping.visit(entity.pk, now=NOW + DAY, until=monotonic() + 30)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as both:
        assert list(both.map(visit, range(2))) == [True, True]
    now = held(entity)
    assert (now.shown, any(now.words), len(now.items)) == ([], False, 20)
    assert not any(each.text for each in now.comments)
    with tenant(alice.pk):
        assert DirtyHour.objects.count() >= 1


def test_two_rounds_at_once_visit_each_account_once(alice, hold):
    for number in range(30):
        hold(alice, "youtube", external_id=f"UC{number}")
    custody.enrol(now=NOW)

    def claim(_):
        try:
            return [turn.entity_id for turn in custody.claim_visits(now=NOW)]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as both:
        first, second = both.map(claim, range(2))
    assert not set(first) & set(second)
    assert len(first + second) == 30
    with system():
        assert Custody.objects.filter(visit_at=NOW).count() == 0
