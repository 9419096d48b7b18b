"""`python -m sandbox api`."""

import click

from sandbox.api.server import api

main = click.Group("sandbox", [api], help="Run the RealtimeKit recordings API on this machine.")

if __name__ == "__main__":
    main(prog_name="python -m sandbox")
