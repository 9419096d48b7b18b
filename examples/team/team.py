"""A component: everything that is to be recorded of a team's meetings, as one resource."""

from collections.abc import Mapping

import pulumi
import pulumi_realtimekit as realtimekit


class TeamRecordings(pulumi.ComponentResource):
    """Records all meetings of a team, each with the same layers.

    A provider given in `opts` is that of all its recordings.
    """

    statuses: pulumi.Output[Mapping[str, str]]
    """The status of each recording, by the meeting's name."""

    def __init__(
        self,
        name: str,
        meetings: Mapping[str, pulumi.Input[str]],
        *,
        output: str = "realtimekit",
        max_seconds: float | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declares a team.

        meetings: the ids of its meetings, by names of yours.
        output: where the files go: `realtimekit`, or the name of a storage in the stack's config.
        max_seconds: how long each recording lasts at most.
        """
        super().__init__("examples:recordings:Team", name, {}, opts)
        self.recordings = {
            meeting: realtimekit.TrackRecording(
                f"{name}-{meeting}",
                meeting_id=meeting_id,
                layers={"default": {"file_name_prefix": f"{name}-{meeting}", "outputs": [output]}},
                max_seconds=max_seconds,
                when_idle="defer",
                opts=pulumi.ResourceOptions(parent=self),
            )
            for meeting, meeting_id in meetings.items()
        }
        self.statuses = pulumi.Output.all(**{name: item.status for name, item in self.recordings.items()})
        self.register_outputs({"statuses": self.statuses})
