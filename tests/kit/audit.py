"""`audit` as a user runs it: what the stack exports piped into it, the rest in the environment."""

import subprocess
import sys

from sandbox.api.testing import SandboxApi
from tests.kit.cli import clean_environment
from tests.kit.project import ACCOUNT, APP, STACK, Project


def shown_by_audit(project: Project, api: SandboxApi, app: str = APP) -> set[str]:
    """The ids of the recordings that it shows.

    app: where the stack has none, as after a `destroy`.
    """
    environment = {
        "CLOUDFLARE_API_TOKEN": api.token,
        "CLOUDFLARE_ACCOUNT_ID": ACCOUNT,
        "CLOUDFLARE_BASE_URL": api.base_url,
        "REALTIMEKIT_APP_ID": app,
    }
    audit = subprocess.run(
        [sys.executable, "-m", "pulumi_realtimekit", "audit"],
        env={**clean_environment(), **environment},
        input=project.run("stack", "export", "--stack", STACK).out,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert audit.returncode in {0, 1}, audit.stderr
    shown = {one["id"] for one in api.recordings() if f"recording {one['id']} " in audit.stdout}
    assert audit.returncode == (1 if shown else 0), audit.stdout
    return shown
