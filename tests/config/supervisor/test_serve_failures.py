"""What goes wrong at a start is one sentence on standard error and a non-zero exit code."""

import os
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager

import pytest

from config.embedded import servers
from config.embedded.layout import Layout
from config.embedded.servers import embedded_servers
from tests.external import old_postgres, old_redis, tcp_postgres
from tests.servers import PROJECT, neutral, temporary_folder
from tests.stack import free_port

needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="mounts a file system, or changes the user"
)
needs_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


@pytest.fixture
def var():
    with ExitStack() as cleaning:
        folder = temporary_folder(cleaning)
        cleaning.callback(servers.release_abandoned, Layout(folder))
        yield folder


def sentence(var, *words, python=(sys.executable,), user=None, **env):
    """What a failing command says: one line on standard error, without a traceback."""
    own = {"TIDEWATCH_VAR": str(var), "PORT": str(free_port())}
    done = subprocess.run(
        [*python, "manage.py", *(words or ["serve"])],
        cwd=PROJECT,
        env=os.environ | neutral() | own | env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        user=user,
    )
    assert done.returncode == 1, done
    assert done.stderr.startswith("tidewatch: "), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_a_port_in_use_is_named_with_its_variable(var):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"Port {port} is in use" in sentence(var, PORT=str(port))
        assert f"PORT={port + 1} make run" in sentence(var, PORT=str(port))


@pytest.mark.parametrize("port", ["0", "70000", "eighty"])
def test_a_port_that_is_none(var, port):
    assert "PORT" in sentence(var, PORT=port)


def test_an_address_of_another_machine_to_listen_on(var):
    assert "HOST=192.0.2.1 is no address of this machine" in sentence(var, HOST="192.0.2.1")


@pytest.mark.parametrize("words", [["serve"], ["migrate"], ["collectstatic", "--noinput"]])
def test_a_data_folder_that_cannot_be_made(var, words):
    (var / "file").write_text("no folder")
    assert "cannot be written" in sentence(var / "file" / "var", *words)


@needs_user
def test_a_data_folder_that_cannot_be_written(var):
    (var / "closed").mkdir(mode=0o500)
    assert "cannot be written (Permission denied)" in sentence(var / "closed")


@needs_root
def test_a_data_folder_on_a_read_only_disk(var):
    with disk(var / "disk", "size=300m"):
        subprocess.run(["mount", "-o", "remount,ro", var / "disk"], check=True)
        assert "cannot be written (Read-only file system)" in sentence(var / "disk")


@needs_root
def test_a_data_folder_of_another_user(var):
    with embedded_servers(Layout(var)):
        pass
    os.chown(var / "locks", 12345, 12345)
    try:
        assert "belongs to the user 12345, and this is root" in sentence(var)
    finally:
        os.chown(var / "locks", 0, 0)


@needs_root
@pytest.mark.skipif(
    subprocess.run(["test", "-x", sys.executable], user="nobody", check=False).returncode != 0
    if os.geteuid() == 0
    else False,
    reason="the interpreter stands in a folder that other users cannot reach",
)
def test_a_data_folder_of_root_for_an_ordinary_user(var):
    with embedded_servers(Layout(var)):
        pass
    for path in (var, var / "locks"):
        path.chmod(0o755)
    assert "belongs to the user root" in sentence(var, user="nobody")


@needs_root
def test_a_full_disk_is_found_before_anything_starts(var):
    with disk(var / "disk", "size=100m"):
        assert "99 MB left, and Tidewatch needs 256 MB" in sentence(var / "disk")
        assert not (var / "disk" / "postgres").exists()


@needs_root
def test_a_disk_without_room_for_more_files(var):
    with disk(var / "disk", "size=300m,nr_inodes=60"):
        assert "is full" in sentence(var / "disk")


def test_an_address_that_cannot_be_read_is_not_repeated(var):
    for words in (["serve"], ["migrate"]):
        said = sentence(var, *words, DATABASE_URL="postgresql://me:s3cret@host:port/db")
        assert "DATABASE_URL" in said
        assert "s3cret" not in said
    said = sentence(var, REDIS_URL="redis//:s3cret@host")
    assert "REDIS_URL" in said
    assert "s3cret" not in said


@pytest.mark.parametrize("url", ["garbage", "mysql://me@host/db", "postgresql://me@h/db?wrong=1"])
def test_an_address_that_is_no_postgres(var, url):
    assert "DATABASE_URL" in sentence(var, DATABASE_URL=url)


def test_a_host_that_does_not_answer(var):
    port = free_port()
    url = f"postgresql://me:s3cret@127.0.0.1:{port}/db"
    assert f"PostgreSQL at 127.0.0.1:{port}/db (DATABASE_URL)" in sentence(var, DATABASE_URL=url)
    assert "Connection refused" in sentence(var, "migrate", DATABASE_URL=url)
    said = sentence(var, REDIS_URL=f"redis://:s3cret@127.0.0.1:{port}/0")
    assert f"Redis at 127.0.0.1:{port}/0 (REDIS_URL)" in said


def test_a_host_that_does_not_exist(var):
    assert "nohost.invalid" in sentence(var, DATABASE_URL="postgresql://me@nohost.invalid/db")


def test_a_wrong_password_and_a_missing_database(var):
    with tcp_postgres(var / "external") as address:
        said = sentence(var, DATABASE_URL=f"postgresql://guarded:wrong@{address}/tidewatch")
        assert "password authentication failed" in said
        assert "wrong@" not in said
        said = sentence(var, DATABASE_URL=f"postgresql://guarded:right@{address}/nothing")
        assert 'database "nothing" does not exist' in said


def test_an_owner_who_may_not_make_the_roles(var):
    with tcp_postgres(var / "external") as address:
        said = sentence(var, DATABASE_URL=f"postgresql://guarded:right@{address}/guarded")
        assert "may not prepare the database" in said


def test_a_redis_that_is_too_old(var):
    with old_redis() as port:
        said = sentence(var, REDIS_URL=f"redis://127.0.0.1:{port}/0")
        assert "is version 6.0.16; Tidewatch needs 6.2 or newer" in said


def test_a_postgres_that_is_too_old(var):
    with old_postgres() as port:
        said = sentence(var, DATABASE_URL=f"postgresql://me@127.0.0.1:{port}/db")
        assert "is version 14; Tidewatch needs 15 or newer" in said


def test_an_owner_address_alone(var):
    said = sentence(var, DATABASE_OWNER_URL="postgresql://me@host/db")
    assert "DATABASE_OWNER_URL" in said


def test_missing_packages(var):
    said = sentence(var, python=(sys.executable, "-S"))
    assert "is not installed" in said
    assert "make setup" in said


@pytest.mark.parametrize("words", [["serve"], ["migrate"], ["check"], ["shell", "-c", "1"]])
def test_production_without_a_secret(var, words):
    assert "SECRET_KEY" in sentence(var, *words, TIDEWATCH_ENV="production")


def test_a_secret_file_that_is_missing(var):
    assert "SECRET_KEY" in sentence(var, SECRET_KEY_FILE=str(var / "nothing"))


@contextmanager
def disk(folder, options):
    """A small file system of its own."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
