"""The REST API of imports."""

import json
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from collectors.imports import jobs
from platforms.youtube.models import Video
from tests.collectors.imports.conftest import finish, fresh, stored

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
FILE = b"video_id,published_at,title,views\nvideo000001,2019-03-01,One,1234\nbad,2019-03-01,Two,5\n"


@pytest.fixture
def api(client, alice, channel):
    client.force_login(alice)

    def send(content=FILE, **fields):
        file = SimpleUploadedFile("old.csv", content)
        fields = {"platform": "youtube", "source": channel.pk, "read_at": "2020-05-01", **fields}
        fields = {name: value for name, value in fields.items() if value is not None}
        return client.post("/api/imports/", {"file": file, **fields})

    send.client = client
    return send


def test_an_import_is_sent_watched_and_taken_back(api, alice):
    told = api(read_at="2020-05-01T00:00:00Z")
    assert told.status_code == 201
    content = told.json()
    assert (content["status"], content["mapping"]["view_count"]) == ("queued", "views")
    finish(fresh_of(alice, content["id"]))
    address = f"/api/imports/{content['id']}/"
    content = api.client.get(address).json()
    assert (content["status"], content["created"], content["refused"]) == ("done", 1, 1)
    assert content["problems"][0]["line"] == 3
    assert api.client.get("/api/imports/").json()["results"][0]["id"] == content["id"]
    assert api.client.post(f"{address}cancel/").status_code == 409
    assert api.client.post(f"{address}undo/").json()["removed"] == 1
    assert stored(alice, Video, "external_id") == []


def fresh_of(alice, pk):
    from accounts.tenancy import tenant
    from collectors.models import Import

    with tenant(alice.pk):
        return Import.objects.get(pk=pk)


def test_a_draft_is_started_later(api, alice):
    content = api(start="false", read_at="2020-05-01T00:00:00Z").json()
    assert content["status"] == "draft"
    address = f"/api/imports/{content['id']}/start/"
    assert api.client.post(address).json()["status"] == "queued"
    assert api.client.post(address).status_code == 409
    assert fresh(fresh_of(alice, content["id"])).status == "queued"


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"content": b"\xff\xfeid"}, "file"), ({"platform": "myspace"}, "platform"),
        ({"platform": "reddit"}, "source"), ({"source": 999999}, "source"),
        ({"what": "comments", "platform": "twitch", "source": None}, "what"),
        ({"zone": "Mars/Base"}, "zone"), ({"mapping": "[1]"}, "mapping"),
        ({"mapping": "[" * 100_000}, "mapping"), ({"mapping": '{"nothing": "views"}'}, "mapping"),
        ({"mapping": '{"view_count": "no such column"}'}, "mapping"),
        ({"mapping": '{"view_count": "\\ud800"}'}, "mapping"),
        ({"mapping": '{"\\ud800": "views"}'}, "mapping"),
        ({"mapping": '{"view_count": "\\u0000"}', "start": "false"}, "mapping"),
        ({"read_at": "9999-12-31T23:59:59Z"}, "read_at"),
        ({"read_at": "2062-05-01T00:00:00Z", "start": "false"}, "read_at"),
        ({"read_at": None}, "mapping"), ({"read_at": "soon"}, "read_at"),
        ({"source": None}, "mapping"), ({"mapping": json.dumps({"external_id": ""})}, "mapping"),
    ],
)  # fmt: skip
def test_bad_input_is_answered_with_a_sentence(api, fields, where):
    fields = {"read_at": datetime(2020, 5, 1, tzinfo=UTC).isoformat(), **fields}
    answer = api(**fields)
    assert answer.status_code == 400, answer.content
    assert where in answer.json()["errors"]
    assert api.client.get("/api/imports/").json()["results"] == []


def test_without_a_file_nothing_happens(api):
    answer = api.client.post("/api/imports/", {"platform": "youtube"})
    assert answer.json()["errors"]["file"]
    answer = api.client.post("/api/imports/", b"{}", content_type="application/json")
    assert answer.status_code == 415


def test_another_persons_import_is_not_there(api, bob):
    pk = api(read_at="2020-05-01T00:00:00Z").json()["id"]
    api.client.force_login(bob)
    for address in ("", "start/", "cancel/", "undo/"):
        send = api.client.get if not address else api.client.post
        assert send(f"/api/imports/{pk}/{address}").status_code == 404
    assert api.client.get("/api/imports/").json()["results"] == []


def test_so_many_files_may_wait_and_no_more(api):
    codes = [api(start="false").status_code for _ in range(jobs.MOST_WAITING + 1)]
    assert codes == [201] * jobs.MOST_WAITING + [409]
    assert "Start or drop those" in api().json()["detail"]
