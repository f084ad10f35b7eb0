"""What a cell says."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.imports import values
from collectors.imports.values import Dates

NOW = datetime(2026, 11, 25, tzinfo=UTC)
DATES = Dates(NOW)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("12149", 12149), ("12,149", 12149), ("1 234 567", 1234567), ("1\u202f234", 1234),
        ("1.234.567", 1234567), ("1'234'567", 1234567), ("846.0", 846), ("'17", 17),
        ('="0042"', 42), (" 7 ", 7), ("+3", 3), (12, 12), (12.0, 12), ("-5", -5),
        ("", None), ("null", None), ("NaN", None), ("\u2013", None),
        (None, None), (float("nan"), None),
    ],
)  # fmt: skip
def test_whole_numbers(cell, number):
    assert values.whole(cell) == number


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("1.5", "no whole number"), ("1.234", "thousands or a fraction"), ("8.1K", "no whole"),
        ("1.2E+05", "rounded"), ("=1+1", "no whole"), ("twelve", "no whole"), (True, "no number"),
        ("1" + "0" * 30, "larger than any"), (10**30, "larger than any"), ([1], "no number"),
        ({"a": 1}, "no number"), (float("inf"), "no whole"), ("9" * 5000, "no number"),
        ("٣", "no whole"), ("1\x000", "no whole"),
    ],
)  # fmt: skip
def test_what_is_no_whole_number(cell, why):
    with pytest.raises(ValueError, match=why):
        values.whole(cell)


def test_a_count_is_never_negative():
    with pytest.raises(ValueError, match="negative"):
        values.whole("-1", least=0)


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2017-10-16T22:59:00Z", "2017-10-16T22:59:00"),
        ("2017-10-16 22:59:00+02:00", "2017-10-16T20:59:00"),
        ("2017-10-16 22:59:00 UTC", "2017-10-16T22:59:00"),
        ("2017-10-16", "2017-10-16T00:00:00"),
        ("10/16/17 22:59", "2017-10-16T22:59:00"),
        ("10/16/2017 10:59 PM", "2017-10-16T22:59:00"),
        ("16.10.2017 22:59", "2017-10-16T22:59:00"),
        ("Mon Oct 16 22:59:00 +0000 2017", "2017-10-16T22:59:00"),
        ("Mon, 16 Oct 2017 22:59:00 +0100", "2017-10-16T21:59:00"),
        ("1508194740", "2017-10-16T22:59:00"), (1508194740, "2017-10-16T22:59:00"),
        (1508194740.0, "2017-10-16T22:59:00"), ("1508194740000", "2017-10-16T22:59:00"),
    ],
)  # fmt: skip
def test_moments(cell, moment):
    assert values.moment(cell, DATES) == datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "cell", ["18.01.11", "soon", "13/13/2017", "2017-02-30", "20171016", "0", "9" * 500, True]
)
def test_what_is_no_moment(cell):
    with pytest.raises(ValueError, match="date"):
        values.moment(cell, DATES)


@pytest.mark.parametrize("cell", ["1970-01-01", "0001-01-01", "9999-12-31T23:59:59", "2026-12-24"])
def test_years_that_cannot_be_meant(cell):
    with pytest.raises(ValueError, match="cannot be meant"):
        values.moment(cell, Dates(NOW, ZoneInfo("Pacific/Kiritimati")))


def test_a_zone_and_an_order_of_days_are_given():
    there = Dates(NOW, ZoneInfo("Europe/Berlin"), day_first=True)
    assert values.moment("3/4/2017 12:00", there) == datetime(2017, 4, 3, 10, tzinfo=UTC)
    assert values.day_first(["3/4/2017", "16/4/2017"])
    assert not values.day_first(["3/4/2017", "4/16/2017"])
    assert not values.day_first(["3/4/2017", "no date"])


def test_other_cells():
    assert values.share("97%") == 0.97
    assert values.share("0,5") == 0.5
    assert values.flag("FALSE") is False
    assert values.seconds("PT1H2M3S") == values.seconds("1:02:03") == 3723
    assert values.listed('music|"live"') == ["music", "live"]
    assert values.identity("'0042") == "0042"
    assert values.identity("1e0134") == "1e0134"  # an id of Reddit


@pytest.mark.parametrize("cell", ["9.2E+17", "9.20061541986251E+17", 9.2e17, ""])
def test_ids_that_a_spreadsheet_has_spoilt(cell):
    with pytest.raises(ValueError, match="id"):
        values.identity(cell)


def test_a_formula_is_text_and_goes_out_as_text():
    assert values.words("=HYPERLINK(1)") == "=HYPERLINK(1)"
    assert values.words("'=1+1") == "=1+1"
    assert values.words("'tis") == "'tis"
    assert values.protected("=1+1") == "'=1+1"
    assert values.protected("") == ""


ANYTHING = st.one_of(
    st.text(max_size=60), st.integers(), st.floats(), st.booleans(), st.none(),
    st.lists(st.text(max_size=5), max_size=3), st.dictionaries(st.text(max_size=3), st.none()),
)  # fmt: skip
READERS = [
    values.whole, values.share, values.flag, values.seconds, values.identity, values.words,
    values.listed, lambda cell: values.moment(cell, DATES),
]  # fmt: skip


@given(ANYTHING)
@settings(max_examples=50)
def test_any_cell_is_read_or_refused_with_a_sentence(cell):
    for read in READERS:
        assert sentence_of(read, cell)[-1:] in {"", "."}


def sentence_of(read, cell):
    """Why a cell is refused; '' if it is not. Any other error is the test's failure."""
    try:
        read(cell)
    except ValueError as error:
        return str(error)
    return ""


@given(st.integers(-values.BIGGEST, values.BIGGEST))
@settings(max_examples=50)
def test_a_number_survives_its_separators(number):
    assert values.whole(f"{number:,}") == number
    assert values.whole(str(number)) == number


@given(st.datetimes(datetime(2005, 1, 2), datetime(2026, 11, 24)))  # noqa: DTZ001
@settings(max_examples=50)
def test_a_moment_survives_every_way_to_write_it(naive):
    moment = naive.replace(microsecond=0, tzinfo=UTC)
    for text in (
        moment.isoformat(), f"{moment:%Y-%m-%d %H:%M:%S}", f"{int(moment.timestamp())}",
        f"{moment:%m/%d/%Y %H:%M:%S}", f"{moment:%a %b %d %H:%M:%S +0000 %Y}",
    ):  # fmt: skip
        assert values.moment(text, DATES) == moment
