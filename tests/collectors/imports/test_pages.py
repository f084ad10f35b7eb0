"""The pages of imports, by the test client."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.tenancy import tenant
from collectors.imports import files, jobs
from collectors.imports.fields import fields
from collectors.imports.forms import LEFT_OUT
from collectors.models import Import
from platforms.youtube.models import Video
from tests.collectors.imports.conftest import finish, fresh, stored

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
DAY = datetime(2020, 5, 1, tzinfo=UTC)
FILE = b"video_id,published_at,title,views\nvideo000001,2019-03-01,One,1234\nbad,2019-03-01,Two,x\n"


def upload(page, target, content=FILE, name="old.csv", **more):
    file = SimpleUploadedFile(name, content)
    return page.post("/imports/add/", {"target": target, "what": "posts", "file": file, **more})


def draft_of(alice):
    with tenant(alice.pk):
        return Import.objects.select_related("entity").get()


def columns(job, **changes):
    told = {f.name: job.mapping.get(f.name, LEFT_OUT) for f in fields(job.platform, job.what)}
    return {f"column_{name}": c for name, c in told.items()} | {"zone": "UTC"} | changes


def test_a_file_is_brought_looked_at_started_and_told_about(page, alice, channel):
    assert b"No imports yet" in page.get("/imports/").content
    assert f'value="{channel.pk}" selected' in page.get(f"/imports/add/?source={channel.pk}").text
    answer = upload(page, channel.pk)
    job = draft_of(alice)
    assert answer.url == f"/imports/{job.pk}/"
    shown = page.get(answer.url).text
    assert "1,234" in shown
    assert "views: This is no whole number." in shown
    answer = page.post(answer.url, columns(job, read_at="2020-05-01T12:00", start=""))
    assert answer.status_code == 302
    assert 'data-poll="2"' in page.get(answer.url).text
    finish(job)
    result = page.get(answer.url).text
    assert "Done" in result
    assert "Line" in result
    assert "data-poll" not in result
    assert "old.csv" in page.get("/imports/").text
    with tenant(alice.pk):  # the time of the page is the person's: Berlin
        assert Video.objects.get().figures_at == datetime(2020, 5, 1, 10, tzinfo=UTC)


def test_the_poll_gets_the_progress_alone_and_the_whole_page_when_it_is_over(page, bring):
    job = bring(FILE.decode(), read_at=DAY)
    answer = page.get(f"/imports/{job.pk}/", headers={"HX-Request": "true"})
    assert "<html" not in answer.text
    assert "HX-Refresh" not in answer
    finish(job)
    answer = page.get(f"/imports/{job.pk}/", headers={"HX-Request": "true"})
    assert answer["HX-Refresh"] == "true"


def test_what_is_missing_is_said_and_the_choice_is_kept(page, alice, channel):
    upload(page, channel.pk)
    job = draft_of(alice)
    answer = page.post(f"/imports/{job.pk}/", columns(job, column_title=LEFT_OUT, start=""))
    assert answer.status_code == 422
    assert "Say when the figures of this file were read." in answer.text
    assert "title" not in draft_of(alice).mapping
    answer = page.post(f"/imports/{job.pk}/", columns(job, column_external_id=LEFT_OUT, start=""))
    assert "Choose a column for: Video id." in answer.text
    answer = page.post(f"/imports/{job.pk}/", columns(job, column_title="nonsense", read_at="x"))
    assert answer.status_code == 422
    assert draft_of(alice).status == "draft"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "This file is empty."), ("id\n1".encode("utf-16"), "UTF-16"),
        (b"[]", "one list of JSON"), (b"id,views\n", "no row"), (b"\x1f\x8b\x08junk", "damaged"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_and_not_kept(page, channel, settings, content, why):
    answer = upload(page, channel.pk, content)
    assert answer.status_code == 422
    assert why in answer.text
    assert list(Path(settings.MEDIA_ROOT).rglob("*.*")) == []
    folder = Path(settings.MEDIA_ROOT) / "imports"
    assert not folder.exists() or list(folder.iterdir()) == []


def test_an_upload_is_private_and_deleted_after_the_import(page, alice, channel):
    upload(page, channel.pk)
    job = draft_of(alice)
    path = Path(job.stored_as)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    page.post(f"/imports/{job.pk}/", columns(job, read_at="2020-05-01T12:00", start=""))
    from accounts.tenancy import acting_for
    from collectors.imports import jobs

    with acting_for(alice.pk):
        jobs.go_on(job.pk)
    assert not path.exists()
    assert fresh(job).status == "done"


def test_a_draft_whose_file_was_deleted_says_so(page, alice, channel):
    upload(page, channel.pk)
    job = draft_of(alice)
    Path(job.stored_as).unlink()
    assert "The file is no longer here." in page.get(f"/imports/{job.pk}/").text
    page.post(f"/imports/{job.pk}/", columns(job, read_at="2020-05-01T12:00", start=""))
    assert finish(job).error_text == "The file is no longer here. Bring it once more."


@pytest.mark.parametrize("moment", ["9999-12-31T23:59", "2062-05-01T12:00", "1999-05-01T12:00"])
def test_figures_are_of_no_year_that_cannot_be_meant(page, alice, channel, moment):
    upload(page, channel.pk)
    job = draft_of(alice)
    answer = page.post(f"/imports/{job.pk}/", columns(job, read_at=moment, start=""))
    assert answer.status_code == 422
    assert "cannot be meant: 2005 until now are possible." in answer.text
    assert (draft_of(alice).read_at, draft_of(alice).status) == (None, "draft")


def test_a_draft_that_begins_in_another_tab_keeps_its_columns(page, beside, bring, alice):
    draft = bring(FILE.decode(), read_at=DAY, begin=False)
    address, other = f"/imports/{draft.pk}/", columns(draft, column_title=LEFT_OUT)
    with tenant(alice.pk):
        jobs.start(draft)
        sent = beside(lambda: page.post(address, other).status_code)
    assert sent.result() == 302
    assert fresh(draft).mapping == draft.mapping


def test_a_draft_can_be_dropped(page, alice, channel):
    upload(page, channel.pk)
    job = draft_of(alice)
    page.post(f"/imports/{job.pk}/cancel/")
    assert fresh(job).status == "cancelled"
    assert not Path(job.stored_as).exists()


def test_refused_rows_come_as_a_file_without_formulas(page, done):
    job = done("id,published_at,views\nvideo000001,2019-01-01,=1+1\n", mapping={
        "external_id": "id", "view_count": "views"}, read_at=DAY)  # fmt: skip
    answer = page.get(f"/imports/{job.pk}/problems.csv")
    assert "attachment" in answer["Content-Disposition"]
    assert list(csv.reader(io.StringIO(answer.text))) == [
        ["line", "column", "cell", "problem"],
        ["2", "views", "'=1+1", "This is no whole number."],
    ]


def test_an_import_is_taken_back_after_its_consequences_are_told(page, alice, done):
    job = done(FILE.decode(), read_at=DAY)
    assert "up to <b>1</b> rows" in page.get(f"/imports/{job.pk}/undo/").text
    assert len(stored(alice, Video, "external_id")) == 1
    page.post(f"/imports/{job.pk}/undo/")
    assert stored(alice, Video, "external_id") == []
    assert "Taken back" in page.get(f"/imports/{job.pk}/").text


def test_comments_of_a_platform_that_shows_none_are_refused(page):
    answer = upload(page, "twitch", what="comments")
    assert "Comments of Twitch are not kept." in answer.text


def test_another_persons_imports_and_sources_are_not_there(page, client, bob, channel, done):
    job = done(FILE.decode(), read_at=DAY)
    client.force_login(bob)
    assert "old.csv" not in client.get("/imports/").text
    for address in ("", "undo/", "problems.csv"):
        assert client.get(f"/imports/{job.pk}/{address}").status_code == 404
    for address in ("", "undo/", "cancel/"):
        assert client.post(f"/imports/{job.pk}/{address}").status_code == 404
    assert upload(client, channel.pk).status_code == 422


@pytest.mark.parametrize("address", ["/imports/", "/imports/add/", "/imports/1/"])
def test_a_stranger_is_asked_to_sign_in(client, address):
    assert client.get(address).url.startswith("/login/")


def test_so_many_files_may_wait_and_no_more(page, bring, channel, alice):
    waiting = [bring(FILE.decode(), begin=False) for _ in range(jobs.MOST_WAITING)]
    refused = upload(page, channel.pk)
    assert refused.status_code == 422
    assert "20 of your files wait, and more are not taken at once." in refused.text
    assert len(list(files.folder().iterdir())) == jobs.MOST_WAITING
    page.post(f"/imports/{waiting[0].pk}/cancel/")
    assert upload(page, channel.pk).status_code == 302


def test_files_that_lie_for_longer_than_they_are_kept_do_not_count(page, bring, channel, alice):
    for _ in range(jobs.MOST_WAITING):
        bring(FILE.decode(), begin=False)
    with tenant(alice.pk):
        Import.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert upload(page, channel.pk).status_code == 302
