"""The product's addresses, and pages that do not exist yet or fail on purpose."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path

from config import urls as product
from config.frame import errors
from config.urls import handler400, handler403, handler404, handler500  # noqa: F401  Django reads them

FAILURES = {400: BadRequest, 403: PermissionDenied, 404: Http404, 500: ZeroDivisionError}


@login_required
def page(request):
    messages.success(request, "14 monitors added")
    return render(request, "help.html")


def fail(request, status):
    if status == 429:
        return errors.too_many_requests(request)
    raise FAILURES[status]


urlpatterns = [
    path("overview/", page, name="overview"),
    path("trends/", page, name="trends"),
    path("compare/", page, name="compare"),
    path("runs/", page, name="runs"),
    path("staff/status/", page, name="staff_status"),
    path("fail/<int:status>/", fail),
    path("api/fail/<int:status>/", fail),
    path("form/", lambda _: HttpResponse("saved")),
    *product.urlpatterns,
]
