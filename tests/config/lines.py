"""What is logged during a test."""

import io
import json
import logging

from config.logs.lines import LineHandler, configure, logging_settings


class Lines:
    """Puts a stream behind our handler, and reads it."""

    def __init__(self):
        configure(logging_settings())
        self.stream = io.StringIO()
        # pytest has handlers of its own there
        ours = (h for h in logging.getLogger().handlers if isinstance(h, LineHandler))
        self.handler = next(ours)
        self.handler.setStream(self.stream)

    @property
    def raw(self):
        return self.stream.getvalue()

    def __iter__(self):
        return (json.loads(line) for line in self.raw.splitlines())

    def only(self):
        (line,) = self
        return line
