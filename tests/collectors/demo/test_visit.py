"""Visiting the demo: the door, the mark on every page, what is refused, the way out."""

import json

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.urls import get_resolver

from accounts import demo as people
from accounts.tenancy import system, tenant
from collectors.demo import workspace
from collectors.demo.refusals import ALLOWED, ALSO, refusal
from collectors.models import MonitoringJob
from platforms.models import ApiProfile, Entity
from tests.collectors.demo.conftest import BEGAN, entity

MARK = "Demo – simulated figures"  # noqa: RUF001  the dash of ui.md
DOOR = "Explore the demo"


# --- The door ------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["/login/", "/register/", "/password/reset/"])
def test_a_stranger_is_offered_a_look(demo, client, page):
    assert DOOR in client.get(page).text


def test_where_it_is_off_nothing_tells_of_it(demo, client, alice, settings):
    settings.DEMO = False
    assert DOOR not in client.get("/login/").text
    assert client.get("/demo/").status_code == 404
    assert client.post("/demo/").status_code == 404
    client.force_login(alice)
    assert "demo" not in client.get("/help/").text.lower().replace("demonstr", "")


def test_one_press_leads_in(ready, client):
    answer = client.post("/demo/")
    assert (answer.status_code, answer.url) == (302, "/")
    assert client.get("/", follow=True).context["user"] == ready


def test_while_its_history_is_loaded_a_visitor_sees_how_far_it_is(demo, client):
    assert client.post("/demo/").url == "/demo/"
    page = client.get("/demo/").text
    assert "Its history is being loaded" in page
    assert '<progress  max="100" value="0"' in page.replace("\n", " ") or 'value="0"' in page
    part = client.get("/demo/", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert part.text.lstrip().startswith('<section class="card" id="loading"')
    assert "<html" not in part.text


def test_when_it_is_loaded_the_waiting_page_leads_on(visitor):
    part = visitor.get("/demo/", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert part["HX-Redirect"] == "/"


def test_before_it_is_made_a_stranger_is_asked_to_wait(db, client):
    answer = client.post("/demo/", follow=True)
    assert answer.redirect_chain[-1][0] == "/login/"
    assert "The demo is being prepared" in answer.text


def test_who_is_signed_in_stays_who_they_are(ready, client, alice):
    client.force_login(alice)
    client.post("/demo/")
    assert client.get("/help/").context["user"] == alice


def test_the_door_cannot_be_hammered(ready, client):
    codes = set()
    for _ in range(21):
        client.logout()
        codes.add(client.post("/demo/").status_code)
    assert codes == {302, 429}


def test_out_again(visitor):
    assert visitor.post("/demo/leave/").url == "/login/"
    assert "_auth_user_id" not in visitor.session


def test_out_and_on_to_an_account(visitor):
    answer = visitor.post("/demo/leave/", {"to": "account_signup"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/register/"
    assert answer.status_code == 200


def test_leaving_leads_nowhere_else(visitor):
    assert visitor.post("/demo/leave/", {"to": "https://elsewhere.example"}).url == "/login/"


# --- The mark ------------------------------------------------------------------------------------

PAGES = ["/monitors/", "/runs/", "/welcome/", "/credentials/", "/help/", "/demo/", "/nowhere/"]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_a_visitor_says_that_it_is_simulated(visitor, page):
    assert MARK in visitor.get(page, follow=True).text


def test_a_source_says_so_too(visitor, ready):
    with tenant(ready.pk):
        source = entity(ready, "reddit")
    for tab in ("", "runs/", "settings/"):
        page = visitor.get(f"/sources/{source.pk}/{tab}")
        assert page.status_code == 200
        assert MARK in page.text


def test_pages_of_others_do_not(demo, client, alice):
    client.force_login(alice)
    assert MARK not in client.get("/help/").text


# --- What is refused -----------------------------------------------------------------------------

KEYS = "takes no keys"
PERSONAL = "Settings belong to a person"
SHARED = "All visitors share the demo"


@pytest.mark.parametrize(
    ("method", "path", "sentence"),
    [
        ("get", "/credentials/add/", KEYS),
        ("get", "/credentials/add/youtube/", KEYS),
        ("post", "/credentials/add/youtube/", KEYS),
        ("get", "/settings/profile/", PERSONAL),
        ("post", "/settings/profile/", PERSONAL),
        ("get", "/settings/security/", PERSONAL),
        ("post", "/settings/security/end-others/", PERSONAL),
        ("get", "/settings/email/", PERSONAL),
        ("get", "/password/change/", PERSONAL),
        ("post", "/password/change/", PERSONAL),
        ("post", "/settings/appearance/", PERSONAL),
    ],
)
def test_what_belongs_to_a_person_is_refused_with_a_sentence(visitor, method, path, sentence):
    answer = getattr(visitor, method)(path)
    assert answer.status_code == 403
    assert sentence in answer.text
    assert "Not in the demo" in answer.text


@pytest.mark.parametrize("page", ["replace", "edit", "delete"])
def test_its_credentials_cannot_be_changed(visitor, ready, page):
    with tenant(ready.pk):
        profile = ApiProfile.objects.filter(owner=ready).first()
    for ask in (visitor.get, visitor.post):
        answer = ask(f"/credentials/{profile.pk}/{page}/")
        assert answer.status_code == 403
        assert KEYS in answer.text
    with tenant(ready.pk):
        assert ApiProfile.objects.filter(pk=profile.pk).exists()


def test_programs_are_refused_with_the_same_sentence(visitor):
    answer = visitor.post("/api/profiles/", {"platform": "youtube"}, "application/json")
    assert answer.status_code == 403
    assert KEYS in json.loads(answer.content)["detail"]
    assert visitor.get("/api/profiles/").status_code == 200


def test_whatever_is_built_later_is_refused_until_it_is_allowed():
    assert refusal("tokens_add", "POST", loading=False).startswith(SHARED)
    assert refusal("staff:reset", "DELETE", loading=False).startswith(SHARED)
    assert refusal("tokens", "GET", loading=False) == ""


def test_what_is_allowed_exists():
    names = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert names >= ALSO
    for start in ALLOWED:
        assert any(name.startswith(start) for name in names), start


def test_a_visitor_may_pause_and_resume_sources(visitor, ready):
    with tenant(ready.pk):
        job = entity(ready, "reddit").job
    paused = visitor.post(f"/api/jobs/{job.pk}/pause/")
    assert paused.status_code == 200
    with tenant(ready.pk):
        assert MonitoringJob.objects.get(pk=job.pk).pause_reason == "by_person"
    assert visitor.post(f"/api/jobs/{job.pk}/resume/").status_code == 200
    with tenant(ready.pk):
        assert MonitoringJob.objects.get(pk=job.pk).pause_reason == ""


def test_while_its_history_is_loaded_nothing_is_changed(demo, client):
    client.post("/demo/")
    with tenant(demo.pk):
        job = entity(demo, "reddit").job
    answer = client.post(f"/api/jobs/{job.pk}/resume/")
    assert answer.status_code == 403
    assert "still being loaded" in json.loads(answer.content)["detail"]


def test_one_visitors_theme_is_not_the_others(visitor, ready):
    visitor.post("/theme/", {"theme": "dark"})
    assert visitor.cookies["theme"].value == "dark"
    ready.refresh_from_db()
    assert ready.theme == "system"


def test_no_mail_leads_into_the_demo(demo, client, mailoutbox):
    client.post("/password/reset/", {"email": people.ADDRESS})
    assert [mail for mail in mailoutbox if "/password/reset/" in mail.body] == []


def test_nobody_signs_in_to_it_with_a_password(demo, client):
    client.post("/login/", {"login": people.ADDRESS, "password": "!"})
    assert "_auth_user_id" not in client.session


def test_it_never_has_rights(demo):
    for right in ("is_staff", "is_superuser"):
        with pytest.raises(IntegrityError), transaction.atomic():
            get_user_model().objects.filter(pk=demo.pk).update(**{right: True})


def test_there_is_only_one(demo):
    with pytest.raises(IntegrityError), transaction.atomic():
        get_user_model().objects.create_user("second@example.org", is_demo=True)


# --- Off, on, gone -------------------------------------------------------------------------------


def test_switched_off_its_visits_end_and_it_collects_no_more(visitor, ready, settings):
    settings.DEMO = False
    assert visitor.get("/monitors/").url == "/login/"
    assert "_auth_user_id" not in visitor.session
    workspace.rest()
    with tenant(ready.pk):
        assert not MonitoringJob.objects.filter(owner=ready, next_run_at__isnull=False).exists()
    workspace.prepare(now=BEGAN, each=1)
    with tenant(ready.pk):
        assert not MonitoringJob.objects.filter(owner=ready, next_run_at__isnull=True).exists()


def test_every_start_puts_the_first_sources_back(ready):
    with tenant(ready.pk):
        MonitoringJob.objects.filter(owner=ready, platform="youtube").delete()
        entity(ready, "twitch").delete()
        MonitoringJob.objects.filter(owner=ready).update(interval_minutes=60, every_seconds=3600)
    workspace.prepare(now=BEGAN, each=1)
    with tenant(ready.pk):
        minutes = dict(MonitoringJob.objects.values_list("platform", "interval_minutes"))
    assert minutes == workspace.MINUTES


def test_removed_it_leaves_nothing(ready, alice):
    assert workspace.remove()
    assert people.find() is None
    with system():
        assert not Entity.objects.exists()
        assert not ApiProfile.objects.exists()
    assert not workspace.remove()
    alice.refresh_from_db()
