"""Configuration values: text at the top level, JSON-like data inside objects, ciphertexts at any depth.

Source: `sdk/go/common/resource/config/{object,value,plaintext}.go` of pulumi/pulumi.
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from sandbox.engine.yaml_values import OddKey, Timestamp

ConfigValue: TypeAlias = Any
"""None, bool, int, float, str, Ciphertext, or a list or dict of these; recursive."""

_HTML = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


class Ciphertext(str):
    """An encrypted text: `{"secure": "v1:…"}` in files."""

    __slots__ = ()


def from_stack_file(value: Any) -> ConfigValue:
    """What stands under a key of a stack file; scalars are texts there, `null` the empty one."""
    member = _member(value)
    if member is None:
        return ""
    return member if isinstance(member, str | list | dict) else go_json(value)


def from_project_file(value: Any) -> ConfigValue:
    """What stands as a default or a value in Pulumi.yaml, where dates look otherwise; ValueError for a bad key."""

    def plain(part: Any) -> Any:
        if isinstance(part, dict):
            odd = next((key for key in part if isinstance(key, OddKey)), None)
            if odd is not None:
                raise ValueError(f"expected only string keys, got {odd}: write it in quotes")
            return {key: plain(member) for key, member in part.items()}
        if isinstance(part, list):
            return [plain(member) for member in part]
        return part.rfc3339 if isinstance(part, Timestamp) else _member(part)

    return _member(plain(value)) if isinstance(value, str | list | dict) else go_json(_member(value))


def _member(value: Any) -> ConfigValue:
    if isinstance(value, dict):
        if value.keys() == {"secure"} and isinstance(value["secure"], str):
            return Ciphertext(value["secure"])
        return {str(key): _member(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_member(member) for member in value]
    # Inside an object the CLI knows integers of 64 bits with a sign, and floats.
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
        return float(value)
    return str(value) if isinstance(value, str) else value


def to_file(value: ConfigValue) -> Any:
    """The JSON-like form with `{"secure": …}` for ciphertexts."""
    if isinstance(value, Ciphertext):
        return {"secure": str(value)}
    if isinstance(value, dict):
        return {key: to_file(member) for key, member in value.items()}
    return [to_file(member) for member in value] if isinstance(value, list) else value


def is_secret(value: ConfigValue) -> bool:
    """Whether the value or any part of it is encrypted."""
    if isinstance(value, dict):
        return any(is_secret(member) for member in value.values())
    return any(is_secret(member) for member in value) if isinstance(value, list) else isinstance(value, Ciphertext)


def decrypted(value: ConfigValue, decrypt: Callable[[str], str]) -> ConfigValue:
    """The value with every ciphertext opened."""
    if isinstance(value, Ciphertext):
        return decrypt(str(value))
    if isinstance(value, dict):
        return {key: decrypted(member, decrypt) for key, member in value.items()}
    return [decrypted(member, decrypt) for member in value] if isinstance(value, list) else value


def text(value: ConfigValue) -> str:
    """What programs and plugins get: a text as it is, anything else as JSON."""
    return str(value) if isinstance(value, str) else go_json(value)


def coerced(value: str) -> ConfigValue:
    """What `config set --path` makes of a word: true, false and whole numbers are what they look like.

    Digits behind a leading zero stay text.
    """
    if value in {"true", "false"}:
        return value == "true"
    digits = value[1:] if value[:1] in {"+", "-"} else value
    if not (digits.isascii() and digits.isdigit()) or (len(value) > 1 and value[0] == "0"):
        return value
    number = int(value)
    in_range = -(2**63) <= number < (2**63 if digits != value else 2**64)
    return number if in_range else value


def go_json(value: ConfigValue, *, html: bool = True) -> str:
    """JSON as Go's encoder writes it: keys sorted, no spaces, numbers in Go's form; with `html`, `<>&` escaped."""
    if isinstance(value, Mapping):
        names = sorted(value, key=lambda key: str(key).encode())
        members = (f"{go_json(key, html=html)}:{go_json(value[key], html=html)}" for key in names)
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(go_json(member, html=html) for member in value) + "]"
    if isinstance(value, str):
        quoted = json.dumps(str(value), ensure_ascii=False)
        if not html:
            return quoted
        return "".join(_HTML.get(character, character) for character in quoted)
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return str(value) if isinstance(value, int) else _go_float(value)


def _go_float(number: float) -> str:
    if number and not 1e-6 <= abs(number) < 1e21:
        mantissa, _, exponent = repr(number).partition("e")
        return f"{mantissa.removesuffix('.0')}e{exponent[0]}{exponent[1:].lstrip('0')}"
    return format(Decimal(repr(number)), "f").removesuffix(".0")
