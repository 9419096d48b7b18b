"""Mistakes in what users declare, each one line: where it is, what is expected, the nearest known name.

No line holds a value: what stands at a path may be a secret.
"""

import datetime
import difflib
import json
import re
import shlex
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from pulumi_realtimekit.declarations.settings import NAMESPACE
from pulumi_realtimekit.declarations.spelling import to_snake

Path = tuple[str | int, ...]

TYPE_NAMES: Final[tuple[tuple[Any, str], ...]] = (
    (bool, "true or false"),
    (str, "a string"),
    (int, "a number"),
    (float, "a number with a fraction"),
    (Mapping, "a map"),
    ((list, tuple), "a list"),
    (type(None), "nothing"),
    (datetime.date, "a date"),
)

SYNONYMS: Final = {
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

NAMED: Final = ("recordings", "storages", "layers")
"""The keys of the config whose entries have names of the user's."""

VALUE_IN_NAME: Final = re.compile(
    r"(?:.*?\W)??(access_?key|secret|password|private_?key|api_?token)(?=\s*[:=])", re.IGNORECASE | re.DOTALL
)
"""A credential's name with its value in the same word, since a space is missing: `{secret:s3cr3t}`."""

EXPOSED: Final = ", and replace the credential: it was exposed"

PART_OF_PATH: Final = re.compile(r"""\.?(?P<name>[^.\[\]"]+)|\[(?P<index>\d+)\]|\["(?P<quoted>[^"\\]*)"\]""")


class Problem(NamedTuple):
    """One mistake: where it is, and what to do about it.

    in_config: whether the path begins with a key of the config. provider: the explicit provider whose argument it is.
    remedy: what to do about it in the stack's config, where the message does not say it.
    exposed: whether a secret has been in plain text, so that a new one is to be made.
    """

    path: Path
    message: str
    in_config: bool = False
    provider: str | None = None
    remedy: str = ""
    exposed: bool = False

    def __str__(self) -> str:
        provider = f"provider '{self.provider}'" if self.provider else ""
        text = f"{self.message}{f'; {self.remedy}' * bool(self.remedy)}{EXPOSED * self.exposed}"
        return ": ".join(part for part in (provider, *self._place(), text) if part)

    def _place(self) -> tuple[str, ...]:
        if not self.in_config:
            return (dotted(self.path),)
        if len(self.path) > 1 and self.path[0] in NAMED:
            return dotted(self.path[:2]), dotted(self.path[2:])
        return (f"{NAMESPACE}:{dotted(self.path)}",)

    def under(self, *prefix: str | int) -> "Problem":
        return self._replace(path=(*prefix, *self.path))


def one_for_each_place(problems: Iterable[Problem]) -> list[Problem]:
    """One line for each place: the first one that was found is the cause of the others."""
    seen: dict[Path, Problem] = {}
    for problem in problems:
        seen.setdefault(_in_one_spelling(problem.path), problem)
    return [*seen.values()]


def _in_one_spelling(path: Path) -> Path:
    return tuple(
        part if isinstance(part, int) or is_users_name(path[: index + 1]) else to_snake(part)
        for index, part in enumerate(path)
    )


def is_users_name(path: Path) -> bool:
    """Whether the last part of a path of the config is the name of a recording, a storage or a layer."""
    return path[0] in NAMED and (len(path) == 2 or (len(path) == 4 and path[::2] == ("recordings", "layers")))


def dotted(path: Path) -> str:
    """The path as Pulumi writes it: `layers.default.outputs[0]`; a name that is more than a word is quoted."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
            continue
        name = _without_value(part)
        if not name or not name.isprintable() or any(character in name for character in '.[]"'):
            text += f"[{json.dumps(name, ensure_ascii=not name.isprintable())}]"
        else:
            text += f".{name}" if text else name
    return text


def _without_value(name: str) -> str:
    written = VALUE_IN_NAME.match(name)
    return written[0] if written else name


def path_in(key: str) -> Path:
    """The path that was meant where one became a key, as `config set` without `--path` makes it; else the key alone."""
    parts = [*PART_OF_PATH.finditer(key)]
    if not parts or "".join(part[0] for part in parts) != key:
        return (key,)
    return tuple(int(part["index"]) if part["index"] else part["quoted"] or part["name"] or "" for part in parts)


def credential_with_value(name: object) -> str:
    """The credential's name where its value stands in the same word; else nothing."""
    written = VALUE_IN_NAME.match(name) if isinstance(name, str) else None
    return written[1] if written else ""


def set_value(path: Path, *, secret: bool = False, file: str = "") -> str:
    """The command that sets what is at a path of the config.

    file: where the value has several lines, the file that it is read from; the command's prompt reads one line.
    """
    return f"pulumi config set {'--secret ' * secret}{_argument(path)}{f' < {file}' * bool(file)}"


def set_credential(path: Path, storage: object) -> str:
    """The command that encrypts a credential of a storage."""
    name = to_snake(str(path[-1]))
    kind = storage.get("type") if isinstance(storage, Mapping) else None
    files = {"private_key": "key.pem", "secret": "service-account.json" if kind == "gcs" else ""}
    return set_value(path, secret=True, file=files.get(name, ""))


def remove(path: Path) -> str:
    """The command that removes what is at a path of the config."""
    return f"pulumi config rm {_argument(path)}"


def _argument(path: Path) -> str:
    """A path of the config as commands take it; in quotes as soon as it is more than a word."""
    name = path[0] if len(path) == 1 else dotted(path)
    key = f"{NAMESPACE}:{name}"
    quoted = shlex.quote(key)
    if quoted == key and not str(name).isidentifier():
        quoted = repr(key)
    return f"{'--path ' * (len(path) > 1)}{quoted}"


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """`; did you mean 'archive'?` where a known name is near, else nothing."""
    if not isinstance(name, str):
        return ""
    if credential_with_value(name):
        return f"; a space is missing after '{credential_with_value(name)}:'"
    found = nearest_name(name, known)
    return f"; did you mean {quoted(found)}?" if found else ""


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """The known name that is meant by another: what others call it, or nearly its letters."""
    names = {candidate.casefold(): candidate for candidate in known}
    meant = SYNONYMS.get(re.sub(r"[\W_]", "", name.casefold()))
    found = [meant] if meant in names else difflib.get_close_matches(name.casefold(), names, n=1, cutoff=0.7)
    return names[found[0]] if found else None


def quoted(name: str) -> str:
    """A name in quotes, in one line whatever it holds."""
    return f"'{name}'" if name.isprintable() else json.dumps(name)


def one_of(names: Iterable[str]) -> str:
    *most, last = (f"'{name}'" for name in names)
    return f"{', '.join(most)} or {last}" if most else last


def kind_of(value: object) -> str:
    return next((name for kind, name in TYPE_NAMES if isinstance(value, kind)), "something else")
