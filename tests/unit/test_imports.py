"""What each process imports: starting up is most of what one recording costs."""

import subprocess
import sys
from pathlib import Path

import pytest

CLIENT = ("httpx", "httpcore", "h11", "anyio", "stamina", "tenacity")
VALIDATION = ("pydantic", "pydantic_core")


def imported(code: str, names: tuple[str, ...]) -> str:
    """Which of these modules a process holds after it has run the code."""
    report = f"\nimport sys; print([name for name in {names!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, check=True)
    return run.stdout.splitlines()[-1]


PLUGIN = """
from pulumi.dynamic import Config, ConfigureRequest
from pulumi_realtimekit.plugin import load

config = {
    "realtimekit:apiToken": "t",
    "realtimekit:accountId": "a",
    "realtimekit:appId": "b",
    "realtimekit:baseUrl": "http://127.0.0.1:9/client/v4",  # where nothing listens
    "realtimekit:timeoutSeconds": "0.1",
}
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
    assert imported(code, CLIENT) == "[]"


PROGRAM = """
import pulumi, pulumi_realtimekit
from pulumi.runtime import mocks, set_all_config

class Engine(mocks.Mocks):
    def new_resource(self, args):
        return "r1", args.inputs
    def call(self, args):
        return {}

mocks.set_mocks(Engine())
set_all_config({"realtimekit:accountId": "a", "realtimekit:appId": "b"})
pulumi.runtime.test(lambda: pulumi_realtimekit.TrackRecording("standup", meeting_id="m"))()
"""
ASKED = """
from pulumi_realtimekit.errors import RealtimeKitError
try:
    {call}
    raise SystemExit("it asked nobody")
except RealtimeKitError as error:
    assert "cannot reach 127.0.0.1:9" in str(error), error
"""
STATE = '{"status": "RECORDING", "account_id": "a", "app_id": "b"}'
CALLS = (f'provider.read("r1", {STATE})', f'provider.delete("r1", {STATE})')


@pytest.mark.parametrize(
    "code",
    [PROGRAM, *(PLUGIN + ASKED.format(call=call) for call in CALLS)],
    ids=["program", "refresh", "destroy"],
)
def test_what_validates_nothing_does_without_pydantic(code: str) -> None:
    """A program that leaves the layers to the config, `refresh` and `destroy`."""
    assert imported(code, VALIDATION) == "[]"


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


def test_a_library_gets_the_standard_librarys_where_the_program_has_imported_its_own(tmp_path: Path) -> None:
    (tmp_path / "secrets.py").write_text('token = "of the program"\n')
    code = """
import pulumi_realtimekit, secrets
from pulumi_realtimekit.checks.settings import mistakes
mistakes({})
import pydantic
print(pydantic.SecretStr("a") == pydantic.SecretStr("a"), secrets.token, __import__("secrets").token)
"""
    program = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (program.returncode, program.stdout.strip()) == (0, "True of the program of the program"), program.stderr
