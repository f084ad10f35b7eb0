"""The browser's end of live updates."""

from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer

from accounts.live import group

SIGN_IN_FIRST = 4401


class LiveConsumer(AsyncJsonWebsocketConsumer):
    """Joins its own person's group and forwards event names."""

    async def connect(self) -> None:
        """Take a signed-in person; others learn why by the close code."""
        await self.accept()
        user = self.scope["user"]
        if not user.is_authenticated:
            await self.close(SIGN_IN_FIRST)
            return
        await self.channel_layer.group_add(group(user.pk), self.channel_name)
        await self.send_json({"name": "connected"})

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        if (user := self.scope["user"]).is_authenticated:
            await self.channel_layer.group_discard(group(user.pk), self.channel_name)

    async def receive_json(self, content: Any, **_: Any) -> None:
        """Answer a ping; nothing else is understood."""
        if isinstance(content, dict) and content.get("name") == "ping":
            await self.send_json({"name": "pong"})

    async def live_event(self, event: dict[str, Any]) -> None:
        """Forward one event."""
        await self.send_json({"name": event["name"], "refs": event["refs"]})
