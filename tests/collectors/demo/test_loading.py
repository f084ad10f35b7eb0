"""How the demo's history is loaded: by one loader, in steps that can be seen."""

from accounts.tenancy import acting_for, tenant
from collectors.demo import history
from collectors.demo.progress import progress
from tests.collectors.demo.conftest import everything, lanes


def test_of_two_loaders_one_gives_up(demo):
    job_ids = lanes(demo)[0]
    with acting_for(demo.pk):
        first, second = history._lane(job_ids), history._lane(job_ids)
        slot = next(first.slots())
        assert first.load(slot)
        before = everything(demo)
        assert not second.load(slot)
    assert everything(demo) == before


def test_progress_grows_to_a_hundred(demo):
    with tenant(demo.pk):
        assert progress(demo).bar == f"[{'.' * 28}]   0 %"
    with acting_for(demo.pk):
        youtube = lanes(demo)[-1]
        assert history.load(youtube, seconds=0)
        assert history.load(youtube, seconds=0)
    with tenant(demo.pk):
        assert 0 < progress(demo).share < 0.1
