"""What is probably wrong, though a server may take it: said in the preview, and not refused. No value is quoted."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from pulumi_realtimekit.checks.problems import Problem
from pulumi_realtimekit.declarations.layers import OutputPlace, map_outputs

ACCOUNT_ID: Final = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)
FILE_NAME_PREFIX: Final = re.compile(r"[-\w\s]+", re.ASCII)
"""What the documented service accepts: `^[-\\w\\s]+$`, as JavaScript reads it."""
CONNECTION_STRING: Final = re.compile(
    r"(^|;)\s*(AccountName|SharedAccessSignature|UseDevelopmentStorage)=", re.IGNORECASE
)
STORAGE_HOSTS: Final = (".amazonaws.com", ".digitaloceanspaces.com", ".r2.cloudflarestorage.com", ".core.windows.net")


def warnings(recording: Mapping[str, Any]) -> list[Problem]:
    """What is probably wrong with a recording as it is going to be started; what is not known yet is not judged.

    recording: `meeting_id`, `account_id`, and `layers` with the storages in place, credentials included.
    """
    found = []
    if "://" in _text(recording.get("meeting_id")):
        found.append(Problem(("meeting_id",), "looks like a URL; expected only the meeting's id"))
    if not ACCOUNT_ID.fullmatch(_text(recording.get("account_id")) or "0" * 32):
        found.append(Problem(("account_id",), "does not look like an account's id, which has 32 hexadecimal digits"))
    layers = recording.get("layers")
    for name, layer in layers.items() if isinstance(layers, Mapping) else ():
        prefix = _text(layer.get("file_name_prefix")) if isinstance(layer, Mapping) else ""
        if prefix and not FILE_NAME_PREFIX.fullmatch(prefix):
            message = "the documented service accepts only the letters a to z, digits, spaces, `-` and `_`"
            found.append(Problem(("layers", name, "file_name_prefix"), message))

    def look(output: Any, place: OutputPlace) -> None:
        storage = output.get("storage_config") if isinstance(output, Mapping) else None
        for field, (is_wrong, message) in CHECKS.items():
            value = _text(storage.get(field)) if isinstance(storage, Mapping) else ""
            if isinstance(storage, Mapping) and value and is_wrong(storage.get("type"), value):
                layer, index = place
                found.append(Problem(("layers", layer, "outputs", index, "storage_config", field), message))

    map_outputs(layers, look)
    return found


def _is_service_account(value: str) -> bool:
    try:
        document = json.loads(value)
    except ValueError:
        return False
    return isinstance(document, Mapping) and document.get("type") == "service_account"


CHECKS: Final[Mapping[str, tuple[Callable[[Any, str], bool], str]]] = {
    "bucket": (
        lambda _, value: value.lower().endswith(STORAGE_HOSTS),
        "looks like an address; expected only the bucket's name",
    ),
    "access_key": (
        lambda kind, value: kind == "azure" and not CONNECTION_STRING.search(value),
        "does not look like a connection string, such as `DefaultEndpointsProtocol=https;AccountName=…;AccountKey=…`",
    ),
    "secret": (
        lambda kind, value: kind == "gcs" and not _is_service_account(value),
        'does not look like a service account\'s key, a JSON document with `"type": "service_account"`',
    ),
    "private_key": (
        lambda _, value: "PRIVATE" not in value,
        "does not look like a private key, which begins with `-----BEGIN … PRIVATE KEY-----`",
    ),
    "account_id": (
        lambda _, value: not ACCOUNT_ID.fullmatch(value),
        "does not look like an account's id, which has 32 hexadecimal digits",
    ),
}
"""By field of a storage: whether a value of a storage's type is probably wrong, and what is said of it."""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
