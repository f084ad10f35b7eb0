"""The staff's admin sees every tenant; nobody else gets in."""

import pytest
from django.contrib import admin
from django.urls import path

from accounts.tenancy import tenant
from config.admin import StaffSite
from platforms.models import Entity
from tests.factories.accounts import UserFactory
from tests.factories.platforms import EntityFactory

site = StaffSite(name="admin")


@admin.register(Entity, site=site)
class EntityAdmin(admin.ModelAdmin):
    list_display = ("handle", "owner")


urlpatterns = [path("admin/", site.urls)]
pytestmark = pytest.mark.urls("tests.config.test_admin_site")


@pytest.fixture
def watched(alice, bob):
    for person in (alice, bob):
        with tenant(person.pk):
            EntityFactory(owner=person, handle=f"@of-{person.name.lower()}")


def test_the_staff_sees_every_tenants_rows(watched, client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    page = client.get("/admin/platforms/entity/").text
    assert "@of-alice" in page
    assert "@of-bob" in page


def test_other_people_are_sent_to_the_sign_in(watched, client, alice):
    client.force_login(alice)
    answer = client.get("/admin/platforms/entity/")
    assert answer.status_code == 302
    assert b"@of-" not in answer.content
