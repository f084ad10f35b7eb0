"""What the API makes of bodies and cursors that nobody sends by mistake."""

from base64 import b64encode
from urllib.parse import quote

import pytest

from tests.factories.platforms import CREDENTIALS

KEY = CREDENTIALS["youtube"]["api_key"]


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        '{"a":' * 5_000 + "1" + "}" * 5_000,
        '{"platform": "\\ud800", "name": "x", "credentials": {}}',
        '{"platform": "youtube", "name": "x", "credentials": {"\\ud800": "x"}}',
        '{"name": ' + "1" * 5_000 + "}",
    ],
)
def test_a_body_that_cannot_be_kept_is_the_callers_mistake(api, body):
    answer = api.post("/api/profiles/", body, content_type="application/json")
    assert answer.status_code == 400, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_number_without_end_is_the_callers_mistake(api):
    body = '{"entity": 1e999, "interval_minutes": 60}'
    answer = api.post("/api/jobs/", body, content_type="application/json")
    assert answer.status_code == 400, answer.content
    assert answer.json()["detail"] == "The JSON holds a number without end."


@pytest.mark.parametrize("place", ["9" * 20, "\0", "yesterday", "10000-01-01", ""])
def test_a_cursor_of_no_place_is_the_callers_mistake(api, place):
    cursor = quote(b64encode(f"p={quote(place)}".encode()).decode())
    answer = api.get(f"/api/profiles/?cursor={cursor}")
    assert answer.status_code == 400, answer.content
