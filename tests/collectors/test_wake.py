"""Jobs that wait for a credential go on by themselves once it is good."""

import pytest

from accounts.tenancy import tenant
from collectors import dispatch
from collectors.models import MonitoringJob
from tests.factories.collectors import JobFactory
from tests.factories.platforms import EntityFactory, ProfileFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("reason", "verdict", "goes_on"),
    [
        ("credential", "valid", True),
        ("credential", "wrong", False),
        ("credential", "untested", False),
        ("no_credential", "untested", True),
        ("no_credential", None, False),
        ("credit", "valid", False),
        ("failures", "valid", False),
        ("by_person", "valid", False),
    ],
)
def test_what_waits_for_a_credential_goes_on_when_it_is_good(alice, reason, verdict, goes_on):
    with tenant(alice.pk):
        key = verdict and ProfileFactory(owner=alice, verdict=verdict)
        entity = EntityFactory(owner=alice, profile=key)
        JobFactory(entity=entity, next_run_at=None, pause_reason=reason, failures=2)
    dispatch.sweep(lambda _pack: None)
    with tenant(alice.pk):
        job = MonitoringJob.objects.get()
    assert (job.pause_reason == "") is goes_on
    assert (job.next_run_at is not None) is goes_on
