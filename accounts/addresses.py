"""Where a request comes from. The only place that believes, or does not believe, a proxy."""

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str | None:
    """Return the sender's address, or None where there is none (a unix socket).

    Each of our `TRUSTED_PROXIES` appends the address it was called from to X-Forwarded-For, so the
    sender stands that many places from the right; what is left of it the sender wrote itself.
    A request that came by fewer proxies (a probe inside the network) is known by its connection.
    """
    connection = _address(request.META.get("REMOTE_ADDR", ""))
    trusted = settings.TRUSTED_PROXIES
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if not trusted or len(forwarded) < trusted:
        return connection
    return _address(forwarded[-trusted]) or connection


def _address(text: str) -> str | None:
    """Parse '1.2.3.4', '1.2.3.4:80', '2001:db8::1' and '[2001:db8::1]:80' into one spelling."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
