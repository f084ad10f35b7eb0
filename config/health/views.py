"""Health: what a supervisor, a load balancer and a person may know.

- /health/live: this process answers. Restart it when it does not. Nothing external is asked.
- /health/ready: it can serve people: migrated, and the database not lost. Redis and beat are
  shared by all instances; their trouble is told, and is no reason to take every instance away.
- /health: the same in one word.
- /health/detailed: everything, for staff and for monitors with HEALTH_TOKEN.
"""

import hmac
from collections.abc import Callable
from threading import Lock
from time import monotonic

from django.conf import settings
from django.db.transaction import non_atomic_requests
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.urls import path

from config.health.probes import Finding, Pending, ask_all

FRESH_SECONDS = 5.0
FAILURE_SECONDS = 1.0  # what comes back is seen soon
GRACE_SECONDS = 10.0  # a database that restarts is not lost

OK, DEGRADED, UNAVAILABLE = "ok", "degraded", "unavailable"

Next = Callable[[HttpRequest], HttpResponse]


class Watch:
    """The last findings, at most five seconds old, and when the database was last seen.

    Findings with a fault among them are at most a second old.
    """

    def __init__(self) -> None:
        self._one_at_a_time = Lock()
        self._findings: dict[str, Finding] = {}
        self._taken_at = self._database_seen_at = float("-inf")

    def findings(self) -> dict[str, Finding]:
        """Ask again when the last answers are old."""
        with self._one_at_a_time:
            if monotonic() - self._taken_at > self._keep_seconds():
                self._findings = ask_all()
                self._taken_at = monotonic()
                if self._findings["database"].fault is None:
                    self._database_seen_at = self._taken_at
            return self._findings

    def _keep_seconds(self) -> float:
        well = all(finding.fault is None for finding in self._findings.values())
        return FRESH_SECONDS if well else FAILURE_SECONDS

    def status(self) -> str:
        """Return 'ok', 'degraded' (serves, though something is wrong) or 'unavailable'."""
        findings = self.findings()
        database = findings["database"].fault
        lost = database and monotonic() - self._database_seen_at > GRACE_SECONDS
        if shutting_down() or lost or isinstance(database, Pending):
            return UNAVAILABLE
        return DEGRADED if any(finding.fault for finding in findings.values()) else OK


watch = Watch()
shutting_down: Callable[[], bool] = lambda: False  # noqa: E731  the web server puts its own in


def live() -> JsonResponse:
    """Say that the process answers."""
    return JsonResponse({"status": OK})


def ready() -> JsonResponse:
    """Say whether to send people here, and in words what is wrong."""
    findings = watch.findings().items()
    checks = {name: "failing" if finding.fault else OK for name, finding in findings}
    return _answer({"status": watch.status(), "checks": checks})


def summary() -> JsonResponse:
    """Say it in one word."""
    return _answer({"status": watch.status()})


@non_atomic_requests
def detailed(request: HttpRequest) -> HttpResponse:
    """Show every finding to staff and to monitors; to all others there is nothing here."""
    if request.headers.get("Authorization"):
        if not _has_token(request):
            return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    elif not getattr(request.user, "is_staff", False):
        raise Http404
    checks = {name: finding.as_dict() for name, finding in watch.findings().items()}
    return _answer({"status": watch.status(), "checks": checks})


def _has_token(request: HttpRequest) -> bool:
    given = request.headers["Authorization"].encode()
    wanted = f"Bearer {settings.HEALTH_TOKEN}".encode()
    return bool(settings.HEALTH_TOKEN) and hmac.compare_digest(given, wanted)


def _answer(body: dict[str, object]) -> JsonResponse:
    status = 503 if body["status"] == UNAVAILABLE else 200
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})


PROBES = {"/health": summary, "/health/live": live, "/health/ready": ready}


class ProbeMiddleware:
    """Answers probes before anything asks for a known host, https, a session or the database.

    A probe speaks plain http to a bare address, and must get an answer whatever is broken.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a probe; pass everything else on."""
        probe = PROBES.get(request.path_info.rstrip("/"))
        if probe is None:
            return self.get_response(request)
        return probe() if request.method in {"GET", "HEAD"} else _not_allowed()


def _not_allowed() -> HttpResponse:
    return HttpResponseNotAllowed(["GET", "HEAD"])


urlpatterns = [path("detailed", detailed, name="health_detailed")]
