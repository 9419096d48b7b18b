"""What each process imports: starting up is most of what one recording costs."""

import subprocess
import sys
import textwrap

CLIENT = ("httpx", "httpcore", "h11", "anyio", "stamina", "tenacity")


def imported(code: str) -> str:
    """Which modules of the HTTP client a process holds after it has run the code."""
    report = f"\nimport sys; print([name for name in {CLIENT!r} if name in sys.modules])"
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code) + report], capture_output=True, text=True, check=True
    )
    return run.stdout.splitlines()[-1]


def test_a_program_does_without_the_client() -> None:
    assert imported("import pulumi_realtimekit") == "[]"


def test_so_does_a_plugin_that_finds_no_change() -> None:
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
    assert imported(code) == "[]"
