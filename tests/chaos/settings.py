"""The product's settings, but every post's figures are read again in every run.

So what is stored in the end depends on the simulated world alone, and not on the minute in which
a run that was killed is begun again.
"""

from datetime import timedelta

from config.settings import *  # noqa: F403, TID251  the whole of it is changed

REFRESH_LADDER = {"default": [(timedelta(days=36_500), timedelta(milliseconds=1))]}
