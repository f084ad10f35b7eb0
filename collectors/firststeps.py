"""How far a person has come on the way to the first figures."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import User
from collectors.models import JobExecution, MonitoringJob
from collectors.runs import Line
from platforms import registry
from platforms.models import ApiProfile, Entity


@dataclass(frozen=True)
class Step:
    """One line of the checklist. `page`: name of the URL where it is done, and `label` its button.

    `bad`: it was tried and failed; the text says why.
    """

    title: str
    text: str
    done: bool
    page: str = ""
    label: str = ""
    busy: bool = False
    bad: bool = False


@dataclass(frozen=True)
class Steps:
    """The checklist. `run`: the last run that failed while no figures are there yet."""

    steps: Sequence[Step]
    run: JobExecution | None = None

    @property
    def done(self) -> int:
        """How many are done."""
        return sum(step.done for step in self.steps)

    @property
    def share(self) -> int:
        """How many are done, in percent."""
        return self.done * 100 // len(self.steps)

    @property
    def complete(self) -> bool:
        """Whether nothing is left."""
        return self.done == len(self.steps)

    @property
    def next(self) -> Step | None:
        """The first that is to be done."""
        return next((step for step in self.steps if not step.done), None)


def has_figures(user: User) -> bool:
    """Whether anything was collected for this person, by a run or by an import."""
    if MonitoringJob.objects.for_user(user).filter(last_success_at__isnull=False).exists():
        return True
    contents = (platform.content.objects.for_user(user) for platform in registry.every())
    return any(content.exists() for content in contents)


def steps(user: User) -> Steps:
    """The checklist of a person."""
    figures = has_figures(user)
    connected = _connected(user, figures=figures)
    added = figures or Entity.objects.for_user(user).exists()
    run = None if figures else _last_run(user)
    return Steps(
        [
            Step("Create your account", "", done=True),
            # Nobody is signed in before it.
            Step("Verify your email", "", done=True),
            connected,
            Step(
                "Add a source to monitor",
                "" if added else "A channel, an account or a subreddit.",
                done=added, page="monitor_add", label="Add",
            ),
            _figures(figures=figures, added=added, run=run),
        ],
        run if run and run.error_code else None,
    )  # fmt: skip


def _connected(user: User, *, figures: bool) -> Step:
    title, own = "Connect an API credential", ApiProfile.objects.for_user(user)
    if figures or own.exclude(verdict__in=ApiProfile.REFUSED).exists():
        return Step(title, "", done=True)
    refused = own.order_by("pk").last()
    if refused is None:
        text = "One platform is enough. YouTube takes about 2 minutes."
        return Step(title, text, done=False, page="credential_choose", label="Connect")
    label = registry.get(refused.platform).label
    text = f"{label} refuses “{refused.name}”. Its test says what to do."
    return Step(title, text, done=False, page="credentials", label="Open credentials", bad=True)


def _last_run(user: User) -> JobExecution | None:
    own = JobExecution.objects.for_user(user).select_related("job__entity")
    return own.order_by("-due_at", "-pk").first()


def _figures(*, figures: bool, added: bool, run: JobExecution | None) -> Step:
    title = "First figures arrive"
    if figures or not added:
        return Step(title, "", done=figures)
    if run is None or run.status == JobExecution.Status.QUEUED:
        text = "The first run starts in under a minute."
        return Step(title, text, done=False, busy=True)
    if run.status == JobExecution.Status.RUNNING:
        return Step(title, f"Reading {run.job.entity.handle} now.", done=False, busy=True)
    advice = Line(run).advice
    text = f"{run.error_text} {advice.next_step}" if advice else "The next run brings them."
    return Step(title, text.strip(), done=False, bad=advice is not None)
