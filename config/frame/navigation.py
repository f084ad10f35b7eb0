"""What the frame of every page shows: the pages there are, the theme, the request's id."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property  # functools has one lock for all threads

from accounts.theme import THEMES, shown_theme
from collectors.demo.progress import Progress, progress
from collectors.demo.refusals import refusal
from collectors.monitors import tally
from config.logs.lines import known_user


@dataclass(frozen=True)
class Page:
    """A page of the sidebar. It is listed once a URL with its `name` exists."""

    label: str
    name: str
    icon: str
    keys: str = ""
    words: str = ""

    @property
    def url(self) -> str:
        """Its address, or "" while there is no such page."""
        try:
            return reverse(self.name)
        except NoReverseMatch:
            return ""


@dataclass(frozen=True)
class Group:
    """Pages under one heading."""

    label: str
    pages: tuple[Page, ...]


# `keys` are pressed one after the other; `words` are found by the command dialog beside the label.
ANALYSE = Group(
    "Analyse",
    (
        Page("Trends", "trends", "trending-up", keys="g t", words="growth forecast"),
        Page("Compare", "compare", "git-compare-arrows", words="side by side"),
        Page("Best times", "times", "calendar-clock", keys="g b", words="heatmap hours days"),
        Page("Sentiment", "sentiment", "smile", keys="g s", words="positive negative mood"),
    ),
)
GROUPS = (
    Group(
        "",
        (
            Page("Overview", "overview", "layout-dashboard", keys="g o", words="dashboard home"),
            Page(
                "Monitors",
                "monitors",
                "radar",
                keys="g m",
                words="sources channels accounts subreddits",
            ),
            Page("Content", "content", "library-big", keys="g c", words="posts videos streams"),
        ),
    ),
    ANALYSE,
    Group(
        "Deliver",
        (
            Page("Reports", "reports", "file-text", words="print pdf summary"),
            Page("Exports", "exports", "download", words="csv json files"),
        ),
    ),
    Group(
        "Operate",
        (
            Page("Runs", "runs", "activity", keys="g r", words="collection history errors"),
            Page("Credentials", "credentials", "key-round", words="api keys twitter"),
            Page("Settings", "settings", "settings", words="profile security appearance"),
        ),
    ),
)
STAFF = Group(
    "Staff",
    (
        Page("Feedback desk", "staff_feedback", "inbox"),
        Page("System status", "staff_status", "monitor"),
        Page("Administration", "admin:index", "shield", words="django admin"),
    ),
)
FOOT = Group(
    "",
    (
        Page("Send feedback", "feedback", "message-square-text", keys="f", words="bug idea"),
        Page("Help and API", "help", "circle-help", words="documentation shortcuts"),
    ),
)
TABS = ("overview", "monitors", "content", "trends")


@dataclass(frozen=True)
class Link:
    """A page that exists, as one request sees it."""

    page: Page
    url: str
    current: bool
    count: int = 0
    alarm: bool = False


class Frame:
    """Context of base.html and outside.html. Only what a template asks for is worked out."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def request_id(self) -> str:
        """Names this request in the logs."""
        return getattr(self.request, "id", "")

    @property
    def demo_offered(self) -> bool:
        """Whether a stranger may have a look."""
        return settings.DEMO and known_user(self.request) is None

    @property
    def in_demo(self) -> bool:
        """Whether this page is a visitor's of the demo."""
        return bool(getattr(known_user(self.request), "is_demo", False))

    @cached_property
    def demo(self) -> Progress:
        """How much of the demo is there, for its visitors."""
        return progress(known_user(self.request))

    @cached_property
    def theme(self) -> str:
        """This browser's choice, else the person's, else the system's."""
        return shown_theme(self.request)

    @property
    def next_theme(self) -> str:
        """What the switch changes to."""
        return THEMES[(THEMES.index(self.theme) + 1) % len(THEMES)]

    @cached_property
    def groups(self) -> list[tuple[str, list[Link]]]:
        """Headings and links of the sidebar."""
        user = known_user(self.request)
        staff = [STAFF] if user and user.is_staff else []
        shown = [(group.label, self.links(group.pages)) for group in (*GROUPS, *staff)]
        return [(label, links) for label, links in shown if links]

    @cached_property
    def foot(self) -> list[Link]:
        """Links at the foot of the sidebar."""
        return self.links(FOOT.pages)

    @cached_property
    def pages(self) -> list[Link]:
        """Every link, for the command dialog and the keys."""
        return [link for _, links in self.groups for link in links] + self.foot

    @cached_property
    def tabs(self) -> list[Link]:
        """The four tabs of small screens; one of them stands for the whole group "Analyse"."""
        return [self.as_tab(link) for link in self.pages if link.page.name in TABS]

    @cached_property
    def more(self) -> list[Link]:
        """What the sheet "More" lists."""
        reached = {*TABS, *(page.name for page in ANALYSE.pages)}
        return [link for link in self.pages if link.page.name not in reached]

    @cached_property
    def siblings(self) -> list[Link]:
        """Pages of the group "Analyse" while one of them is open: tabs on small screens."""
        links = self.links(ANALYSE.pages)
        return links if any(link.current for link in links) else []

    def as_tab(self, link: Link) -> Link:
        """The tab of a page; "Trends" stands for its whole group."""
        if link.page not in ANALYSE.pages:
            return link
        page = replace(link.page, label=ANALYSE.label)
        return Link(page, link.url, current=bool(self.siblings))

    def links(self, pages: Iterable[Page]) -> list[Link]:
        """Those of the pages that exist, and for a visitor of the demo those that open."""
        path = self.request.path
        return [
            Link(page, url, path.startswith(url), *self.counts.get(page.name, ()))
            for page in pages
            if (url := page.url) and not (self.in_demo and refusal(page.name, "GET", loading=False))
        ]

    @cached_property
    def counts(self) -> dict[str, tuple[int, bool]]:
        """What stands beside a link, and whether it is an alarm."""
        user = known_user(self.request)
        if user is None:
            return {}
        there, failed = tally(user)
        return {"monitors": (there, False), "runs": (failed, True)}


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `frame` in every template."""
    return {"frame": Frame(request)}
