"""What a visitor of the demo may do, by the names of addresses.

It is one workspace for all, so what is not allowed here is refused, also what is built later.
"""

from accounts.demo import NotInDemo
from accounts.models import User

SAFE = {"GET", "HEAD", "OPTIONS"}
# Reading these is refused, too: they show or ask for what belongs to a person.
PERSONAL = ("account_", "settings", "usersessions")
KEYS = ("credential_", "api_profile")
# What a visitor may change: what is watched, and how this browser looks.
ALLOWED = ("monitor", "source", "run", "api_job", "api_entit", "demo", "theme")
ALSO = {"account_logout", "credential_test", "api_profile_test"}

SETTINGS = (
    "Settings belong to a person, and all visitors share the demo. Leave it and create an account "
    "to have your own."
)
CREDENTIALS = (
    "The demo reads simulated platforms and takes no keys. Leave it and create an account to "
    "connect your own."
)
SHARED = "All visitors share the demo, so this cannot be done in it. Leave it to create an account."
STOPPING = (
    "All visitors share the demo, so its sources are not stopped in it; you may pause them. What "
    "visitors add leaves by itself after an hour. Leave the demo and create an account to have "
    "sources of your own."
)
LOADING = "The demo's history is still being loaded. Try again in a minute."


def refusal(name: str, method: str, *, loading: bool) -> str:
    """Why a visitor may not do this, in a sentence; '' where it is allowed.

    `name`: of the address, with its namespace.
    """
    if name in ALSO:
        return ""
    reads = method in SAFE
    if name.startswith(PERSONAL):
        return SETTINGS
    if name.startswith(KEYS):
        return "" if reads and name.startswith("api_") else CREDENTIALS
    return "" if reads else _refused_change(name, method, loading=loading)


def _refused_change(name: str, method: str, *, loading: bool) -> str:
    if not name.startswith(ALLOWED):
        return SHARED
    if method == "DELETE":
        return STOPPING
    return LOADING if loading and name.startswith(ALLOWED[:-2]) else ""


def demand_may_stop(user: User) -> None:
    """Raise NotInDemo for a visitor, who would stop it for everybody else."""
    if user.is_demo:
        raise NotInDemo(STOPPING)
