"""Live updates: a doorbell per person. The browser then asks the ordinary pages."""

from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer


def group(user_id: int) -> str:
    """Name of the group which only this person's sockets join."""
    return f"user.{user_id}"


def tell(user_id: int, name: str, **refs: Any) -> None:
    """Ring the tabs of one person: the event's name and ids, never data."""
    layer: Any = get_channel_layer()
    event = {"type": "live.event", "name": name, "refs": refs}
    async_to_sync(layer.group_send)(group(user_id), event)
