"""The world that the demo lives in: the same in every process, and after every restart.

It hangs on one stored moment, the demo's first start (`User.date_joined` of its person). Its
history goes back `settings.DEMO_DAYS` from there; what is planted in it begins 45 days before that
moment, late enough to stand out against what was usual, and early enough to be over.
"""

from datetime import datetime, timedelta

from pydantic import BaseModel

from platforms.contract import Platform
from platforms.credentials import fields
from platforms.simulation.accounts import Account
from platforms.simulation.traits import LIVELY
from platforms.simulation.world import World

SEED = 7
WATCHED = 6  # of each platform: those that the planted effects are on, and none that is closed
PLANTED = timedelta(days=45)
KEPT_DAYS = 60  # of accounts, in memory: about 15 MB
MEANT_FOR_NOBODY = "simulated-key-of-nobody"
AGENT = "demo:tidewatch.simulated:1.0 (by /u/tidewatch)"


def world_of(began: datetime) -> World:
    """The world of a demo that was first started at this moment."""
    return World(seed=SEED, start=began - PLANTED, kinds=LIVELY, kept_days=KEPT_DAYS)


def watched(world: World, platform: Platform, count: int = WATCHED) -> tuple[Account, ...]:
    """The accounts that the demo watches from its first day on."""
    return world.accounts(platform.slug)[:count]


def credentials(platform: Platform) -> BaseModel:
    """A credential that a simulated platform accepts, and a real one does not."""
    names = platform.credentials.model_fields
    given = {name: AGENT if name == "user_agent" else MEANT_FOR_NOBODY for name in names}
    return fields.parse(platform, given)
