"""Encryption with a passphrase, in the format of the Pulumi CLI's `passphrase` secrets provider.

AES-256-GCM, the key being PBKDF2-HMAC-SHA256 of the passphrase and the stack's salt. Source:
`pkg/secrets/passphrase/manager.go` and `sdk/go/common/resource/config/crypt.go` of pulumi/pulumi.
"""

import base64
import json
import os
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

ROUNDS = 1_000_000
PROBE = "pulumi"
"""What the salt holds encrypted, so that a wrong passphrase is noticed at once."""


class PassphraseError(ValueError):
    """The passphrase is wrong, or what it should decrypt is damaged."""


class PassphraseCrypter:
    """Encrypts and decrypts the secrets of a stack; deriving the key takes some 0.1 s.

    salt: `encryptionsalt` of the stack file, `v1:<salt>:<the encrypted probe>`.
    """

    def __init__(self, key: bytes, salt: str) -> None:
        self._cipher = AESGCM(key)
        self.salt = salt

    @classmethod
    def new(cls, passphrase: str) -> "PassphraseCrypter":
        """With a fresh salt."""
        raw = os.urandom(8)
        crypter = cls(_key(passphrase, raw), "")
        crypter.salt = f"v1:{base64.b64encode(raw).decode()}:{crypter.encrypt(PROBE)}"
        return crypter

    @classmethod
    def open(cls, passphrase: str, salt: str) -> "PassphraseCrypter":
        """With the salt of a stack. Raises PassphraseError where it was made with another passphrase."""
        try:
            _, raw, probe = salt.split(":", 2)
            crypter = cls(_key(passphrase, base64.b64decode(raw)), salt)
        except ValueError:
            raise PassphraseError("the encryption salt is malformed: expected v1:<salt>:v1:<nonce>:<text>") from None
        if crypter.decrypt(probe) != PROBE:
            raise PassphraseError("incorrect passphrase")
        return crypter

    def encrypt(self, plaintext: str) -> str:
        """`v1:<nonce>:<ciphertext>`, different at each call."""
        nonce = os.urandom(12)
        sealed = self._cipher.encrypt(nonce, plaintext.encode(), None)
        return f"v1:{base64.b64encode(nonce).decode()}:{base64.b64encode(sealed).decode()}"

    def decrypt(self, ciphertext: str) -> str:
        """The plaintext. Raises PassphraseError where the ciphertext was made with another key, or changed."""
        try:
            _, nonce, sealed = ciphertext.split(":")
            return self._cipher.decrypt(base64.b64decode(nonce), base64.b64decode(sealed), None).decode()
        except (InvalidTag, ValueError):
            raise PassphraseError("incorrect passphrase, or the encrypted value is damaged") from None

    def decrypt_config(self, nodes: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, set[str]]]:
        """The config of a stack file as a program gets it, objects as JSON; and the secrets in it, by key.

        Raises PassphraseError.
        """
        config: dict[str, str] = {}
        secrets: dict[str, set[str]] = {}
        for key, node in nodes.items():

            def decrypted(found: dict[str, Any], key: str = key) -> Any:
                if found.keys() != {"secure"}:
                    return found
                text = self.decrypt(found["secure"])
                secrets.setdefault(key, set()).add(text)
                return text

            value = json.loads(json.dumps(node), object_hook=decrypted)
            config[key] = value if isinstance(value, str) else json.dumps(value)
        return config, secrets


def _key(passphrase: str, salt: bytes) -> bytes:
    return PBKDF2HMAC(hashes.SHA256(), 32, salt, ROUNDS).derive(passphrase.encode())
