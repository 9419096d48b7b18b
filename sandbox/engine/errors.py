"""Errors whose message is for the person at the terminal: shown alone, without a traceback."""


class UserError(Exception):
    """Something the user, a file or the machine has to change. Says what, where, and what to do."""


class ProjectNotFoundError(UserError):
    """There is no Pulumi.yaml here or above."""


class StackNotFoundError(UserError):
    """The backend has no such stack, or none was named."""
