"""Records the meetings of the teams that the stack's config names."""

import pulumi
from team import TeamRecordings

config = pulumi.Config()

for team, meetings in config.require_object("teams").items():
    recordings = TeamRecordings(team, meetings, output=config.get("output") or "realtimekit", max_seconds=3600)
    pulumi.export(team, recordings.statuses)
