"""Credentials of people: what they must hold, how they are kept, opened and examined."""
