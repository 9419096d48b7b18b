"""The two spellings of a field's name: the API's (`file_name_prefix`) and camelCase (`fileNamePrefix`)."""

import re


def to_camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def to_snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])[A-Z]", lambda capital: f"_{capital[0]}", name).lower()
