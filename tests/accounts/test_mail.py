"""Mails: what they say, when they go out, and where they go without a mail server."""

import multiprocessing
import re
import socket
from email import message_from_bytes, policy

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.db import transaction
from django.test import Client

from config.backends.mail import keep
from tests.accounts.conftest import Visitor
from tests.accounts.mail_server import mail_server
from tests.accounts.test_sign_up import sign_up
from tests.factories.accounts import NEW_PASSWORD, PASSWORD, UserFactory

User = get_user_model()


# --- What they say -----------------------------------------------------------------------------


@pytest.fixture
def mails(db, mailoutbox):
    """One of each: everything a person can be written."""
    visitor = Visitor()
    sign_up(visitor, "o'hara@example.org")
    sign_up(visitor, UserFactory(email="alice@example.org").email)
    visitor.post("/password/reset/", {"email": "nobody@example.org"})
    visitor.post("/password/reset/", {"email": "alice@example.org"})
    (reset,) = re.findall(rf"{settings.SITE_URL}(/password/reset/\S+-\S+)", mailoutbox[-1].body)
    visitor.post(visitor.get(reset).url, {"password1": NEW_PASSWORD})
    visitor.post("/login/", {"login": "alice@example.org", "password": NEW_PASSWORD})
    visitor.post("/password/change/", {"oldpassword": NEW_PASSWORD, "password1": PASSWORD})
    for _ in range(2):  # the first time, the password is asked for
        visitor.post("/settings/email/", {"email": "a@new.example", "action_add": ""})
        visitor.post("/reauthenticate/", {"password": PASSWORD})
    visitor.post("/settings/email/", {"email": "a@new.example", "action_remove": ""})
    visitor.post("/settings/email/", {"email": "alice@new.example", "action_add": ""})
    (verify,) = re.findall(rf"{settings.SITE_URL}(/verify/\S+)", mailoutbox[-1].body)
    visitor.post(verify)
    assert User.objects.filter(email="alice@new.example").exists()
    return mailoutbox


def test_every_mail_is_plain_and_says_what_to_do_if_it_was_not_you(mails):
    assert {mail.subject for mail in mails} == {
        "Verify your e-mail address for Tidewatch",
        "You already have a Tidewatch account",
        "No Tidewatch account with this address",
        "Choose a new password for Tidewatch",
        "Your Tidewatch password was reset",
        "Your Tidewatch password was changed",
        "Verify your new e-mail address for Tidewatch",
        "The change of your e-mail address was cancelled",
        "Your Tidewatch account has a new e-mail address",
    }
    for mail in mails:
        assert mail.from_email == "Tidewatch <tidewatch@localhost>"
        assert mail.alternatives == []
        assert re.search(r"If (it|this) was not you", mail.body), mail.subject
        assert mail.body.startswith("Hello,")
        assert mail.body.endswith(f"Tidewatch at {settings.SITE_URL}/")
        assert not re.search(r"&#?\w+;|\{|!|Please|please|\bwe\b", mail.body), mail.body


def test_every_link_stands_alone_on_its_line_and_works(mails):
    for mail in mails:
        for line in mail.body.splitlines():
            if "http" in line and not line.startswith("Tidewatch at "):
                answer = Client().get(re.fullmatch(rf"{settings.SITE_URL}(/\S+)", line)[1])
                used = "This link does not work" in answer.text
                assert used or answer.status_code in {200, 302}, line


@pytest.mark.parametrize("host", ["testserver:31337", "localhost", "127.0.0.1:81"])
def test_whoever_asks_does_not_choose_where_the_links_lead(alice, mailoutbox, host):
    visitor = Visitor(HTTP_HOST=host)
    for email in ("alice@example.org", "nobody@example.org"):
        visitor.post("/password/reset/", {"email": email})
        sign_up(visitor, email)
    sign_up(visitor, "dora@example.org")
    assert len(mailoutbox) == 5
    for mail in mailoutbox:
        assert f"http://{host}/" not in mail.body
        assert f"\n{settings.SITE_URL}/" in mail.body


def test_no_line_is_longer_than_a_window(mails):
    lines = [line for mail in mails for line in mail.body.splitlines() if "http" not in line]
    assert max(map(len, lines)) <= 90


def test_links_with_a_limit_name_it(mails):
    bodies = {mail.subject: mail.body for mail in mails}
    assert "within 3 days" in bodies["Verify your e-mail address for Tidewatch"]
    assert "within one hour" in bodies["Choose a new password for Tidewatch"]


# --- When they go out --------------------------------------------------------------------------


def test_a_sign_up_that_is_rolled_back_writes_to_nobody(
    db, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        sign_up(Client())
        transaction.set_rollback(True)
    assert mailoutbox == []
    assert not User.objects.exists()


@pytest.fixture
def closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def use_smtp(settings, port):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_mail_server_that_is_down_costs_one_sentence_and_nothing_else(
    settings, closed_port, caplog
):
    use_smtp(settings, closed_port)
    visitor = Client()
    answer = sign_up(visitor)
    assert answer.url == "/verify/"
    assert "The mail could not be sent. Wait a few minutes" in visitor.get("/verify/").text
    assert User.objects.filter(email="dora@example.org").exists()
    (line,) = [record for record in caplog.records if record.name == "accounts.adapter"]
    assert "Connection refused" in line.getMessage()
    assert line.exc_info is None


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_mail_can_be_asked_for_again_when_the_server_is_back(settings, closed_port):
    use_smtp(settings, closed_port)
    visitor = Client()
    sign_up(visitor)
    with mail_server() as server:
        use_smtp(settings, server.port)
        answer = visitor.post("/verify/", {"email": "dora@example.org"}, follow=True)
    assert "A mail to dora@example.org is on its way." in answer.text
    (message,) = server.messages
    assert b"Subject: Verify your e-mail address for Tidewatch" in message


# --- Where they go -----------------------------------------------------------------------------


@pytest.fixture
def folder(settings, tmp_path):
    settings.EMAIL_BACKEND = "config.backends.mail.ConsoleAndFileBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return tmp_path / "mail"


def test_without_a_server_a_mail_is_a_file_that_can_be_read(visitor, folder):
    sign_up(visitor, "dora@example.org")
    (file,) = folder.iterdir()
    assert file.suffix == ".eml"
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert message["To"] == "dora@example.org"
    link = re.search(rf"^{settings.SITE_URL}/verify/\S+$", message.get_content(), re.MULTILINE)[0]
    assert link in file.read_text(encoding="utf-8").splitlines()  # `cat` shows it whole
    assert Visitor().get(link).status_code == 200


def test_only_its_owner_reads_it(visitor, folder):
    sign_up(visitor)
    (file,) = folder.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_console_shows_whole_links_whatever_stands_before_them(visitor, folder, capsys):
    sign_up(visitor)
    shown = [f"web | {line}" for line in capsys.readouterr().out.splitlines()]
    (file,) = folder.iterdir()
    link = re.search(rf"^{settings.SITE_URL}/verify/\S+$", file.read_text(), re.MULTILINE)[0]
    assert [line for line in shown if line.endswith(link)] == [f"web |     {link}"]
    assert "web | Mail to dora@example.org: Verify your e-mail address for Tidewatch" in shown
    assert shown[-1] == f"web | Kept in {file}"


def write_some(folder, start):
    start.wait()
    for number in range(20):
        keep(EmailMessage(f"Number {number}", "ä" * 2000, to=["dora@example.org"]), folder=folder)


def test_several_processes_write_at_once(tmp_path):
    fork = multiprocessing.get_context("fork")
    start = fork.Barrier(3)
    writers = [fork.Process(target=write_some, args=(tmp_path, start)) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    files = list(tmp_path.iterdir())
    assert len(files) == 60
    assert {file.suffix for file in files} == {".eml"}
    assert all(message_from_bytes(file.read_bytes())["Subject"] for file in files)


def test_names_sort_by_time(tmp_path):
    mails = [EmailMessage(str(number), "", to=["dora@example.org"]) for number in range(20)]
    kept = [keep(mail, folder=tmp_path) for mail in mails]
    assert sorted(kept) == kept


def test_a_full_or_missing_disk_is_told_like_a_missing_server(folder, alice, caplog):
    folder.write_text("a file where the folder should be")
    answer = Visitor().post("/password/reset/", {"email": alice.email})
    assert answer.status_code == 302
    assert [record.levelname for record in caplog.records if record.name == "accounts.adapter"] == [
        "ERROR"
    ]


def test_an_address_in_another_script_can_be_written_to(visitor, folder):
    UserFactory(email="dora@bücher.example")
    assert EmailAddress.objects.filter(email="dora@bücher.example").exists()
    visitor.post("/password/reset/", {"email": "dora@BÜCHER.example"})
    (file,) = folder.iterdir()
    assert "To: dora@xn--bcher-kva.example" in file.read_text(encoding="utf-8")
