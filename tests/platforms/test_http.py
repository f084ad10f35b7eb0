"""The one door out, against a real server that misbehaves."""

import logging
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms import http
from platforms.errors import Malformed, RateLimited, Refused, Unavailable
from platforms.http import CaseInsensitiveDict, HttpClient, Request, Response

SECRET = "s3cr3t-canary"


class Faulty(BaseHTTPRequestHandler):
    """Answers as the path says. `seen` counts the calls of each path."""

    seen: dict[str, int] = {}

    def do_GET(self):
        name = self.path.partition("?")[0].strip("/")
        self.seen[name] = self.seen.get(name, 0) + 1
        getattr(self, name.split(".")[0])()

    def answer(self, status, body=b"{}", **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(headers.pop("length", len(body))))
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def good(self):
        self.answer(200, b'{"data": [1]}')

    def third(self):
        self.answer(200 if self.seen["third"] == 3 else 503)

    def broken(self):
        self.answer(500, b"")

    def page(self):
        self.answer(200, b"<html>blocked</html>")

    def garbage(self):
        self.answer(200, b'{"data": [1')

    def cut(self):
        self.answer(200, b'{"data"', length=4000)

    def elsewhere(self):
        self.answer(302, b"", Location="http://localhost:1/other")

    def huge(self):
        self.answer(200, b"x" * (http.LARGEST_BODY + 1))

    def log_message(self, *_):
        pass


@pytest.fixture
def site():
    Faulty.seen.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Faulty)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def paid():
    return []


@pytest.fixture
def ask(site, pauses, paid):
    with http.requests.Session() as session:
        client = HttpClient(session=session, pause=pauses.append)

        def send(path, check=by_status):
            headers = {"Authorization": f"Bearer {SECRET}"}
            request = Request("GET", f"{site}/{path}", {"key": SECRET}, headers)
            return client.send(request, check, pay=lambda: paid.append(path))

        yield send


def by_status(answer):
    if answer.status >= 500:
        raise Unavailable("The server failed.")
    if answer.status == 401:
        raise Refused("No.", reason="wrong")


def test_a_good_answer_is_parsed(ask):
    assert ask("good").json() == {"data": [1]}


def test_a_passing_fault_is_tried_again(ask, pauses):
    assert ask("third").status == 200
    assert len(pauses) == 2
    assert 0.2 <= pauses[0] <= 1
    assert 0.4 <= pauses[1] <= 2


def test_a_lasting_fault_is_unavailable_after_three_tries(ask):
    with pytest.raises(Unavailable):
        ask("broken")
    assert Faulty.seen["broken"] == 3


def test_every_try_is_paid(ask, paid):
    assert ask("third").status == 200
    assert len(paid) == Faulty.seen["third"] == 3
    with pytest.raises(Unavailable):
        ask("broken")
    assert len(paid) == 6


def test_where_a_try_cannot_be_paid_it_is_not_made(site, pauses):
    purse = [RateLimited("Enough.", retry_after=9), None]
    with http.requests.Session() as session, pytest.raises(RateLimited):
        HttpClient(session=session, pause=pauses.append).send(
            Request("GET", f"{site}/broken"), by_status, pay=lambda: pay_from(purse)
        )
    assert Faulty.seen["broken"] == 1


def pay_from(purse):
    if found := purse.pop():
        raise found


@given(text=st.text(max_size=20) | st.from_regex(r"[0-9]{1,14}(\.[0-9]{0,3})?", fullmatch=True))
def test_a_header_is_a_number_from_0_on_or_none(text):
    found = Response(200, CaseInsensitiveDict({"Left": text}), b"").number("left")
    assert found is None or 0 <= found < 10**12


@pytest.mark.parametrize(
    ("told", "clock"),
    [
        ("Tue, 22 Jun 2021 13:19:37 GMT", datetime(2021, 6, 22, 13, 19, 37, tzinfo=UTC)),
        ("Tue, 22 Jun 2021 13:19:37 -0000", datetime(2021, 6, 22, 13, 19, 37, tzinfo=UTC)),
        ("Tue, 22 Jun 9021 13:19:37 GMT", None), ("yesterday", None), ("", None),
    ],
)  # fmt: skip
def test_the_clock_of_a_platform_is_read_or_unknown(told, clock):
    assert Response(200, CaseInsensitiveDict({"Date": told}), b"").clock == clock


def test_a_broken_off_answer_is_unavailable(ask):
    with pytest.raises(Unavailable):
        ask("cut")
    assert Faulty.seen["cut"] == 3


def test_a_web_page_instead_of_json_is_unavailable(ask):
    with pytest.raises(Unavailable):
        ask("page").json()


def test_garbage_is_malformed(ask):
    with pytest.raises(Malformed):
        ask("garbage").json()


def test_an_answer_beyond_the_limit_is_malformed_and_not_read_on(ask):
    with pytest.raises(Malformed):
        ask("huge")
    assert Faulty.seen["huge"] == 1


def test_redirects_are_not_followed(ask):
    assert ask("elsewhere").status == 302


def test_an_absent_server_is_unavailable(pauses):
    with http.requests.Session() as session, pytest.raises(Unavailable, match="reached"):
        HttpClient(session=session, pause=pauses.append).send(
            Request("GET", "http://127.0.0.1:1/"), by_status
        )


def test_secrets_reach_neither_logs_nor_errors_nor_reprs(ask, caplog, site):
    caplog.set_level(logging.DEBUG, logger="platforms")
    ask("good")
    with pytest.raises(Unavailable) as failure:
        ask("cut")
    request = Request(
        "GET", site, {"key": SECRET}, {"Authorization": SECRET}, {"client_secret": SECRET}
    )
    shown = [repr(request), repr(failure.value), str(failure.value), *map(repr, caplog.records)]
    shown += [str(vars(record)) for record in caplog.records]
    assert SECRET not in " ".join(shown)
    assert failure.value.__cause__ is None
    assert failure.value.__suppress_context__
