"""The keys of this installation: from the settings, or from AWS Secrets Manager."""

from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from accounts.crypto import Keyring


def keyring() -> Keyring:
    """The keys that seal and open credentials. Raises ImproperlyConfigured without any."""
    return _keyring(settings.CREDENTIAL_KEYS, settings.CREDENTIAL_KEYS_AWS)


@cache
def _keyring(keys: str, aws_secret: str) -> Keyring:
    text = _from_aws(aws_secret) if aws_secret else keys
    try:
        return Keyring.parse(text)
    except ValueError as mistake:
        # Not chained: what stands in the settings must not stand in a traceback.
        raise ImproperlyConfigured(str(mistake)) from None


def _from_aws(name: str) -> str:
    """Read the secret of that name. Region and permission come the way boto3 finds them."""
    try:
        import boto3  # noqa: PLC0415  only installations on AWS have and need it
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    except ImportError:
        raise ImproperlyConfigured("CREDENTIAL_KEYS_AWS needs the package boto3.") from None
    try:
        secret = boto3.client("secretsmanager").get_secret_value(SecretId=name)
    except (BotoCoreError, ClientError) as error:
        raise ImproperlyConfigured(f"AWS does not give the secret {name!r}: {error}") from None
    text: str = secret.get("SecretString", "")
    return text
