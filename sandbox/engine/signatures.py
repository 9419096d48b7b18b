"""The marks by which values that JSON cannot say are told from plain objects, on the wire and in the state.

Source: `sdk/go/common/resource/sig` and `sdk/go/common/resource/plugin/rpc.go` of pulumi/pulumi.
"""

from sandbox.engine.errors import UserError

KEY = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a type's mark
RESOURCE_REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT_VALUE = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
NUMBER = "8ad145fe-0d11-4827-bfd7-1abcbf086f5c"
"""Infinity and not-a-number, which only the state marks."""

REFUSED = {
    "c44067f5952c0a294b673a41bacd8c17": "assets",
    "0def7320c3a5731c473e5ecbe6d01bc7": "archives",
    "803fd3297a5875dc03ca845dda5d2a98": "strings that are not UTF-8",
}
"""Kinds of values that this engine does not carry, by mark."""

UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWNS = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        UNKNOWN_STRING,
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


class UnsupportedValueError(UserError):
    """A value of a kind that the sandbox engine does not implement."""

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(f"the sandbox engine does not implement {kind}, found in '{key}': use the Pulumi CLI for it")
