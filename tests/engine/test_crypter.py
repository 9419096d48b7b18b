"""Passphrase encryption in the CLI's format."""

import pytest

from sandbox.engine.errors import UserError
from sandbox.passphrase import PassphraseCrypter, WrongPassphraseError

CLI_SALT = "v1:f6J4RxoTLwQ=:v1:g7O0X+U6f0xOl7ny:k+Jdsshb9ikoZZ1hLl/2ovjNOQfuhg=="
SALT = "v1:qMwFY6hmZJ8=:v1:pU0tmZEaH73F/PeZ:oIrBXqAaLZ4EOtDar7qsT5Zco8rpwA=="
CLI_CIPHERTEXT = "v1:D0qqIL3GumM+4IP0:wvklenBkKmsMl+3sj6o2cqF4z76UOLYPDYcTklL/WA=="
"""Written by a Pulumi CLI, all with the passphrase `pp`; the ciphertext under `SALT`."""


@pytest.fixture(scope="module")
def crypter() -> PassphraseCrypter:
    return PassphraseCrypter.new("pp")


def test_opens_what_the_cli_wrote() -> None:
    PassphraseCrypter.open("pp", CLI_SALT)
    assert PassphraseCrypter.open("pp", SALT).decrypt(CLI_CIPHERTEXT) == 'größe "x" <&>'


@pytest.mark.parametrize("text", ["", "x", "größe\n\0", "x" * 100_000])
def test_decrypts_what_it_encrypted(crypter: PassphraseCrypter, text: str) -> None:
    assert crypter.decrypt(crypter.encrypt(text)) == text
    assert PassphraseCrypter.open("pp", crypter.salt).decrypt(crypter.encrypt(text)) == text


def test_encrypts_to_something_else_each_time(crypter: PassphraseCrypter) -> None:
    version, nonce, sealed = crypter.encrypt("text").split(":")
    assert version == "v1"
    assert [nonce, sealed] != crypter.encrypt("text").split(":")[1:]


@pytest.mark.parametrize("passphrase", ["", "PP", "pp "])
def test_refuses_another_passphrase(passphrase: str) -> None:
    with pytest.raises(WrongPassphraseError, match=r"^incorrect passphrase$"):
        PassphraseCrypter.open(passphrase, SALT)


@pytest.mark.parametrize("salt", ["", "v1", "v1:AAAA", "v2:qMwFY6hmZJ8=:v1:a:b", "v1:***:v1:a:b"])
def test_refuses_a_malformed_salt(salt: str) -> None:
    with pytest.raises(UserError, match="malformed"):
        PassphraseCrypter.open("pp", salt)


@pytest.mark.parametrize(
    ("ciphertext", "problem"),
    [
        ("", "malformed"),
        ("v1:AAAA", "malformed"),
        ("v2:AAAA:AAAA", "malformed"),
        ("v1:***:AAAA", "malformed"),
        ("v1:AAAA:AAAA", "another passphrase or salt, or was changed"),
        (CLI_CIPHERTEXT, "another passphrase or salt, or was changed"),
    ],
)
def test_refuses_a_foreign_ciphertext(crypter: PassphraseCrypter, ciphertext: str, problem: str) -> None:
    with pytest.raises(UserError, match=problem):
        crypter.decrypt(ciphertext)
