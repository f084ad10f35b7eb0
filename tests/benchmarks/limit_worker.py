"""One process of the benchmark of limits: calls three platforms whenever their limits let it."""

import json
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass, field, replace

import django
import redis

FULL = {"twitch": (800, 60), "twitter": (300, 900), "reddit": (100, 60)}  # calls in seconds
CALLS = {
    "twitch": lambda client: client.users(logins=["nobody"]),
    "twitter": lambda client: client.users_by(["nobody"]),
    "reddit": lambda client: client.named(["nobody"]),
}


@dataclass
class Budget:
    """A platforms.contract.Budget over the shared limits, in windows as short as time is fast."""

    limits: object
    terms: object
    speed: float
    platform: str
    counts: Counter = field(default_factory=Counter)

    def take(self, bucket, *, cost=1, **_more):
        self.limits.take(f"{self.platform}:{bucket}", self._window(bucket), cost=cost)
        self.counts["granted"] += cost

    def lower(self, bucket, *, remaining):
        self.limits.lower(f"{self.platform}:{bucket}", self._window(bucket), remaining=remaining)

    def block(self, bucket, *, seconds):
        self.limits.block(f"{self.platform}:{bucket}", seconds=seconds / self.speed)

    def charge(self, kind, ids, **_more):
        pass

    def _window(self, bucket):
        window = self.terms.buckets[bucket]
        return replace(window, seconds=window.seconds / self.speed)


def main(store, address, speed):
    from platforms import registry
    from platforms.errors import PlatformError, RateLimited

    waiting = dict.fromkeys(FULL, 0.0)
    budgets = {slug: _budget(slug, store, speed) for slug in FULL}
    clients = {slug: _client(registry.get(slug), budgets[slug], address) for slug in FULL}
    print("ready", flush=True)
    end = float(sys.stdin.readline())
    while (now := time.time()) < end:
        ready = [slug for slug, moment in waiting.items() if moment <= now]
        for slug in ready:
            try:
                CALLS[slug](clients[slug])
            except RateLimited as error:
                waiting[slug] = time.time() + error.retry_after
            except PlatformError as error:
                budgets[slug].counts["failed"] += 1
                print(slug, error, file=sys.stderr)
        if not ready:
            time.sleep(max(0.0, min(*waiting.values(), end) - time.time()))
    print(json.dumps({slug: budget.counts for slug, budget in budgets.items()}))


def answers(worker):
    """What a worker counted: platform -> granted, refused, failed."""
    out, _ = worker.communicate(timeout=900)
    return {slug: Counter(counts) for slug, counts in json.loads(out).items()}


def _budget(slug, store, speed):
    from platforms import terms
    from platforms.limits import Limits

    limits = Limits(redis.Redis.from_url(store))
    return Budget(limits=limits, terms=terms.load(slug), speed=speed, platform=slug)


def _client(platform, budget, address):
    from platforms.contract import Connection
    from platforms.http import HttpClient
    from platforms.local_http import detoured_session
    from tests.platforms.connections import Pocket, credentials

    def count(response, **_):
        budget.counts["refused"] += response.status_code == 429

    session = detoured_session(address)
    session.hooks["response"].append(count)
    connection = Connection(
        credentials=credentials(platform),
        http=HttpClient(session=session),
        budget=budget,
        tokens=Pocket(),
        terms=budget.terms,
    )
    return platform.client(connection)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
