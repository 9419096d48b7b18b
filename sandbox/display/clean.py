"""Text from elsewhere, without what a terminal would obey."""


def clean(text: str) -> str:
    """On one line, everything that does not print spelt out."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
