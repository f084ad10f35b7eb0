"""The browser's end of live updates."""

from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer

from accounts.live import group
from accounts.tenancy import acting_for

SIGN_IN_FIRST = 4401


class LiveConsumer(AsyncJsonWebsocketConsumer):
    """Joins its own person's group and forwards event names."""

    @property
    def user_id(self) -> int | None:
        """The person whose session opened the socket."""
        user = self.scope["user"]
        return user.pk if user is not None else None

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Handle one message as this person, so that row level security knows whose it is."""
        with acting_for(self.user_id):
            await super().dispatch(message)

    async def connect(self) -> None:
        """Take a signed-in person; others learn why by the close code."""
        await self.accept()
        if self.user_id is None:
            await self.close(SIGN_IN_FIRST)
            return
        await self.channel_layer.group_add(group(self.user_id), self.channel_name)
        await self.send_json({"name": "connected"})

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        del code  # Channels' signature
        if self.user_id is not None:
            await self.channel_layer.group_discard(group(self.user_id), self.channel_name)

    async def receive_json(self, content: Any, **_: Any) -> None:
        """Answer a ping; nothing else is understood."""
        if isinstance(content, dict) and content.get("name") == "ping":
            await self.send_json({"name": "pong"})

    async def live_event(self, event: dict[str, Any]) -> None:
        """Forward one event."""
        await self.send_json({"name": event["name"], "refs": event["refs"]})
