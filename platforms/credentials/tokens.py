"""Access tokens between calls: in Valkey, for all workers that hold the credential, sealed."""

from contextlib import suppress
from dataclasses import dataclass

import redis

from accounts.crypto import SealError
from accounts.keyring import keyring

EARLY_SECONDS = 300.0  # a token is given up this long before its end, or a tenth of its life


@dataclass(frozen=True)
class SealedTokens:
    """A platforms.contract.Tokens. A token that is lost or unreadable is only fetched again."""

    store: redis.Redis
    fingerprint: str

    def get(self) -> str | None:
        """The token, if one is known that has not expired."""
        with suppress(redis.RedisError, SealError):
            sealed = self.store.get(self._key)
            return keyring().open(sealed, place=self._key) if isinstance(sealed, bytes) else None
        return None

    def put(self, token: str, *, seconds: float) -> None:
        """Keep a token that is good for so many seconds."""
        life = seconds - min(EARLY_SECONDS, seconds / 10)
        if life < 1:
            return
        with suppress(redis.RedisError):
            self.store.set(self._key, keyring().seal(token, place=self._key), ex=int(life))

    def forget(self) -> None:
        """The platform refused the token."""
        with suppress(redis.RedisError):
            self.store.delete(self._key)

    @property
    def _key(self) -> str:
        return f"tw:token:{self.fingerprint}"
