"""What is watched, what it publishes, and what reading it costs."""

from platforms.models.content import Comment, Content, DirtyHour, Ranking, Snapshot
from platforms.models.entities import Entity, EntityName, EntitySnapshot
from platforms.models.ledger import Charge, Hold, Spending
from platforms.models.profiles import ApiProfile

__all__ = [
    "ApiProfile",
    "Charge",
    "Comment",
    "Content",
    "DirtyHour",
    "Entity",
    "EntityName",
    "EntitySnapshot",
    "Hold",
    "Ranking",
    "Snapshot",
    "Spending",
]
