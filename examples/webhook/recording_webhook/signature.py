"""Who sent it: `rtk-signature` is the RSA-SHA256 signature (PKCS#1 v1.5) of the raw body, in base64."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

_PEM = re.compile(rb"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----", re.DOTALL)
_LEAST_BITS = 2048


@dataclass(frozen=True)
class PublicKeys:
    """RealtimeKit's key, or several while it changes from one to the next: a signature by any of them counts."""

    keys: tuple[RSAPublicKey, ...]

    @classmethod
    def from_pem(cls, content: bytes) -> PublicKeys:
        """Every public key in `content`; raises `ValueError`, in words for the user, unless all are RSA, 2048 bits."""
        blocks = list(_PEM.finditer(content))
        if not blocks:
            raise ValueError("holds no public key: expected '-----BEGIN PUBLIC KEY-----' and so on (PEM)")
        return cls(tuple(_public_key(block) for block in blocks))

    def verify(self, body: bytes, signature: str) -> bool:
        """Whether `signature`, as it stands in the header, is one of exactly these bytes."""
        try:
            decoded = base64.b64decode(signature, validate=True)
        except (binascii.Error, ValueError):
            return False
        return any(_signed(key, body, decoded) for key in self.keys)


def _public_key(block: re.Match[bytes]) -> RSAPublicKey:
    if b"PRIVATE" in block[1]:
        raise ValueError("holds a private key: the public one of RealtimeKit's webhooks belongs here, no other")
    try:
        key = load_pem_public_key(block[0])
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("holds a public key that cannot be read: copy it again, with its line breaks") from error
    if not isinstance(key, RSAPublicKey) or key.key_size < _LEAST_BITS:
        raise ValueError(f"holds a key that is not RSA with at least {_LEAST_BITS} bits")
    return key


def _signed(key: RSAPublicKey, body: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, body, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
