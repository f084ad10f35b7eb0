"""Figures are cut by month, out of reach but through their parent."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.utils import OperationalError, ProgrammingError

from accounts.tenancy import system, tenant
from platforms.models import Entity
from platforms.partitions import drop_before, ensure, partitions
from platforms.twitter.models import TweetSnapshot

MARCH = datetime(2021, 3, 31, 23, 59, tzinfo=UTC)
APRIL = datetime(2021, 4, 1, tzinfo=UTC)
both_connections = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@pytest.fixture
def clean(db):
    """No month but the test's own, whatever others left."""
    drop_before(TweetSnapshot, datetime(2100, 1, 1, tzinfo=UTC))
    yield
    drop_before(TweetSnapshot, datetime(2100, 1, 1, tzinfo=UTC))


def note(person, moment, item=1, **figures):
    return TweetSnapshot.objects.create(
        owner=person, item_id=item, taken_at=moment, like_count=3, **figures
    )


def run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else None


def test_a_month_has_no_place_until_it_is_asked_for(alice):
    with tenant(alice.pk):
        with pytest.raises(IntegrityError, match="no partition"), transaction.atomic():
            note(alice, MARCH)
        ensure(TweetSnapshot, MARCH)
        ensure(TweetSnapshot, MARCH)
        note(alice, MARCH)
        with pytest.raises(IntegrityError, match="no partition"), transaction.atomic():
            note(alice, APRIL)
        ensure(TweetSnapshot, APRIL)
        note(alice, APRIL)
        assert TweetSnapshot.objects.count() == 2
    assert {"tweet_snapshots_2021_03", "tweet_snapshots_2021_04"} <= set(partitions(TweetSnapshot))


def test_a_month_begins_at_midnight_utc_wherever_the_moment_was_noted(alice):
    ahead = APRIL.astimezone(timezone(timedelta(hours=14)))
    with tenant(alice.pk):
        run("SET LOCAL TIME ZONE 'Pacific/Kiritimati'")
        ensure(TweetSnapshot, ahead - timedelta(minutes=1))
        note(alice, MARCH)
        with pytest.raises(IntegrityError, match="no partition"), transaction.atomic():
            note(alice, ahead)


def test_nonsense_is_refused_in_every_month(alice):
    with tenant(alice.pk):
        ensure(TweetSnapshot, MARCH)
        with pytest.raises(IntegrityError, match="not_negative"), transaction.atomic():
            note(alice, MARCH, quote_count=-1)
        note(alice, MARCH)
        with pytest.raises(IntegrityError, match="duplicate key"), transaction.atomic():
            note(alice, MARCH)


def test_each_tenant_sees_and_writes_its_own_rows_through_the_parent(alice, bob):
    for person, item in ((alice, 1), (bob, 2)):
        with tenant(person.pk):
            ensure(TweetSnapshot, MARCH)
            note(person, MARCH, item)
    for person in (alice, bob):
        with tenant(person.pk):
            assert [row.owner_id for row in TweetSnapshot.objects.all()] == [person.pk]
    with tenant(alice.pk):
        assert TweetSnapshot.objects.filter(owner=bob).update(like_count=9) == 0
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            note(bob, MARCH, 3)
    with system():
        assert TweetSnapshot.objects.count() == 2
    assert TweetSnapshot.objects.count() == 0


@pytest.mark.parametrize("context", [lambda user: tenant(user.pk), lambda _: system()])
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM partitions.tweet_snapshots_2021_03",
        "INSERT INTO partitions.tweet_snapshots_2021_03 VALUES (1, 2, 3)",
        "DROP TABLE partitions.tweet_snapshots_2021_03",
        "CREATE TABLE partitions.mine ()",
        "ALTER TABLE tweet_snapshots DETACH PARTITION partitions.tweet_snapshots_2021_03",
    ],
)
def test_no_serving_role_reaches_a_month_directly(alice, context, statement):
    with tenant(alice.pk):
        ensure(TweetSnapshot, MARCH)
    with context(alice):
        refused = pytest.raises(ProgrammingError, match=r"permission denied|must be owner")
        with refused, transaction.atomic():
            run(statement)


def test_a_tenant_cannot_drop_months(alice):
    with tenant(alice.pk):
        ensure(TweetSnapshot, MARCH)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            run("SELECT drop_partitions('tweet_snapshots', now())")


@pytest.mark.parametrize(
    ("model", "moment"),
    [
        (Entity, MARCH),
        (TweetSnapshot, datetime(1999, 12, 31, tzinfo=UTC)),
        (TweetSnapshot, datetime(2100, 1, 1, tzinfo=UTC)),
    ],
)
def test_only_cut_tables_and_years_that_can_be_meant_get_a_month(db, model, moment):
    with pytest.raises(DatabaseError, match="has no partition"):
        ensure(model, moment)


@both_connections
def test_workers_that_meet_at_the_turn_of_a_month_make_one_place(alice, clean):
    def work(item):
        with tenant(alice.pk):
            ensure(TweetSnapshot, APRIL)
            note(alice, APRIL, item)
        connection.close()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(1, 5)))
    with tenant(alice.pk):
        assert TweetSnapshot.objects.count() == 4
    assert partitions(TweetSnapshot) == ["tweet_snapshots_2021_04"]


@both_connections
def test_a_place_that_went_with_its_transaction_is_made_again(alice, clean):
    def fail():
        ensure(TweetSnapshot, MARCH)
        raise KeyError

    with pytest.raises(KeyError), tenant(alice.pk):
        fail()
    with tenant(alice.pk):
        ensure(TweetSnapshot, MARCH)
        note(alice, MARCH)


@both_connections
def test_readers_and_writers_do_not_wait_for_a_new_month(alice, clean):
    def make(_):
        with tenant(alice.pk):
            run("SET LOCAL lock_timeout = '5s'")
            ensure(TweetSnapshot, APRIL)
        connection.close()

    make_march = datetime(2021, 3, 1, tzinfo=UTC)
    with tenant(alice.pk):
        ensure(TweetSnapshot, make_march)
    with tenant(alice.pk), ThreadPoolExecutor(1) as worker:
        note(alice, MARCH)
        assert TweetSnapshot.objects.count() == 1
        list(worker.map(make, [None]))


@both_connections
def test_old_months_go_whole_and_for_everybody(alice, bob, clean):
    moments = [datetime(2021, month, 15, tzinfo=UTC) for month in (1, 2, 3)]
    for person, item in ((alice, 1), (bob, 2)):
        for moment in moments:
            with tenant(person.pk):
                ensure(TweetSnapshot, moment)
                note(person, moment, item)
    gone = drop_before(TweetSnapshot, datetime(2021, 3, 1, tzinfo=UTC))
    assert gone == ["tweet_snapshots_2021_01", "tweet_snapshots_2021_02"]
    assert drop_before(TweetSnapshot, datetime(2021, 3, 31, tzinfo=UTC)) == []
    with system():
        assert {row.taken_at for row in TweetSnapshot.objects.all()} == {moments[2]}


@both_connections
def test_expiry_gives_up_rather_than_make_everybody_wait(alice, clean):
    def expire(_):
        try:
            return drop_before(TweetSnapshot, APRIL)
        finally:
            connection.close()

    with tenant(alice.pk):
        ensure(TweetSnapshot, MARCH)
    with tenant(alice.pk), ThreadPoolExecutor(1) as worker:
        assert not TweetSnapshot.objects.exists()
        with pytest.raises(OperationalError, match="lock timeout"):
            list(worker.map(expire, [None]))
