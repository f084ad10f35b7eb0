"""The main job on real recorded input: four sources are added by hand, run, and compared.

The platforms are the recordings, over HTTP. What is stored then is compared row by row with what
`manage.py replay` says of the same files, and with sums of the files themselves.
"""

import json
import shutil
import time
from types import SimpleNamespace

import psycopg
import pytest
from playwright.sync_api import expect
from psycopg.rows import dict_row

from config.embedded import postgres
from config.embedded.layout import Layout
from platforms import registry
from platforms.replay.exchanges import _plain
from tests.e2e import browser as chromium
from tests.e2e.recorded import PUBLISHED, RecordedPlatforms
from tests.factories.accounts import PASSWORD
from tests.platforms.connections import serving
from tests.platforms.shared import RECORDINGS, needs_data

pytestmark = needs_data

PATIENCE = 60_000  # milliseconds, for a run that a person waits for
RITA = {"email": "rita@example.org", "password": PASSWORD}
# Her demo credentials lead to the simulator's port, where the recordings answer here. They are no
# other test's, so that nobody else's token or limit is met.
MAKE_RITA = f"""
from allauth.account.models import EmailAddress
from accounts.models import User
from accounts.tenancy import tenant
from tests.factories.platforms import CREDENTIALS, ProfileFactory
rita = User.objects.create_user({RITA["email"]!r}, {RITA["password"]!r}, name="Rita Vik")
EmailAddress.objects.create(user=rita, email=rita.email, verified=True, primary=True)
for slug, parts in CREDENTIALS.items():
    given = {{k: v if k == "user_agent" else v[:-4] + "r1ta" for k, v in parts.items()}}
    with tenant(rita.pk):
        ProfileFactory(owner=rita, platform=slug, name="Recorded", simulated=True, given=given)
print(rita.pk)
"""
ANSWERED = {"external_id", "account", "table"}  # the name of a row, or whose it is
SUMS = {
    "twitch": "vod_views",
    "twitter": "repost_count",
    "youtube": "view_count",
    "reddit": "num_comments",
}


@pytest.fixture(scope="module")
def site(stack):
    """The product, its platforms as they were recorded, and rita with a credential for each."""
    platforms = RecordedPlatforms(RECORDINGS)
    with serving(platforms, port=stack.simulator):
        made = stack.command("shell", "--verbosity=0", "-c", MAKE_RITA)
        assert made.returncode == 0, made.stderr
        person = int(made.stdout.split()[-1])
        yield SimpleNamespace(product=stack, platforms=platforms, person=person)


@pytest.fixture
def page(browser, site):
    """A window of hers, signed in."""
    profile = chromium.window(browser, site.product.url)
    chromium.sign_in(profile, **RITA)
    yield profile.new_page()
    profile.close()


def test_what_was_recorded_is_stored_with_its_figures(page, site, tmp_path):
    for slug, handle in site.platforms.handles().items():
        add(page, slug, handle)
    wait_for_runs(site, 4)  # the first ones, at once
    run_now(page)
    assert wait_for_runs(site, 8) == {slug: ["success"] for slug in PUBLISHED}
    for slug in PUBLISHED:
        replayed = rows_of_replay(site, slug, tmp_path / slug)
        stored = rows_of_database(site, slug)
        assert stored.keys() == replayed.keys()
        assert differences(stored, replayed) == {}
    assert sums_of_database(site) == sums_of_files(site.platforms)


def add(page, slug, handle):
    """Add one source as a person does."""
    page.goto(f"/monitors/add/?platform={slug}")
    names = page.get_by_label("Names or links")
    names.fill(handle)
    names.press("Enter")  # a look-up that costs money waits for it
    button = page.get_by_role("button", name="Add 1 monitor")
    expect(button).to_be_enabled(timeout=PATIENCE)
    button.click()
    expect(page.get_by_role("heading", name="Monitors", exact=True)).to_be_visible()


def run_now(page):
    """Run all monitors of the page at once."""
    page.goto("/monitors/")
    page.get_by_label("Select all on this page").check()
    page.get_by_role("form", name="Selected monitors").get_by_role("button", name="Run now").click()
    expect(page.locator("#toasts")).to_contain_text("4")


def wait_for_runs(site, count):
    """Platform -> statuses, once so many runs are over."""
    deadline = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < deadline:
        runs = query(
            site,
            "SELECT platform, array_agg(DISTINCT status::text) AS statuses, count(*)"
            " FROM job_executions e JOIN monitoring_jobs j ON j.id = e.job_id"
            " WHERE completed_at IS NOT NULL AND e.owner_id = %s GROUP BY platform",
            site.person,
        )
        if sum(run["count"] for run in runs) == count:
            return {run["platform"]: run["statuses"] for run in runs}
        time.sleep(0.2)
    pytest.fail(f"{runs}\n{site.product.lines()[-4000:]}")


def rows_of_replay(site, slug, folder):
    """External id -> all that the command tells of an item, its recordings laid together."""
    folder.mkdir()
    for name in PUBLISHED[slug]:
        shutil.copy(RECORDINGS / f"{name}.json", folder)
    answer = site.product.command("replay", str(folder), "--json")
    assert answer.returncode == 0, answer.stderr
    table, rows = registry.get(slug).content._meta.db_table, {}
    for line in map(json.loads, answer.stdout.splitlines()):
        for row in line["rows"]:
            if row["table"] == table:
                told = {name: value for name, value in row.items() if name not in ANSWERED}
                rows[row["external_id"]] = rows.get(row["external_id"], {}) | told
    return rows


def rows_of_database(site, slug):
    """External id -> the stored row, as the command writes values."""
    statement = f"SELECT * FROM {registry.get(slug).content._meta.db_table} WHERE owner_id = %s"  # noqa: S608
    return {
        row["external_id"]: json.loads(json.dumps(row, default=_plain))
        for row in query(site, statement, site.person)
    }


def differences(stored, replayed):
    """Id -> column -> (stored, replayed), where they differ. Not told is stored as NULL or ''."""
    found = {}
    for id_, told in replayed.items():
        for name, value in told.items():
            if stored[id_].get(name, "no such column") != value:
                found.setdefault(id_, {})[name] = (stored[id_].get(name, "no such column"), value)
    return found


def sums_of_database(site):
    """Platform -> the sum of one figure over all that is stored."""
    tables = {slug: registry.get(slug).content._meta.db_table for slug in SUMS}
    return {
        slug: query(
            site,
            f"SELECT sum({figure})::bigint AS all FROM {tables[slug]} WHERE owner_id = %s",  # noqa: S608
            site.person,
        )[0]["all"]
        for slug, figure in SUMS.items()
    }


def sums_of_files(platforms):
    """The same sums, read from the files without any code of ours."""
    videos, posts = platforms.body(PUBLISHED["twitch"][0]), platforms.body(PUBLISHED["twitter"][0])
    youtube, reddit = (
        platforms.body(PUBLISHED["youtube"][-1]),
        platforms.body(PUBLISHED["reddit"][0]),
    )
    return {
        "twitch": sum(video["view_count"] for video in videos["data"]),
        "twitter": sum(post["public_metrics"]["retweet_count"] for post in posts["data"]),
        "youtube": sum(int(video["statistics"].get("viewCount", 0)) for video in youtube["items"]),
        "reddit": sum(post["data"]["num_comments"] for post in reddit["data"]["children"]),
    }


def query(site, statement, *values):
    url = postgres.url(Layout(site.product.var), postgres.SUPERUSER)
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return connection.execute(statement, values).fetchall()
