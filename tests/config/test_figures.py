"""How figures are written."""

from datetime import timedelta

import pytest

from config.templatetags.figures import compact, dollars, share, span


@pytest.mark.parametrize(
    ("figure", "written"),
    [
        (0, "0"),
        (9_812, "9,812"),
        (10_000, "10K"),
        (94_149, "94.1K"),
        (162_400, "162K"),
        (999_499, "999K"),
        (999_500, "1M"),
        (1_434_000, "1.43M"),
        (8_000_000_000, "8B"),
        (999_999_999, "1B"),
    ],
)
def test_large_figures_have_three_digits(figure, written):
    assert compact(figure) == written


@pytest.mark.parametrize(
    ("amount", "written"), [(0, "$0.00"), (0.015, "$0.015"), (1234.5, "$1,234.50")]
)
def test_money_shows_what_is_smaller_than_a_cent(amount, written):
    assert dollars(amount) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0.44, "0.4 s"), (11.2, "11.2 s"), (222, "3 min 42 s"), (13_320, "3 h 42 min"), (-1, "0.0 s")],
)
def test_a_span_has_two_units_at_most(seconds, written):
    assert span(timedelta(seconds=seconds)) == written


@pytest.mark.parametrize(
    ("figure", "written"), [(0, "0"), (0.0412, "0.041"), (1.5, "1.5"), (12.4, "12")]
)
def test_a_share_of_calls_has_two_digits(figure, written):
    assert share(figure) == written
