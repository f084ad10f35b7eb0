"""Holds visitors of the demo to what the demo allows."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.demo import NotInDemo
from collectors.demo.progress import progress
from collectors.demo.refusals import SAFE, refusal

Next = Callable[[HttpRequest], HttpResponse]


class DemoMiddleware:
    """Refuses with a sentence, before a view is asked; ends visits once the demo is off."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Let a visitor pass, or raise NotInDemo."""
        if not getattr(request.user, "is_demo", False):
            return None
        if not settings.DEMO:
            logout(request)
            return redirect("account_login")
        match = request.resolver_match
        sentence = refusal(
            (match and match.view_name) or "", request.method or "", loading=_is_loading(request)
        )
        if sentence:
            raise NotInDemo(sentence)
        return None


def _is_loading(request: HttpRequest) -> bool:
    if request.method in SAFE:
        return False
    with transaction.atomic():
        return bool(progress(request.user).waiting)  # type: ignore[arg-type]  # a person, here
