"""The state of a stack as commands read it: with the passphrase of its own salt, errors with its path."""

from sandbox.cli.state_documents import parse, salt_of
from sandbox.cli.workspace import Stack
from sandbox.engine import checkpoint
from sandbox.engine.errors import UserError
from sandbox.engine.integrity import IntegrityError, verify
from sandbox.engine.state import Snapshot
from sandbox.passphrase import Crypter


class StateCrypter:
    """Opens what a state holds; asks for the passphrase when there is something to open, not before."""

    def __init__(self, stack: Stack, salt: str) -> None:
        self._stack, self.salt = stack, salt
        self._opened: Crypter | None = None

    def encrypt(self, plaintext: str) -> str:
        return self._crypter().encrypt(plaintext)

    def decrypt(self, ciphertext: str) -> str:
        return self._crypter().decrypt(ciphertext)

    def _crypter(self) -> Crypter:
        if self._opened is None:
            if not self.salt:
                raise UserError("the state holds secrets and names no secrets provider: it cannot be read")
            self._opened = self._stack.open_crypter(self.salt)
        return self._opened


def load(stack: Stack) -> Snapshot:
    """The snapshot of a stack. UserError, with the file's path, where it is broken."""
    data = stack.storage.read() or b""
    document = parse(data, str(stack.storage.path))
    latest = (document.get("checkpoint") or {}).get("latest") or {}
    try:
        snapshot = checkpoint.load(data, StateCrypter(stack, salt_of(latest)))
    except checkpoint.CheckpointError as error:
        raise UserError(f"{stack.storage.path}: {error}") from error
    try:
        verify(snapshot)
    except IntegrityError as error:
        raise UserError(f"{stack.storage.path}: snapshot integrity failure; refusing to use it: {error}") from error
    return snapshot
