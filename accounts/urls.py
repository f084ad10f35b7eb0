"""Addresses of people: signing in, settings."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def home(request: HttpRequest) -> HttpResponse:
    """TODO."""
    return HttpResponse("ok")


urlpatterns = [path("", home, name="home"), path("", include("allauth.account.urls"))]
