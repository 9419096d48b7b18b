"""How long it takes from an empty folder to a recording: `python -m tests.release.stopwatch > docs/stopwatch.md`.

The guide's own commands with the Pulumi CLI, every package downloaded from the registry. The repository is this one,
and answers are typed at once.
"""

import os
import platform
import tempfile
import time
from pathlib import Path

from sandbox.api.testing import SandboxApi
from tests.kit import cli
from tests.release.command_line import environment, repository, shell, terminal
from tests.release.test_templates import ANSWERS, guide

PAGE = """# How long the first recording takes

The commands of [From nothing to a pipeline](guides/first-pipeline.md), up to the recording, as
`python -m tests.release.stopwatch` timed them: Pulumi CLI {cli}, Python {python}, {cores} cores, every package
downloaded, the recording on the sandbox API.

| commands | seconds |
| --- | --- |
| `pulumi new`: the project, its environment and its packages | {project:.0f} |
| `pulumi up`, `pulumi stack output`: the recording | {recording:.0f} |
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary, SandboxApi(start_seconds=0) as api:
        folder = Path(temporary)
        env = environment(folder, **repository(folder), CLOUDFLARE_BASE_URL=api.base_url, PIP_NO_CACHE_DIR="1")
        state, project, recording, *_ = guide(env["PULUMI_BACKEND_URL"], "")
        began = time.monotonic()
        asking = {**env, "PULUMI_SKIP_CONFIRMATIONS": "false"}
        terminal(f"{state}\n{project}", folder, asking, ANSWERS)
        made = time.monotonic()
        assert shell(f"{state}\n{recording}", folder / "recordings", env).endswith("RECORDING\n")
        times = {"project": made - began, "recording": time.monotonic() - made}
    print(PAGE.format(cli=cli.version(), python=platform.python_version(), cores=os.cpu_count(), **times), end="")


if __name__ == "__main__":
    main()
