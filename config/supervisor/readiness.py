"""Whether the first page answers."""

import asyncio
from urllib.parse import urlsplit

PAUSE_SECONDS = 0.1
SERVER_ERROR = 500
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  to connect to, not to listen on


async def first_page(host: str, port: int, *, site: str) -> int:
    """Ask for the first page until it answers. Returns the status. `site`: the public address."""
    while True:
        try:
            return await _status(ANYWHERE.get(host, host), port, urlsplit(site).netloc)
        except (OSError, ValueError, IndexError):
            await asyncio.sleep(PAUSE_SECONDS)


async def _status(host: str, port: int, name: str) -> int:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        request = f"GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode())
        await writer.drain()
        return int((await reader.readline()).split()[1])
    finally:
        writer.close()
