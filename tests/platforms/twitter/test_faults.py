"""What a run does when X refuses, breaks off, or goes round in circles."""

import pytest

from platforms.contract import Target
from platforms.errors import CreditsSpent, Malformed, RateLimited, Refused, Unavailable
from platforms.simulation.wire import Answer, as_json
from platforms.twitter.collector import PROFILE, collect
from platforms.twitter.models import Tweet
from tests.platforms.twitter.wire import NOW, TERMS, answering, client_of


def rows_of(pages):
    return [row for page in pages for row in page.rows.get(Tweet, ())]


def paged(pages):
    """A timeline of some pages: each an answer, found by its cursor."""

    def handler(call):
        if call.path == "/2/users":
            return as_json({"data": []})
        answer = pages[int(call.param("pagination_token", "0"))]
        return answer if isinstance(answer, Answer) else as_json(answer)

    return handler


def page(id_, next_token=None):
    return {"data": [{"id": id_}], "meta": {"result_count": 1, "next_token": next_token}}


def test_a_cursor_that_comes_back_ends_the_timeline():
    handler = paged([page("30", "1"), page("20", "1"), page("10", "0")])
    rows = rows_of(
        collect(client_of(handler), [Target(account="1", handle="a", newest_id="5")], NOW)
    )
    assert [row["external_id"] for row in rows] == ["20", "30"]


def test_an_endless_timeline_ends_at_the_cap():
    count = iter(range(10**6))

    def handler(call):
        endless = page(str(next(count)), str(next(count)))
        return as_json({} if call.path == "/2/users" else endless)

    watched = Target(account="1", handle="a", newest_id="0")
    rows = rows_of(collect(client_of(handler), [watched], NOW))
    assert len(rows) == TERMS.batch["timeline_pages"]


def but(handler, part, answer):
    """The same platform, with another answer where a path contains `part`."""
    return lambda call: answer if part in call.path else handler(call)


@pytest.mark.parametrize(
    ("status", "error"), [(429, RateLimited), (402, CreditsSpent), (401, Refused)]
)
def test_what_concerns_the_credential_ends_the_run_and_what_was_brought_stands(status, error):
    handler = but(paged([page("30")]), "users/2/", Answer(status=status))
    targets = [Target(account=str(n), handle="a") for n in (1, 2, 3)]
    brought = []
    with pytest.raises(error):
        brought.extend(iter(collect(client_of(handler), targets, NOW)))
    assert [row["account"] for row in rows_of(brought)] == ["1"]


def test_an_interrupted_timeline_leaves_no_gap():
    client = client_of(paged([page("30", "1"), Answer(status=503)]))
    pages = collect(client, [Target(account="1", handle="a", newest_id="5")], NOW)
    (failed,) = [found for found in pages if found.failed]
    assert isinstance(failed.failed["1"], Unavailable)
    assert not failed.rows


def test_a_failing_account_does_not_stop_the_others():
    handler = but(paged([page("30")]), "users/2/", Answer(body=b"[]"))
    targets = [Target(account=str(n), handle="a") for n in (1, 2, 3)]
    pages = list(collect(client_of(handler), targets, NOW))
    assert [row["account"] for row in rows_of(pages)] == ["1", "3"]
    (error,) = [error for p in pages for error in p.failed.values()]
    assert isinstance(error, Malformed)


def test_a_call_that_x_does_not_know_says_nothing_of_the_accounts():
    handler = answering({"title": "Not Found", "type": "/resource-not-found"}, status=404)
    client = client_of(handler)
    due = Target(account="1", handle="a", read_at={PROFILE: NOW}, due_ids=("9",))
    *_, last = collect(client, [due], NOW)
    assert isinstance(last.failed["1"], Malformed)
