"""What every platform's client and collector must keep, asked of all in the settings."""

import json
import logging
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from platforms import terms
from platforms.contract import Facts, Target
from platforms.errors import Gone, Malformed, PlatformError, RateLimited, Refused, Unavailable
from platforms.replay.exchanges import replay
from platforms.simulation import planted
from platforms.simulation.wire import Answer, as_json
from tests.platforms.connections import SECRET, Stage, credentials
from tests.platforms.shared import recordings

START = datetime(2026, 9, 1, 18, tzinfo=UTC)
FAULTS = {
    "429": RateLimited, "500": Unavailable, "503": Unavailable, "timeout": Unavailable,
    "refused": Unavailable, "cut": Unavailable, "html": Unavailable, "garbage": Malformed,
}  # fmt: skip
COUNTED = re.compile(
    r"count|score|views|ratio|^num_|subscribers|^ups$|^likes$|statistics|metrics", re.IGNORECASE
)


@pytest.fixture
def stage(platform):
    with Stage(platform.slug, start=START, accounts=12, pace=0.7).opened() as made:
        yield made


def followed(stage):
    """A target for each account that can be followed."""
    found = [told for told in stage.resolve().values() if isinstance(told, Facts)]
    return [Target(account=facts.account, handle=facts.handle) for facts in found]


def account_of(stage, index):
    """The platform's id of one account of the world."""
    handle = stage.handles()[index]
    return stage.platform.resolve(stage.client, [handle])[handle].account


def test_what_is_not_there_is_gone_and_the_others_are_found(stage):
    handles = [*stage.handles()[:2], stage.platform.parse_handle("nobodyhere99")]
    found = stage.platform.resolve(stage.client, handles)
    assert [type(found[handle]) for handle in handles] == [Facts, Facts, Gone]


def test_looking_up_bills_what_the_manifest_says(stage):
    stage.resolve()
    billed = {kind for kind, ids in stage.purse.charged.items() if ids}
    assert billed == {stage.platform.naming_billed_as} - {""}


def test_a_second_poll_finds_nothing_new(stage):
    content, targets, known = stage.platform.content, followed(stage), {}
    for page in stage.collect(targets):
        for row in page.rows.get(content, ()):
            if "published_at" in row:
                known.setdefault(row["account"], {})[row["external_id"]] = row
    assert known
    again = []
    for target in targets:
        items = known.get(target.account, {}).values()
        newest = max(items, key=lambda row: row["published_at"], default={}).get(content.ASK_BY)
        read = dict.fromkeys(terms.load(stage.platform.slug).every, stage.now)
        again.append(replace(target, newest_id=newest, read_at={**read, "posts": stage.now}))
    stage.pace = timedelta(0)
    for page in stage.collect(again):
        for row in page.rows.get(content, ()):
            assert row["external_id"] in known[row["account"]]


def test_a_rename_is_seen_under_the_same_id_and_a_closing_costs_only_its_own(stage):
    renamed, closed = (account_of(stage, n) for n in (planted.RENAME, planted.CLOSED))
    targets = followed(stage)
    stage.world.advance(timedelta(days=3, hours=1))
    pages = stage.collect(targets)
    names = {facts.account: facts.handle for page in pages for facts in page.accounts}
    wanted = stage.platform.parse_handle(stage.handles()[planted.RENAME])
    assert names[renamed].removeprefix("@").lower() == wanted.removeprefix("@").lower()
    failed = {account: error for page in pages for account, error in page.failed.items()}
    assert isinstance(failed[closed], Gone)
    states = [a.state_at(stage.now) for a in stage.world.accounts(stage.platform.slug)]
    assert len(failed) <= len([state for state in states if state != "active"])
    assert {target.account for target in targets} - failed.keys() <= names.keys()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_the_error_that_says_what_to_do(stage, fault):
    stage.faults.order(stage.platform.slug, fault, times=3)
    with pytest.raises(FAULTS[fault]):
        stage.platform.probe(stage.client)
    stage.faults.clear()
    stage.platform.probe(stage.client)


def test_every_try_of_a_call_is_paid(stage):
    stage.platform.probe(stage.client)
    once = stage.purse.taken.copy()
    stage.purse.taken.clear()
    stage.exchanges.clear()
    stage.faults.order(stage.platform.slug, "503", times=3)
    with pytest.raises(Unavailable):
        stage.platform.probe(stage.client)
    assert len(stage.exchanges) == 3
    assert stage.purse.taken == dict.fromkeys(once, 3)


def test_a_limit_in_the_middle_lets_stand_what_was_read(stage):
    pages = stage.platform.collect(stage.client, followed(stage), stage.now)
    first = next(page for page in pages if page.accounts or page.rows)
    stage.faults.order(stage.platform.slug, "429", times=1000)
    with pytest.raises(RateLimited) as limited:
        list(pages)
    assert 0 < limited.value.retry_after <= 3600
    assert first
    assert stage.purse.blocked


def test_an_outage_ends_a_collection_after_a_few_calls(stage):
    targets = followed(stage)
    stage.exchanges.clear()
    stage.faults.order(stage.platform.slug, "503", times=10_000)
    with pytest.raises(Unavailable):
        stage.collect(targets)
    assert len(stage.exchanges) < 40


def test_a_refused_credential_is_refused_and_not_asked_for_ever(stage):
    asked = []

    def refuse(call):
        asked.append(call)
        return as_json({"error": "Unauthorized", "status": 401, "message": "no"}, status=401)

    stage.answer_with(refuse)
    with pytest.raises(Refused):
        stage.platform.probe(stage.client)
    with pytest.raises(Refused):
        stage.collect([Target(account="1", handle="someone")])
    assert len(asked) <= 12


def test_a_cursor_that_comes_back_ends_the_reading(stage):
    (target, *_) = followed(stage)
    first = {}

    def stuck(call):
        """Every page is the first page."""
        key = (call.host, call.path)
        if key not in first:
            first[key] = stage.board.answer(call)
        return first[key]

    stage.answer_with(stuck)
    stage.exchanges.clear()
    stage.collect([target])
    assert len(stage.exchanges) < 60


def stripped(node):
    """The body without whatever counts something."""
    if isinstance(node, dict):
        return {key: stripped(value) for key, value in node.items() if not COUNTED.search(key)}
    return [stripped(part) for part in node] if isinstance(node, list) else node


def test_a_missing_figure_stays_unknown_and_is_never_0(platform, tmp_path):
    for path in recordings(platform.slug):
        recording = json.loads(path.read_text())
        (tmp_path / path.name).write_text(
            json.dumps(recording | {"body": stripped(recording["body"])})
        )
    table = platform.content._meta.db_table
    rows = [row for outcome in replay(tmp_path, now=START) for row in outcome.rows]
    items = [row for row in rows if row["table"] == table]
    assert items or not recordings(platform.slug)
    told = {c for row in items for c in platform.content.COUNTERS if row.get(c) is not None}
    assert told == set()


def test_no_secret_is_in_a_log_a_repr_or_an_error(stage, caplog):
    caplog.set_level(logging.DEBUG)
    texts = [repr(stage.client), repr(credentials(stage.platform))]
    targets = followed(stage)
    for fault in FAULTS:
        stage.faults.clear()
        stage.faults.order(stage.platform.slug, fault, times=3)
        try:
            stage.collect(targets[:2])
        except PlatformError as error:
            texts += [repr(error), str(error), repr(error.__cause__)]
    texts += [str(vars(record)) for record in caplog.records] + [caplog.text]
    assert len(caplog.records) >= 10
    assert SECRET not in " ".join(texts)


def test_a_redirect_is_not_followed(stage):
    asked = []

    def redirect(call):
        asked.append(call.host)
        return Answer(status=302, headers={"Location": "https://elsewhere.example/"})

    stage.answer_with(redirect)
    with pytest.raises(PlatformError):
        stage.platform.probe(stage.client)
    assert set(asked) <= set(stage.board.hosts)
