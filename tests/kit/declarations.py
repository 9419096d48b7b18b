"""Declarations as users may write them, for property-based tests: every storage, output, layer and argument."""

from typing import Any

from hypothesis import strategies as st
from pulumi.output import Unknown

TEXT = st.text(min_size=1, max_size=12)
NAME = st.text("abcdef0123456789-", min_size=1, max_size=36)
KEY = st.text(st.characters(codec="ascii", categories=("L", "N", "S")), min_size=1, max_size=12)
SECONDS = st.integers(0, 86_400) | st.floats(0, 86_400, allow_nan=False)
NULLABLE_TEXT = st.none() | TEXT

CREDENTIALS = ("access_key", "secret", "password", "private_key")


def storage() -> st.SearchStrategy[dict[str, Any]]:
    """A valid storage of any type, optional fields there or not."""
    optional: dict[str, Any] = {"path": NULLABLE_TEXT}
    region: dict[str, Any] = {**optional, "region": st.none() | NAME}
    keys = {"bucket": NAME, "access_key": KEY, "secret": KEY}
    sftp = {"type": st.just("sftp"), "host": NAME, "username": TEXT}
    port = {**optional, "port": st.integers(1, 65_535)}
    return st.one_of(
        st.fixed_dictionaries(
            {"type": st.sampled_from(["aws", "digitalocean"]), "region": NAME, **keys}, optional=optional
        ),
        st.fixed_dictionaries({"type": st.just("cloudflare"), **keys}, optional={**region, "account_id": NAME}),
        st.fixed_dictionaries(
            {"type": st.just("azure"), "bucket": NAME, "access_key": KEY}, optional={**region, "secret": st.just("")}
        ),
        st.fixed_dictionaries({"type": st.just("gcs"), "bucket": NAME, "secret": NAME}, optional=region),
        st.fixed_dictionaries(
            {**sftp, "auth_method": st.just("KEY"), "private_key": TEXT}, optional={**port, "password": NULLABLE_TEXT}
        ),
        st.fixed_dictionaries({**sftp, "auth_method": st.just("PASSWORD"), "password": TEXT}, optional=port),
    )


STORAGES = st.dictionaries(st.sampled_from(["archive", "eu", "a.b", "sftp"]), storage(), min_size=1, max_size=2)


def layers(storages: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Layers whose outputs are the service's bucket, one of the named storages, or an object."""
    output = st.one_of(
        st.sampled_from(["realtimekit", *storages]),
        st.fixed_dictionaries({}, optional={"type": st.just("REALTIMEKIT_BUCKET"), "storage_config": st.none()}),
        st.fixed_dictionaries(
            {"type": st.sampled_from(["DYTE_BUCKET", "RTMP_OUT", "WEBSOCKET"])}, optional={"storage_config": st.none()}
        ),
        st.fixed_dictionaries({"type": st.just("STORAGE_CONFIG"), "storage_config": storage()}),
    )
    layer = st.fixed_dictionaries(
        {},
        optional={
            "file_name_prefix": NULLABLE_TEXT,
            "outputs": st.none() | st.lists(output, max_size=2),
            "media_kind": st.sampled_from([None, "audio"]),
        },
    )
    return st.dictionaries(st.sampled_from(["default", "default-video", "x"]), layer, min_size=1, max_size=2)


def arguments(storages: list[str]) -> dict[str, st.SearchStrategy[Any]]:
    """Every argument but the meeting's id, and the values that it can be declared with."""
    return {
        "layers": layers(storages),
        "max_seconds": st.integers(1, 86_400) | st.floats(0.5, 86_400),
        "user_ids": st.lists(TEXT, min_size=1, max_size=3),
        "account_id": NAME,
        "app_id": NAME,
        "desired_status": st.sampled_from(["RECORDING", "PAUSED", "STOPPED"]),
        "when_idle": st.sampled_from(["fail", "wait", "defer"]),
        "wait_seconds": SECONDS,
        "when_active": st.sampled_from(["adopt", "fail"]),
        "recording_id": TEXT,
        "when_ended": st.sampled_from(["keep", "restart"]),
        "start_seconds": SECONDS,
        "keep_download_urls": st.booleans(),
    }


@st.composite
def stacks(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """A valid config, and what a resource of that stack is declared with."""
    config: dict[str, Any] = {"accountId": "account", "appId": "app", "apiToken": "token"}
    config["storages"] = draw(STORAGES)
    names = list(config["storages"])
    if draw(st.booleans()):
        config["layers"] = draw(layers(names))
    optional = {name: st.none() | values for name, values in arguments(names).items()}
    return config, draw(st.fixed_dictionaries({"meeting_id": TEXT}, optional=optional))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.builds(Unknown),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
"""Anything that the engine can hand over, unknowns included."""


@st.composite
def spoiled(draw: st.DrawFn, value: Any, spoil: st.SearchStrategy[Any]) -> Any:
    """A value with some part of it, at any depth, put in the place of by something else."""
    if draw(st.integers(0, 3)) == 0:
        return draw(spoil)
    if isinstance(value, dict) and value:
        name = draw(st.sampled_from(sorted(value)))
        return {**value, name: draw(spoiled(value[name], spoil))}
    if isinstance(value, list) and value:
        index = draw(st.integers(0, len(value) - 1))
        return [*value[:index], draw(spoiled(value[index], spoil)), *value[index + 1 :]]
    return draw(spoil)
