"""Programs with mistakes: each is found in the line that says which, before anything runs."""

import pulumi
import pulumi_realtimekit as realtimekit

realtimekit.TrackRecording("a")  # Missing named argument "meeting_id"
realtimekit.TrackRecording("a", "m")  # incompatible type "str"; expected "ResourceOptions | None"
realtimekit.TrackRecording("a", meeting_id="m", max_second=60)  # did you mean "max_seconds"?
realtimekit.TrackRecording("a", meeting_id="m", max_seconds="60")  # incompatible type "str"
realtimekit.TrackRecording("a", meeting_id="m", when_idle="defers")  # incompatible type "Literal['defers']"
realtimekit.TrackRecording("a", meeting_id="m", layers={"default": {"output": []}})  # incompatible type
print(realtimekit.TrackRecording("a", meeting_id="m").state)  # has no attribute "state"
realtimekit.Provider("b", api_token="t")  # Missing named argument "account_id"
realtimekit.Provider("b", account_id="a", api_token="t", request_limit=5)  # Unexpected keyword argument

aws: realtimekit.AmazonS3Args = {"type": "aws", "bucket": "b", "region": "r", "secret": "s"}  # Missing key "access_key"
gcs: realtimekit.GoogleCloudStorageArgs = {"type": "gcs", "bucket": "b", "secret": "s", "host": "h"}  # Extra key "host"
key: realtimekit.SftpWithKeyArgs = {"type": "sftp", "host": "h", "username": "u", "auth_method": "KEY"}  # "private_key"
any_: realtimekit.StorageArgs = {"type": "s3", "bucket": "b", "secret": "s"}  # TypedDict item "type"
layer: realtimekit.LayerArgs = {"file_name_prefix": 5}  # TypedDict item "file_name_prefix"
output: realtimekit.OutputArgs = {"type": "REALTIMEKIT", "storage_config": None}  # ambiguous
more: realtimekit.TrackRecordingArgs = {"layers": {}}  # Missing key "meeting_id"

config = realtimekit.load_config()
print(config.recording)  # has no attribute "recording"
print(config.recordings["a"]["meeting"])  # has no key "meeting"
pulumi.export("a", config.recordings["a"].get("max_second").upper())  # has no attribute "upper"
