"""The first pages: home leads on, Welcome lists what there is to do and ends by itself."""

import re
from datetime import UTC, datetime

import pytest
from django.http import HttpResponse
from django.urls import include, path

from accounts.tenancy import tenant
from platforms.youtube.models import Video
from tests.factories.collectors import JobFactory, RunFactory
from tests.factories.platforms import EntityFactory, ProfileFactory

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


def ok(request):
    return HttpResponse("ok")


urlpatterns = [path("", include("config.urls")), path("overview/", ok, name="overview")]


def steps(page):
    """Of each step: its words, without what only screen readers hear."""
    found = re.findall(r"<li class=.*?</li>", page.get("/welcome/").text, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", step).split()) for step in found if "<h3>" in step]


def add_source(alice, **fields):
    with tenant(alice.pk):
        return JobFactory(entity=EntityFactory(owner=alice, handle="@trailhead"), **fields)


def test_home_asks_strangers_to_sign_in(client, db):
    assert client.get("/").url == "/login/"


def test_home_leads_to_welcome_until_the_first_figures(page, alice):
    assert page.get("/").url == "/welcome/"
    add_source(alice)
    assert page.get("/").url == "/welcome/"


def test_home_leads_to_the_monitors_while_there_is_no_overview(page, alice):
    add_source(alice, last_success_at=datetime.now(UTC))
    assert page.get("/").url == "/monitors/"


@pytest.mark.urls("tests.collectors.test_welcome")
def test_home_leads_to_the_overview_once_there_is_one(page, alice):
    assert page.get("/").url == "/welcome/"
    add_source(alice, last_success_at=datetime.now(UTC))
    assert page.get("/").url == "/overview/"


def test_what_was_imported_counts_as_figures(page, alice):
    now = datetime.now(UTC)
    with tenant(alice.pk):
        Video.objects.create(
            owner=alice, entity=EntityFactory(owner=alice), external_id="v",
            published_at=now, first_seen_at=now, last_seen_at=now,
        )  # fmt: skip
    assert page.get("/").url == "/monitors/"


def test_one_step_after_the_other_is_done(page, alice):
    assert "2 of 5 done" in page.get("/welcome/").text
    first = steps(page)
    assert first[0] == "Done: Create your account"
    assert first[1] == "Done: Verify your email"
    assert first[2].endswith("YouTube takes about 2 minutes. Connect")
    assert not first[3].endswith("Add"), "one thing at a time"
    with tenant(alice.pk):
        ProfileFactory(owner=alice)
    assert steps(page)[2] == "Done: Connect an API credential"
    assert steps(page)[3].startswith("4 Add a source to monitor")
    add_source(alice)
    assert "4 of 5 done" not in page.get("/welcome/").text.replace("4 of 5 done", "", 1)
    assert steps(page)[3] == "Done: Add a source to monitor"
    assert "The first run starts in under a minute." in steps(page)[4]


def test_a_credential_that_is_refused_is_no_connection(page, alice):
    with tenant(alice.pk):
        key = ProfileFactory(owner=alice, verdict="wrong")
    told = "Connect an API credential YouTube refuses “{}”. Its test says what to do."
    assert steps(page)[2] == f"3 {told.format(key.name)} Open credentials"
    with tenant(alice.pk):
        ProfileFactory(owner=alice, verdict="unreachable")
    assert steps(page)[2] == "Done: Connect an API credential"


def test_the_last_step_follows_the_first_run(page, alice):
    job = add_source(alice)
    with tenant(alice.pk):
        run = RunFactory(job=job, status="running")
    assert "Reading @trailhead now." in steps(page)[4]
    with tenant(alice.pk):
        run.status, run.error_code, run.error_text = "failed", "refused", "YouTube refused the key."
        run.save()
    assert "YouTube refused the key. Test the credential" in steps(page)[4]
    assert f'href="/runs/{run.pk}/"' in page.get("/welcome/").text


def test_while_it_waits_it_asks_and_in_the_end_it_leads_on(page, alice):
    waiting = page.get("/welcome/", headers=PART)
    assert 'data-poll="5"' in waiting.text
    assert "<html" not in waiting.text
    add_source(alice, last_success_at=datetime.now(UTC))
    assert page.get("/welcome/", headers=PART)["HX-Redirect"] == "/"
    whole = page.get("/welcome/").text
    assert "5 of 5 done" in whole
    assert 'href="/monitors/">Open monitors' in whole
    assert "data-poll" not in whole


def test_what_others_have_does_nothing_for_me(page, watch, bob):
    watch(bob, last_success_at=datetime.now(UTC))
    assert page.get("/").url == "/welcome/"


def test_no_link_is_dead(page):
    for path_ in ("/welcome/", "/monitors/", "/runs/", "/settings/profile/", "/password/change/"):
        for link in set(re.findall(r'href="(/[^"#]*)"', page.get(path_).text)):
            if not link.startswith("/static/"):
                assert page.get(link, follow=True).status_code == 200, link
