"""How a deployment can end."""

from enum import Enum


class Outcome(Enum):
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """Steps failed: that is said once more in the end."""
    REFUSED = "refused"
    """Something that the program asked for, or how it ended, made going on impossible: all was said."""
    CANCELED = "canceled"
    """Nothing failed, and an interrupt kept steps from beginning."""
    TERMINATED = "terminated"
    """A second interrupt left it where it was."""
