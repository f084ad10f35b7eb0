"""What reading the toy costs."""

from platforms.loads import Bill, Load, calls_of
from platforms.terms import Terms


def cost(load: Load, terms: Terms) -> Bill:
    """Calls of a day: names together, notes one by one."""
    names = load.packs * calls_of(load.together, terms.batch["accounts"])
    return Bill({"calls": names + load.polls})
