"""Jobs and runs in the staff's admin."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.tenancy import system
from collectors import schedule
from collectors.admin import MOST_COUNTED
from collectors.models import JobExecution, MonitoringJob
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
JOBS, RUNS = "/admin/collectors/monitoringjob/", "/admin/collectors/jobexecution/"


@pytest.fixture
def staff(client):
    client.force_login(UserFactory(email="sam@example.org", is_staff=True, is_superuser=True))
    return client


def jobs():
    with system():
        return list(MonitoringJob.objects.order_by("pk"))


def do(staff, action, chosen, **more):
    content = {"action": action, "_selected_action": [job.pk for job in chosen], **more}
    answer = staff.post(JOBS, content, follow=True)
    assert answer.status_code == 200
    return answer.text


def test_jobs_of_all_people_are_listed_and_found(staff, alice, bob, watch):
    (hers,), (his,) = watch(alice), watch(bob, entity__platform="reddit")
    page = staff.get(JOBS).text
    assert all(
        text in page for text in ("alice@example.org", "bob@example.org", hers.entity.handle)
    )
    for query in ("?platform__exact=reddit", "?q=bob@", f"?q={his.entity.handle}"):
        found = staff.get(JOBS + query).text
        assert f"reddit:{his.entity.handle}" in found
        assert f"youtube:{hers.entity.handle}" not in found


def test_jobs_are_filtered_by_pause(staff, alice, watch):
    (runs,) = watch(alice)
    (paused,) = watch(alice, next_run_at=None, pause_reason="credit")
    found = staff.get(f"{JOBS}?pause_reason__exact=credit").text
    assert paused.entity.handle in found
    assert runs.entity.handle not in found


def test_a_longer_list_takes_no_more_queries(staff, alice, watch, django_assert_max_num_queries):
    watch(alice, 30)
    with system():
        schedule.claim(100)
    for path in (JOBS, RUNS):
        with django_assert_max_num_queries(25):
            assert staff.get(path).status_code == 200


def test_staff_pauses_resumes_and_runs_jobs(staff, alice, bob, watch):
    both = watch(alice) + watch(bob)
    assert "2 of 2 jobs paused." in do(staff, "pause", both)
    assert {job.pause_reason for job in jobs()} == {"by_person"}
    assert "0 of 2 jobs paused." in do(staff, "pause", both)
    assert "1 of 1 jobs resumed." in do(staff, "resume", both[:1])
    assert [job.pause_reason for job in jobs()] == ["", "by_person"]
    assert "2 of 2 jobs asked to run now." in do(staff, "run_now", both)
    with system():
        assert JobExecution.objects.filter(asked_by_person=True).count() == 2


def test_an_action_for_the_whole_list_reaches_more_than_the_page(staff, alice, watch):
    made = watch(alice, 120)
    assert "120 of 120 jobs paused." in do(staff, "pause", made[:100], select_across="1")


def test_nobody_writes_facts_by_hand(staff, alice, watch):
    (job,) = watch(alice)
    path = f"{JOBS}{job.pk}/change/"
    page = staff.get(path).text
    assert job.entity.handle in page
    assert 'name="_save"' not in page
    assert staff.post(path, {"interval_minutes": 1}).status_code == 403
    assert staff.get(f"{JOBS}add/").status_code == 403
    assert staff.post(f"{JOBS}{job.pk}/delete/", {"post": "yes"}).status_code == 403
    assert jobs()[0].interval_minutes == 60


def test_a_run_says_what_became_of_it(staff, alice, watch):
    watch(alice)
    with system():
        schedule.claim(100)
        JobExecution.objects.update(status="failed", error_code="gone", error_text="It is away.")
        run = JobExecution.objects.get()
    assert "gone" in staff.get(f"{RUNS}?status__exact=failed").text
    assert "0 runs" not in staff.get(f"{RUNS}?job__platform__exact=youtube").text
    assert "It is away." in staff.get(f"{RUNS}{run.pk}/change/").text


def test_millions_of_runs_are_not_counted_to_the_end(staff, alice, watch):
    (job,) = watch(alice)
    first = datetime(2020, 1, 1, tzinfo=UTC)
    with system():
        JobExecution.objects.bulk_create(
            JobExecution(
                owner=alice, job=job, run_token=number, due_at=first + timedelta(minutes=number),
                status="success",
            )
            for number in range(MOST_COUNTED + 5)
        )  # fmt: skip
    assert f"{MOST_COUNTED} job executions" in staff.get(RUNS).text


def test_who_may_only_look_may_not_act(client, alice, watch):
    from django.contrib.auth.models import Permission

    viewer = UserFactory(email="vera@example.org", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_monitoringjob"))
    client.force_login(viewer)
    (job,) = watch(alice)
    assert job.entity.handle in client.get(JOBS).text
    client.post(JOBS, {"action": "pause", "_selected_action": [job.pk]})
    assert jobs()[0].pause_reason == ""
