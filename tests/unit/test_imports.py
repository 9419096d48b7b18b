"""What each process imports: starting up is most of what one recording costs."""

import subprocess
import sys
from pathlib import Path

import pytest

CLIENT = ("httpx", "httpcore", "h11", "anyio", "stamina", "tenacity")


def imported(code: str) -> str:
    """Which modules of the HTTP client a process holds after it has run the code."""
    report = f"\nimport sys; print([name for name in {CLIENT!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, check=True)
    return run.stdout.splitlines()[-1]


PLUGIN = """
from pulumi.dynamic import Config, ConfigureRequest
from pulumi_realtimekit.plugin import load

config = {"realtimekit:apiToken": "t", "realtimekit:accountId": "a", "realtimekit:appId": "b"}
provider = load()
provider.configure(ConfigureRequest(Config(config, "project")))
"""
NO_CHANGE = """
declared = {"meeting_id": "standup", "__provider": "p"}
checked = provider.check({}, declared)
assert not checked.failures
olds = {**checked.inputs, "status": "RECORDING"}
assert provider.diff("r1", olds, {**provider.check(olds, declared).inputs}).changes is False
"""
CHECKS = """
print(len(provider.check({}, {"meeting_id": "m"}).failures), len(provider.check({}, {}).failures))
import pulumi_realtimekit.api.client
"""


@pytest.mark.parametrize("code", ["import pulumi_realtimekit", PLUGIN + NO_CHANGE], ids=["program", "plugin"])
def test_a_program_does_without_the_client_and_so_does_a_plugin_that_finds_no_change(code: str) -> None:
    assert imported(code) == "[]"


def test_a_file_of_a_standard_librarys_name_beside_the_program_is_not_run_for_us(tmp_path: Path) -> None:
    """The folder of the program is first on the path. `secrets.py` reads the config, which a plugin has none of."""
    (tmp_path / "secrets.py").write_text('import pulumi\ntoken = pulumi.Config("p").require("token")\n')

    plugin = subprocess.run(
        [sys.executable, "-c", PLUGIN + CHECKS], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (plugin.returncode, plugin.stdout.strip()) == (0, "0 1"), plugin.stderr


def test_a_program_still_finds_its_own(tmp_path: Path) -> None:
    (tmp_path / "secrets.py").write_text('token = "of the program"\n')

    code = "import pulumi_realtimekit, secrets; print(secrets.token)"
    program = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (program.returncode, program.stdout.strip()) == (0, "of the program"), program.stderr
