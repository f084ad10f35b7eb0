"""What the frame of every page shows: the pages there are, the theme, the request's id."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property  # functools has one lock for all threads

from config.logs import known_user

from accounts.theme import THEMES, shown_theme


@dataclass(frozen=True)
class Page:
    """A page of the sidebar. It is listed once a URL with its name exists."""

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
GROUPS = (
    Group(
        "",
        (
            Page("Overview", "overview", "layout-dashboard", "g o", "dashboard home"),
            Page("Monitors", "monitors", "radar", "g m", "sources channels accounts subreddits"),
            Page("Content", "content", "library-big", "g c", "posts videos streams"),
        ),
    ),
    Group(
        "Analyse",
        (
            Page("Trends", "trends", "trending-up", "g t", "growth forecast"),
            Page("Compare", "compare", "git-compare-arrows", "", "side by side"),
            Page("Best times", "times", "calendar-clock", "g b", "heatmap hours days"),
            Page("Sentiment", "sentiment", "smile", "g s", "positive negative mood"),
        ),
    ),
    Group(
        "Deliver",
        (
            Page("Reports", "reports", "file-text", "", "print pdf summary"),
            Page("Exports", "exports", "download", "", "csv json files"),
        ),
    ),
    Group(
        "Operate",
        (
            Page("Runs", "runs", "activity", "g r", "collection history errors"),
            Page("Credentials", "credentials", "key-round", "", "api keys twitter"),
            Page("Settings", "settings", "settings", "", "profile security appearance"),
        ),
    ),
)
STAFF = Group(
    "Staff",
    (
        Page("Feedback desk", "staff_feedback", "inbox"),
        Page("System status", "staff_status", "monitor"),
        Page("Administration", "admin:index", "shield", "", "django admin"),
    ),
)
FOOT = Group(
    "",
    (
        Page("Send feedback", "feedback", "message-square-text", "f", "bug idea"),
        Page("Help and API", "help", "circle-help", "", "documentation shortcuts"),
    ),
)
TABS = ("overview", "monitors", "content", "trends")


@dataclass(frozen=True)
class Link:
    """A page that exists, as one request sees it."""

    page: Page
    url: str
    current: bool


class Frame:
    """Context of base.html and outside.html. Only what a template asks for is worked out."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def request_id(self) -> str:
        """Names this request in the logs."""
        return getattr(self.request, "id", "")

    @cached_property
    def theme(self) -> str:
        """This browser's choice, else the person's, else the system's."""
        return shown_theme(self.request)

    @property
    def next_theme(self) -> str:
        """What the switch changes to."""
        return THEMES[(THEMES.index(self.theme) + 1) % len(THEMES)]

    @property
    def user(self) -> Any:
        """Who is signed in; None where the request failed before that was known."""
        return known_user(self.request)

    @cached_property
    def groups(self) -> list[tuple[str, list[Link]]]:
        """Headings and links of the sidebar."""
        staff = [STAFF] if self.user and self.user.is_staff else []
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
        """The four tabs of small screens. The third group of pages is behind its first one."""
        return [self.as_tab(link) for link in self.pages if link.page.name in TABS]

    @cached_property
    def more(self) -> list[Link]:
        """What the sheet "More" lists."""
        analyse = {page.name for page in GROUPS[1].pages}
        return [link for link in self.pages if link.page.name not in {*TABS, *analyse}]

    @cached_property
    def siblings(self) -> list[Link]:
        """Pages of the group "Analyse" while one of them is open: tabs on small screens."""
        links = self.links(GROUPS[1].pages)
        return links if any(link.current for link in links) else []

    def as_tab(self, link: Link) -> Link:
        """The tab of a page; "Trends" stands for its whole group."""
        if link.page.name != "trends":
            return link
        page = Page("Analyse", link.page.name, link.page.icon)
        return Link(page, link.url, current=bool(self.siblings))

    def links(self, pages: Iterable[Page]) -> list[Link]:
        """Those of the pages that exist."""
        path = self.request.path
        return [Link(page, url, path.startswith(url)) for page in pages if (url := page.url)]


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `frame` in every template."""
    return {"frame": Frame(request)}
