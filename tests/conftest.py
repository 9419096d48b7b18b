"""What holds for every test."""

from hypothesis import settings

settings.register_profile("any machine", deadline=None)  # how long an example takes says what else the machine does
settings.load_profile("any machine")
