"""What is held of accounts, as old as a test wants it."""

from datetime import UTC, datetime

import pytest

from accounts.tenancy import tenant
from platforms import partitions, registry
from platforms.credentials.connection import _terms
from platforms.models import Comment, EntityName
from platforms.simulation.world import World
from tests.collectors.policies.rounds import DAY, MINUTE, NOW
from tests.factories.platforms import EntityFactory, ProfileFactory


@pytest.fixture
def world():
    """Begins now: what is planted is still to come."""
    now = datetime.now(UTC)
    return World(start=now, accounts=6, now=now)


@pytest.fixture
def hold():
    """Makes an account that a person reads: `hold(alice, "youtube")`."""

    def make(person, slug, *, state="active", simulated=False, **fields):
        with tenant(person.pk):
            profile = ProfileFactory(owner=person, platform=slug, simulated=simulated)
            entity = EntityFactory(
                owner=person, platform=slug, profile=profile, state=state, title="Tide",
                read_at={"posts": NOW.isoformat()}, checked_at=NOW, **fields,
            )  # fmt: skip
            EntityName.objects.create(owner=person, entity=entity, handle="old", since=NOW)
        return entity

    return make


@pytest.fixture
def publish():
    """Makes items of an account: `publish(entity, 3, last_seen_at=NOW - 31 * DAY)`."""

    def make(entity, count=1, *, figures=(), **fields):
        content = registry.get(entity.platform).content
        since = NOW - 40 * DAY
        words = {name: ["tide"] if name == "tags" else "tide" for name in content.WORDS}
        with tenant(entity.owner_id):
            before = content.objects.filter(entity=entity).count()
            made = [
                content.objects.create(
                    owner_id=entity.owner_id, entity=entity, external_id=f"i{before + number}",
                    **{
                        "published_at": since + (before + number) * MINUTE,
                        "first_seen_at": since, "last_seen_at": NOW, "figures_at": NOW,
                        **words, **fields,
                    },
                )
                for number in range(count)
            ]  # fmt: skip
            for item in made:
                if content.ASK_BY != "external_id":
                    content.objects.filter(pk=item.pk).update(**{content.ASK_BY: item.external_id})
                for number, moment in enumerate(figures):
                    note(item, moment, number)
        return made

    def note(item, moment, number):
        partitions.ensure(item.SNAPSHOT, moment)
        item.SNAPSHOT.objects.create(
            owner_id=item.owner_id, item=item, taken_at=moment, **{item.COUNTERS[0]: number}
        )

    return make


@pytest.fixture
def comment():
    """Makes a comment under an item."""

    def make(item, **fields):
        with tenant(item.owner_id):
            return Comment.objects.create(
                owner_id=item.owner_id, entity_id=item.entity_id, text="Ahoy", author="crab",
                item_external_id=item.external_id, published_at=NOW, first_seen_at=NOW,
                external_id=f"c{Comment.objects.count()}",
                **{"last_seen_at": NOW, **fields},
            )  # fmt: skip

    return make


@pytest.fixture
def terms_of(settings, tmp_path):
    """An installation's own values: `terms_of("youtube", "keep_days = 7")`."""

    def lay(slug, *lines):
        (tmp_path / f"{slug}.toml").write_text("\n".join(["[duties]", *lines]))
        settings.TERMS_DIR = str(tmp_path)
        _terms.cache_clear()

    yield lay
    _terms.cache_clear()
