"""A cache whose loss makes pages slower, not wrong."""

import logging
from collections.abc import Callable
from functools import cache, wraps
from time import monotonic
from typing import Any

import redis
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from django.utils.functional import cached_property

from config.backends import timeouts

REST_SECONDS = 2.0

log = logging.getLogger(__name__)


def _or(otherwise: Any, ask: Callable[..., Any]) -> Callable[..., Any]:
    """Answer `otherwise` while the server is away."""

    @wraps(ask)
    def answer(client: "OptionalClient", *args: Any, **kwargs: Any) -> Any:
        # After a failure the server is left alone for a moment: a page asks it several times.
        if monotonic() < client.away_until:
            return otherwise
        try:
            return ask(client, *args, **kwargs)
        except (redis.ConnectionError, redis.TimeoutError) as error:
            client.away_until = monotonic() + REST_SECONDS
            log.warning("The cache does not answer: %s", error)
            return otherwise

    return answer


class OptionalClient(RedisCacheClient):
    """Answers as an empty cache while the server is away.

    `add` then answers False, "somebody else was first": what counts attempts under a lock (signing
    in) refuses them, instead of letting all pass.
    """

    away_until = 0.0

    add = _or(False, RedisCacheClient.add)  # noqa: FBT003  what add answers
    delete = _or(False, RedisCacheClient.delete)  # noqa: FBT003
    delete_many = _or(None, RedisCacheClient.delete_many)
    has_key = _or(False, RedisCacheClient.has_key)  # noqa: FBT003
    set = _or(None, RedisCacheClient.set)
    set_many = _or(None, RedisCacheClient.set_many)
    touch = _or(False, RedisCacheClient.touch)  # noqa: FBT003

    def __init__(self, servers: list[str]) -> None:
        super().__init__(servers, **timeouts.REDIS)

    def get(self, key: Any, default: Any) -> Any:
        """Return the value, or the default."""
        return _or(default, RedisCacheClient.get)(self, key, default)

    def get_many(self, keys: Any) -> Any:
        """Return what is there."""
        return _or({}, RedisCacheClient.get_many)(self, keys)


class OptionalCache(RedisCache):
    """Django's Redis cache with that client."""

    @cached_property
    def _cache(self) -> OptionalClient:
        # Django makes a cache object for each request; its connections must outlive it.
        return _shared(tuple(self._servers))  # type: ignore[attr-defined]  # unknown to the stubs

    def clear(self) -> None:
        """Delete our keys. Django would empty the database, and the task queues with it."""
        client = self._cache.get_client(write=True)
        for key in client.scan_iter(match=self.make_key("*"), count=1000):
            client.unlink(key)


@cache
def _shared(servers: tuple[str, ...]) -> OptionalClient:
    return OptionalClient(list(servers))
