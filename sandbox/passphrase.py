"""Encryption of secrets with a passphrase, in the format of the CLI's `passphrase` secrets provider.

Source: `pkg/secrets/passphrase/manager.go` and `sdk/go/common/resource/config/crypt.go` of pulumi/pulumi.
"""

import base64
import binascii
import os
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from sandbox.engine.errors import UserError

_VERSION = "v1"
_PROBE = "pulumi"
_SALT_BYTES, _NONCE_BYTES, _KEY_BYTES = 8, 12, 32
_ROUNDS = 1_000_000


class WrongPassphraseError(UserError):
    """The passphrase is not the one that the salt was made with."""


class Crypter(Protocol):
    """Encrypts and decrypts the secrets of a stack."""

    @property
    def salt(self) -> str:
        """`encryptionsalt` of the stack file, and `secrets_providers.state.salt` of the checkpoint."""

    def encrypt(self, plaintext: str) -> str:
        """The ciphertext, `v1:<nonce>:<sealed>`; another one at each call."""

    def decrypt(self, ciphertext: str) -> str:
        """The plaintext; UserError if the ciphertext was made with another key or changed."""


class PassphraseCrypter:
    """AES-256-GCM with a key derived from a passphrase (PBKDF2-HMAC-SHA256, 1,000,000 rounds: some 0.1 s)."""

    def __init__(self, key: bytes, salt: str) -> None:
        self._cipher = AESGCM(key)
        self.salt = salt

    @classmethod
    def new(cls, passphrase: str) -> "PassphraseCrypter":
        """With a fresh salt."""
        raw = os.urandom(_SALT_BYTES)
        crypter = cls(_derive(passphrase, raw), "")
        crypter.salt = f"{_VERSION}:{_encoded(raw)}:{crypter.encrypt(_PROBE)}"
        return crypter

    @classmethod
    def open(cls, passphrase: str, salt: str) -> "PassphraseCrypter":
        """With the salt of a stack; WrongPassphraseError if it was made with another passphrase."""
        version, _, rest = salt.partition(":")
        raw, separator, probe = rest.partition(":")
        if version != _VERSION or not separator:
            raise UserError("the encryption salt is malformed: v1:<salt>:v1:<nonce>:<ciphertext> is expected")
        crypter = cls(_derive(passphrase, _decoded(raw, "the encryption salt")), salt)
        try:
            right = crypter.decrypt(probe) == _PROBE
        except UserError:
            right = False
        if not right:
            raise WrongPassphraseError("incorrect passphrase")
        return crypter

    def encrypt(self, plaintext: str) -> str:
        nonce = os.urandom(_NONCE_BYTES)
        return f"{_VERSION}:{_encoded(nonce)}:{_encoded(self._cipher.encrypt(nonce, plaintext.encode(), None))}"

    def decrypt(self, ciphertext: str) -> str:
        version, *parts = ciphertext.split(":")
        if version != _VERSION or len(parts) != 2:
            raise UserError("an encrypted value is malformed: v1:<nonce>:<ciphertext> is expected")
        nonce, sealed = (_decoded(part, "an encrypted value") for part in parts)
        try:
            return self._cipher.decrypt(nonce, sealed, None).decode()
        except (InvalidTag, ValueError) as error:
            raise UserError("an encrypted value was made with another passphrase or salt, or was changed") from error


def _derive(passphrase: str, salt: bytes) -> bytes:
    return PBKDF2HMAC(hashes.SHA256(), _KEY_BYTES, salt, _ROUNDS).derive(passphrase.encode())


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _decoded(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise UserError(f"{what} is malformed: not base64") from error
