"""What `check` refuses, every dialect refuses; and what it takes, some dialect takes as it is sent.

A field of another type of storage is the one exception: that table is the contract, also where a server is laxer.
"""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pulumi_realtimekit.errors import RealtimeKitError

from sandbox.api.testing import SandboxApi
from tests.kit.in_process import ACCOUNT, APP, Checked, Plugin, Resource
from tests.kit.service import DIALECTS

BUCKET = {"type": "REALTIMEKIT_BUCKET"}
AWS = {"type": "aws", "access_key": "AK", "secret": "SK", "bucket": "b", "region": "r"}
AZURE = {"type": "azure", "access_key": "AK", "bucket": "b"}
GCS = {"type": "gcs", "secret": "{}", "bucket": "b"}
R2 = {"type": "cloudflare", "access_key": "AK", "secret": "SK", "bucket": "b"}
KEY = {"type": "sftp", "host": "h", "username": "u", "auth_method": "KEY", "private_key": "PK"}
PASSWORD = {"type": "sftp", "host": "h", "username": "u", "auth_method": "PASSWORD", "password": "PW"}
STORAGES = (AWS, {**AWS, "type": "digitalocean"}, AZURE, GCS, R2, KEY, PASSWORD)
ODD: tuple[Any, ...] = ("", " ", "text", None, 0, 1, -1, 1.5, 60, 86_401, True, [], {}, ["a"], {"a": 1})


def layer(**fields: Any) -> dict[str, Any]:
    return {"layers": {"default": {"outputs": [BUCKET], **fields}}}


def output(value: Any) -> dict[str, Any]:
    return layer(outputs=[value])


def storage(**fields: Any) -> dict[str, Any]:
    return output({"type": "STORAGE_CONFIG", "storage_config": fields})


def without(fields: dict[str, Any], name: str) -> dict[str, Any]:
    return {other: value for other, value in fields.items() if other != name}


BODIES: list[dict[str, Any]] = [
    {},
    *({"meeting_id": value} for value in ODD),
    *({"layers": value} for value in ODD if value != {"a": 1}),
    *({"layers": {value: {"outputs": [BUCKET]}}} for value in ("", " ", "a.b", "default", "ä")),
    *({"layers": {"default": value}} for value in ODD),
    *({"max_seconds": value} for value in ODD),
    *({"user_ids": value} for value in (*ODD, [""], [1], [None], ["a"] * 100, ["a"] * 101)),
    {"max_second": 60},
    *(layer(file_name_prefix=value) for value in (*ODD, "a/b", "ä")),
    *(layer(media_kind=value) for value in (*ODD, "audio", "video")),
    *(layer(outputs=value) for value in ODD if value != ["a"]),
    layer(prefix="a"),
    *(output(value) for value in ODD if not isinstance(value, str)),
    *(output({"type": value}) for value in ODD),
    *(
        output({"type": kind, **more})
        for kind in (
            "REALTIMEKIT_BUCKET",
            "STORAGE_CONFIG",
            "DYTE_BUCKET",
            "RTMP_OUT",
            "WEBSOCKET",
            "realtimekit_bucket",
        )
        for more in ({}, {"storage_config": None}, {"storage_config": AWS}, {"storage_config": {}}, {"bucket": "b"})
    ),
    *(output({"storage_config": value}) for value in (None, AWS, {}, "archive")),
    output({**BUCKET, "storage": "archive"}),
    *(storage(**one) for one in STORAGES),
    *(storage(**without(one, name)) for one in STORAGES for name in one),
    *(storage(**{**one, name: value}) for one in STORAGES for name in one for value in ("", None, 7, [])),
    *(storage(**one, path=value) for one in STORAGES for value in ODD),
    *(storage(**one, region=value) for one in (AZURE, GCS, R2) for value in ODD if value != " "),  # uploads would fail
    *(storage(**AZURE, secret=value) for value in ODD),
    *(storage(**KEY, password=value) for value in ODD),
    *(storage(**KEY, port=value) for value in (*ODD, 22, 22.0, 65_535, 65_536)),
    storage(**AWS, bukket="b"),
    storage(**{**AWS, "type": "s3"}),
    storage(**{**KEY, "auth_method": "key"}),
]


def checked(api: SandboxApi, body: dict[str, Any]) -> dict[str, Any] | str:
    """What `check` makes of it, or what it says against it."""
    try:
        return Resource(Plugin(api), **body).check()
    except Checked as refusal:
        return str(refusal)


def answers(services: Callable[[Any], SandboxApi], body: dict[str, Any]) -> dict[str, str]:
    """What each dialect says to a start with this body, empty where it takes it."""
    said = {}
    for dialect in DIALECTS:
        api = services(dialect)
        response = httpx.post(
            f"{api.app_url(ACCOUNT, APP)}/recordings/track",
            json=body,
            headers={"authorization": f"Bearer {api.token}"},
        )
        assert response.status_code in {200, 422}, response.text
        said[dialect] = "" if response.is_success else response.json()["error"]["message"]
    return said


def sent(services: Callable[[Any], SandboxApi], body: dict[str, Any]) -> dict[str, str]:
    """What each dialect says to the start that the provider makes of what is declared."""
    said = {}
    for dialect in DIALECTS:
        api = services(dialect)
        try:
            Resource(Plugin(api), **body).up()
            said[dialect] = ""
        except RealtimeKitError as refusal:
            said[dialect] = str(refusal)
    return said


@pytest.mark.parametrize("fields", BODIES, ids=repr)
def test_refused_here_is_refused_by_all_and_what_is_taken_some_take(services: Any, fields: dict[str, Any]) -> None:
    body = {"meeting_id": "meeting", **layer(), **fields} if fields else fields
    refusal = checked(services("live"), body)
    if isinstance(refusal, str):
        said = answers(services, body)
        assert all(said.values()), f"{refusal}, yet {said}"
    else:
        said = sent(services, body)
        assert not all(said.values()), f"taken here, yet {said}"
