"""What holds for every test."""

import os

from hypothesis import settings

settings.register_profile("any machine", deadline=None)  # how long an example takes says what else the machine does
settings.load_profile("any machine")

# Thousands of processes are started: without it each compiles all that it imports anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
