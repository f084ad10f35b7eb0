"""Reads the toy."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from platforms.batches import batches
from platforms.contract import Facts, Found, Page, Target
from platforms.errors import Gone, PlatformError
from platforms.http import Request, Response
from platforms.terms import Terms
from platforms.toy.client import ToyClient, parse
from platforms.toy.models import page_of

GONE = Gone("The toy does not know this account.", reason="unknown")


def parse_handle(text: str) -> str:
    """A name. Raises ValueError with a sentence."""
    if not re.fullmatch(r"[a-z0-9]{1,30}", text):
        raise ValueError("A name has small letters and digits.")
    return text


def resolve(client: ToyClient, handles: Sequence[str]) -> Found:
    """Handle -> facts, or Gone."""
    page = page_of(client.accounts(name=list(handles)))
    found: dict[str, Facts | PlatformError] = {facts.handle: facts for facts in page.accounts}
    return {handle: found.get(handle, GONE) for handle in handles}


def packs(terms: Terms, handles: Sequence[str]) -> Sequence[Sequence[str]]:
    """As many as one call takes."""
    return batches(handles, terms.batch["accounts"])


def collect(client: ToyClient, targets: Sequence[Target], now: datetime) -> Iterator[Page]:
    """Names of all, then what each published, until what is known."""
    del now
    page = page_of(client.accounts(id=[target.account for target in targets]))
    there = {facts.account for facts in page.accounts}
    yield page
    yield Page(failed={t.account: GONE for t in targets if t.account not in there})
    for target in targets:
        if target.account in there:
            yield from _notes(client, target)


def _notes(client: ToyClient, target: Target) -> Iterator[Page]:
    after, seen = "", {""}
    for _ in range(client.terms.batch["pages"]):
        answer = client.notes(target.account, after)
        yield page_of(answer)
        after = answer.next or ""
        if after in seen or target.newest_id in {note.id for note in answer.notes}:
            return
        seen.add(after)


def read(request: Request, response: Response, now: datetime) -> Page:
    """What one answer holds."""
    del now
    return page_of(parse(response)) if request.url.endswith(("/accounts", "/notes")) else Page()


def probe(client: ToyClient) -> None:
    """Ask for nobody."""
    client.accounts(id=[])
