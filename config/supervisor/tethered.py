"""Runs a Python module that ends when its parent does: `python -m config.supervisor.tethered M ...`

Standard input is a pipe whose other end only the parent holds. The system closes it however the
parent ends, kill -9 included, and on every system that has pipes.
"""

import os
import runpy
import signal
import sys
import threading
import time

# For the request or task in hand; a start that follows at once waits for it.
GRACE_SECONDS = 3


def main() -> None:
    """Hold on to the parent, then become the module."""
    tether = os.dup(sys.stdin.fileno())
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, sys.stdin.fileno())
    os.close(nothing)
    threading.Thread(target=_watch, args=[tether], daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _watch(tether: int) -> None:
    while os.read(tether, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    if os.getpgrp() == os.getpid():  # with the processes it has forked
        os.killpg(0, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
