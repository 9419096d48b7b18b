"""What each process imports: starting up is most of what one recording costs."""

import json
import subprocess
import sys
import textwrap

HEAVY = (
    "pydantic",
    "pydantic_core",
    "httpx",
    "httpcore",
    "h11",
    "anyio",
    "stamina",
    "tenacity",
    "rich",
    "click",
    "pygments",
)


def imported(code: str) -> set[str]:
    """Which of the heavy modules a process holds after it has run the code."""
    report = f"\nimport json, sys; print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code) + report], capture_output=True, text=True, check=True
    )
    return set(json.loads(run.stdout.splitlines()[-1]))


VALIDATION = {"pydantic", "pydantic_core"}


def test_a_program_needs_neither_http_nor_validation() -> None:
    assert imported("import pulumi_realtimekit") == set()


def test_a_plugin_that_finds_no_change_needs_nothing_else() -> None:
    code = """
        from pulumi.dynamic import Config, ConfigureRequest
        from pulumi_realtimekit.plugin import load

        config = {"realtimekit:apiToken": "t", "realtimekit:accountId": "a", "realtimekit:appId": "b"}
        provider = load()
        provider.configure(ConfigureRequest(Config(config, "project")))
        declared = {"meeting_id": "standup", "__provider": "p"}
        checked = provider.check({}, declared)
        assert not checked.failures
        olds = {**checked.inputs, "status": "RECORDING"}
        assert provider.diff("r1", olds, {**provider.check(olds, declared).inputs}).changes is False
    """
    assert imported(code) == set()


def test_a_plugin_that_finds_a_mistake_needs_validation() -> None:
    code = """
        from pulumi.dynamic import Config, ConfigureRequest
        from pulumi_realtimekit.plugin import load

        config = {"realtimekit:apiToken": "t", "realtimekit:accountId": "a", "realtimekit:appId": "b"}
        provider = load()
        provider.configure(ConfigureRequest(Config(config, "project")))
        assert provider.check({}, {"meeting_id": 22.0}).failures
    """
    assert imported(code) == VALIDATION


def test_a_plugin_that_refreshes_needs_no_validation() -> None:
    code = """
        from pulumi.dynamic import Config, ConfigureRequest
        from pulumi_realtimekit.plugin import load

        config = {"realtimekit:apiToken": "t", "realtimekit:requestLimit": "0", "realtimekit:storages": "{}"}
        provider = load()
        provider.configure(ConfigureRequest(Config(config, "project")))
        provider.session.recorder
    """
    assert not imported(code) & VALIDATION


def test_a_call_on_the_service_does() -> None:
    assert "httpx" in imported("import pulumi_realtimekit.plugin.recorder")
