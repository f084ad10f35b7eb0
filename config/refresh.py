"""How often the figures of an item are read again: a ladder of ages.

Each rung: while younger than the first, as often as the second. Older than the last rung: no more.
"""

from datetime import timedelta

LADDER = {
    "default": [
        (timedelta(days=1), timedelta(hours=1)),
        (timedelta(days=7), timedelta(hours=6)),
        (timedelta(days=30), timedelta(days=1)),
        (timedelta(days=90), timedelta(days=7)),
    ],
    # Each post costs half a cent on every UTC day on which it is read.
    "twitter": [(timedelta(days=3), timedelta(days=1))],
}
