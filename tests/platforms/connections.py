"""Clients for tests: they pay from an open purse and speak to whatever session they are given."""

from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import SecretStr

from platforms import registry, terms
from platforms.contract import Connection
from platforms.http import HttpClient
from platforms.local_http import local_session
from platforms.simulation.faults import Faults
from platforms.simulation.switchboard import switchboard
from platforms.simulation.world import World

SECRET, PUBLIC = "canaryCANARY0123456789canary", "publicPUBLIC0123456789public"
# A good value of what is neither secret nor a single word.
CREDENTIALS = {"reddit": {"user_agent": "web:tidewatch-tests:v1.0 (by /u/tidewatch)"}}


@dataclass
class Purse:
    """A budget that never ends and remembers what was taken, lowered, blocked and charged."""

    taken: Counter = field(default_factory=Counter)
    blocked: dict = field(default_factory=dict)
    lowered: dict = field(default_factory=dict)
    charged: dict = field(default_factory=lambda: defaultdict(set))

    def take(self, bucket, *, cost=1):
        self.taken[bucket] += cost

    def lower(self, bucket, *, remaining):
        self.lowered[bucket] = remaining

    def block(self, bucket, *, seconds):
        self.blocked[bucket] = seconds

    def charge(self, kind, ids):
        self.charged[kind] |= set(ids)


class Pocket:
    """Keeps an access token."""

    token = None

    def get(self):
        return self.token

    def put(self, token, *, seconds):
        self.token = token if seconds > 0 else None

    def forget(self):
        self.token = None


def credentials(platform):
    """Credentials that a simulator accepts."""
    values = {
        name: SECRET if info.annotation is SecretStr else PUBLIC
        for name, info in platform.credentials.model_fields.items()
    }
    return platform.credentials(**{**values, **CREDENTIALS.get(platform.slug, {})})


def client(platform, session, *, purse=None):
    """A platform's client that speaks to a session."""
    connection = Connection(
        credentials=credentials(platform),
        http=HttpClient(session=session, pause=lambda _: None),
        budget=purse or Purse(),
        tokens=Pocket(),
        terms=terms.load(platform.slug),
    )
    return platform.client(connection)


class Stage:
    """One simulated platform and a client of it; `exchanges` holds every call and its answer.

    `pace`: seconds that pass with each call, as in a client that keeps to its limits.
    """

    def __init__(self, slug, *, start, accounts=25, seed=7, world=None, pace=0):
        self.pace = timedelta(seconds=pace)
        self.platform = registry.get(slug)
        self.world = world or World(start=start, accounts=accounts, seed=seed)
        self.faults, self.purse, self.exchanges = Faults(slow=0), Purse(), []
        self.board = switchboard(self.world, {slug: self.platform.simulator}, self.faults)
        self.simulator = self.board.simulators[slug]
        self.session = local_session(self.listen, self.board.hosts)
        self.client = client(self.platform, self.session, purse=self.purse)

        self._answer = self.board.answer

    @contextmanager
    def opened(self):
        """Itself, until its session is closed."""
        with self.session:
            yield self

    def answer_with(self, handler):
        """Let another than the simulator answer from now on."""
        self._answer = handler

    def listen(self, call):
        answer = self._answer(call)
        self.exchanges.append((call, answer))
        self.world.advance(self.pace)
        return answer

    @property
    def now(self):
        return self.world.now

    def handles(self):
        """The handles of all accounts as a person would type them."""
        accounts = self.world.accounts(self.platform.slug)
        return [self.platform.parse_handle(a.handle_at(self.now)) for a in accounts]

    def resolve(self):
        """Handle -> facts or why not."""
        return self.platform.resolve(self.client, self.handles())

    def collect(self, targets):
        """All pages of one poll."""
        return list(self.platform.collect(self.client, targets, self.now))
