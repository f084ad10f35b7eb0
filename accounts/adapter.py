"""How allauth meets our people."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Keeps what the sign-up form gave beyond the address."""
