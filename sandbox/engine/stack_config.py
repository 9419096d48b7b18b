"""`Pulumi.<stack>.yaml`: read as the CLI reads it, written so that comments, order and everything unknown stay.

Source: `sdk/go/common/workspace/{loaders,project}.go` of pulumi/pulumi.
"""

import io
import itertools
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.engine import config_values
from sandbox.engine.config_keys import Key, is_plain_text, parse_key, split_path, value_at, with_value
from sandbox.engine.config_values import Ciphertext, ConfigValue
from sandbox.engine.errors import UserError
from sandbox.engine.files import write_whole
from sandbox.engine.yaml_values import OddKey, Timestamp, read_yaml, resolve

_OLD_WORDS = {"y", "yes", "on", "n", "no", "off"}
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?")
"""What other readers of YAML 1.1 take for something else than text; the CLI quotes them too."""
_BLOCK = re.compile(r"\S.*(\n+\S.*)*\n?")
"""A text of several lines that is the same when it stands as a block of lines."""


@dataclass(frozen=True)
class Configuration:
    """What a deployment is configured with, keys `namespace:name`."""

    values: Mapping[str, str] = field(default_factory=dict)
    """Decrypted; objects as JSON."""
    secret_keys: frozenset[str] = frozenset()
    """Keys whose value is encrypted, or a part of it."""
    blinded: Mapping[str, str] = field(default_factory=dict)
    """`values` with `[secret]` in place of what is encrypted."""
    stored: Mapping[str, Any] = field(default_factory=dict)
    """As the stack file has it, ciphertexts included: for the history."""
    secrets: tuple[str, ...] = ()
    """What is encrypted, in clear: nothing that a deployment says shows it."""

    @classmethod
    def of(cls, config: Mapping[Key, ConfigValue], decrypt: Callable[[str], str]) -> "Configuration":
        """Of what a stack file and Pulumi.yaml say together."""

        def text(value: ConfigValue, decrypt: Callable[[str], str]) -> str:
            return config_values.text(config_values.decrypted(value, decrypt))

        secrets: list[str] = []

        def opened(ciphertext: str) -> str:
            secrets.append(decrypt(ciphertext))
            return secrets[-1]

        values = {str(key): text(value, opened) for key, value in config.items()}
        return cls(
            values=values,
            secret_keys=frozenset(str(key) for key, value in config.items() if config_values.is_secret(value)),
            blinded={str(key): text(value, lambda _: "[secret]") for key, value in config.items()},
            stored={str(key): config_values.to_file(value) for key, value in config.items()},
            secrets=tuple(secrets),
        )


class StackFile:
    """One stack's file. One that does not exist is an empty one, and is made when it is saved."""

    def __init__(self, path: Path, project: str) -> None:
        self.path = path
        self._project = project
        self._text = _read(path)
        content = read_yaml(self._text, str(path)) or {}
        if not isinstance(content, dict):
            raise UserError(f"{path}: a map with the key `config` is expected")
        self._refuse_foreign(content)
        self.encryption_salt = self._salt(content)
        self._names: dict[Key, str] = {}
        self.config: dict[Key, ConfigValue] = self._config(content.get("config"))
        self.empty_keys = [str(key) for key, name in self._names.items() if (content["config"])[name] is None]
        """Keys without a value: they are read as empty texts."""

    @property
    def has_secrets(self) -> bool:
        return any(config_values.is_secret(value) for value in self.config.values())

    def set_salt(self, salt: str) -> None:
        """Writes `encryptionsalt`, at once."""
        self._save(["encryptionsalt"], self.encryption_salt or None, salt)
        self.encryption_salt = salt

    def set(self, key: str, value: str | Ciphertext, *, path: bool = False) -> None:
        """Sets one value and writes the file, at once. What `path` means: see `config_keys`."""
        parsed = parse_key(key, self._project, path=path)
        rest: tuple[str | int, ...] = ()
        if path:
            parsed, rest = split_path(parsed)
        new: ConfigValue = config_values.coerced(value) if rest and is_plain_text(value) else value
        old = self.config.get(parsed)
        try:
            changed = with_value(old, parsed.name, rest, new)
        except UserError as error:
            raise UserError(f"could not set config: {error}") from error
        name = self._names.setdefault(parsed, str(parsed))
        self._save(["config", name], old, changed)
        self.config[parsed] = changed

    def _save(self, where: list[str], old: ConfigValue, new: ConfigValue) -> None:
        from ruamel.yaml import YAML
        from ruamel.yaml.comments import CommentedMap

        editor = YAML()
        editor.preserve_quotes = True
        editor.width = 2**20
        mapping, dash = _indentation(self._text)
        editor.indent(mapping=mapping, sequence=dash + 2, offset=dash)
        document = editor.load(self._text)
        # A file of comments alone is no document to the editor: they stay in front of the new one.
        preamble = self._text.rstrip() + "\n" if document is None and self._text.strip() else ""
        document = CommentedMap() if document is None else document
        container = document
        for name in where[:-1]:
            if container.get(name) is None:
                container[name] = CommentedMap()
            container = container[name]
        _edit(container, where[-1], old, new, _shared(document))
        output = io.StringIO()
        editor.dump(document, output)
        self._text = preamble + output.getvalue()
        write_whole(self.path.resolve(), self._text.encode())

    def _refuse_foreign(self, content: Mapping[str, Any]) -> None:
        provider = content.get("secretsprovider")
        if provider not in {None, "", "passphrase", "default"} or content.get("encryptedkey"):
            name = str(provider or "encryptedkey").partition(":")[0]
            raise UserError(f"{self.path}: secrets provider {name} is not supported here: passphrase alone is")
        if content.get("environment"):
            raise UserError(f"{self.path}: `environment` (Pulumi ESC) is not supported here")

    def _salt(self, content: Mapping[str, Any]) -> str:
        salt = content.get("encryptionsalt")
        if salt is not None and not isinstance(salt, str):
            raise UserError(f"{self.path}: encryptionsalt: a text is expected")
        return salt or ""

    def _config(self, content: Any) -> dict[Key, ConfigValue]:
        if content is None:
            return {}
        if not isinstance(content, dict):
            raise UserError(f"{self.path}: config: a map of keys and values is expected")
        config: dict[Key, ConfigValue] = {}
        for name, value in content.items():
            if isinstance(name, OddKey):
                raise UserError(f"{self.path}: config: the key {name} is not a text: write it in quotes")
            key = parse_key(name, self._project)
            if key in config:
                raise UserError(f"{self.path}: config: {self._names[key]} and {name} are the same key")
            config[key] = config_values.from_stack_file(value)
            self._names[key] = name
        return config


def get(config: Mapping[Key, ConfigValue], project: str, text: str, *, path: bool = False) -> ConfigValue:
    """The value under the key; KeyError where there is none."""
    key = parse_key(text, project, path=path)
    rest: tuple[str | int, ...] = ()
    if path:
        key, rest = split_path(key)
    return value_at(config[key], rest)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 text: {error.reason} at byte {error.start}") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error


def _indentation(text: str) -> tuple[int, int]:
    """How far members of a map are indented, and the dashes of a list; the CLI's own 2 where the text has none."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    widths = [(len(line) - len(line.lstrip()), line.lstrip()) for line in lines]
    mapping = next((width for width, content in widths if width and not content.startswith("-")), 2)
    for (width, content), (below, member) in itertools.pairwise(widths):
        if content.endswith(":") and member.startswith("- ") and not content.startswith("-") and below >= width:
            return mapping, below - width
    return mapping, 2


def _shared(document: Any) -> set[int]:
    """Identities of the maps and lists that stand in more than one place: by an alias, or merged into another map."""
    seen: set[int] = set()
    shared: set[int] = set()

    def visit(node: Any) -> None:
        if not isinstance(node, dict | list):
            return
        if id(node) in seen:
            shared.add(id(node))
            return
        seen.add(id(node))
        # The members of a map are those that are merged into it, too.
        for member in node.values() if isinstance(node, dict) else node:
            visit(member)
        for merged in getattr(node, "merge", ()):
            shared.add(id(merged))
            visit(merged)

    visit(document)
    return shared


def _edit(container: Any, name: str | int, old: ConfigValue, new: ConfigValue, shared: Collection[int]) -> None:
    """Puts the new value in place, touching only the nodes that differ; a shared one makes way to a copy of its own."""
    if isinstance(old, dict | list) and isinstance(new, type(old)) and id(container[name]) in shared:
        container[name] = _node(old)
    if isinstance(old, dict) and isinstance(new, dict):
        for key in new:
            if key not in old:
                container[name][key] = _node(new[key])
            elif old[key] != new[key] or type(old[key]) is not type(new[key]):
                _edit(container[name], key, old[key], new[key], shared)
    elif isinstance(old, list) and isinstance(new, list):
        for index, member in enumerate(new):
            if index >= len(old):
                container[name].append(_node(member))
            elif old[index] != member or type(old[index]) is not type(member):
                _edit(container[name], index, old[index], member, shared)
    else:
        container[name] = _node(new)


def _node(value: ConfigValue) -> Any:
    """What the editor writes for the value: a text that would be read as anything else gets quotes."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

    if isinstance(value, Ciphertext):
        return CommentedMap(secure=str(value))
    if isinstance(value, dict):
        return CommentedMap((key, _node(member)) for key, member in value.items())
    if isinstance(value, list):
        return CommentedSeq(_node(member) for member in value)
    if not isinstance(value, str):
        return value
    looks_like = resolve(value)
    is_text = isinstance(looks_like, str) and not isinstance(looks_like, Timestamp)
    if "\n" in value and _BLOCK.fullmatch(value) and all(line.isprintable() for line in value.split("\n")):
        return LiteralScalarString(value)
    if not is_text or value.lower() in _OLD_WORDS or not value.isprintable() or _SEXAGESIMAL.fullmatch(value):
        return DoubleQuotedScalarString(value)
    return value
