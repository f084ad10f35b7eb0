"""Where the test data lie: beside the project, never in it."""

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("SHARED_DATA") or Path(__file__).parents[3] / "shared" / "data")
RECORDINGS, API_SPECS = DATA / "recordings", DATA / "api_specs"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"The shared data are not at {DATA}")
FOLDERS = {"twitch": "twitch", "twitter": "x", "youtube": "youtube", "reddit": "reddit"}


def recordings(platform):
    """The files of one platform's recordings; none where there are none."""
    return sorted((RECORDINGS / FOLDERS.get(platform, platform)).glob("*.json"))
