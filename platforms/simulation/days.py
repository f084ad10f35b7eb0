"""When an account publishes: the posts of one of its local days."""

from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from platforms.simulation import grammar
from platforms.simulation.dice import dice, poisson, unit
from platforms.simulation.posts import Post

if TYPE_CHECKING:
    from platforms.simulation.accounts import Account

SLOTS = 256  # numbers a day; 2**22 numbers last for 44 years
REST = 0.55  # of its usual pace, on its two quiet weekdays
ROUND = 600  # seconds in which each of those that take turns has its turn; whole ones fill an hour
ROUNDS = 86_400 // ROUND


def count(account: "Account", day: int) -> int:
    """How many posts the `day`-th day of an account has. Cheap: whole lives are summed up."""
    if day <= 0 or not account.per_day:
        return 0
    quiet = (account.first_day.toordinal() + day - 1 + account.index) % 7 < 2
    mean = account.per_day * (REST if quiet else 1.18)
    traits = account.traits
    chance = unit("count", *account.key, day)
    if traits.most_a_day == 1:
        return int(chance < mean)
    return poisson(mean, chance, traits.most_a_day)


def posts(account: "Account", day: int) -> tuple[Post, ...]:
    """The posts of a day, oldest first; their numbers are `day * SLOTS` and what follows."""
    wanted = count(account, day)
    if not wanted:
        return ()
    throw = dice("day", *account.key, day)
    moments = sorted(_moments(throw, account, day, wanted))
    return tuple(_post(throw, account, day * SLOTS + slot, at) for slot, at in enumerate(moments))


def _moments(throw: Random, account: "Account", day: int, wanted: int) -> list[datetime]:
    date = account.first_day + timedelta(days=day)
    zone, best = ZoneInfo(account.zone), account.best_hour
    if account.traits.turns:
        times = _turns(throw, account, wanted)
        return [datetime.combine(date, each, zone).astimezone(UTC) for each in times]
    hours = [_hour(throw, account) for _ in range(wanted)]
    if best and date.weekday() == best.weekday:
        hours[0] = best.hour  # it keeps the date, or nobody could notice the effect
    return [
        datetime.combine(
            date, time(hour, throw.randrange(60), throw.randrange(60)), zone
        ).astimezone(UTC)
        for hour in hours
    ]


def _turns(throw: Random, account: "Account", wanted: int) -> list[time]:
    """Most posts in rounds of the day, each when it is this account's turn; some by habit."""
    rounds = throw.sample(range(ROUNDS), min(int(wanted * account.traits.any_hour), ROUNDS))
    share = ROUND / account.traits.turns
    begin = share * (account.index % account.traits.turns)
    seconds = [int(number * ROUND + begin + share * throw.random()) for number in rounds]
    seconds += [
        _hour(throw, account) * 3600 + throw.randrange(3600) for _ in range(wanted - len(rounds))
    ]
    return [time(s // 3600, s // 60 % 60, s % 60) for s in seconds]


def _hour(throw: Random, account: "Account") -> int:
    """A local hour around the account's habitual one; some at any time it is awake."""
    first, last = account.traits.hours
    if throw.random() < account.traits.any_hour:
        return throw.randrange(first, last)
    habit = first + (last - first) * (0.45 + 0.35 * unit("habit", *account.key))
    return max(first, min(last - 1, round(throw.gauss(habit, 2.6))))


def _post(throw: Random, account: "Account", number: int, at: datetime) -> Post:
    kinds = account.traits.kinds
    kind = throw.choices(list(kinds), list(kinds.values()))[0]
    low, high = account.traits.minutes
    minutes = 1 if kind == "short" else round(low * (high / low) ** throw.random()) if high else 0
    foreign = throw.random() < 0.1
    return Post(
        account=account,
        number=number,
        published_at=at,
        kind=kind,
        topic=account.topics[throw.choices((0, 1, 2), (6, 3, 1))[0]],
        mood=grammar.mood(throw),
        lang=grammar.language(throw) if foreign else account.lang,
        minutes=minutes,
        traits=account.traits,
    )
