"""Conditions that a database holds, so that no nonsense is stored."""

from functools import reduce
from operator import and_

from django.db.models import Q


def not_negative(*columns: str) -> Q:
    """Each of these columns is NULL or at least 0."""
    return reduce(and_, (Q(**{f"{column}__gte": 0}) for column in columns))
