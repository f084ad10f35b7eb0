"""Simulated platforms over HTTP and in this process: windows, faults, and the world's controls."""

import json
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from platforms import http
from platforms.errors import Malformed, RateLimited, Unavailable
from platforms.http import HttpClient, Request
from platforms.local_http import detoured_session, simulated_session
from platforms.simulation.faults import KINDS, Faults
from platforms.simulation.switchboard import switchboard
from platforms.simulation.windows import DailyQuota, FixedWindow
from platforms.simulation.wire import Answer, as_json
from platforms.simulation.world import World
from tests.platforms.connections import serving

ROOT = settings.BASE_DIR
START = datetime(2026, 9, 1, tzinfo=UTC)


@dataclass
class Echo:
    """A platform that says what it was asked."""

    world: World
    hosts = ("api.echo.example",)

    def answer(self, call):
        asked = {
            "method": call.method, "path": call.path, "params": dict(call.params),
            "key": call.headers.get("authorization"), "body": call.body.decode(),
        }  # fmt: skip
        return as_json(asked, headers={"X-Remaining": "9"})

    def limited(self, _call):
        return Answer(status=429, headers={"X-Remaining": "0"}, body=b"{}")


class Broken(Echo):
    hosts = ("api.broken.example",)

    def answer(self, _call):
        raise RuntimeError("a bug of the simulator")


MAKERS = {"echo": Echo, "broken": Broken}
ASK = Request(
    "POST", "https://api.echo.example/2/users", {"ids": ["1", "2"], "q": "a b&c"},
    {"Authorization": "Bearer t"}, {"grant_type": "client_credentials"},
)  # fmt: skip

HEARD = {
    "method": "POST", "path": "/2/users", "params": {"ids": ["1", "2"], "q": ["a b&c"]},
    "key": "Bearer t", "body": "grant_type=client_credentials",
}  # fmt: skip


def check(response):
    if response.status == 429:
        raise RateLimited("Wait.", retry_after=1)
    if response.status >= 500:
        raise Unavailable("The server failed.")


@pytest.fixture
def faults():
    return Faults(slow=0.05)


@pytest.fixture
def server(faults):
    board = switchboard(World(start=START, accounts=3), MAKERS, faults)
    with serving(board, hang=0.3) as site:
        yield site


@pytest.fixture(params=["over HTTP", "in this process"])
def client(request, faults, monkeypatch):
    if request.param == "over HTTP":
        monkeypatch.setattr(http, "TIMEOUT", (1.0, 0.2))
        session = detoured_session(request.getfixturevalue("server").address)
    else:
        session = simulated_session(World(start=START, accounts=3), MAKERS, faults)
    with session:
        yield HttpClient(session=session, pause=lambda _: None)


def test_a_call_arrives_as_it_was_sent(client):
    answer = client.send(ASK, check)
    assert answer.json() == HEARD
    assert answer.headers["x-remaining"] == "9"


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_on_order_is_met_once_and_is_over(client, faults, kind):
    faults.order("echo", kind, path="/2/users")
    if kind in ("500", "503", "timeout", "refused", "cut"):
        assert client.send(ASK, check).json() == HEARD  # it was tried again
    elif kind == "slow":
        began = time.monotonic()
        assert client.send(ASK, check).json() == HEARD
        assert time.monotonic() - began >= 0.05
    else:
        wanted = {"429": RateLimited, "garbage": Malformed, "html": Unavailable}[kind]
        with pytest.raises(wanted):
            client.send(ASK, check).json()
    assert faults.waiting() == {}
    assert client.send(ASK, check).json() == HEARD


@pytest.mark.parametrize("kind", ["500", "503", "timeout", "refused", "cut"])
def test_a_fault_that_lasts_makes_the_platform_unavailable(client, faults, kind):
    faults.order("echo", kind, times=3)
    with pytest.raises(Unavailable):
        client.send(ASK, check)
    assert faults.waiting() == {}


def test_faults_are_met_in_order_and_only_where_they_were_ordered(client, faults):
    faults.order("broken", "500", times=9)
    faults.order("echo", "429", path="/elsewhere")
    faults.order("echo", "html", path="/2/")
    faults.order("echo", "garbage")
    with pytest.raises(Unavailable):
        client.send(ASK, check).json()
    with pytest.raises(Malformed):
        client.send(ASK, check).json()
    assert client.send(ASK, check).json() == HEARD
    assert faults.waiting() == {"broken": ["500"] * 9, "echo": ["429"]}
    faults.clear()
    assert faults.waiting() == {}


def test_an_unknown_fault_is_refused(faults):
    with pytest.raises(ValueError, match="No fault is named snow"):
        faults.order("echo", "snow")


def test_no_other_host_is_reached(client):
    with pytest.raises(Unavailable):
        client.send(Request("GET", "https://api.elsewhere.example/"), check)


@pytest.fixture
def steer(server):
    with http.requests.Session() as session:

        def ask(method, path, order=None):
            body = None if order is None else json.dumps(order)
            answer = session.request(method, f"{server.address}/_world{path}", data=body, timeout=5)
            return answer.status_code, answer.json()

        yield ask


def test_the_world_is_shown_and_its_clock_moved(steer):
    status, shown = steer("GET", "")
    assert status == 200
    assert shown["now"] == shown["start"] == START.isoformat()
    assert [account["index"] for account in shown["accounts"]["echo"]] == [0, 1, 2]
    assert shown["planted"]["echo"]["best_hour"]["lift"] == 3.0
    assert steer("POST", "/advance", {"days": 1, "hours": 2}) == (
        200,
        {"now": (START + timedelta(hours=26)).isoformat()},
    )


def test_faults_are_ordered_and_forgotten_over_http(steer, faults):
    order = {"platform": "echo", "kind": "500", "times": 2}
    assert steer("POST", "/fault", order) == (200, {"faults": {"echo": ["500", "500"]}})
    assert faults.waiting() == {"echo": ["500", "500"]}
    assert steer("POST", "/clear") == (200, {"faults": {}})


@pytest.mark.parametrize(
    ("path", "order", "status"),
    [
        ("/advance", {"fortnights": 1}, 400),
        ("/advance", {"days": 1e12}, 400),
        ("/advance", [1], 400),
        ("/fault", {"platform": "echo", "kind": "snow"}, 400),
        ("/fault", {"platform": "nowhere", "kind": "500"}, 400),
        ("/fault", {}, 400),
        ("/other", {}, 404),
    ],
)
def test_an_order_that_is_not_understood_is_answered(steer, path, order, status):
    answer = steer("POST", path, order)
    assert answer[0] == status
    assert answer[1]["error"]


def test_a_bug_of_a_simulator_is_a_500_and_is_logged(server, caplog):
    with detoured_session(server.address) as session, pytest.raises(Unavailable):
        HttpClient(session=session, pause=lambda _: None).send(
            Request("GET", "https://api.broken.example/x"), check
        )
    assert "a bug of the simulator" in caplog.text


def test_it_listens_on_this_machine_alone(server):
    assert server.server_address[0] == "127.0.0.1"


def simulated(*options):
    """The process of the command, and its address."""
    command = [sys.executable, "manage.py", "simulate_platforms", "--port", "0", *options]
    # A shell lets what runs in the background ignore this signal, and children inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    signal.signal(signal.SIGINT, before)
    return process, re.search(r"http://\S+:\d+", process.stdout.readline())[0]


def test_the_command_serves_the_same_world_each_time_and_ends_when_it_is_told_to():
    worlds = []
    for _ in range(2):
        process, address = simulated("--accounts", "6", "--speed", "60")
        with process, detoured_session(address) as session:
            world, later = (session.get("https://_world/", timeout=5).json() for _ in range(2))
            process.send_signal(signal.SIGINT)
            assert process.communicate(timeout=10)[0] == "Stopped.\n"
        assert process.returncode == 0
        assert later["now"] > world["now"]
        worlds.append(world)
    assert set(worlds[0]["accounts"]) == set(settings.PLATFORMS)
    assert worlds[0]["planted"] == worlds[1]["planted"]


def test_a_window_lets_its_limit_through_and_begins_with_the_first_call():
    window = FixedWindow(3, 60)
    spent = [window.spend("key", START + n * timedelta(seconds=10)) for n in range(5)]
    assert [s.ok for s in spent] == [True, True, True, False, False]
    assert [s.remaining for s in spent] == [2, 1, 0, 0, 0]
    assert spent[0].reset_at == START + timedelta(seconds=60)
    assert window.spend("other", START).remaining == 2
    assert window.spend("key", START + timedelta(seconds=60), cost=2).remaining == 1


def test_a_daily_quota_is_full_again_at_midnight_of_its_zone():
    quota = DailyQuota(100, "America/Los_Angeles")
    evening = datetime(2026, 11, 24, 7, 59, tzinfo=UTC)  # 23:59 in Los Angeles
    assert quota.spend("key", evening, cost=100).reset_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert not quota.spend("key", evening).ok
    assert quota.spend("key", evening + timedelta(minutes=1)).ok
