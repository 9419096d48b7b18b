"""Mistakes in what users declare, each one line: where, what is expected, the nearest known name.

No line ever holds a value: what stands at a path is or may be a secret.
"""

import datetime
import difflib
import json
import re
import shlex
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from pulumi_realtimekit._case import to_snake

Path = tuple[str | int, ...]

YAML_TYPES: Final[tuple[tuple[type | tuple[type, ...], str], ...]] = (
    (bool, "true or false"),
    (str, "a string"),
    (int, "a number"),
    (float, "a number with a fraction"),
    (Mapping, "a map"),
    ((list, tuple), "a list"),
    (type(None), "nothing"),
    (datetime.date, "a date"),
)

MEANT: Final = {
    "amazon": "aws",
    "amazons3": "aws",
    "s3": "aws",
    "azureblob": "azure",
    "blob": "azure",
    "cloudflarer2": "cloudflare",
    "r2": "cloudflare",
    "spaces": "digitalocean",
    "google": "gcs",
    "gcp": "gcs",
    "gs": "gcs",
    "ssh": "sftp",
    "accesskeyid": "access_key",
    "connectionstring": "access_key",
    "secretaccesskey": "secret",
    "secretkey": "secret",
    "passphrase": "password",
    "container": "bucket",
    "user": "username",
}
"""What others call things that the API has another name for."""

JSON_DOCUMENT: Final = "expected one string (the JSON document), found a map"

NAMESPACE: Final = "realtimekit"
NAMED: Final = ("recordings", "storages", "layers")
"""The keys of the config whose entries have names of the user's."""

WRITTEN_TO: Final = re.compile(r"(access_?key|secret|password|private_?key|api_?token)(?=\s*[:=])", re.IGNORECASE)
"""A name that holds a credential's value too, since a space is missing: `{secret:s3cr3t}`, `apiToken=s3cr3t: x`."""


class Problem(NamedTuple):
    """One mistake: where it stands, and what to do about it."""

    path: Path
    message: str
    in_config: bool = False
    """Whether the path begins with a key of the config: told as `recordings.standup: …` or `realtimekit:appId: …`."""
    provider: str | None = None
    """The name of the explicit provider whose argument it is."""

    def __str__(self) -> str:
        provider = f"provider '{self.provider}'" if self.provider else ""
        return ": ".join(part for part in (provider, *self._where(), self.message) if part)

    def _where(self) -> tuple[str, str]:
        if not self.in_config:
            return dotted(self.path), ""
        if len(self.path) > 1 and self.path[0] in NAMED:
            return dotted(self.path[:2]), dotted(self.path[2:])
        return f"{NAMESPACE}:{dotted(self.path)}", ""

    def under(self, *prefix: str | int) -> "Problem":
        return self._replace(path=(*prefix, *self.path))


def once(problems: Iterable[Problem]) -> list[Problem]:
    """One line for each place: the first one that was found is the cause of the others."""
    seen: dict[Path, Problem] = {}
    for problem in problems:
        seen.setdefault(place(problem.path), problem)
    return [*seen.values()]


def place(path: Path) -> Path:
    """A path of the config in one spelling: fields have two, names of the user's are as they are."""
    return tuple(
        part if isinstance(part, int) or is_name(path[: index + 1]) else to_snake(part)
        for index, part in enumerate(path)
    )


def is_name(path: Path) -> bool:
    """Whether what a path of the config ends in is a name of the user's: of a recording, a storage or a layer."""
    return path[0] in NAMED and (len(path) == 2 or (len(path) == 4 and path[::2] == ("recordings", "layers")))


def dotted(path: Path) -> str:
    """The path as Pulumi writes it: `layers.default.outputs[0]`; keys that hold more than a name does are quoted."""
    text = ""
    for part in map(_without_value, path):
        if isinstance(part, int):
            text += f"[{part}]"
        elif not part or not part.isprintable() or any(character in part for character in '.[]"'):
            text += f"[{json.dumps(part, ensure_ascii=not part.isprintable())}]"
        else:
            text += f".{part}" if text else part
    return text


def _without_value(part: str | int) -> str | int:
    """A name without the credential that stands in it."""
    holds = has_value(part)
    return holds or part


def has_value(name: object) -> str:
    """The credential's name that a name begins with where its value follows in the same name; else nothing."""
    written = WRITTEN_TO.match(name) if isinstance(name, str) else None
    return written[0] if written else ""


def set_secret(path: Path) -> str:
    """The command that encrypts what stands at a path of the config."""
    if len(path) == 1:
        return f"pulumi config set --secret {NAMESPACE}:{path[0]}"
    key = f"{NAMESPACE}:{dotted(path)}"
    quoted = shlex.quote(key)
    return f"pulumi config set --secret --path {quoted if quoted != key else repr(key)}"


def nearest(name: object, known: Iterable[str]) -> str:
    """`; did you mean 'archive'?` where a known name is near, else nothing."""
    if not isinstance(name, str):
        return ""
    if has_value(name):
        return f"; a space is missing after '{has_value(name)}:'"
    folded = {candidate.casefold(): candidate for candidate in known}
    meant = MEANT.get(re.sub(r"[\W_]", "", name.casefold()))
    found = [meant] if meant in folded else difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return f"; did you mean {quoted(folded[found[0]])}?" if found else ""


def quoted(name: str) -> str:
    """A name in quotes, in one line whatever it holds."""
    return f"'{name}'" if name.isprintable() else json.dumps(name)


def found(value: object) -> str:
    return next((name for kind, name in YAML_TYPES if isinstance(value, kind)), "something else")
