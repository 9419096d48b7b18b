"""States of earlier versions, recorded with the Pulumi CLI: each is used without a change.

tests/recorded/<version>/ holds `config.yaml` and `state.json` (`pulumi stack export --show-secrets`). A version that
changes what is kept adds a folder, and none is ever changed.
"""

import base64
import json
import pickle
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dill
import pulumi
import pytest
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.config import get_config
from pulumi_realtimekit.plugin import load
from pulumi_realtimekit.plugin.dynamic import _plain
from pulumi_realtimekit.plugin.engine import Engine
from pulumi_realtimekit.plugin.lifecycle import Lifecycle

from tests.kit.in_process import engine_wire
from tests.kit.project import RECORDING_TYPE
from tests.kit.stack import Stack

ROOT = Path(__file__).resolve().parents[3]
RECORDED = sorted((ROOT / "tests" / "recorded").iterdir())
SIGNATURE = "4dabf18193072939515e22adb298388d"

PICKLES = {
    4: "gASVKQAAAAAAAACMGXB1bHVtaV9yZWFsdGltZWtpdC5wbHVnaW6UjARsb2FklJOUKVKULg==",
    5: "gAWVKQAAAAAAAACMGXB1bHVtaV9yZWFsdGltZWtpdC5wbHVnaW6UjARsb2FklJOUKVKULg==",
}
"""What the state of a resource holds, by the protocol of the Python that wrote it: 5 from Python 3.14 on."""


def opened(value: Any) -> Any:
    """Secrets as what they hold."""
    if isinstance(value, Mapping):
        if SIGNATURE in value:
            return opened(json.loads(value["plaintext"]) if "plaintext" in value else value["value"])
        return {name: opened(item) for name, item in value.items()}
    return [opened(item) for item in value] if isinstance(value, list) else value


def secrets(value: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    """Where a value holds secrets."""
    if isinstance(value, Mapping):
        if SIGNATURE in value:
            return {path}
        return set().union(*(secrets(item, (*path, name)) for name, item in value.items()))
    items = enumerate(value) if isinstance(value, list) else ()
    return set().union(*(secrets(item, (*path, index)) for index, item in items))


def resources(folder: Path) -> dict[str, dict[str, Any]]:
    state = json.loads((folder / "state.json").read_text("utf-8"))
    recorded = [one for one in state["deployment"]["resources"] if one["type"] == RECORDING_TYPE]
    return {one["urn"].rsplit("::", 1)[-1]: one for one in recorded}


def test_the_pickle_in_the_state_is_small_and_always_the_same() -> None:
    assert serialize_provider(load()) == serialize_provider(load()) == PICKLES[pickle.DEFAULT_PROTOCOL]
    assert len(serialize_provider(load())) < 100


@pytest.mark.parametrize("written", PICKLES.values(), ids=[f"protocol {protocol}" for protocol in PICKLES])
def test_every_pythons_pickle_is_the_provider_of_this_process(written: str) -> None:
    assert dill.loads(base64.b64decode(written)) is load()


@pytest.mark.parametrize("folder", RECORDED, ids=lambda folder: folder.name)
def test_a_recorded_state_is_used_without_a_change(folder: Path, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.configure((folder / "config.yaml").read_text("utf-8"))
    recorded = resources(folder)
    lifecycle = Lifecycle(get_config, Engine(None))
    monkeypatch.setattr(lifecycle, "_is_live", lambda _: False)

    deploy = pulumi.runtime.test(lambda: runpy.run_path(str(ROOT / "__main__.py")) and None)
    deploy()

    assert stack.engine.resources.keys() == recorded.keys()
    for name, resource in recorded.items():
        assert resource["inputs"]["__provider"] in PICKLES.values()
        news = _plain(engine_wire(opened(stack.engine.resources[name].inputs)))
        checked, problems = lifecycle.check(news)
        assert problems == []
        inputs = _plain(opened(resource["inputs"]))
        assert checked == inputs, name
        change = lifecycle.diff(resource["id"], _plain(opened(resource["outputs"])), checked)
        assert change.step == "none", name


@pytest.mark.parametrize("folder", RECORDED, ids=lambda folder: folder.name)
def test_a_recorded_state_holds_its_secrets_where_they_were_given(folder: Path) -> None:
    own = resources(folder)["own"]

    for values in (own["inputs"], own["outputs"]):
        assert secrets(values) == {("meeting_id",), ("layers", "default", "outputs")}
    assert "recorded-" not in json.dumps(opened(own["outputs"]["layers"]))
