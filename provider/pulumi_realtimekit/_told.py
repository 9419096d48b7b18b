"""What is told to users as one message: their mistake, or the service's refusal. Everything else is a bug."""


class Told(Exception):
    """Its text says what, where, and what to do about it, and holds no secret."""
