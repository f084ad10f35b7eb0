"""Clients for tests: they pay from an open purse and speak to whoever answers in a test."""

from collections import Counter, defaultdict
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread

from pydantic import SecretStr

from platforms import registry, terms
from platforms.contract import Connection
from platforms.http import HttpClient
from platforms.local_http import local_session
from platforms.simulation.faults import Faults
from platforms.simulation.server import SimulationServer
from platforms.simulation.switchboard import switchboard
from platforms.simulation.world import World

ANY_HOST = ("",)
SECRET, PUBLIC = "canaryCANARY0123456789canary", "publicPUBLIC0123456789public"
# A good value of what is neither secret nor a single word.
CREDENTIALS = {"reddit": {"user_agent": "web:tidewatch-tests:v1.0 (by /u/tidewatch)"}}


class Purse:
    """A budget that never ends and remembers what was taken, lowered, blocked and charged."""

    def __init__(self, slug):
        self.terms = terms.load(slug)
        self.taken, self.lowered, self.blocked = Counter(), {}, {}
        self.charged = defaultdict(set)

    def take(self, bucket, *, cost=1, priced=None):
        assert priced is None or priced.most > 0
        assert bucket in self.terms.buckets
        self.taken[bucket] += cost

    def lower(self, bucket, *, remaining):
        self.lowered[bucket] = remaining

    def block(self, bucket, *, seconds):
        self.blocked[bucket] = seconds

    def charge(self, kind, ids, **_held):
        assert kind in self.terms.prices
        if ids:
            self.charged[kind] |= set(ids)

    @property
    def dollars(self):
        """What the platform bills, each resource once."""
        return sum(self.terms.prices[kind] * len(ids) for kind, ids in self.charged.items())


class Pocket:
    """Keeps an access token, and for how many seconds it is good."""

    def __init__(self, token=None):
        self.token, self.seconds = token, None

    def get(self):
        return self.token

    def put(self, token, *, seconds):
        self.token, self.seconds = token if seconds > 0 else None, seconds

    def forget(self):
        self.token = None


def credentials(platform, **told):
    """Credentials that a simulator accepts. `told`: parts that a test wants otherwise."""
    values = {
        name: SECRET if info.annotation is SecretStr else PUBLIC
        for name, info in platform.credentials.model_fields.items()
    }
    return platform.credentials(**{**values, **CREDENTIALS.get(platform.slug, {}), **told})


def client(platform, session, *, purse=None, pocket=None, **told):
    """A platform's client that speaks to a session."""
    connection = Connection(
        credentials=credentials(platform, **told),
        http=HttpClient(session=session, pause=lambda _: None),
        budget=purse or Purse(platform.slug),
        tokens=pocket or Pocket(),
        terms=terms.load(platform.slug),
    )
    return platform.client(connection)


def client_of(slug, handler, *, purse=None, token=None, **told):
    """A client that speaks over the real transport to whatever handler a test gives it.

    Its `calls`: what reached the platform; `purse` and `pocket`: what was kept of it.
    """
    calls, purse, pocket = [], purse or Purse(slug), Pocket(token)

    def listening(call):
        calls.append(call)
        return handler(call)

    session = local_session(listening, ANY_HOST)
    made = client(registry.get(slug), session, purse=purse, pocket=pocket, **told)
    made.calls, made.purse, made.pocket = calls, purse, pocket
    return made


class Stage:
    """One simulated platform and a client of it; `exchanges` holds every call and its answer.

    `pace`: seconds that pass with each call, as in a client that keeps to its limits.
    """

    def __init__(self, slug, *, start, accounts=25, seed=7, world=None, pace=0):
        self.pace = timedelta(seconds=pace)
        self.platform = registry.get(slug)
        self.world = world or World(start=start, accounts=accounts, seed=seed)
        self.faults, self.purse, self.exchanges = Faults(slow=0), Purse(slug), []
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


class Board:
    """A board on which one handler answers every call to any platform."""

    def __init__(self, answer):
        self.answer = answer


@contextmanager
def serving(board, **options):
    """A server of a board over HTTP, until the end of the block."""
    with SimulationServer(board, **options) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
