"""States and exports as the JSON that they are, and whose passphrase they need."""

import json
from typing import Any

from sandbox.engine.backend import StackStorage
from sandbox.engine.errors import UserError


def parse(data: bytes, where: str) -> dict[str, Any]:
    """The JSON object in the bytes."""
    try:
        document = json.loads(data)
    except ValueError as error:
        raise UserError(f"{where}: the state is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise UserError(f"{where}: the state is not a JSON object")
    return document


def salt_of_state(storage: StackStorage) -> str:
    """The salt of a stack's state; empty where it has none, or does not exist."""
    data = storage.read()
    if data is None:
        return ""
    return salt_of((parse(data, str(storage.path)).get("checkpoint") or {}).get("latest") or {})


def salt_of(deployment: dict[str, Any]) -> str:
    """The salt that a deployment's secrets were encrypted with; empty where it names none."""
    provider = deployment.get("secrets_providers")
    if not isinstance(provider, dict):
        return ""
    if provider.get("type") != "passphrase":
        raise UserError(f"secrets provider {provider.get('type')} is not supported here: passphrase alone is")
    return str((provider.get("state") or {}).get("salt") or "")
