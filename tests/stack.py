"""The whole product in processes of its own, for tests that need it running.

The fixture `stack` starts it once a run, on a free port and with a data folder of its own.
"""

import atexit
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from functools import cache

import psutil
import pytest

from tests.servers import PROJECT, neutral, temporary_folder

READY_SECONDS = 60
PROGRAMS = ("web", "worker", "collector", "analyst", "beat")


@pytest.fixture(scope="session")
def stack():
    """The product, ready. Its `url`, `var` folder and `env`; all tests of the run share it."""
    with running_stack() as product:
        yield product


@contextmanager
def running_stack(**env):
    """A product for one test alone. `env`: more variables of its environment."""
    with stack_to_start(**env) as product:
        if "DATABASE_URL" not in env:
            product.take_data(migrated_data())
        product.start()
        product.wait_until_ready()
        yield product


@contextmanager
def stack_to_start(**env):
    """The same, not yet started."""
    with ExitStack() as cleaning:
        product = Stack(temporary_folder(cleaning), **env)
        cleaning.callback(product.end)
        yield product


@cache
def migrated_data():
    """The data folder of a PostgreSQL that is migrated and stopped: each start is spared that."""
    cleaning = ExitStack()
    atexit.register(cleaning.close)
    product = Stack(temporary_folder(cleaning))
    answer = product.command("migrate", "--verbosity=0")
    assert answer.returncode == 0, answer.stderr
    shutil.rmtree(product.var / "locks")  # other runs sweep away a folder whose lock nobody holds
    return product.data


def wait(condition, *, seconds=30, told=None):
    """Until it holds. `told`: tells, when it does not in time, what there is to see."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, told() if told else condition
        time.sleep(0.05)


class Stack:
    """One `manage.py serve` with its folder and port; it may be killed and started again.

    `simulator`: the port of this machine where its demo credentials lead. A test may serve there.
    """

    def __init__(self, var, **env):
        self.var = var
        self.port, self.simulator = free_port(), free_port()
        self.url = f"http://localhost:{self.port}"
        own = {
            "TIDEWATCH_VAR": str(var),
            "PORT": str(self.port),
            "SIMULATOR_URL": f"http://127.0.0.1:{self.simulator}",
            "PYTHONUNBUFFERED": "1",
        }
        self.env = os.environ | neutral() | own | env
        self.env.pop("MAKELEVEL", None)
        self.log = var / "serve.log"
        self.process = None
        self.before = 0  # characters that earlier starts have printed

    @property
    def data(self):
        """Data folder of its PostgreSQL."""
        return self.var / "postgres/data"

    def take_data(self, data):
        """Begin with a copy of another product's data, owners and all."""
        self.data.parent.mkdir()
        subprocess.run(["cp", "--archive", data, self.data], check=True)

    def start(self):
        """Begin to start."""
        if self.process and self.process.poll() is not None:
            self.process.stdin.close()
        with self.log.open("ab") as log:
            self.before = len(self.lines())
            # Tethered to the test run: it ends with it, however that ends.
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.supervisor.tethered", "manage", "serve"],
                cwd=PROJECT,
                env=self.env,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_ready(self, *, seconds=READY_SECONDS):
        """Wait until this start has said so and the first page answers. Returns the seconds.

        Right after a kill the page is still answered, by what the last start has left behind.
        """
        began = time.monotonic()
        while not ("is ready at" in self.lines()[self.before :] and self.serves()):
            if self.process.poll() is not None or time.monotonic() > began + seconds:
                pytest.fail(f"The product is not ready:\n{self.lines()}")
            time.sleep(0.05)
        return time.monotonic() - began

    def serves(self):
        """Whether the first page answers without an error of the server."""
        try:
            return self.status("/") < 500
        except (OSError, http.client.HTTPException):
            return False

    def status(self, path, *, seconds=10):
        """Status of a page, after its redirects."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=seconds) as answer:  # noqa: S310  our own address
                return answer.status
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.status

    def lines(self):
        """Everything it has printed."""
        return self.log.read_text(errors="replace")

    def command(self, *words, env=(), **options):
        """Run a `manage.py` command beside it, to its end."""
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=PROJECT,
            env=self.env | dict(env),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            **options,
        )

    def children(self, name):
        """Processes, the parent first, of one program: 'web', 'worker', 'beat' and so on."""
        module = {"web": "gunicorn", "beat": "beat"}.get(name, f"{name}@%h")
        children = psutil.Process(self.process.pid).children()
        parents = [child for child in children if module in child.cmdline()]
        return [one for parent in parents for one in (parent, *parent.children(recursive=True))]

    def server_pids(self):
        """Process ids of its PostgreSQL and its Valkey."""
        from config.embedded import postgres, valkey
        from config.embedded.layout import Layout

        layout = Layout(self.var)
        return [server.server(layout).process().pid for server in (postgres, valkey)]

    def leftovers(self):
        """Processes that still serve from its folder: they hold its lock or name it."""
        lock = str(self.var / "locks" / "stack")
        return [
            process
            for process in psutil.process_iter(["open_files", "cmdline"])
            if lock in {file.path for file in process.info["open_files"] or ()}
            or str(self.var) in " ".join(process.info["cmdline"] or ())
        ]

    def stop(self, number=signal.SIGTERM, *, seconds=60):
        """Stop in order. Returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(seconds)
        finally:
            self.process.stdin.close()

    def end(self):
        """Stop whatever still runs, the servers of a killed supervisor too."""
        from config.embedded.layout import Layout
        from config.embedded.servers import release_abandoned

        if self.process:
            self.stop()
        release_abandoned(Layout(self.var))

    def kill(self):
        """Kill -9 of the supervisor, and of nothing else."""
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()


def free_port():
    """A port of this machine that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
