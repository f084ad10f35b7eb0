"""What reading channels costs, counted as the collector calls."""

from math import exp

from platforms.loads import DAY, Bill, Load, calls_for, calls_of
from platforms.terms import Terms
from platforms.youtube.collector import LATE

VIDEOS_A_DAY = 0.7  # of a channel that nothing is known of


def cost(load: Load, terms: Terms) -> Bill:
    """Units of a day, and calls for figures, which have a bucket of their own."""
    batch, packs = terms.batch, load.packs
    channels = packs * calls_of(load.together, batch["channels"])
    figures = load.each(load.items * load.readings())
    units = channels + load.polls + packs * calls_for(load.each(load.items), batch["videos"])
    return Bill(
        {
            "units": units + _late(load),
            "batch_get_stats": packs * calls_for(figures, batch["batch_get_stats"]),
        }
    )


def _late(load: Load) -> float:
    """Calls for details of known videos alone: of channels that had no new ones for so long, nor
    had those that are read with them."""
    days = LATE * 60 / DAY
    quiet = exp(-load.items * load.together * days)
    return load.accounts / load.together / days * quiet
