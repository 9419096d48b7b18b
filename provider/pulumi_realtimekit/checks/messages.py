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

from pulumi_realtimekit.declarations.case import to_camel, to_snake

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
    "credentials": "secret",
    "secretaccesskey": "secret",
    "secretkey": "secret",
    "passphrase": "password",
    "container": "bucket",
    "user": "username",
}
"""What others call things that the API has another name for."""

JSON_DOCUMENT: Final = "expected one string (the JSON document), found a map"

ONE_KEY: Final = "one key, since a path takes --path"
"""What `pulumi config set` without `--path` makes of a path."""

NAMESPACE: Final = "realtimekit"
NAMED: Final = ("recordings", "storages", "layers")
"""The keys of the config whose entries have names of the user's."""

WRITTEN_TO: Final = re.compile(
    r"(?:.*?\W)??(access_?key|secret|password|private_?key|api_?token)(?=\s*[:=])", re.IGNORECASE | re.DOTALL
)
"""A name that holds a credential's value too, since a space is missing: `{secret:s3cr3t}`, `apiToken=s3cr3t: x`."""


PART: Final = re.compile(r"""\.?(?P<name>[^.\[\]"]+)|\[(?P<index>\d+)\]|\["(?P<quoted>[^"\\]*)"\]""")
"""One part of a path, as it is written."""


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
        part if isinstance(part, int) or is_name(path[: index + 1]) else _field(part) for index, part in enumerate(path)
    )


def _field(name: str) -> str:
    """The API's spelling of what camelCase stands for; other capitals make it another name."""
    field = to_snake(name)
    return field if to_camel(field) == name else name


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
    written = WRITTEN_TO.match(part) if isinstance(part, str) else None
    return written[0] if written else part


def has_value(name: object) -> str:
    """The credential's name that stands in a name where its value follows in the same name; else nothing."""
    written = WRITTEN_TO.match(name) if isinstance(name, str) else None
    return written[1] if written else ""


def path_in(key: str) -> Path:
    """The path that was meant where one became a key, as `config set` without `--path` makes it; else the key alone."""
    parts = [*PART.finditer(key)]
    if "".join(part[0] for part in parts) != key:
        return (key,)
    return tuple(int(part["index"]) if part["index"] else part["quoted"] or part["name"] or "" for part in parts)


def set_secret(path: Path) -> str:
    """The command that encrypts what stands at a path of the config."""
    return set_value(path, "--secret ")


def set_value(path: Path, options: str = "") -> str:
    """The command that sets what stands at a path of the config."""
    return f"pulumi config set {options}{_written(path)}"


def remove(path: Path) -> str:
    """The command that removes what stands at a path of the config."""
    return f"pulumi config rm {_written(path)}"


def _written(path: Path) -> str:
    """A path of the config as commands take it; in quotes as soon as it is more than a word."""
    name = path[0] if len(path) == 1 else dotted(path)
    key = f"{NAMESPACE}:{name}"
    quoted = shlex.quote(key)
    if quoted == key and (len(path) > 1 or not str(name).isidentifier()):
        quoted = repr(key)
    return f"{'--path ' * (len(path) > 1)}{quoted}"


def nearest(name: object, known: Iterable[str]) -> str:
    """`; did you mean 'archive'?` where a known name is near, else nothing."""
    if not isinstance(name, str):
        return ""
    if has_value(name):
        return f"; a space is missing after '{has_value(name)}:'"
    found = nearest_name(name, known)
    return f"; did you mean {quoted(found)}?" if found else ""


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """The known name that is meant by another, by what others call it or by its letters."""
    names = {candidate.casefold(): candidate for candidate in known}
    meant = MEANT.get(folded(name))
    found = [meant] if meant in names else difflib.get_close_matches(name.casefold(), names, n=1, cutoff=0.6)
    return names[found[0]] if found else None


def folded(name: str) -> str:
    """A name by its letters and digits alone."""
    return re.sub(r"[\W_]", "", name.casefold())


def quoted(name: str) -> str:
    """A name in quotes, in one line whatever it holds."""
    return f"'{name}'" if name.isprintable() else json.dumps(name)


def found(value: object) -> str:
    return next((name for kind, name in YAML_TYPES if isinstance(value, kind)), "something else")
