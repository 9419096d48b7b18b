"""Mistakes in what users declare, each one line: where, what is expected, the nearest known name.

No line ever holds a value: what stands at a path is or may be a secret.
"""

import datetime
import difflib
import json
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

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

NAMESPACE: Final = "realtimekit"
NAMED: Final = frozenset({"recordings", "storages", "layers"})
"""The keys of the config whose entries have names of the user's."""


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


def dotted(path: Path) -> str:
    """The path as Pulumi writes it: `layers.default.outputs[0]`; keys that hold more than a name does are quoted."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif not part or not part.isprintable() or any(character in part for character in '.[]"'):
            text += f"[{json.dumps(part, ensure_ascii=not part.isprintable())}]"
        else:
            text += f".{part}" if text else part
    return text


def set_secret(path: Path) -> str:
    """The command that encrypts what stands at a path of the config."""
    key = f"--path '{NAMESPACE}:{dotted(path)}'" if len(path) > 1 else f"{NAMESPACE}:{path[0]}"
    return f"pulumi config set --secret {key}"


def nearest(name: object, known: Iterable[str]) -> str:
    """`; did you mean 'archive'?` where a known name is near, else nothing."""
    if not isinstance(name, str):
        return ""
    folded = {candidate.casefold(): candidate for candidate in known}
    found = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return f"; did you mean '{folded[found[0]]}'?" if found else ""


def found(value: object) -> str:
    return next((name for kind, name in YAML_TYPES if isinstance(value, kind)), "something else")
