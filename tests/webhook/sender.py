"""RealtimeKit's side: makes webhooks, signs them and sends them over a socket."""

from __future__ import annotations

import base64
import json
import uuid
from typing import TYPE_CHECKING

import httpx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

if TYPE_CHECKING:
    from collections.abc import Mapping


def started(meeting: str = "standup", session: str | None = None) -> bytes:
    return _meeting("meeting.started", meeting, session, "LIVE")


def ended(meeting: str = "standup", session: str | None = None) -> bytes:
    return _meeting("meeting.ended", meeting, session, "ENDED")


def recorded(meeting: str | None = "standup", status: str = "UPLOADED") -> bytes:
    recording = {"id": "r-1", "recordingId": "r-1", "status": status, "downloadUrl": "https://files.example/signed-url"}
    body: dict[str, object] = {"event": "recording.statusUpdate", "recording": recording}
    if meeting is not None:
        body["meeting"] = {"id": meeting}
    return json.dumps(body).encode()


def _meeting(event: str, meeting: str, session: str | None, status: str) -> bytes:
    content = {"id": meeting, "sessionId": session or str(uuid.uuid4()), "status": status}
    return json.dumps({"event": event, "meeting": content}).encode()


class Sender:
    """Who holds the private key."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        unkept = httpx.Limits(max_keepalive_connections=0)
        self.client = httpx.Client(timeout=30, trust_env=False, verify=False, limits=unkept)
        self.public_pem = self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, body: bytes) -> str:
        return base64.b64encode(self._key.sign(body, padding.PKCS1v15(), hashes.SHA256())).decode()

    def headers(self, body: bytes, name: str | None = None) -> dict[str, str]:
        return {
            "content-type": "application/json",
            "rtk-signature": self.sign(body),
            "rtk-uuid": name or str(uuid.uuid4()),
            "rtk-webhook-id": "webhook-1",
        }

    def send(
        self, url: str, body: bytes, name: str | None = None, headers: Mapping[str, str | None] | None = None
    ) -> httpx.Response:
        """Signed and whole, but for `headers`: another value, or None for none at all."""
        all_headers = {**self.headers(body, name), **(headers or {})}
        kept = {key: value for key, value in all_headers.items() if value is not None}
        return self.client.post(f"{url}/webhook", content=body, headers=kept)
