"""The demo in `manage.py serve`: an address of its own, known to all processes; its history."""

import http.client
import re
import time
from urllib.parse import urlsplit

import psutil
import pytest

from tests.stack import running_stack, wait

SHOW = """
import time
from accounts.demo import find
from accounts.tenancy import tenant
from collectors.models import JobExecution, MonitoringJob
from platforms.twitter.models import Tweet
done, end = 0, time.monotonic() + 50
while done <= 24 and time.monotonic() < end:
    time.sleep(0.5)
    with tenant(find().pk):
        done = JobExecution.objects.filter(status="success").count()
with tenant(find().pk):
    print(MonitoringJob.objects.count(), Tweet.objects.count() > 100, done > 24)
"""


@pytest.fixture(scope="module")
def product():
    """A product with a demo of one day."""
    with running_stack(DEMO="on", DEMO_DAYS="1") as product:
        yield product


@pytest.fixture(scope="module")
def loaded(product):
    """The same with its history."""
    ready = "The demo is ready: 24 sources"
    wait(lambda: ready in product.lines(), seconds=240, told=lambda: product.lines()[-3000:])
    return product


def programs(product):
    """What the supervisor keeps running, without the servers."""
    children = psutil.Process(product.process.pid).children()
    return [child for child in children if "config.supervisor.tethered" in child.cmdline()]


def demo_process(product):
    return next(program for program in programs(product) if "demo" in program.cmdline())


def address(product):
    """Where its simulated platforms answer."""
    (found,) = {program.environ().get("SIMULATOR_URL") for program in programs(product)}
    return found


def status(url, path):
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def test_all_processes_learn_where_the_demo_process_answers(product):
    url = address(product)
    assert urlsplit(url).hostname == "127.0.0.1"
    assert status(url, "/api.x.com/2/users?ids=1") == 401  # without a token
    listening = {link.laddr.port for link in demo_process(product).net_connections()}
    assert urlsplit(url).port in listening
    assert sum("demo" in program.cmdline() for program in programs(product)) == 1


def test_nobody_steers_its_world(product):
    with pytest.raises((http.client.HTTPException, OSError)):
        status(address(product), "/_world/")


def test_the_console_shows_how_far_the_history_is(loaded):
    bar = r"^demo +\| Loading the demo's history \[[#.]{28}\] +\d+ %$"
    assert re.findall(bar, loaded.lines(), re.MULTILINE)


def test_what_was_loaded_is_there(loaded):
    shown = loaded.command("shell", "-v0", "-c", SHOW)
    assert shown.stdout.split() == ["24", "True", "True"], shown.stderr


def test_a_killed_demo_process_comes_back_at_the_same_address(product):
    url, process = address(product), demo_process(product)
    process.kill()
    deadline = time.monotonic() + 60
    while True:
        try:
            assert status(url, "/api.x.com/2/users?ids=1") == 401
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    assert demo_process(product).pid != process.pid


def test_without_a_demo_there_is_no_such_process(stack):
    assert not [program for program in programs(stack) if "demo" in program.cmdline()]
