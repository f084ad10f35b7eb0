"""The embedded PostgreSQL: one cluster, reached by a unix socket only."""

import shutil
import subprocess
from errno import ENOSPC
from pathlib import Path
from signal import SIGINT, SIGQUIT

import psutil
import psycopg

from config.embedded import roles
from config.embedded.binaries import postgres_folder
from config.embedded.folders import private
from config.embedded.layout import Layout
from config.embedded.privileges import Identity, postgres_identity
from config.embedded.process import Server, adopt, end_all, launch
from config.embedded.tuning import settings
from config.start.failures import SetupFailure, storage_failure

SUPERUSER = "postgres"
ORPHAN_SECONDS = 10


def url(layout: Layout, role: str, database: str = roles.DATABASE) -> str:
    """Connection string of a role."""
    return f"postgresql://{role}@/{database}?host={layout.postgres_socket}"


def server(layout: Layout) -> Server:
    """The server of this installation."""
    return Server(
        name="PostgreSQL",
        pid_file=_data(layout) / "postmaster.pid",
        sign=str(_data(layout)),
        log=layout.postgres / "postgres.log",
        stop=SIGINT,  # the fast shutdown: ends sessions, writes everything out
        stop_at_once=SIGQUIT,  # the immediate one: the next start reads the log back
    )


def start(layout: Layout) -> None:
    """Start or adopt the cluster, and make its roles and database. Idempotent."""

    def answering() -> bool:
        return answers(layout)

    if not adopt(server(layout), answers=answering):
        words, identity = _command(layout)
        _clear_traces(layout)
        launch(server(layout), words, answers=answering, identity=identity)
    roles.ensure(superuser=url(layout, SUPERUSER, "postgres"), owner=url(layout, roles.OWNER))


def answers(layout: Layout) -> bool:
    """Whether the server takes connections. While it recovers from a crash it does not."""
    try:
        with psycopg.connect(url(layout, SUPERUSER, "postgres"), connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


def _data(layout: Layout) -> Path:
    return layout.postgres / "data"


def _command(layout: Layout) -> tuple[list[str | Path], Identity]:
    folder, data = postgres_folder(), _data(layout)
    identity = postgres_identity(data, folder, layout.var)
    private(layout.postgres, identity)
    private(layout.postgres_socket, identity)
    try:
        if not (data / "PG_VERSION").exists():
            _create_cluster(folder, data, identity)
        _check_version(folder, data)
        _configure(layout, identity)
    except OSError as error:
        raise storage_failure(error, layout.postgres) from error
    return [folder / "postgres", "-D", data], identity


def _create_cluster(folder: Path, data: Path, identity: Identity) -> None:
    # Made under another name and renamed: a first start that was killed leaves no half cluster.
    draft = data.with_name("data.new")
    if draft.exists():
        shutil.rmtree(draft)
    words = [folder / "initdb", "-D", draft, "-U", SUPERUSER, "-E", "UTF8", "-A", "trust"]
    done = subprocess.run(
        [*identity.prefix, *map(str, words), *_locale(folder)],
        capture_output=True, text=True, cwd="/", check=False, **identity.popen,
    )  # fmt: skip
    if "No space left on device" in done.stderr:
        raise OSError(ENOSPC, "No space left on device", str(data))
    if done.returncode:
        raise SetupFailure(f"PostgreSQL could not make its data folder: {done.stderr.strip()}")
    with (draft / "postgresql.conf").open("a") as conf:
        conf.write("\ninclude_if_exists = 'tidewatch.conf'\n")
    draft.rename(data)


def _locale(folder: Path) -> list[str]:
    # The packaged server has no ICU; the built-in provider orders alike on every machine.
    if _major(folder) >= 17:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C.UTF-8"]


def _major(folder: Path) -> int:
    answer = subprocess.run(
        [folder / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    return int(answer.stdout.split()[2].split(".")[0])


def _check_version(folder: Path, data: Path) -> None:
    ours, theirs = _major(folder), int((data / "PG_VERSION").read_text())
    if ours != theirs:
        raise SetupFailure(
            f"{data} was written by PostgreSQL {theirs}, and this installation brings "
            f"PostgreSQL {ours}. Follow 'Upgrading PostgreSQL' in docs/operations.md."
        )


def _configure(layout: Layout, identity: Identity) -> None:
    path = _data(layout) / "tidewatch.conf"
    path.write_text(settings(socket=layout.postgres_socket, data=_data(layout)))
    identity.give(path)


def _clear_traces(layout: Layout) -> None:
    """Take away what a killed server left: its children, and files that make it look alive."""
    data, pid_file = str(_data(layout)), server(layout).pid_file
    children = [
        process
        for process in psutil.process_iter(["cwd", "cmdline"])
        if process.info["cwd"] == data
        and " ".join(process.info["cmdline"] or ()).startswith("postgres:")
    ]
    end_all(children, SIGQUIT, seconds=ORPHAN_SECONDS)
    if _looks_alive(pid_file):
        pid_file.unlink()
        for file in layout.postgres_socket.iterdir():
            file.unlink()


def _looks_alive(pid_file: Path) -> bool:
    """Whether PostgreSQL would take the number in a left-over file for a running server.

    It does so when another program has the number now, and when the killed server's parent has
    not asked for its exit code yet.
    """
    try:
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        return process.name() != "postgres" or process.status() == psutil.STATUS_ZOMBIE
    except (OSError, ValueError, IndexError, psutil.Error):
        return False
