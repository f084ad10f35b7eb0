"""The product on servers of another machine."""

import pytest

from tests.external import tcp_postgres, tcp_valkey
from tests.stack import running_stack


@pytest.fixture(scope="module")
def addresses(tmp_path_factory):
    folder = tmp_path_factory.mktemp("external")
    with tcp_postgres(folder / "postgres") as postgres, tcp_valkey(folder / "valkey") as valkey:
        yield postgres, valkey


def test_with_the_owners_address_alone(addresses):
    postgres, valkey = addresses
    database = f"postgresql://migrator:right@{postgres}/migrated"
    with running_stack(DATABASE_URL=database, REDIS_URL=valkey) as product:
        assert not (product.var / "postgres").exists()
        assert not (product.var / "valkey").exists()
        done = product.command("tenancy_check")
        assert done.returncode == 0, done.stderr
        role = product.command("shell", "-v0", "-c", ROLE_OF_THE_APP)
        assert role.stdout.split() == ["tidewatch_app", "migrator"]


ROLE_OF_THE_APP = """
from django.db import connections
for alias in ("default", "owner"):
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT current_user")
        print(cursor.fetchone()[0])
"""


def test_with_an_address_for_each_role(addresses):
    postgres, _ = addresses
    owner = f"postgresql://migrator:right@{postgres}/migrated"
    with running_stack(DATABASE_URL=owner) as product:
        product.command("shell", "-v0", "-c", LOGIN_FOR_THE_APP)
    app = f"postgresql://tidewatch_app:right@{postgres}/migrated"
    with running_stack(DATABASE_URL=app, DATABASE_OWNER_URL=owner) as product:
        role = product.command("shell", "-v0", "-c", ROLE_OF_THE_APP)
        assert role.stdout.split() == ["tidewatch_app", "migrator"]
        assert (product.var / "valkey").exists()


LOGIN_FOR_THE_APP = """
from django.db import connections
with connections["owner"].cursor() as cursor:
    cursor.execute("ALTER ROLE tidewatch_app LOGIN PASSWORD 'right'")
"""
