"""Files of the pages as the running product serves them."""

import re
from contextlib import closing
from http.client import HTTPConnection

import pytest


@pytest.fixture
def fetch(stack):
    """Asks for a path and answers with status, headers and content."""

    def ask(path, **headers):
        with closing(HTTPConnection("localhost", stack.port)) as connection:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    return ask


@pytest.fixture
def style(fetch):
    """Path of the style sheet, as a page names it."""
    _, _, page = fetch("/login/")
    return re.search(r'href="(/static/dist/app\.[0-9a-f]{12}\.css)"', page.decode())[1]


def test_a_hashed_file_is_kept_for_ever(fetch, style):
    status, headers, _ = fetch(style)
    assert status == 200
    assert "immutable" in headers["Cache-Control"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_a_file_is_sent_compressed(fetch, style, encoding):
    _, plain, content = fetch(style)
    _, packed, less = fetch(style, **{"Accept-Encoding": encoding})
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == encoding
    assert len(less) < len(content) / 3


def test_an_unchanged_file_is_not_sent_again(fetch, style):
    _, headers, _ = fetch(style)
    status, _, content = fetch(style, **{"If-None-Match": headers["ETag"]})
    assert (status, content) == (304, b"")


def test_a_missing_file_is_an_ordinary_404(fetch):
    assert fetch("/static/dist/no.css")[0] == 404
    assert fetch("/static/../../manage.py")[0] == 404


def test_the_server_streams_files_without_a_warning(stack, fetch, style):
    fetch(style)
    assert "StreamingHttpResponse" not in stack.lines()
