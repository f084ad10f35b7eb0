"""Keyset pages: a list from new to old goes on behind the last row that was shown.

Unlike a page number, the mark stays true while rows come in on top, and costs the same everywhere.
"""

from datetime import datetime

from django.db.models import Q
from django.http import Http404


def mark(moment: datetime, pk: int) -> str:
    """The place of a row, for an address."""
    return f"{moment.isoformat()}_{pk}"


def behind(place: str, *, moment: str) -> Q:
    """What comes after a mark. `moment`: the column by which the list is sorted, before the key.

    Raises Http404 for what is no mark.
    """
    told, _, pk = place.rpartition("_")
    try:
        at, number = datetime.fromisoformat(told), int(pk)
    except ValueError:
        raise Http404 from None
    if at.tzinfo is None or not 0 <= number < 2**63:
        raise Http404
    return Q(**{f"{moment}__lt": at}) | Q(**{moment: at}, pk__lt=number)
