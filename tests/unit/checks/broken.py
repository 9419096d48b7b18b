"""Broken configs, as they are in `Pulumi.dev.yaml`, each with the lines that a user reads."""

from dataclasses import dataclass, field

from pulumi_realtimekit.declarations.settings import ENVIRONMENT as VARIABLES
from pulumi_realtimekit.declarations.settings import EnvironmentKey

from tests.kit.stack import ENVIRONMENT

SECRET = "s3cr3t-canary"
"""What must not be read anywhere."""
AWS = "{type: aws, bucket: b, region: r, access_key: {secure: k}, secret: {secure: s}}"
CLEAR = "a secret in plain text in the stack's files; encrypt it with"
GCS, PEM = "service-account.json", "key.pem"
EXPOSED = "and make a new one: it was exposed"


@dataclass(frozen=True)
class Broken:
    """A config, and what is told of it; `environment` is that of the process, beside what the config holds."""

    config: str
    lines: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=lambda: ENVIRONMENT)


def one(config: str, *lines: str, **environment: str) -> Broken:
    return Broken(config, lines, ENVIRONMENT | environment)


def storage(fields: str, *lines: str) -> Broken:
    return one(f"realtimekit:storages: {{a: {{{fields}}}}}", *(f"storages.a: {line}" for line in lines))


def recording(fields: str, *lines: str) -> Broken:
    return one(f"realtimekit:recordings: {{r: {{{fields}}}}}", *(f"recordings.r: {line}" for line in lines))


def layer(fields: str, *lines: str) -> Broken:
    return one(f"realtimekit:layers: {{default: {{{fields}}}}}", *(f"layers.default: {line}" for line in lines))


def absent(key: EnvironmentKey) -> str:
    command = f"pulumi config set {'--secret ' * (key == 'apiToken')}realtimekit:{key} …"
    return (
        f"realtimekit:{key}: required, but absent; set it with `{command}` "
        f"or in the environment variable {VARIABLES[key]}"
    )


def set_it(path: str, file: str = "") -> str:
    return f"set it with `pulumi config set --secret --path 'realtimekit:{path}'{f' < {file}' * bool(file)}`"


def encrypt(path: str, file: str = "", removed: str = "") -> str:
    """file: what the credential is read from. removed: what `pulumi config rm` removes, where its name is wrong."""
    command = f"pulumi config set --secret --path 'realtimekit:{path}'{f' < {file}' * bool(file)}"
    removal = f" remove this with `pulumi config rm {removed}`," * bool(removed)
    return f"{CLEAR} `{command}`,{removal} {EXPOSED}"


ONE_KEY = "one key, since a path takes --path"

KEYS = {
    # Keys
    "unknown key": one("realtimekit:storage: {}", "realtimekit:storage: unknown key; did you mean 'storages'?"),
    "unknown key, unlike any": one("realtimekit:zzz: 1", "realtimekit:zzz: unknown key"),
    "snake case key": one(
        "realtimekit:api_token: {secure: x}", "realtimekit:api_token: unknown key; did you mean 'apiToken'?"
    ),
    "misspelt namespace": one(
        "realtime-kit:storages: {}",
        "realtime-kit:storages: unknown namespace; did you mean 'realtimekit:storages'?",
    ),
    "no space after the token's key": one(
        f"realtimekit:apiToken={SECRET}: x",
        f"realtimekit:apiToken: unknown key; a space is missing after 'apiToken:', {EXPOSED}",
    ),
    "path without --path": one(
        "realtimekit:storages.archive.bucket: b",
        f"""realtimekit:["storages.archive.bucket"]: {ONE_KEY}: `pulumi config rm """
        "'realtimekit:storages.archive.bucket'`, then `pulumi config set --path 'realtimekit:storages.archive.bucket'`",
    ),
    "path without --path, misspelt": one(
        "realtimekit:record.standup.layers[0]: {secure: b}",
        f"""realtimekit:["record.standup.layers[0]"]: {ONE_KEY}: `pulumi config rm """
        "'realtimekit:record.standup.layers[0]'`, then "
        "`pulumi config set --secret --path 'realtimekit:recordings.standup.layers[0]'`",
    ),
    "path that is none of ours": one("realtimekit:my.path: x", 'realtimekit:["my.path"]: unknown key'),
    "credential without --path": one(
        f"realtimekit:storages.archive.secret: {SECRET}",
        f"""realtimekit:["storages.archive.secret"]: {ONE_KEY}: `pulumi config rm """
        "'realtimekit:storages.archive.secret'`, then "
        f"`pulumi config set --secret --path 'realtimekit:storages.archive.secret'`, {EXPOSED}",
    ),
    "credential without --path, of a name with a dot": one(
        f"""'realtimekit:storages["a.b"].Secret': {SECRET}""",
        r"""realtimekit:["storages[\"a.b\"].Secret"]: """
        f"""{ONE_KEY}: `pulumi config rm 'realtimekit:storages["a.b"].Secret'`, then """
        f"""`pulumi config set --secret --path 'realtimekit:storages["a.b"].secret'`, {EXPOSED}""",
    ),
    "credential without --path, with its value": one(
        f"realtimekit:storages.archive.secret={SECRET}: x",
        f"""realtimekit:["storages.archive.secret"]: unknown key; a space is missing after 'secret:', {EXPOSED}""",
    ),
    "storage in JSON without --path": one(
        f"""realtimekit:storages.archive: '{{"type": "aws", "accessKey": "{SECRET}"}}'""",
        f"""realtimekit:["storages.archive"]: {ONE_KEY}: `pulumi config rm 'realtimekit:storages.archive'`, then """
        f"`pulumi config set --secret --path 'realtimekit:storages.archive.…'`, {EXPOSED}",
    ),
    "credential of no storage": one(
        f"realtimekit:secretAccessKey: {SECRET}",
        "realtimekit:secretAccessKey: unknown key; remove it with `pulumi config rm realtimekit:secretAccessKey`, "
        f"{EXPOSED}",
    ),
    # What is not there
    "nothing set": Broken(
        "realtimekit:recordings: {r: {meeting_id: m}}",
        (
            absent("apiToken"),
            absent("accountId"),
            absent("appId"),
        ),
        {},
    ),
    "set for the project": Broken(
        "realtimekit:recordings: {r: {meeting_id: m, account_id: a, app_id: b}}\nrecordings:apiToken: {secure: x}",
        (absent("apiToken") + "; 'recordings:apiToken' is another key, the project's own",),
        {},
    ),
    "empty token": Broken(
        'realtimekit:recordings: {r: {meeting_id: m, account_id: a, app_id: b}}\nrealtimekit:apiToken: ""',
        (absent("apiToken"),),
        {},
    ),
    "no meeting": recording("max_seconds: 60", "meeting_id: required, but absent"),
    "recording without anything": one("realtimekit:recordings: {r: }", "recordings.r: expected a map, found nothing"),
    # The account
    "account of two lines": one(
        'realtimekit:accountId: "abc\\n"',
        "realtimekit:accountId: must be printable, without spaces, line breaks or slashes",
    ),
    "account that is a path": one(
        "realtimekit:accountId: a/../b",
        "realtimekit:accountId: must be printable, without spaces, line breaks or slashes",
    ),
    "account of two lines in the environment": one(
        "",
        "environment variable CLOUDFLARE_ACCOUNT_ID: must be printable, without spaces, line breaks or slashes",
        CLOUDFLARE_ACCOUNT_ID="abc\n",
    ),
    "token of two lines": one(
        f'realtimekit:apiToken: {{secure: "{SECRET}\\n{SECRET}"}}',
        "realtimekit:apiToken: must be printable ASCII without spaces or line breaks",
    ),
    "token with a space in the environment": one(
        "",
        "environment variable CLOUDFLARE_API_TOKEN: must be printable ASCII without spaces or line breaks",
        CLOUDFLARE_API_TOKEN=f"{SECRET} ",
    ),
    # The service
    "plain http": one(
        "realtimekit:baseUrl: http://api.example.com/client/v4",
        "realtimekit:baseUrl: expected https (http to this machine alone): the token is sent with every call",
    ),
    "no URL": one(
        "realtimekit:baseUrl: yes", "realtimekit:baseUrl: expected a URL such as https://api.cloudflare.com/client/v4"
    ),
    "password in the URL": one(
        f"realtimekit:baseUrl: https://user:{SECRET}@example.com/client/v4",
        "realtimekit:baseUrl: expected a URL such as https://api.cloudflare.com/client/v4",
    ),
    "URL in the environment": one(
        "",
        "environment variable CLOUDFLARE_BASE_URL: expected a URL such as https://api.cloudflare.com/client/v4",
        CLOUDFLARE_BASE_URL="cloudflare",
    ),
    "limit below zero": one(
        "realtimekit:requestLimit: -1", "realtimekit:requestLimit: expected a number of at least 0"
    ),
    "half a request": one(
        "realtimekit:requestLimit: 1.5",
        "realtimekit:requestLimit: expected a whole number, found a number with a fraction",
    ),
    "no time in quotes": one(
        "realtimekit:timeoutSeconds: '0'", "realtimekit:timeoutSeconds: expected a number above 0"
    ),
    "time that never ends": one(
        "realtimekit:timeoutSeconds: NaN", "realtimekit:timeoutSeconds: expected a finite number"
    ),
    "time of years": one(
        "realtimekit:timeoutSeconds: 99999999999", "realtimekit:timeoutSeconds: expected a number of at most 86400"
    ),
    "time in words": one(
        "realtimekit:timeoutSeconds: 30s", "realtimekit:timeoutSeconds: expected a number, found a string"
    ),
}


NAME_ALONE = "expected the bucket's name alone, without an address, a path or spaces"
FIRST_LINE = "a prompt keeps the first line alone"
TYPES = "'aws', 'azure', 'cloudflare', 'digitalocean', 'gcs' or 'sftp'"


def misplaced(field: str, name: str, file: str = "") -> str:
    return encrypt(f"storages.a.{field}", file, f"--path 'realtimekit:storages.a.{name}'")


STORAGES = {
    # Storages, by type
    "storages as a list": one("realtimekit:storages: [archive]", "realtimekit:storages: expected a map, found a list"),
    "storage as text": one("realtimekit:storages: {a: s3}", "storages.a: expected a map, found a string"),
    "storage for the map of them": one(
        "realtimekit:storages: {type: gcs, bucket: b, secret: {secure: s}}\nrealtimekit:layers: {a: {outputs: [b]}}",
        "realtimekit:storages: expected a map of storages by name, found a storage; put it under a name",
    ),
    "storage without a name": one(f'realtimekit:storages: {{"": {AWS}}}', 'storages[""]: must not be empty'),
    "storage of the service's name": one(
        f"realtimekit:storages: {{realtimekit: {AWS}}}",
        "storages.realtimekit: this name means the service's own bucket; use another one",
    ),
    "no type": storage("bucket: b", "type: required, but absent"),
    **{
        f"type by the name {name}": storage(f"type: {name}", f"type: expected {TYPES}; did you mean '{kind}'?")
        for name, kind in {"azur": "azure", "s3": "aws", "R2": "cloudflare", "google": "gcs"}.items()
    },
    "type in capitals": storage("Type: aws, bucket: b", "Type: unknown field; did you mean 'type'?"),
    "field in capitals": storage(
        "type: gcs, Bucket: b, secret: {secure: s}", "Bucket: unknown field for type 'gcs'; did you mean 'bucket'?"
    ),
    "Amazon's names": storage(
        "type: aws, bucket: b, region: r, accessKeyId: {secure: k}, secretAccessKey: {secure: s}",
        "accessKeyId: unknown field for type 'aws'; did you mean 'access_key'?",
        "secretAccessKey: unknown field for type 'aws'; did you mean 'secret'?",
    ),
    "type that is a list": storage("type: [aws]", f"type: expected {TYPES}"),
    "aws alone": storage(
        "type: aws",
        "bucket: required for type 'aws', but absent",
        "region: required for type 'aws', but absent",
        f"access_key: required for type 'aws', but absent; {set_it('storages.a.access_key')}",
        f"secret: required for type 'aws', but absent; {set_it('storages.a.secret')}",
    ),
    "digitalocean without region": storage(
        "type: digitalocean, bucket: b, access_key: {secure: k}, secret: {secure: s}",
        "region: required for type 'digitalocean', but absent",
    ),
    "aws with a host": storage(f"{AWS[1:-1]}, host: h", "host: unknown field for type 'aws'"),
    "cloudflare alone": storage(
        "type: cloudflare",
        "bucket: required for type 'cloudflare', but absent",
        f"access_key: required for type 'cloudflare', but absent; {set_it('storages.a.access_key')}",
        f"secret: required for type 'cloudflare', but absent; {set_it('storages.a.secret')}",
    ),
    "azure without a connection string": storage(
        'type: azure, bucket: b, secret: ""',
        f"access_key: required for type 'azure', but absent; {set_it('storages.a.access_key')}",
    ),
    "gcs with an access key": storage(
        "type: gcs, bucket: b, secret: {secure: s}, access_key: {secure: k}", "access_key: unknown field for type 'gcs'"
    ),
    "gcs alone": storage(
        "type: gcs",
        "bucket: required for type 'gcs', but absent",
        f"secret: required for type 'gcs', but absent; {set_it('storages.a.secret', GCS)}",
    ),
    "sftp alone": storage("type: sftp", "auth_method: required, but absent"),
    "sftp with a misspelt method": storage(
        "type: sftp, auth_method: key", "auth_method: expected 'KEY' or 'PASSWORD'; did you mean 'KEY'?"
    ),
    "sftp with KEY and no key": storage(
        "type: sftp, host: h, username: u, auth_method: KEY, password: {secure: p}",
        "private_key: required for type 'sftp' with auth_method 'KEY', but absent; "
        + set_it("storages.a.private_key", PEM),
    ),
    "sftp with PASSWORD and a key": storage(
        "type: sftp, host: h, username: u, auth_method: PASSWORD, private_key: {secure: p}",
        f"password: required for type 'sftp' with auth_method 'PASSWORD', but absent; {set_it('storages.a.password')}",
        "private_key: unknown field for type 'sftp' with auth_method 'PASSWORD'",
    ),
    **{
        f"port {port}": storage(
            f"type: sftp, host: h, username: u, auth_method: PASSWORD, password: {{secure: p}}, port: {port}",
            f"port: expected {expected}",
        )
        for port, expected in {
            "0": "a number of at least 1",
            "65536": "a number of at most 65535",
            "'22'": "a number, found a string",
            "22.5": "a whole number, found a number with a fraction",
        }.items()
    },
    "both spellings": storage(
        "type: aws, bucket: b, region: r, access_key: {secure: k}, accessKey: {secure: k}, secret: {secure: s}",
        "accessKey: unknown field for type 'aws'; did you mean 'access_key'?",
    ),
    "empty bucket": storage('type: gcs, bucket: "", secret: {secure: s}', "bucket: must not be empty"),
    "credential that is nothing": storage(
        "type: gcs, bucket: b, secret: ~", "secret: expected a string, found nothing"
    ),
    "JSON document as a map": storage(
        "type: gcs, bucket: b, secret: {type: service_account, private_key: {secure: k}}",
        f"secret: {encrypt('storages.a.secret', GCS)}",
    ),
    "encrypted JSON document as a map": storage(
        "type: gcs, bucket: b, secret: {private_key: {secure: k}}",
        "secret: expected one string (the JSON document), found a map",
    ),
    "name of two lines": one(
        f'realtimekit:storages: {{"arch\\nive": {AWS}}}\nrealtimekit:layers: {{default: {{outputs: [archive]}}}}',
        "layers.default: outputs[0]: no storage named 'archive'; did you mean \"arch\\nive\"?",
    ),
    # What would fail when the files are uploaded
    **{
        f"bucket of {kind} that is {what}": storage(
            f"type: {kind}, bucket: '{bucket}', {rest}", f"bucket: {NAME_ALONE}"
        )
        for kind, rest in {
            "aws": "region: r, access_key: {secure: k}, secret: {secure: s}",
            "digitalocean": "region: r, access_key: {secure: k}, secret: {secure: s}",
            "cloudflare": "access_key: {secure: k}, secret: {secure: s}",
            "azure": "access_key: {secure: k}",
            "gcs": "secret: {secure: s}",
        }.items()
        for what, bucket in {"a URL": "s3://meetings", "a path": "meetings/recs", "words": "our meetings"}.items()
    },
    **{
        f"region of {kind} that is a name": storage(
            f"type: {kind}, bucket: b, region: EU (Frankfurt), {rest}",
            "region: expected the region's code, without spaces",
        )
        for kind, rest in {
            "aws": "access_key: {secure: k}, secret: {secure: s}",
            "digitalocean": "access_key: {secure: k}, secret: {secure: s}",
        }.items()
    },
    **{
        f"host that is {what}": storage(
            f"type: sftp, host: '{host}', username: u, auth_method: PASSWORD, password: {{secure: p}}",
            "host: expected the host's name or address alone; the port and the user have fields of their own",
        )
        for what, host in {
            "a URL": "sftp://files.example.com",
            "with a port": "files.example.com:22",
            "with a user": "me@files.example.com",
            "words": "the file server",
        }.items()
    },
    "access key of two lines": storage(
        f'type: aws, bucket: b, region: r, access_key: {{secure: "{SECRET}\\n"}}, secret: {{secure: "{SECRET} "}}',
        f"access_key: must not contain spaces or line breaks; {set_it('storages.a.access_key')}",
        f"secret: must not contain spaces or line breaks; {set_it('storages.a.secret')}",
    ),
    "private key of one line": storage(
        "type: sftp, host: h, username: u, auth_method: KEY, private_key: {secure: '-----BEGIN PRIVATE KEY-----'}",
        f"private_key: the beginning of a key without its end: {FIRST_LINE}; {set_it('storages.a.private_key', PEM)}",
    ),
    "JSON document of one line": storage(
        "type: gcs, bucket: b, secret: {secure: '{'}",
        f"secret: the beginning of a JSON document without its end: {FIRST_LINE}; {set_it('storages.a.secret', GCS)}",
    ),
    # Credentials in plain text
    "credential in plain text, binary": storage(
        "type: gcs, bucket: b, secret: !!binary czNjcjN0LWNhbmFyeQ==", f"secret: {encrypt('storages.a.secret', GCS)}"
    ),
    "credential in plain text, of a storage whose name has a quote": one(
        f"""realtimekit:storages: {{"it's": {{type: azure, bucket: b, access_key: {SECRET}}}}}""",
        f"storages.it's: access_key: {CLEAR} `pulumi config set --secret --path "
        f"'realtimekit:storages.it'\"'\"'s.access_key'`, {EXPOSED}",
    ),
    "credential in plain text": storage(
        f"type: gcs, bucket: b, secret: {SECRET}", f"secret: {encrypt('storages.a.secret', GCS)}"
    ),
    "camelCase credential in plain text": storage(
        f"type: azure, bucket: b, accessKey: {SECRET}", f"accessKey: {encrypt('storages.a.accessKey')}"
    ),
    "credential in plain text, in a recording": recording(
        "meeting_id: m, layers: {default: {outputs: [{type: STORAGE_CONFIG, storage_config: "
        f"{{type: gcs, bucket: b, secret: {SECRET}}}}}]}}}}",
        f"layers.default.outputs[0].storage_config.secret: "
        f"{encrypt('recordings.r.layers.default.outputs[0].storage_config.secret', GCS)}",
    ),
    "credential in plain text, in JSON": one(
        f"""realtimekit:storages: '{{"a": {{"type": "gcs", "bucket": "b", "secret": "{SECRET}"}}}}'""",
        f"storages.a: secret: {CLEAR} `pulumi config set --secret realtimekit:storages`, {EXPOSED}",
    ),
    "credential in plain text, by Amazon's names": storage(
        f"type: aws, bucket: b, region: r, accessKeyId: {SECRET}, secretAccessKey: {SECRET}",
        f"accessKeyId: {misplaced('access_key', 'accessKeyId')}",
        f"secretAccessKey: {misplaced('secret', 'secretAccessKey')}",
    ),
    "credential in plain text, in JSON, misspelt": one(
        f"""realtimekit:storages: '{{"a": {{"type": "azure", "bucket": "b", "acces_key": "{SECRET}"}}}}'""",
        f"storages.a: acces_key: {CLEAR} `pulumi config set --secret realtimekit:storages`, {EXPOSED}",
    ),
    "credential in plain text, merged": one(
        f"realtimekit:storages:\n  a: &a {{type: gcs, bucket: b, secret: {SECRET}}}\n  b:\n    <<: *a\n    bucket: c",
        f"storages.a: secret: {encrypt('storages.a.secret', GCS)}",
        f"storages.b: secret: {encrypt('storages.b.secret', GCS)}",
    ),
    "credential in plain text, of a storage whose name has a dot": one(
        f"realtimekit:storages: {{a.b: {{type: gcs, bucket: b, secret: {SECRET}}}}}",
        f"""storages["a.b"]: secret: {encrypt('storages["a.b"].secret', GCS)}""",
    ),
}


RECORDINGS = {
    # Layers and outputs
    "misspelt field of a layer": layer(
        "file_name_prefx: x", "file_name_prefx: unknown field; did you mean 'file_name_prefix'?"
    ),
    "prefix that is a number": layer(
        "file_name_prefix: 0123", "file_name_prefix: expected a string, found a number; put it in quotes"
    ),
    "outputs as text": layer("outputs: realtimekit", "outputs: expected a list, found a string"),
    "output that is a number": layer(
        "outputs: [3]", "outputs[0]: expected 'realtimekit', the name of a storage, or a map, found a number"
    ),
    "misspelt storage": one(
        f"realtimekit:storages: {{archive: {AWS}}}\nrealtimekit:layers: {{default: {{outputs: [archve]}}}}",
        "layers.default: outputs[0]: no storage named 'archve'; did you mean 'archive'?",
    ),
    "misspelt service bucket": layer(
        "outputs: [realtime-kit]", "outputs[0]: no storage named 'realtime-kit'; did you mean 'realtimekit'?"
    ),
    "storage unlike any, by a name that is words": layer(
        "outputs: [cold-archive]",
        "outputs[0]: no storage named 'cold-archive'; none is declared under realtimekit:storages",
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
    "media of another kind": layer("media_kind: video", "media_kind: expected 'audio'"),
    # Recordings
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
    "number as a name": one("realtimekit:recordings: {12: {}}", "recordings.12: meeting_id: required, but absent"),
    "empty meeting": recording('meeting_id: ""', "meeting_id: must not be empty"),
    "meeting that is a number": recording(
        "meeting_id: 0123", "meeting_id: expected a string, found a number; put it in quotes"
    ),
    "meeting that is nothing": recording("meeting_id: ~", "meeting_id: expected a string, found nothing"),
    "unicode in a field": recording(
        "meeting_id: m, m\u0430x_seconds: 60", "m\u0430x_seconds: unknown field; did you mean 'max_seconds'?"
    ),
    "no seconds": recording("meeting_id: m, max_seconds: 0", "max_seconds: expected a number above 0"),
    "half of a character": recording(
        r'meeting_id: "\ud800"', "meeting_id: must be text, without half of a surrogate pair"
    ),
    "seconds that are true": recording(
        "meeting_id: m, max_seconds: true", "max_seconds: expected a number, found true or false"
    ),
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
    "misspelt policy": recording(
        "meeting_id: m, when_ended: restrat", "when_ended: expected 'keep' or 'restart'; did you mean 'restart'?"
    ),
    "yes as true": recording(
        "meeting_id: m, keep_download_urls: yes", "keep_download_urls: expected true or false, found a string"
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

BROKEN: dict[str, Broken] = {**KEYS, **STORAGES, **RECORDINGS}
