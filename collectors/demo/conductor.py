"""Keeps the demo alive: makes its workspace, answers for its platforms, has its history loaded.

One process of `manage.py serve`. What it leaves undone when it is killed, its next start does.
"""

import logging
import socket
import time
from collections.abc import Callable
from threading import Thread

from django.db import close_old_connections, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts import demo
from accounts.models import User
from accounts.tenancy import acting_for
from collectors.demo import history, workspace
from collectors.demo.progress import Progress, progress
from collectors.demo.world import world_of
from collectors.tasks import load_history
from platforms import registry
from platforms.simulation.server import SimulationServer
from platforms.simulation.switchboard import Switchboard, switchboard

logger = logging.getLogger(__name__)

Say = Callable[[str], None]

LOOK_SECONDS = 1.0
PATIENCE = 30  # looks without any progress; then what was ordered is ordered once more
STEP = 5  # percent between two lines on the console
REST_SECONDS = 10.0


def conduct(listener: socket.socket, say: Say) -> None:
    """Answer at this socket and look after the workspace, for ever.

    A workspace that is taken away (`manage.py demo --reset`) is made anew.
    """
    user = _prepared()
    with SimulationServer(_board(user), listener=listener, steered=False) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        while True:
            _load(user, say)
            _tend(user)
            user = _prepared()
            server.board = _board(user)


def _prepared() -> User:
    return workspace.prepare(now=timezone.now())


def _board(user: User) -> Switchboard:
    """The simulated platforms, in our present."""
    world = world_of(user.date_joined)
    world.follow(timezone.now)
    return switchboard(world, registry.simulators())


def _load(user: User, say: Say) -> None:
    """Have the history loaded, and say how far it is, until it is there."""
    told, quiet = -STEP, PATIENCE
    before: Progress | None = None
    while (now := _progress(user)).waiting:
        quiet = 0 if before and now.share > before.share else quiet + 1
        before = now
        if quiet > PATIENCE:
            _order(user)
            quiet = 0
        if now.percent >= told + STEP:
            say(f"Loading the demo's history {now.bar}")
            told = now.percent
        time.sleep(LOOK_SECONDS)
    if before:
        say(f"The demo is ready: {now.sources} sources with their history")


def _order(user: User) -> None:
    """Tell the workers what is to be loaded; twice is no harm."""
    with acting_for(user.pk):
        with transaction.atomic():
            waiting = history.waiting(user.pk)
        try:
            for slug, job_ids in waiting:
                load_history.apply_async((slug, job_ids), queue=f"collect.{slug}")
        except OperationalError as error:
            logger.warning("the demo's history was not ordered: %s", error)


def _progress(user: User) -> Progress:
    with acting_for(user.pk), transaction.atomic():
        return progress(user)


def _tend(user: User) -> None:
    """Until it is taken away."""
    while demo.find() == user:
        workspace.tend(user, now=timezone.now())
        close_old_connections()
        time.sleep(REST_SECONDS)
