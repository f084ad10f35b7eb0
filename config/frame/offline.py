"""The page that a browser shows when the server cannot be reached."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe


@require_safe
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. It keeps the offline page and nothing else."""
    return render(request, "worker.js", content_type="text/javascript")


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The page itself; it says nothing about anybody."""
    return render(request, "offline.html")
