"""gunicorn's own lines, in the same form as all others."""

from gunicorn.config import Config  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from config.logs.lines import configure, logging_settings


class GunicornLogger(Logger):  # type: ignore[misc]  # gunicorn ships no types
    """Sends gunicorn's lines to our handler instead of its own."""

    def setup(self, cfg: Config) -> None:
        """Set up; the master process has not read Django's settings yet."""
        super().setup(cfg)
        configure(logging_settings())
        for logger in (self.error_log, self.access_log):
            logger.handlers.clear()
            logger.propagate = True
