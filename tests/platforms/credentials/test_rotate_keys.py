"""Keys rotate while everything runs, and nothing that was sealed is lost."""

import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts.crypto import make_key
from accounts.tenancy import acting_for, system, tenant
from platforms import actions, registry
from platforms.credentials import fields, sealing
from platforms.models import ApiProfile
from tests.factories.platforms import CREDENTIALS, ProfileFactory

OLD, NEW = make_key("old"), make_key("new")


def rotate(**options):
    out = StringIO()
    call_command("rotate_keys", stdout=out, **options)
    return out.getvalue()


def made(person, count, **fields):
    with tenant(person.pk):
        return [ProfileFactory(owner=person, **fields) for _ in range(count)]


def opened():
    with system():
        return [sealing.unseal(profile) for profile in ApiProfile.objects.order_by("pk")]


@pytest.fixture
def sealed_with_the_old_key(alice, bob, settings):
    settings.CREDENTIAL_KEYS = OLD
    made(alice, 2)
    made(bob, 1, platform="twitch")
    settings.CREDENTIAL_KEYS = f"{NEW},{OLD}"


def test_everything_is_sealed_again_and_the_old_key_can_go(sealed_with_the_old_key, settings):
    before = opened()
    told = rotate()
    assert "3 profiles seen, 4 fields sealed again" in told
    assert "key new (current): 4 fields" in told
    assert "key old: 0 fields" in told
    settings.CREDENTIAL_KEYS = NEW
    assert opened() == before


def test_a_dry_run_counts_and_changes_nothing(sealed_with_the_old_key, settings):
    told = rotate(dry_run=True)
    assert "4 fields to be sealed again" in told
    assert "key old: 4 fields" in told
    settings.CREDENTIAL_KEYS = OLD
    assert len(opened()) == 3


def test_a_second_run_finds_nothing_to_do(sealed_with_the_old_key):
    rotate()
    with system():
        before = list(ApiProfile.objects.order_by("pk").values_list("sealed", flat=True))
    assert "3 profiles seen, 0 fields sealed again" in rotate()
    with system():
        assert list(ApiProfile.objects.order_by("pk").values_list("sealed", flat=True)) == before


def test_what_cannot_be_opened_is_named_and_left_alone(sealed_with_the_old_key, alice, settings):
    settings.CREDENTIAL_KEYS = NEW
    made(alice, 1)
    out = StringIO()
    with pytest.raises(CommandError, match="3 profiles cannot be opened") as failure:
        call_command("rotate_keys", stdout=out)
    assert "'old' is not in the keyring" in str(failure.value)
    assert "key new (current): 1 fields" in out.getvalue()
    settings.CREDENTIAL_KEYS = f"{NEW},{OLD}"
    assert len(opened()) == 4


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_rotation_under_load_loses_no_replacement(settings):
    from tests.factories.accounts import UserFactory

    person = UserFactory()
    settings.CREDENTIAL_KEYS = OLD
    profiles = made(person, 30)
    settings.CREDENTIAL_KEYS = f"{NEW},{OLD}"
    youtube, failures = registry.get("youtube"), []

    def replace():
        try:
            with acting_for(person.pk):
                for number, profile in enumerate(profiles):
                    given = fields.parse(youtube, {"api_key": f"AIzaSyReplaced{number:025d}"})
                    with transaction.atomic():
                        actions.replace_credential(profile=profile, credentials=given)
        except Exception as error:  # noqa: BLE001  told by the test
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=replace)
    thread.start()
    for _ in range(5):
        rotate()
    thread.join()
    rotate()
    settings.CREDENTIAL_KEYS = NEW
    assert failures == []
    keys = {one["api_key"] for one in opened()}
    assert keys == {f"AIzaSyReplaced{number:025d}" for number in range(30)}
    assert CREDENTIALS["youtube"]["api_key"] not in keys
