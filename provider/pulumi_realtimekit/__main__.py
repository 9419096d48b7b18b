"""What can be asked from a shell: `python -m pulumi_realtimekit audit | schema`."""

import argparse
import sys

from pulumi_realtimekit.commands.audit import StackExport, audit
from pulumi_realtimekit.errors import RealtimeKitError

FOUND, FAILED = 1, 2


def main() -> int:
    """Returns 0 where the state knows all, 1 where something is recording that it does not know, 2 on failure.

    One app that cannot be asked is a failure, too; what was found in the others is shown nevertheless.
    """
    parser = argparse.ArgumentParser(prog="python -m pulumi_realtimekit")
    verbs = parser.add_subparsers(required=True, metavar="audit | schema", dest="verb")
    verbs.add_parser(
        "audit",
        help="show what is recording and unknown to a stack's state",
        description="Reads `pulumi stack export` on standard input and lists the active track recordings of the "
        "stack's apps that its state does not know. The apps are those of its providers, of its recordings and of "
        "starts that were interrupted. The API token comes from CLOUDFLARE_API_TOKEN, since the state keeps it "
        "encrypted; CLOUDFLARE_ACCOUNT_ID, REALTIMEKIT_APP_ID and CLOUDFLARE_BASE_URL stand in for what the state "
        "does not have, as after a destroy. Exit code: 0 none, 1 some, 2 not known, whatever else was found.",
    )
    verbs.add_parser(
        "schema",
        help="print the JSON Schema of stack files, for editors",
        description="Prints the JSON Schema of Pulumi.<stack>.yaml. Save it beside the stack files, and name it in "
        "their first line: `# yaml-language-server: $schema=<file>`.",
    )
    if parser.parse_args().verb == "schema":
        return _print_schema()
    try:
        return _report(StackExport(sys.stdin.read()))
    except RealtimeKitError as error:
        print(f"audit: {error}", file=sys.stderr)
        return FAILED


def _print_schema() -> int:
    from pulumi_realtimekit.checks import schema as _schema

    print(_schema.text(), end="")
    return 0


def _report(export: StackExport) -> int:
    findings, problems = audit(export)
    for operation in export.pending:
        print(f"interrupted while {operation}")
    for app, recording in findings:
        print(
            f"recording {recording.id} of meeting {recording.meeting_id or 'not named'} is {recording.status} since "
            f"{recording.invoked_time or 'a time not named'} in app {app.app_id} of account {app.account_id}"
        )
    if findings:
        print('take one over with recording_id, or stop it: PUT …/recordings/<id> with {"action": "stop"}')
    elif not problems:
        print("nothing is recording that the state does not know")
    for problem in problems:
        print(f"audit: {problem}", file=sys.stderr)
    return FAILED if problems else FOUND if findings else 0


if __name__ == "__main__":
    sys.exit(main())
