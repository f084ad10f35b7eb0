"""Files as people bring them, and imports of alice's."""

import gzip

import pytest

from accounts.tenancy import acting_for, tenant
from collectors.imports import files, jobs, work
from collectors.models import Import
from platforms import store
from platforms.contract import Page
from platforms.models import Entity
from platforms.youtube.models import Video
from tests.factories.platforms import EntityFactory


@pytest.fixture(autouse=True)
def _uploads(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def channel(alice):
    """A YouTube channel that alice watches."""
    with tenant(alice.pk):
        return EntityFactory(owner=alice, external_id="UC" + "a" * 22, handle="@clips")


@pytest.fixture
def bring(alice, channel):
    """Begins an import of a text: `bring(text, read_at=...)` into alice's channel."""

    def make(text, *, entity=channel, person=alice, name="history.csv", begin=True, **wish):
        content = text if isinstance(text, bytes) else text.encode()
        platform = wish.pop("platform", entity.platform if entity else "youtube")
        with acting_for(person.pk):
            wanted = jobs.Wish(platform=platform, entity=entity, **wish)
            path = files.keep([content])
            job = jobs.bring(path, wanted, owner_id=person.pk, file_name=name)
            if begin:
                jobs.start(job)
        return job

    return make


@pytest.fixture
def done(bring, alice):
    """The same, worked through to its end."""

    def make(text, *, person=alice, **wish):
        return finish(bring(text, person=person, **wish))

    return make


def finish(job):
    """Work an import through."""
    with acting_for(job.owner_id):
        work.run(job.pk)
    return fresh(job)


def fresh(job):
    """An import as it stands."""
    with tenant(job.owner_id):
        return Import.objects.select_related("entity").get(pk=job.pk)


def counts(job):
    """Created, changed, unchanged, repeated, refused."""
    return (job.created, job.changed, job.unchanged, job.repeated, job.refused)


def problems(job):
    """Line, column and sentence of every refused row."""
    with tenant(job.owner_id):
        rows = job.problems.order_by("line", "pk")
        return [(row.line, row.column, row.sentence) for row in rows]


def stored(person, model, *columns):
    """Columns of everything of a person's, in order of the first."""
    with tenant(person.pk):
        return list(model.objects.order_by(columns[0]).values_list(*columns))


def packed(text):
    """A text as gzip."""
    return gzip.compress(text.encode())


def source(person, external_id):
    """A person's source."""
    with tenant(person.pk):
        return Entity.objects.get(external_id=external_id)


HEAD = "video_id,published_at,title,views,likes,comments\n"
FILE = HEAD + "".join(
    f"video{n:06d},2019-03-{n + 1:02d}T10:00:00Z,Title {n},{n * 1000},{n},\n" for n in range(20)
)


def many(number, *, bad=()):
    rows = (
        f"{'bad' if n in bad else f'many{n:07d}'},2019-01-01T00:00:00Z,T,{n},1,\n"
        for n in range(number)
    )
    return HEAD + "".join(rows)


def save(person, rows, *, slot, model=Video):
    """What the platform itself tells."""
    with tenant(person.pk):
        return store.save(
            Page(rows={model: rows}), owner_id=person.pk, platform="youtube", slot=slot, now=slot
        )
