"""`make cli`: builds the pinned Pulumi CLI, once on a machine."""

import argparse
import sys

from sandbox import cli


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.cli", description="Build the pinned Pulumi CLI.")
    parser.add_argument("--if-missing", action="store_true", help="build only where there is no usable pulumi on PATH")
    options = parser.parse_args()
    problem = cli.find_problem()
    if options.if_missing and problem is None and (found := cli.find()) is not None:
        print(f"The Pulumi CLI: {found}")
        return 0
    if problem is not None:
        print(problem, file=sys.stderr)
    built = cli.find_built()
    if built is None:
        from sandbox.cli import build

        try:
            built = build.build()
        except build.BuildFailed as error:
            print(f"{error}\n\nInstall the Pulumi CLI instead: {cli.INSTALL_URL}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("\nInterrupted. The next `make cli` goes on from here.", file=sys.stderr)
            return 130
    print(f'The Pulumi CLI: {built}\nTo use it yourself: export PATH="{built.parent}:$PATH"')
    return 0


if __name__ == "__main__":
    sys.exit(main())
