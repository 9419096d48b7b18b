"""How a broken config is written down: as it stands in `Pulumi.dev.yaml`, with the lines that a user reads."""

from dataclasses import dataclass, field

from pulumi_realtimekit.declarations.settings import ENVIRONMENT as VARIABLES
from pulumi_realtimekit.declarations.settings import EnvironmentKey

from tests.unit.stack import ENVIRONMENT

SECRET = "s3cr3t-canary"
"""What must not be read anywhere."""
AWS = "{type: aws, bucket: b, region: r, access_key: {secure: k}, secret: {secure: s}}"
CLEAR = "a secret that stands in clear in the stack's files; encrypt it with"
EXPOSED = "and make a new one: it was exposed"


@dataclass(frozen=True)
class Broken:
    """A config, and what is told of it; `environment` is that of the process, beside what the config holds."""

    config: str
    lines: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=lambda: ENVIRONMENT)


def one(config: str, *lines: str, **environment: str) -> Broken:
    return Broken(config, lines, ENVIRONMENT | environment)


def storage(fields: str, *lines: str) -> Broken:
    return one(f"realtimekit:storages: {{a: {{{fields}}}}}", *(f"storages.a: {line}" for line in lines))


def recording(fields: str, *lines: str) -> Broken:
    return one(f"realtimekit:recordings: {{r: {{{fields}}}}}", *(f"recordings.r: {line}" for line in lines))


def layer(fields: str, *lines: str) -> Broken:
    return one(f"realtimekit:layers: {{default: {{{fields}}}}}", *(f"layers.default: {line}" for line in lines))


def absent(key: EnvironmentKey) -> str:
    command = f"pulumi config set {'--secret ' * (key == 'apiToken')}realtimekit:{key} …"
    return (
        f"realtimekit:{key}: required, but absent; set it with `{command}` "
        f"or in the environment variable {VARIABLES[key]}"
    )


def set_it(path: str) -> str:
    return f"set it with `pulumi config set --secret --path 'realtimekit:{path}'`"


def encrypt(path: str, removed: str = "") -> str:
    """removed: what `pulumi config rm` is told, where the credential is in the wrong place."""
    removal = f" remove this with `pulumi config rm {removed}`," * bool(removed)
    return f"{CLEAR} `pulumi config set --secret --path 'realtimekit:{path}'`,{removal} {EXPOSED}"
