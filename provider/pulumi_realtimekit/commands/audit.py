"""`audit`: what is recording in the apps of a stack and unknown to the stack's state."""

import sys
from collections.abc import Iterator

from pulumi_realtimekit.api.client import App
from pulumi_realtimekit.api.recordings import Recording
from pulumi_realtimekit.commands.export import NO_APP, SavedProvider, StackExport
from pulumi_realtimekit.errors import NotAsked, RealtimeKitError


def run(export: StackExport) -> int:
    """Prints the active track recordings that the state does not know. Returns 0 for none, 1 for some, 2 not known.

    An app that cannot be asked makes it 2; what was found in the others is shown nevertheless.
    Raises: NotAsked where there is no app to look in.
    """
    for operation in export.pending:
        print(f"interrupted while {operation}")
    known = {resource.id for resource in export.recordings}
    found: dict[tuple[App, str], Recording] = {}
    problems, asked = [], set()
    for urn, app, provider in _places(export):
        if app is None:
            problems.append(f"{urn}: {NO_APP}")
        elif (provider.base_url, app) not in asked:
            asked.add((provider.base_url, app))
            try:
                recordings = provider.api.recordings(app)
            except RealtimeKitError as error:
                problems.append(f"app {app.app_id} of account {app.account_id}: {error}")
            else:
                found |= {(app, one.id): one for one in recordings if _is_unknown(one, known)}
    if not asked and not problems:
        raise NotAsked(
            "no app to look in: the state has no recording, and no account and app are configured; name them in "
            "CLOUDFLARE_ACCOUNT_ID and REALTIMEKIT_APP_ID"
        )
    _print(found, problems)
    return 2 if problems else 1 if found else 0


def _places(export: StackExport) -> Iterator[tuple[str, App | None, SavedProvider]]:
    """Where the stack's providers record, where its recordings are, and where interrupted starts may have begun one."""
    for provider in export.providers:
        for app in provider.apps():
            yield provider.urn, app, provider
    for resource in (*export.recordings, *export.interrupted_starts):
        yield resource.urn, resource.app, resource.provider


def _is_unknown(recording: Recording, known: set[str]) -> bool:
    return recording.kind != "other" and recording.active and recording.id not in known


def _print(found: dict[tuple[App, str], Recording], problems: list[str]) -> None:
    for (app, _), recording in found.items():
        print(
            f"recording {recording.id} of meeting {recording.meeting_id or 'unknown'} has been {recording.status} "
            f"since {recording.invoked_time or 'an unknown time'} in app {app.app_id} of account {app.account_id}"
        )
    if found:
        print('take one over with recording_id, or stop it: PUT …/recordings/<id> with {"action": "stop"}')
    elif not problems:
        print("no recording is running that the state does not know")
    for problem in problems:
        print(f"audit: {problem}", file=sys.stderr)
