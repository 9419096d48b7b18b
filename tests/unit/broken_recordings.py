"""Mistakes in layers, outputs and recordings."""

from tests.unit.broken import AWS, SECRET, layer, one, recording, set_it

ENCRYPTED = "found a string, which is all that can be encrypted; set it without --secret"

RECORDINGS = {
    # Layers and outputs
    "layers as a list": one("realtimekit:layers: [default]", "realtimekit:layers: expected a map, found a list"),
    "misspelt field of a layer": layer(
        "file_name_prefx: x", "file_name_prefx: unknown field; did you mean 'file_name_prefix'?"
    ),
    "prefix that is a number": layer(
        "file_name_prefix: 0123", "file_name_prefix: expected a string, found a number; put it in quotes"
    ),
    "prefix that is a date": layer(
        "fileNamePrefix: 2024-01-01", "fileNamePrefix: YAML reads it as a date; put it in quotes"
    ),
    "prefix that is true": layer(
        "file_name_prefix: true", "file_name_prefix: expected a string, found true or false; put it in quotes"
    ),
    "outputs as text": layer("outputs: realtimekit", "outputs: expected a list, found a string"),
    "outputs as a map": layer("outputs: {type: REALTIMEKIT_BUCKET}", "outputs: expected a list, found a map"),
    "output that is a number": layer(
        "outputs: [3]", "outputs[0]: expected 'realtimekit', the name of a storage, or a map, found a number"
    ),
    "output that is nothing": layer(
        "outputs: [~]", "outputs[0]: expected 'realtimekit', the name of a storage, or a map, found nothing"
    ),
    "empty output": layer('outputs: [""]', "outputs[0]: must not be empty"),
    "misspelt storage": one(
        f"realtimekit:storages: {{archive: {AWS}}}\nrealtimekit:layers: {{default: {{outputs: [archve]}}}}",
        "layers.default: outputs[0]: no storage named 'archve'; did you mean 'archive'?",
    ),
    "misspelt service bucket": layer(
        "outputs: [realtime-kit]", "outputs[0]: no storage named 'realtime-kit'; did you mean 'realtimekit'?"
    ),
    "storage unlike any": one(
        f"realtimekit:storages: {{archive: {AWS}}}\nrealtimekit:layers: {{default: {{outputs: [{SECRET}]}}}}",
        "layers.default: outputs[0]: no storage of that name; declared are 'archive'",
    ),
    "storage where there is none": layer(
        f"outputs: [{SECRET}]", "outputs[0]: no storage of that name; none is declared under realtimekit:storages"
    ),
    "output of no type": layer(
        f"outputs: [{{storage_config: {AWS}}}]",
        "outputs[0].type: required, but absent",
    ),
    "empty prefix": layer("file_name_prefix: ''", "file_name_prefix: must not be empty"),
    "output of a storage's type": layer(
        "outputs: [{type: aws}]",
        "outputs[0].type: expected 'REALTIMEKIT_BUCKET', 'STORAGE_CONFIG', 'DYTE_BUCKET', 'RTMP_OUT' or 'WEBSOCKET'",
    ),
    "output in lower case": layer(
        "outputs: [{type: realtimekit_bucket}]",
        "outputs[0].type: expected 'REALTIMEKIT_BUCKET', 'STORAGE_CONFIG', 'DYTE_BUCKET', 'RTMP_OUT' or 'WEBSOCKET'; "
        "did you mean 'REALTIMEKIT_BUCKET'?",
    ),
    "output without its storage": layer(
        "outputs: [{type: STORAGE_CONFIG}]", "outputs[0].storage_config: required, but absent"
    ),
    "service bucket with a storage": layer(
        "outputs: [{type: REALTIMEKIT_BUCKET, storage_config: {type: aws}}]",
        "outputs[0].storage_config: goes with type 'STORAGE_CONFIG' alone",
    ),
    "output with a storage's fields": layer(
        "outputs: [{type: REALTIMEKIT_BUCKET, bucket: b}]", "outputs[0].bucket: unknown field"
    ),
    "two layers, two mistakes": one(
        "realtimekit:layers: {a: {outputs: 1}, b: {output: []}}",
        "layers.a: outputs: expected a list, found a number",
        "layers.b: output: unknown field; did you mean 'outputs'?",
    ),
    "two layers of almost one name": one(
        "realtimekit:layers: {default-video: {output: []}, default_video: {output: []}}",
        "layers.default-video: output: unknown field; did you mean 'outputs'?",
        "layers.default_video: output: unknown field; did you mean 'outputs'?",
    ),
    "media of another kind": layer("media_kind: video", "media_kind: expected 'audio'"),
    # Recordings
    "recordings as a list": one(
        "realtimekit:recordings: [{meeting_id: m}]", "realtimekit:recordings: expected a map, found a list"
    ),
    "recording as text": one("realtimekit:recordings: {r: m}", "recordings.r: expected a map, found a string"),
    "recording without a name": one(
        'realtimekit:recordings: {"": {meeting_id: m}}', 'recordings[""]: must not be empty'
    ),
    "two recordings of almost one name": one(
        "realtimekit:recordings: {team-a: {}, team_a: {}}",
        "recordings.team-a: meeting_id: required, but absent",
        "recordings.team_a: meeting_id: required, but absent",
    ),
    "newline in a name": one(
        'realtimekit:recordings: {"a\\nb": {}}', 'recordings["a\\nb"]: meeting_id: required, but absent'
    ),
    "unicode in a name": one(
        "realtimekit:recordings: {Übung: {}}", "recordings.Übung: meeting_id: required, but absent"
    ),
    "yes as a name": one("realtimekit:recordings: {yes: {}}", "recordings.yes: meeting_id: required, but absent"),
    "number as a name": one("realtimekit:recordings: {12: {}}", "recordings.12: meeting_id: required, but absent"),
    "empty meeting": recording('meeting_id: ""', "meeting_id: must not be empty"),
    "meeting that is a number": recording(
        "meeting_id: 0123", "meeting_id: expected a string, found a number; put it in quotes"
    ),
    "meeting that is a date": recording(
        "meeting_id: 2024-01-01", "meeting_id: YAML reads it as a date; put it in quotes"
    ),
    "meeting that is nothing": recording("meeting_id: ~", "meeting_id: expected a string, found nothing"),
    "meeting that is a list": recording("meeting_id: [m]", "meeting_id: expected a string, found a list"),
    "misspelt argument": recording(
        "meeting_id: m, max_second: 60", "max_second: unknown field; did you mean 'max_seconds'?"
    ),
    "newline in a field": recording(
        'meeting_id: m, "max\\nseconds": 60', "[\"max\\nseconds\"]: unknown field; did you mean 'max_seconds'?"
    ),
    "unicode in a field": recording(
        "meeting_id: m, m\u0430x_seconds: 60", "m\u0430x_seconds: unknown field; did you mean 'max_seconds'?"
    ),
    "no seconds": recording("meeting_id: m, max_seconds: 0", "max_seconds: expected a number above 0"),
    "seconds in quotes": recording(
        'meeting_id: m, max_seconds: "60"', "max_seconds: expected a number, found a string"
    ),
    "encrypted seconds": recording(
        'meeting_id: m, max_seconds: {secure: "60"}', f"max_seconds: expected a number, {ENCRYPTED}"
    ),
    "encrypted outputs": layer("outputs: {secure: '[a]'}", f"outputs: expected a list, {ENCRYPTED}"),
    "half of a character": recording(
        r'meeting_id: "\ud800"', "meeting_id: must be text, without half of a surrogate pair"
    ),
    "seconds that are true": recording(
        "meeting_id: m, max_seconds: true", "max_seconds: expected a number, found true or false"
    ),
    "waiting backwards": recording("meeting_id: m, wait_seconds: -1", "wait_seconds: expected a number of at least 0"),
    "users as text": recording("meeting_id: m, user_ids: anna", "user_ids: expected a list, found a string"),
    "user without a name": recording('meeting_id: m, user_ids: [anna, ""]', "user_ids[1]: must not be empty"),
    "users as numbers": recording(
        "meeting_id: m, user_ids: [1, b]", "user_ids[0]: expected a string, found a number; put it in quotes"
    ),
    "too many users": recording(
        f"meeting_id: m, user_ids: [{', '.join(f'u{n}' for n in range(101))}]",
        "user_ids: at most 100 entries, found 101",
    ),
    "status in lower case": recording(
        "meeting_id: m, desired_status: stopped",
        "desired_status: expected 'RECORDING', 'PAUSED' or 'STOPPED'; did you mean 'STOPPED'?",
    ),
    "no as a policy": recording("meeting_id: m, when_idle: no", "when_idle: expected 'fail', 'wait' or 'defer'"),
    "policy that is false": recording("meeting_id: m, when_active: false", "when_active: expected 'adopt' or 'fail'"),
    "misspelt policy": recording(
        "meeting_id: m, when_ended: restrat", "when_ended: expected 'keep' or 'restart'; did you mean 'restart'?"
    ),
    "yes as true": recording(
        "meeting_id: m, keep_download_urls: yes", "keep_download_urls: expected true or false, found a string"
    ),
    "one as true": recording(
        "meeting_id: m, keep_download_urls: 1", "keep_download_urls: expected true or false, found a number"
    ),
    "the same meeting twice": one(
        "realtimekit:recordings: {a: {meeting_id: m}, b: {meetingId: m, appId: app}}",
        "recordings.b: meeting_id: the same meeting as recordings.a: a meeting has one track recording",
    ),
    "all at once": one(
        """
        realtimekit:storages: {archive: {type: aws, bucket: b, region: r, access_key: {secure: k}}}
        realtimekit:layers: {default: {outputs: [archiv]}}
        realtimekit:recordings: {r: {meeting_id: 7, max_seconds: -1}}
        """,
        f"storages.archive: secret: required for type 'aws', but absent; {set_it('storages.archive.secret')}",
        "recordings.r: meeting_id: expected a string, found a number; put it in quotes",
        "recordings.r: max_seconds: expected a number above 0",
        "layers.default: outputs[0]: no storage named 'archiv'; did you mean 'archive'?",
    ),
}
