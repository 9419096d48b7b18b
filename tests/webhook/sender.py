"""RealtimeKit's side: webhooks, and their signature."""

import base64
import json
import uuid

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def started(meeting: str = "standup", session: str | None = None) -> bytes:
    return _meeting("meeting.started", meeting, session)


def ended(meeting: str = "standup", session: str | None = None) -> bytes:
    """Its status is LIVE, too."""
    return _meeting("meeting.ended", meeting, session)


def recorded(meeting: str | None = "standup") -> bytes:
    recording = {"id": "r-1", "status": "PAUSED", "downloadUrl": "https://files.example/signed-url"}
    more = {"meeting": {"id": meeting}} if meeting is not None else {}
    return json.dumps({"event": "recording.statusUpdate", "recording": recording, **more}).encode()


def _meeting(event: str, meeting: str, session: str | None) -> bytes:
    content = {"id": meeting, "sessionId": session or str(uuid.uuid4()), "status": "LIVE"}
    return json.dumps({"event": event, "meeting": content}).encode()


class Sender:
    """The holder of the private key."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.public_pem = self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, body: bytes) -> str:
        return base64.b64encode(self._key.sign(body, padding.PKCS1v15(), hashes.SHA256())).decode()
