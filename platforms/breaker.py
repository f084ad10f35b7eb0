"""Tells an outage of a platform from the trouble of one account."""

from dataclasses import dataclass

from platforms.errors import PlatformError, Unavailable


@dataclass
class Breaker:
    """A circuit breaker for one collection: ends it after `most` calls in a row without an answer.

    One account may be the cause of such a call, hardly of several. An error that the platform
    itself states (Gone, Malformed, ...) is an answer.
    """

    most: int
    silent: int = 0

    def hear(self, error: PlatformError | None = None) -> None:
        """Note how a call ended; None: well. Raises the error with which the breaker opens."""
        if not isinstance(error, Unavailable):
            self.silent = 0
            return
        self.silent += 1
        if self.silent >= self.most:
            raise error
