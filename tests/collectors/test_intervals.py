"""How often an account may be read: the platform's range, widened by staff."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from collectors.intervals import IntervalOutOfRange, allowed, demand_allowed
from config import intervals
from platforms import registry

ASKED = {"twitch": (15, 120), "twitter": (30, 120), "youtube": (60, 120), "reddit": (30, 120)}


@pytest.mark.parametrize("slug", ASKED)
def test_each_platform_has_its_range(slug):
    minutes = allowed(registry.get(slug))
    assert (minutes[0], minutes[-1]) == ASKED[slug]


def test_staff_widens_a_range_and_never_narrows_it(settings):
    settings.POLL_MINUTES = intervals.read(["youtube:30-90", "twitch:20-1440"])
    assert allowed(registry.get("youtube")) == range(30, 121)
    assert allowed(registry.get("twitch")) == range(15, 1441)
    assert allowed(registry.get("reddit")) == range(30, 121)
    demand_allowed(["youtube"], 30)
    with pytest.raises(IntervalOutOfRange, match="Choose 30 to 120 minutes for YouTube"):
        demand_allowed(["youtube"], 29)


@pytest.mark.parametrize(
    "entry", ["youtube", "youtube:90-30", "youtube:0-60", "youtube:a-b", ":1-2"]
)
def test_what_is_no_range_ends_the_start_with_a_sentence(entry):
    with pytest.raises(ImproperlyConfigured, match="POLL_MINUTES must be like twitch:5-240"):
        intervals.read([entry])
