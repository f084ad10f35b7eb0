"""Where the keys of an installation come from."""

import boto3
import pytest
from django.core.exceptions import ImproperlyConfigured
from moto import mock_aws

from accounts.crypto import make_key
from accounts.keyring import keyring

PLACE = "v1|1|2|api_key"


@pytest.fixture
def aws(monkeypatch, settings):
    """Amazon's Secrets Manager, in this process."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    settings.CREDENTIAL_KEYS = ""
    with mock_aws():
        yield boto3.client("secretsmanager")


def test_a_fresh_installation_has_a_key_of_its_own():
    ring = keyring()
    assert ring.current.name == "local"
    assert ring.open(ring.seal("secret", place=PLACE), place=PLACE) == "secret"


def test_keys_may_lie_in_aws(aws, settings):
    keys = f"{make_key('new')},{make_key('old')}"
    aws.create_secret(Name="tidewatch/keys", SecretString=keys)
    settings.CREDENTIAL_KEYS_AWS = "tidewatch/keys"
    assert keyring().current.name == "new"
    assert "old" in keyring().names


def test_a_secret_that_is_not_there_is_said_in_one_sentence(aws, settings):
    settings.CREDENTIAL_KEYS_AWS = "tidewatch/none"
    with pytest.raises(ImproperlyConfigured, match="AWS does not give the secret 'tidewatch/none'"):
        keyring()


def test_what_is_no_key_is_refused_and_not_shown(settings):
    settings.CREDENTIAL_KEYS = "mine:c2hvcnQ="
    with pytest.raises(ImproperlyConfigured) as refusal:
        keyring()
    assert "32 bytes in base64" in str(refusal.value)
    assert "c2hvcnQ" not in str(refusal.value)
