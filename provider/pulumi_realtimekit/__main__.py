"""What can be asked from a shell: `python -m pulumi_realtimekit audit | schema | status`.

The same is the executable `pulumi-resource-realtimekit`, the plugin, which serves the engine where that starts it.
"""

import argparse
import io
import re
import sys

from pulumi_realtimekit.errors import RealtimeKitError

ENGINE_ADDRESS = re.compile(r"[\w.\[\]-]+:\d+")
"""The last argument of a plugin that the engine starts."""

LEAST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 86_400
"""Between the looks of `status --watch`."""

READS = (
    "The API token comes from CLOUDFLARE_API_TOKEN, since the state keeps it encrypted; CLOUDFLARE_ACCOUNT_ID, "
    "REALTIMEKIT_APP_ID and CLOUDFLARE_BASE_URL stand in for what the state does not have"
)


def main() -> int:
    """Returns 0 where all is well, 1 where something was found, 2 where something could not be asked.

    130 where Ctrl-C ended it, as shells have it.
    """
    try:
        return _run()
    except KeyboardInterrupt:
        return 130


def _run() -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a locale may lack a letter of a meeting's name
    if ENGINE_ADDRESS.fullmatch(sys.argv[-1]):
        from pulumi_realtimekit.plugin.native import serve

        serve()
        return 0
    arguments = _parser().parse_args()
    if arguments.command == "schema":
        from pulumi_realtimekit.checks import pulumi_schema, schema

        print((pulumi_schema if arguments.pulumi else schema).text(), end="")
        return 0
    import stamina

    from pulumi_realtimekit.commands import audit, status
    from pulumi_realtimekit.commands.export import StackExport

    stamina.instrumentation.set_on_retry_hooks(())  # structlog would print each retry among what is shown
    try:
        # Nobody types an export: a terminal would be waited for without a word. Bytes are UTF-8, whatever the locale.
        export = StackExport(b"" if sys.stdin.isatty() else sys.stdin.buffer.read())
        if arguments.command == "audit":
            return audit.run(export)
        return status.run(export, as_json=arguments.json, watch=arguments.watch)
    except RealtimeKitError as error:
        print(f"{arguments.command}: {error}", file=sys.stderr)
        return 2


def seconds(text: str) -> float:
    """The pause of `--watch`; argparse says the name of this function where it is no number."""
    value = float(text)
    if not LEAST_PAUSE_SECONDS <= value <= LONGEST_PAUSE_SECONDS:
        raise argparse.ArgumentTypeError(f"expected {LEAST_PAUSE_SECONDS} to {LONGEST_PAUSE_SECONDS} seconds")
    return value


def _parser() -> argparse.ArgumentParser:
    is_module = sys.argv[0].endswith("__main__.py")
    parser = argparse.ArgumentParser(prog="python -m pulumi_realtimekit" if is_module else None)
    commands = parser.add_subparsers(required=True, metavar="audit | schema | status", dest="command")
    commands.add_parser(
        "audit",
        help="show what is recording and unknown to a stack's state",
        description="Reads `pulumi stack export` on standard input and lists the active track recordings of the "
        "stack's apps that its state does not know. The apps are those of its providers, of its recordings and of "
        f"starts that were interrupted. {READS}, as after a destroy. Exit code: 0 none, 1 some, 2 not known, whatever "
        "else was found.",
    )
    schema = commands.add_parser(
        "schema",
        help="print the JSON Schema of stack files, for editors",
        description="Prints the JSON Schema of Pulumi.<stack>.yaml. Save it beside the stack files, and name it in "
        "their first line: `# yaml-language-server: $schema=<file>`.",
    )
    schema.add_argument(
        "--pulumi",
        action="store_true",
        help="print the schema of the plugin instead, from which `pulumi package gen-sdk` makes SDKs",
    )
    status = commands.add_parser(
        "status",
        help="show what a stack's recordings are doing now, and what differs from its state",
        description="Reads `pulumi stack export` on standard input, asks the service for each recording, and changes "
        f"nothing. {READS}. Exit code: 0 where each recording is as the state says or has ended since, 1 where one "
        "differs (paused or resumed by hand, ERRORED, unknown to the service), 2 where one is not known.",
    )
    status.add_argument("--json", action="store_true", help="print a JSON list in place of the table")
    status.add_argument(
        "--watch",
        type=seconds,
        nargs="?",
        const=10,
        metavar="SECONDS",
        help="ask again every so many seconds (10), until interrupted",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
