"""YAML as the CLI reads it: gopkg.in/yaml.v3, a mixture of YAML 1.1 and 1.2 of its own.

`yes` and `on` are strings, `0123` is octal, `0o14` and `0b11` and `1_000` are numbers, `1:30` is a string, dates are
read and written in Go's form. Source: `resolve.go` and `decode.go` of gopkg.in/yaml.v3, and
`sdk/go/common/resource/config/object.go` of pulumi/pulumi; each case checked against the CLI.
"""

import base64
import binascii
import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, TypeAlias

import yaml

from sandbox.engine.errors import UserError

YamlValue: TypeAlias = Any
"""None, bool, int, float, str, list or dict; recursive."""

_TAGS = "tag:yaml.org,2002:"
_PLAIN = "plain"
"""The tag that a plain scalar without one gets here, until it is resolved."""
_WORDS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((f"{sign}{inf}" for sign in ("", "+") for inf in (".inf", ".Inf", ".INF")), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_INTEGER = re.compile(
    r"(?P<sign>[-+]?)"
    r"(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)|0[oO]?(?P<oct>[0-7]+)|(?P<dec>0|[1-9][0-9]*))"
)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_FRACTION = re.compile(r"\.[0-9]+(_[0-9]+)*([eE][-+]?[0-9]+(_[0-9]+)*)?")
_TIMESTAMP = re.compile(
    r"(?P<date>\d{4}-\d{1,2}-\d{1,2})"
    r"(?:(?P<separator>[Tt ])(?P<time>\d{1,2}:\d{1,2}:\d{1,2})(?:[.,](?P<fraction>\d+))?(?P<zone>Z|[-+]\d\d:\d\d)?)?",
    re.ASCII,
)


class Timestamp(str):
    """A date or time, as Go prints it; `rfc3339` is what Go makes of it in JSON."""

    __slots__ = ("rfc3339",)
    rfc3339: str


_KINDS: Mapping[str, tuple[type, ...]] = {
    f"{_TAGS}bool": (bool,),
    f"{_TAGS}int": (int,),
    f"{_TAGS}float": (int, float),
    f"{_TAGS}null": (type(None),),
    f"{_TAGS}timestamp": (Timestamp,),
}
_MAX_INT, _MAX_UINT = 2**63 - 1, 2**64 - 1


class OddKey(str):
    """A key that is not a string in the file (`1:`, `true:`), as the text that the CLI makes of it."""

    __slots__ = ()


class _Loader(yaml.SafeLoader):
    """PyYAML's parser without its ideas of what plain scalars mean."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:  # noqa: ARG002 - the parser's call
        return _PLAIN if kind is yaml.ScalarNode and implicit[0] else f"{_TAGS}str"


def read_yaml(text: str, name: str) -> YamlValue:
    """The first document of the text; UserError with `name` and the line where it is no YAML.

    A file's byte order mark is the caller's to strip.
    """
    try:
        loader = _Loader(text)
        node = loader.get_node() if loader.check_node() else None
        return None if node is None else _Reader(name).value(node)
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise UserError(f"{name}: invalid YAML file: {line}{error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise UserError(f"{name}: invalid YAML file: {error}") from error


class _Reader:
    def __init__(self, name: str) -> None:
        self._name = name
        self._open: set[int] = set()

    def value(self, node: yaml.Node) -> YamlValue:
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if id(node) in self._open:
            raise self._error(node, "an anchor's value contains itself")
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node)
            return [self.value(member) for member in node.value]
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode) -> dict[str, YamlValue]:
        members: dict[str, YamlValue] = {}
        lines: dict[str, int] = {}
        merged: list[yaml.Node] = []
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._error(key_node, "a list or a map cannot be a key")
            if key_node.value in lines:
                first = lines[key_node.value]
                raise self._error(key_node, f'mapping key "{key_node.value}" already defined at line {first}')
            lines[key_node.value] = key_node.start_mark.line + 1
            if key_node.value == "<<" and key_node.tag in {_PLAIN, f"{_TAGS}merge"}:
                merged.append(value_node)
            else:
                members[self._key(key_node)] = self.value(value_node)
        for value_node in merged:
            for member in value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]:
                if not isinstance(member, yaml.MappingNode):
                    raise self._error(member, "map merge requires map or sequence of maps as the value")
                members = {**self.value(member), **members}
        return members

    def _key(self, node: yaml.ScalarNode) -> str:
        key = self._scalar(node)
        if isinstance(key, str):
            return key
        if key is None:
            return OddKey("<nil>")
        return OddKey(str(key).lower() if isinstance(key, bool) else f"{key:.17g}" if isinstance(key, float) else key)

    def _scalar(self, node: yaml.ScalarNode) -> YamlValue:
        text, tag = str(node.value), node.tag
        if tag == f"{_TAGS}binary":
            try:
                return base64.b64decode("".join(text.split()), validate=True).decode()
            except (binascii.Error, UnicodeDecodeError) as error:
                raise self._error(node, "!!binary value is not base64 of text") from error
        if tag != _PLAIN and tag not in _KINDS:
            return text
        value = resolve(text)
        if tag in _KINDS and type(value) not in _KINDS[tag]:
            raise self._error(node, f"this is no !!{tag.removeprefix(_TAGS)}")
        if isinstance(value, float) and not math.isfinite(value):
            raise self._error(node, f"`{text}` cannot be a configuration value")
        return value

    def _error(self, node: yaml.Node, problem: str) -> UserError:
        return UserError(f"{self._name}: invalid YAML file: line {node.start_mark.line + 1}: {problem}")


def resolve(text: str) -> YamlValue:
    """What a plain scalar means; a timestamp comes out as Go prints it."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] == ".":
        return _float(text, text) if _FRACTION.fullmatch(text) else text
    if text[0] not in "+-0123456789":
        return text
    timestamp = _timestamp(text)
    if timestamp:
        return timestamp
    plain = text.replace("_", "")
    integer = _INTEGER.fullmatch(plain)
    if integer:
        number = _integer(integer)
        if -_MAX_INT - 1 <= number <= (_MAX_INT if integer["sign"] else _MAX_UINT):
            return number
    return _float(plain, text) if _FLOAT.fullmatch(plain) else text


def _integer(match: re.Match[str]) -> int:
    for group, base in (("hex", 16), ("bin", 2), ("oct", 8), ("dec", 10)):
        if match[group] is not None:
            return int(f"{match['sign']}{match[group]}", base)
    raise AssertionError(match)


def _float(digits: str, text: str) -> YamlValue:
    number = float(digits)
    if math.isinf(number):
        return text
    # The CLI writes and reads the file's content once more, and negative zero comes back as the integer.
    return number or 0


def _timestamp(text: str) -> Timestamp | None:
    """`2020-01-02 03:04:05.5 +0000 UTC`, or None where the text is no timestamp."""
    match = _TIMESTAMP.fullmatch(text)
    # With `T` there has to be a zone, after a space there must not be one.
    if not match or (match["separator"] is not None and (match["separator"] == " ") == (match["zone"] is not None)):
        return None
    offset = timedelta(0)
    if match["zone"] not in {None, "Z"}:
        hours, minutes = int(match["zone"][1:3]), int(match["zone"][4:6])
        offset = timedelta(hours=hours, minutes=minutes) * (-1 if match["zone"][0] == "-" else 1)
    year, month, day = (int(part) for part in match["date"].split("-"))
    hour, minute, second = (int(part) for part in (match["time"] or "0:0:0").split(":"))
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=timezone(offset))
    except ValueError:
        return None
    fraction = (match["fraction"] or "")[:9].rstrip("0")
    fraction = f".{fraction}" if fraction else ""
    timestamp = Timestamp(f"{moment:%Y-%m-%d %H:%M:%S}{fraction} {moment:%z} {_zone_name(moment, offset)}")
    timestamp.rfc3339 = f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}{match['zone'] if offset else 'Z'}"
    return timestamp


def _zone_name(moment: datetime, offset: timedelta) -> str:
    if not offset:
        return "UTC"
    local = moment.astimezone()
    return local.tzname() or "" if local.utcoffset() == offset else f"{moment:%z}"
