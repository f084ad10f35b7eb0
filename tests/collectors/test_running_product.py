"""Jobs run by themselves in the running product, and a second dispatcher helps."""

import contextlib
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from config.embedded import postgres, valkey
from config.embedded.layout import Layout
from platforms import registry
from platforms.simulation.switchboard import switchboard
from platforms.simulation.world import World
from tests.platforms.connections import serving
from tests.servers import PROJECT
from tests.stack import running_stack, wait

pytestmark = pytest.mark.chaos

FOLLOW = """
from django.utils import timezone
from accounts.models import User
from accounts.tenancy import tenant
from collectors import control
from platforms import actions, registry
from platforms.credentials.connection import connect
from platforms.credentials.fields import parse
from tests.factories.platforms import CREDENTIALS

carla = User.objects.create_user("carla@example.org")
for platform in registry.every():
    given = parse(platform, CREDENTIALS[platform.slug])
    with tenant(carla.pk):
        profile = actions.save_profile(
            by=carla, platform=platform, name="Demo", credentials=given, simulated=True
        )
    handles = HANDLES[platform.slug]
    found = platform.resolve(connect(profile), handles)
    for facts in found.values():
        with tenant(carla.pk):
            entity, _ = actions.watch(profile=profile, facts=facts, now=timezone.now())
            control.start(entity=entity, interval_minutes=60)
"""
STATUSES = """
from accounts.tenancy import system
from collectors.models import JobExecution
with system():
    print(*JobExecution.objects.order_by("pk").values_list("status", flat=True))
"""
DUE = """
from django.utils import timezone
from accounts.tenancy import system
from collectors.models import MonitoringJob
with system():
    MonitoringJob.objects.update(next_run_at=timezone.now())
"""
ACCOUNTS = 3  # of each platform
RUNS = ACCOUNTS * len(registry.every())


@pytest.fixture(scope="module")
def world():
    return World(start=datetime(2026, 10, 1, tzinfo=UTC), accounts=12, now=datetime.now(UTC))


@pytest.fixture(scope="module")
def product(world):
    """A product of its own, for which the platforms are simulated."""
    with (
        serving(switchboard(world, registry.simulators()), hang=0.1) as server,
        running_stack(SIMULATOR_URL=server.address) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def following(product, world):
    """The product, following accounts of every platform, each of which it has read by itself."""
    shell(product, f"HANDLES = {handles(world)!r}\n{FOLLOW}")
    wait_for_success(product)
    return product


def handles(world):
    found = {}
    for platform in registry.every():
        open_ones = [a for a in world.accounts(platform.slug) if a.state_at(world.now) == "active"]
        typed = [account.handle_at(world.now) for account in open_ones[:ACCOUNTS]]
        found[platform.slug] = [platform.parse_handle(each) for each in typed]
    return found


def shell(product, code):
    answer = product.command("shell", "--verbosity=0", "--no-imports", "-c", code)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.split()


def wait_for_success(product, *, after=0):
    """Until each account has been read once; `after`: so many runs that there were before."""
    wait(
        lambda: shell(product, STATUSES)[after:] == ["success"] * RUNS,
        seconds=60,
        told=product.lines,
    )


def test_jobs_run_by_themselves_when_they_are_due(following):
    before = len(shell(following, STATUSES))
    shell(following, DUE)
    wait_for_success(following, after=before)


def test_a_second_dispatcher_outlives_its_servers_and_ends_in_order(following):
    second = subprocess.Popen(
        [sys.executable, "manage.py", "dispatch", "--loop"],
        cwd=PROJECT, env=following.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with second, contextlib.ExitStack() as cleaning:
        cleaning.callback(second.kill)
        assert second.stdout.readline() == "Dispatching, until SIGTERM or Ctrl-C.\n"
        layout = Layout(following.var)
        for server in (postgres, valkey):
            server.server(layout).process().kill()
            time.sleep(3)
        before = len(shell(following, STATUSES))
        shell(following, DUE)
        wait_for_success(following, after=before)
        assert second.poll() is None
        second.send_signal(signal.SIGTERM)
        out, errors = second.communicate(timeout=5)
    assert (second.returncode, out) == (0, "Stopped.\n"), errors
    assert "Traceback" not in errors


def test_one_dispatch_by_hand_says_how_much_it_found(following):
    answer = following.command("dispatch")
    assert (answer.returncode, answer.stdout) == (0, "0 runs wait for workers.\n")
