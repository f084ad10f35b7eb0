"""The rules in force: one vocabulary for all platforms, with date and source, open to change."""

from datetime import date, timedelta

import pytest

from collectors.policies.rules import EARLY, look_after, rules_of
from platforms import registry, terms
from platforms.credentials.connection import terms as terms_here
from platforms.duties import in_words
from platforms.models import Entity
from platforms.terms import Duties, parse

pytestmark = pytest.mark.django_db
HERE = {"as_of": date(2026, 11, 1), "source": "a test", "buckets": {}}


@pytest.mark.parametrize("platform", registry.every(), ids=lambda platform: platform.slug)
def test_every_platform_says_what_it_demands_since_when_and_where(platform):
    duties = terms.load(platform.slug).duties
    assert duties.as_of
    assert duties.as_of >= date(2026, 1, 1)
    assert duties.source
    assert set(duties.gone_states) <= set(Entity.State.values)
    assert not duties.agreed, "nobody has agreed to anything yet"
    assert (look_after(platform.slug) is None) == (platform.again is None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"recheck_hours": 12},
        {"erase_hours": -1},
        {"keep_days": "7"},
        {"keep_days": 7.5},
        {"keep_days": True},
    ],
)
def test_what_is_no_number_of_hours_or_days_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        parse({**HERE, "duties": wrong})


def test_a_word_that_is_not_in_the_vocabulary_is_refused():
    with pytest.raises(TypeError, match="kep_days"):
        parse({**HERE, "duties": {"kep_days": 7}})


def test_nought_means_that_nothing_is_demanded():
    assert parse({**HERE, "duties": {"recheck_hours": 0, "keep_days": 0}}).duties == Duties()
    assert parse(HERE).duties == Duties()


def test_an_installation_changes_one_value_and_keeps_the_others(terms_of, hold, alice):
    entity = hold(alice, "reddit")
    usual = rules_of(entity)
    terms_of("reddit", "recheck_hours = 36")
    assert look_after("reddit") == timedelta(hours=36)
    assert rules_of(entity).erase_after == usual.erase_after == timedelta(hours=24)
    assert terms_here("reddit").buckets


def test_what_has_a_limit_is_done_a_little_before_it(hold, alice):
    rules = rules_of(hold(alice, "youtube"))
    assert rules.unseen == timedelta(days=30) - EARLY
    assert look_after("youtube") * 1.25 < rules.unseen


def test_the_page_of_credentials_shows_the_rules(client, hold, alice, terms_of):
    terms_of("youtube", "keep_days = 400")
    hold(alice, "youtube")
    client.force_login(alice)
    page = client.get("/credentials/").content.decode()
    assert "What YouTube lets you keep" in page
    assert "What is not seen again for 30 days is deleted." in page
    assert "Nothing is kept for longer than 400 days after it was published." in page
    assert "as of 1 June 2026" in page


def test_rules_in_words():
    duties = Duties(
        recheck_hours=24, erase_hours=36, gone_states=("deleted", "private", "unknown"),
        keep_days=1, lifted_by="a nod", agreed=("7",),
    )  # fmt: skip
    again = "What was not seen for 1 day is asked for again; what Toy no longer shows is "
    assert in_words(duties, "Toy") == [
        f"{again}erased at once.",
        "An account that is deleted, private or not found is erased within 36 hours.",
        "Nothing is kept for longer than 1 day after it was published.",
        "For 1 account more is kept, with a nod.",
    ]
    assert in_words(Duties(), "Toy") == []
