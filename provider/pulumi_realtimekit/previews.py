"""Outputs that are absent from the state, in a preview.

The SDK takes each of them for unknown, so a preview without changes would show `[unknown]` for an exported
`stopped_time` until the recording has ended. Where the engine has answered with the recording's `status`, it has
answered with the whole state: what is absent is None.
"""

from typing import Any

import pulumi


def none_where_absent(output: pulumi.Output[Any], status: pulumi.Output[str]) -> pulumi.Output[Any]:
    """The output, known to be None where it is absent and the status is known."""

    async def is_known() -> bool:
        return await output.is_known() or await status.is_known()

    return pulumi.Output(output.resources(), output.future(), is_known(), output.is_secret())
