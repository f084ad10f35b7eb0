"""What can go wrong before the product serves, in words for the person at the keyboard."""


class SetupFailure(Exception):
    """A start that cannot go on. The text says what is wrong and what to do."""
