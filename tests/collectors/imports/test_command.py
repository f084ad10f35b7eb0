"""`manage.py import_posts`."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.tenancy import tenant
from collectors.models import Import
from platforms.models import Entity
from platforms.youtube.models import Video, VideoSnapshot
from tests.collectors.imports.conftest import stored

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
FILE = "video_id,published_at,views,country\nvideo000001,2019-03-01,5,DE\nbad,2019-03-01,5,DE\n"


@pytest.fixture
def run(alice, channel, tmp_path):
    path = tmp_path / "old.csv"
    path.write_text(FILE)

    def command(*words, source="@clips", owner="alice@example.org", file=path):
        out = StringIO()
        given = ["--source", source] if source else []
        call_command(
            "import_posts", str(file), "--platform", "youtube", "--owner", owner, *given, *words,
            stdout=out, no_color=True,
        )  # fmt: skip
        return out.getvalue()

    command.path = path
    return command


def test_it_says_what_it_did_and_keeps_the_file(run, alice):
    told = run("--read-at", "2020-05-01")
    assert "view_count         views" in told
    assert "line 3: This is no id of a video" in told
    assert "2 rows: 1 created, 0 changed, 0 unchanged, 0 repeated, 1 refused" in told
    assert "0 created, 0 changed, 1 unchanged" in run("--read-at", "2020-05-01")
    assert run.path.exists()
    assert stored(alice, VideoSnapshot, "taken_at")[0][0].year == 2020


def test_a_column_can_be_named_or_left_out(run, alice):
    run("--map", "lang=country", "--map", "view_count=")
    assert stored(alice, Video, "lang", "view_count") == [("DE", None)]


def test_a_dry_run_shows_rows_and_stores_nothing(run, alice):
    told = run("--dry-run")
    assert "Views" in told
    assert stored(alice, Video, "external_id") == []
    with tenant(alice.pk):
        assert not Import.objects.exists()


def test_one_that_was_cut_off_goes_on(run, alice):
    with tenant(alice.pk):
        pass
    run("--read-at", "2020-05-01")
    with tenant(alice.pk):
        Import.objects.update(status="queued", position=0, created=0, refused=0)
    run("--read-at", "2020-05-01")
    with tenant(alice.pk):
        assert Import.objects.get().status == "done"


def test_a_missing_source_is_made_when_asked(run, alice):
    with pytest.raises(CommandError, match="none of your sources"):
        run(source="@somebody")
    run("--make-sources", source="@somebody")
    with tenant(alice.pk):
        assert Entity.objects.get(handle="@somebody").external_id == "name:@somebody"


@pytest.mark.parametrize(
    ("words", "options", "why"),
    [
        ([], {"owner": "nobody@example.org"}, "Nobody has the address"),
        ([], {"file": "/no/such/file.csv"}, "no file"),
        (["--read-at", "soon"], {}, "no date"), (["--zone", "Mars"], {}, "time zone"),
        (["--map", "views"], {}, "FIELD=COLUMN"), ([], {"source": ""}, "Choose a source"),
        (["--map", "external_id="], {}, "Choose a column"),
        (["--map", "title=nothing"], {}, "no column"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence(run, words, options, why):
    with pytest.raises(CommandError, match=why):
        run(*words, **options)
