"""`python -m sandbox.api`: the API without the engine's command line."""

from sandbox.api.server import main

main(program="python -m sandbox.api")
