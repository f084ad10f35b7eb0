"""Live updates: a doorbell per person. The browser then asks the ordinary pages."""

from functools import partial
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction


def group(user_id: int) -> str:
    """Name of the group which only this person's sockets join."""
    return f"user.{user_id}"


def tell(user_id: int, name: str, **refs: Any) -> None:
    """Ring the tabs of one person: the event's name and ids, never data."""
    _send(user_id, {"type": "live.event", "name": name, "refs": refs})


def hang_up(user_id: int) -> None:
    """Close this person's sockets whose session has ended, once that is committed.

    Robust: without Redis a session ends all the same, and its sockets within a minute.
    """
    transaction.on_commit(partial(_send, user_id, {"type": "live.session"}), robust=True)


def _send(user_id: int, message: dict[str, Any]) -> None:
    layer: Any = get_channel_layer()
    async_to_sync(layer.group_send)(group(user_id), message)
