"""Who sent it: `rtk-signature` is the RSA-SHA256 signature (PKCS#1 v1.5) of the raw body, in base64."""

import base64
import binascii
import re
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

_PEM = re.compile(rb"-----BEGIN [A-Z ]+-----.+?-----END [A-Z ]+-----", re.DOTALL)
_MINIMUM_BITS = 2048


def load_public_keys(file: Path) -> list[RSAPublicKey]:
    """All keys of a PEM file, which holds two while RealtimeKit changes its key. Raises `OSError` or `ValueError`."""
    keys = [_load(block) for block in _PEM.findall(file.read_bytes())]
    if not keys:
        raise ValueError("no public key found: expected a PEM file that starts with -----BEGIN PUBLIC KEY-----")
    return keys


def verify(keys: Iterable[RSAPublicKey], body: bytes, signature: str) -> bool:
    """Whether one of `keys` signed exactly these bytes."""
    try:
        decoded = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return False
    return any(_verify(key, body, decoded) for key in keys)


def _load(block: bytes) -> RSAPublicKey:
    try:
        key = load_pem_public_key(block)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("not a public key: copy the public key of RealtimeKit's webhooks again") from error
    if not isinstance(key, RSAPublicKey) or key.key_size < _MINIMUM_BITS:
        raise ValueError(f"not an RSA key of at least {_MINIMUM_BITS} bits")
    return key


def _verify(key: RSAPublicKey, body: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, body, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
