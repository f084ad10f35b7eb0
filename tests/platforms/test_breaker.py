"""An outage ends a collection; the trouble of one account does not."""

import pytest

from platforms.breaker import Breaker
from platforms.errors import Gone, Malformed, Unavailable


@pytest.fixture
def breaker():
    return Breaker(2)


def test_calls_in_a_row_without_an_answer_end_it(breaker):
    breaker.hear(Unavailable("No answer."))
    with pytest.raises(Unavailable, match="Again none"):
        breaker.hear(Unavailable("Again none."))


@pytest.mark.parametrize("answer", [None, Gone("It is gone.", "deleted"), Malformed("Odd.")])
def test_an_answer_in_between_says_that_the_platform_is_there(breaker, answer):
    for _ in range(3):
        breaker.hear(Unavailable("No answer."))
        breaker.hear(answer)
