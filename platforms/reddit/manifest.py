"""The face of Reddit."""

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from platforms.batches import batches
from platforms.contract import Platform
from platforms.credentials.pasted import Credential, SecretWord, Word
from platforms.reddit import collector, cost, metrics
from platforms.reddit.client import RedditClient
from platforms.reddit.models import Post, imported
from platforms.reddit.records import PERSON
from platforms.reddit.simulator import RedditSimulator
from platforms.terms import Terms

# --- What people type ----------------------------------------------------------------------------

AGENT = re.compile(
    r"[a-z0-9_.-]+:[^:\s()]+:v?[\w.+-]+ \(by /?u/[\w-]{3,20}\)", re.ASCII | re.IGNORECASE
)
# Reddit throttles the agents of tools and blocks those of browsers.
FOREIGN_AGENTS = re.compile(
    r"mozilla|chrome|safari|webkit|gecko|opera|edge?/|requests|urllib|curl|wget|httpx|aiohttp|bot/",
    re.IGNORECASE,
)


def _agent(value: str) -> str:
    if FOREIGN_AGENTS.search(value):
        raise ValueError("Reddit blocks the names of browsers and tools. Give the app its own.")
    if not AGENT.fullmatch(value):
        raise ValueError(
            "Write it as platform:app id:version (by /u/name), such as "
            "web:org.example.tidewatch:1.0 (by /u/your_name)."
        )
    return value


class Credentials(Credential):
    """What Reddit wants to see."""

    client_id: Word = Field(
        title="Client ID",
        description="Under the name of your app in Reddit's list of apps.",
        min_length=10,
        max_length=64,
    )
    client_secret: SecretWord = Field(
        title="Client secret",
        description="Beside the word 'secret' in your app's details.",
        min_length=10,
        max_length=128,
    )
    user_agent: Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_agent)] = (
        Field(
            title="User agent",
            description="platform:app id:version (by /u/name), such as "
            "web:org.example.tidewatch:1.0 (by /u/your_name).",
            min_length=12,
            max_length=200,
        )
    )


SUBREDDIT_NAME = re.compile(r"(?:u_[\w-]{3,20}|[a-z0-9]\w{1,20})", re.ASCII | re.IGNORECASE)
PERSON_NAME = re.compile(r"[\w-]{3,20}", re.ASCII)
ADDRESS = re.compile(r"(?:https?://)?(?:[\w-]+\.)*reddit\.com(?::443)?(?:/(.*))?", re.IGNORECASE)
MIXTURES = {"all", "popular", "friends", "mod", "random", "randnsfw", "home", "myrandom"}


def parse_handle(text: str) -> str:
    """`r/name`, a bare name, `u/name` or an address of either -> `name` or `u/name`."""
    text = text.strip()
    address = ADDRESS.fullmatch(text)
    if not address and ("://" in text or "." in text):
        raise ValueError("This is no address of a subreddit.")
    path = re.split(r"[?#]", (address[1] or "") if address else text)[0]
    parts = path.strip("/").split("/")
    if parts[0].lower() in {"u", "user"} and len(parts) > 1:
        return PERSON + _named(parts[1], PERSON_NAME, "person")
    if parts[0].lower() == "r" and len(parts) > 1:
        return _named(parts[1], SUBREDDIT_NAME, "subreddit")
    if address or len(parts) > 1:
        raise ValueError("This address leads to no subreddit.")
    return _named(parts[0], SUBREDDIT_NAME, "subreddit")


def _named(name: str, form: re.Pattern[str], noun: str) -> str:
    if "+" in name:
        raise ValueError("Enter one subreddit at a time.")
    if not form.fullmatch(name):
        raise ValueError(f"This is no name of a {noun}: 2 to 21 letters, digits and _.")
    if name.lower() in MIXTURES and form is SUBREDDIT_NAME:
        raise ValueError(f"r/{name} is a mixture of subreddits and cannot be followed.")
    return name


def packs(terms: Terms, handles: Sequence[str]) -> Sequence[Sequence[str]]:
    """Some subreddits together, as each that is not found costs a call more; people one by one."""
    people = [handle for handle in handles if handle.startswith(PERSON)]
    subreddits = [handle for handle in handles if handle not in people]
    return [*batches(subreddits, terms.batch["named"]), *batches(people, 1)]


# --- The face ------------------------------------------------------------------------------------

PLATFORM = Platform(
    slug="reddit",
    label="Reddit",
    entity_noun="subreddit",
    poll_minutes=range(30, 121),
    credentials=Credentials,
    steps=(
        "Read Reddit's Responsible Builder Policy and ask for access to the Data API by its form.",
        "Wait for the approval, which each new app needs since November 2025.",
        "Commercial use needs a contract. Meanwhile the other platforms work without Reddit.",
        "When Reddit has approved you, go to https://www.reddit.com/prefs/apps.",
        "Choose 'create another app...', select 'script', and give it a name and a description.",
        "Enter http://localhost:8000 as redirect uri; it is never called.",
        "Copy the client ID (under the app's name) and the secret into this form.",
        "Compose a user agent that names your app and you: platform:app id:version (by /u/name).",
    ),
    client=RedditClient,
    parse_handle=parse_handle,
    resolve=collector.resolve,
    packs=packs,
    naming="Subreddits (r/name), people (u/name) or their links. {batch[named]} subreddits are"
    " looked up with one call; a person, or a name that is not found, takes one more.",
    collect=collector.collect,
    again=collector.again,
    cost=cost.cost,
    items_a_day=cost.POSTS_A_DAY,
    read=collector.read,
    probe=collector.probe,
    advice={
        "valid": "Reddit accepts this app. It may make 100 calls a minute.",
        "expired": "Reddit no longer accepts what it gave out. Test again; if it stays so, look "
        "whether the app still stands in https://www.reddit.com/prefs/apps.",
        "wrong": "Reddit does not know this client ID and secret. Copy both again: the ID stands "
        "under the app's name, the secret beside the word 'secret'.",
        "not_enabled": "Reddit lets this app make no such calls. It must be of the type 'script' "
        "or 'web app'; an 'installed app' has no secret and cannot be used.",
        "not_approved": "Reddit has not approved this app. Ask for access to the Data API (see the "
        "first step), and test again when Reddit has answered.",
        "out_of_quota": "All calls of these ten minutes are spent. Nothing is to be done; do other "
        "programs use the same app?",
        "out_of_credit": "Reddit stopped the app for want of payment. Settle it with Reddit.",
        "unreachable": "Reddit gave no usable answer. If it lasts, its network security may block "
        "this server's address: check that the user agent names your app, and try from another "
        "network.",
    },
    content=Post,
    text_fields=("title", "body"),
    engagement=metrics.ENGAGEMENT,
    columns=metrics.COLUMNS,
    simulator=RedditSimulator,
    imported=imported,
    account_id=re.compile(r"t[25]_[0-9a-z]{1,16}", re.ASCII),
    rankings=collector.rankings,
    comments=collector.comments,
)
