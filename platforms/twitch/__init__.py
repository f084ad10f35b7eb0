"""Twitch: everything about the platform is in this folder."""
