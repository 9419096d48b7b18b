"""How a command ends when it did not do what it was asked."""


class CommandFailure(Exception):
    """Ends the command with the exit code; without a message everything has been said already."""

    def __init__(self, message: str = "", exit_code: int = 1) -> None:
        super().__init__(message)
        self.message, self.exit_code = message, exit_code
