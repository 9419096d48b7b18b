"""Broken configs, as they are in `Pulumi.dev.yaml`, each with the lines that a user reads."""

from collections.abc import Callable
from dataclasses import dataclass, field

from pulumi_realtimekit.declarations.settings import ENVIRONMENT as VARIABLES
from pulumi_realtimekit.declarations.settings import EnvironmentKey

from tests.kit.stack import ENVIRONMENT

SECRET = "s3cr3t-canary"
"""What must not be read anywhere."""
AWS = "{type: aws, bucket: b, region: r, access_key: {secure: k}, secret: {secure: s}}"
CLEAR = "a secret in plain text in the stack's files; encrypt it with"
GCS, PEM = "service-account.json", "key.pem"
PRINTABLE = "must be printable, without spaces, line breaks or slashes"
ASCII = "must be printable ASCII without spaces or line breaks"
URL = "expected a URL such as https://api.cloudflare.com/client/v4"
EXPOSED = "and replace the credential: it was exposed"


@dataclass(frozen=True)
class Broken:
    """A config, and what is told of it; `environment` is that of the process, beside what the config holds."""

    config: str
    lines: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=lambda: ENVIRONMENT)


def one(config: str, *lines: str, **environment: str) -> Broken:
    return Broken(config, lines, ENVIRONMENT | environment)


def setting(text: str, *lines: str) -> Broken:
    return one(f"realtimekit:{text}", *(f"realtimekit:{line}" for line in lines))


def storage(fields: str, *lines: str) -> Broken:
    return one(f"realtimekit:storages: {{a: {{{fields}}}}}", *(f"storages.a: {line}" for line in lines))


def recording(fields: str, *lines: str) -> Broken:
    return one(f"realtimekit:recordings: {{r: {{{fields}}}}}", *(f"recordings.r: {line}" for line in lines))


def layer(fields: str, *lines: str) -> Broken:
    return one(f"realtimekit:layers: {{default: {{{fields}}}}}", *(f"layers.default: {line}" for line in lines))


def each(form: Callable[..., Broken], cases: dict[str, str | tuple[str, ...]]) -> dict[str, Broken]:
    """What is told, a line or several, of each of these parts of a config."""
    return {part: form(part, *([told] if isinstance(told, str) else told)) for part, told in cases.items()}


def absent(key: EnvironmentKey) -> str:
    command = f"pulumi config set {'--secret ' * (key == 'apiToken')}realtimekit:{key}"
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


ONE_KEY = "this is one key with dots in its name, and a path needs --path"

KEYS = {
    **each(
        setting,
        {
            "storage: {}": "storage: unknown key; did you mean 'storages'?",
            "zzz: 1": "zzz: unknown key",
            "api_token: {secure: x}": "api_token: unknown key; did you mean 'apiToken'?",
            f"apiToken={SECRET}: x": f"apiToken: unknown key; a space is missing after 'apiToken:', {EXPOSED}",
            "storages.archive.bucket: b": (
                f"""["storages.archive.bucket"]: {ONE_KEY}: `pulumi config rm """
                "'realtimekit:storages.archive.bucket'`, then "
                "`pulumi config set --path 'realtimekit:storages.archive.bucket'`"
            ),
            "record.standup.layers[0]: {secure: b}": (
                f"""["record.standup.layers[0]"]: {ONE_KEY}: `pulumi config rm """
                "'realtimekit:record.standup.layers[0]'`, then "
                "`pulumi config set --secret --path 'realtimekit:recordings.standup.layers[0]'`"
            ),
            "my.path: x": '["my.path"]: unknown key',
            f"storages.archive.secret: {SECRET}": (
                f"""["storages.archive.secret"]: {ONE_KEY}: `pulumi config rm """
                "'realtimekit:storages.archive.secret'`, then "
                f"`pulumi config set --secret --path 'realtimekit:storages.archive.secret'`, {EXPOSED}"
            ),
            f"storages.archive.secret={SECRET}: x": (
                f"""["storages.archive.secret"]: unknown key; a space is missing after 'secret:', {EXPOSED}"""
            ),
            f"""storages.archive: '{{"type": "aws", "accessKey": "{SECRET}"}}'""": (
                f"""["storages.archive"]: {ONE_KEY}: `pulumi config rm 'realtimekit:storages.archive'`, then """
                f"`pulumi config set --secret --path 'realtimekit:storages.archive.…'`, {EXPOSED}"
            ),
            f"secretAccessKey: {SECRET}": (
                "secretAccessKey: unknown key; remove it with `pulumi config rm realtimekit:secretAccessKey`, "
                f"{EXPOSED}"
            ),
            'accountId: "abc\\n"': f"accountId: {PRINTABLE}",
            "accountId: a/../b": f"accountId: {PRINTABLE}",
            f'apiToken: {{secure: "{SECRET}\\n{SECRET}"}}': f"apiToken: {ASCII}",
            "baseUrl: http://api.example.com/client/v4": (
                "baseUrl: expected https (http only to this machine): the token is sent with every call"
            ),
            "baseUrl: yes": f"baseUrl: {URL}",
            f"baseUrl: https://user:{SECRET}@example.com/client/v4": f"baseUrl: {URL}",
            "requestLimit: -1": "requestLimit: expected a number of at least 0",
            "requestLimit: 1.5": "requestLimit: expected a whole number, found a number with a fraction",
            "timeoutSeconds: '0'": "timeoutSeconds: expected a number above 0",
            "timeoutSeconds: NaN": "timeoutSeconds: expected a finite number",
            "timeoutSeconds: 99999999999": "timeoutSeconds: expected a number of at most 86400",
            "timeoutSeconds: 30s": "timeoutSeconds: expected a number, found a string",
        },
    ),
    **each(
        one,
        {
            "realtime-kit:storages: {}": (
                "realtime-kit:storages: unknown namespace; did you mean 'realtimekit:storages'?"
            ),
            f"""'realtimekit:storages["a.b"].Secret': {SECRET}""": (
                r"""realtimekit:["storages[\"a.b\"].Secret"]: """
                f"""{ONE_KEY}: `pulumi config rm 'realtimekit:storages["a.b"].Secret'`, then """
                f"""`pulumi config set --secret --path 'realtimekit:storages["a.b"].secret'`, {EXPOSED}"""
            ),
            "realtimekit:recordings: {r: }": "recordings.r: expected a map, found nothing",
        },
    ),
    **each(
        recording,
        {
            "max_seconds: 60": "meeting_id: required, but absent",
        },
    ),
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
    "account of two lines in the environment": one(
        "",
        f"environment variable CLOUDFLARE_ACCOUNT_ID: {PRINTABLE}",
        CLOUDFLARE_ACCOUNT_ID="abc\n",
    ),
    "token with a space in the environment": one(
        "",
        f"environment variable CLOUDFLARE_API_TOKEN: {ASCII}",
        CLOUDFLARE_API_TOKEN=f"{SECRET} ",
    ),
    "URL in the environment": one(
        "",
        f"environment variable CLOUDFLARE_BASE_URL: {URL}",
        CLOUDFLARE_BASE_URL="cloudflare",
    ),
}


ONLY_A_NAME = "expected only the bucket's name, without an address, a path or spaces"
CUT = "without its end: a prompt keeps only the first line"
PASSWORD = "type 'sftp' with auth_method 'PASSWORD'"
TYPES = "'aws', 'azure', 'cloudflare', 'digitalocean', 'gcs' or 'sftp'"


def misplaced(field: str, name: str, file: str = "") -> str:
    return encrypt(f"storages.a.{field}", file, f"--path 'realtimekit:storages.a.{name}'")


STORAGES = {
    **each(setting, {"storages: [archive]": "storages: expected a map, found a list"}),
    **each(
        one,
        {
            "realtimekit:storages: {a: s3}": "storages.a: expected a map, found a string",
            "realtimekit:storages: {type: gcs, bucket: b}\nrealtimekit:layers: {a: {outputs: [b]}}": (
                "realtimekit:storages: expected a map of storages by name, found a storage; put it under a name"
            ),
            f'realtimekit:storages: {{"": {AWS}}}': 'storages[""]: must not be empty',
            f"realtimekit:storages: {{realtimekit: {AWS}}}": (
                "storages.realtimekit: this name means the service's own bucket; use another one"
            ),
            f'realtimekit:storages: {{"arch\\nive": {AWS}}}\nrealtimekit:layers: {{default: {{outputs: [archive]}}}}': (
                "layers.default: outputs[0]: no storage named 'archive'; did you mean \"arch\\nive\"?"
            ),
            f"""realtimekit:storages: {{"it's": {{type: azure, bucket: b, access_key: {SECRET}}}}}""": (
                f"storages.it's: access_key: {CLEAR} `pulumi config set --secret --path "
                f"'realtimekit:storages.it'\"'\"'s.access_key'`, {EXPOSED}"
            ),
            f"""realtimekit:storages: '{{"a": {{"type": "gcs", "bucket": "b", "secret": "{SECRET}"}}}}'""": (
                f"storages.a: secret: {CLEAR} `pulumi config set --secret realtimekit:storages`, {EXPOSED}"
            ),
            f"""realtimekit:storages: '{{"a": {{"type": "azure", "bucket": "b", "acces_key": "{SECRET}"}}}}'""": (
                f"storages.a: acces_key: {CLEAR} `pulumi config set --secret realtimekit:storages`, {EXPOSED}"
            ),
            f"realtimekit:storages:\n  a: &a {{type: gcs, bucket: b, secret: {SECRET}}}\n  b: {{<<: *a, bucket: c}}": (
                f"storages.a: secret: {encrypt('storages.a.secret', GCS)}",
                f"storages.b: secret: {encrypt('storages.b.secret', GCS)}",
            ),
            f"realtimekit:storages: {{a.b: {{type: gcs, bucket: b, secret: {SECRET}}}}}": (
                f"""storages["a.b"]: secret: {encrypt('storages["a.b"].secret', GCS)}"""
            ),
        },
    ),
    **each(
        storage,
        {
            "bucket: b": "type: required, but absent",
            "Type: aws, bucket: b": "Type: unknown field; did you mean 'type'?",
            "type: gcs, Bucket: b, secret: {secure: s}": "Bucket: unknown field for type 'gcs'; did you mean 'bucket'?",
            "type: aws, bucket: b, region: r, accessKeyId: {secure: k}, secretAccessKey: {secure: s}": (
                "accessKeyId: unknown field for type 'aws'; did you mean 'access_key'?",
                "secretAccessKey: unknown field for type 'aws'; did you mean 'secret'?",
            ),
            "type: [aws]": f"type: expected {TYPES}",
            "type: aws": (
                "bucket: required for type 'aws', but absent",
                "region: required for type 'aws', but absent",
                f"access_key: required for type 'aws', but absent; {set_it('storages.a.access_key')}",
                f"secret: required for type 'aws', but absent; {set_it('storages.a.secret')}",
            ),
            "type: digitalocean, bucket: b, access_key: {secure: k}, secret: {secure: s}": (
                "region: required for type 'digitalocean', but absent"
            ),
            f"{AWS[1:-1]}, host: h": "host: unknown field for type 'aws'",
            "type: cloudflare": (
                "bucket: required for type 'cloudflare', but absent",
                f"access_key: required for type 'cloudflare', but absent; {set_it('storages.a.access_key')}",
                f"secret: required for type 'cloudflare', but absent; {set_it('storages.a.secret')}",
            ),
            'type: azure, bucket: b, secret: ""': (
                f"access_key: required for type 'azure', but absent; {set_it('storages.a.access_key')}"
            ),
            "type: gcs, bucket: b, secret: {secure: s}, access_key: {secure: k}": (
                "access_key: unknown field for type 'gcs'"
            ),
            "type: gcs": (
                "bucket: required for type 'gcs', but absent",
                f"secret: required for type 'gcs', but absent; {set_it('storages.a.secret', GCS)}",
            ),
            "type: sftp": "auth_method: required, but absent",
            "type: sftp, auth_method: key": "auth_method: expected 'KEY' or 'PASSWORD'; did you mean 'KEY'?",
            "type: sftp, host: h, username: u, auth_method: KEY, password: {secure: p}": (
                "private_key: required for type 'sftp' with auth_method 'KEY', but absent; "
                + set_it("storages.a.private_key", PEM)
            ),
            "type: sftp, host: h, username: u, auth_method: PASSWORD, private_key: {secure: p}": (
                f"password: required for {PASSWORD}, but absent; {set_it('storages.a.password')}",
                f"private_key: unknown field for {PASSWORD}",
            ),
            "type: aws, bucket: b, region: r, access_key: {secure: k}, accessKey: {secure: k}, secret: {secure: s}": (
                "accessKey: unknown field for type 'aws'; did you mean 'access_key'?"
            ),
            'type: gcs, bucket: "", secret: {secure: s}': "bucket: must not be empty",
            "type: gcs, bucket: b, secret: ~": "secret: expected a string, found nothing",
            "type: gcs, bucket: b, secret: {type: service_account, private_key: {secure: k}}": (
                f"secret: {encrypt('storages.a.secret', GCS)}"
            ),
            "type: gcs, bucket: b, secret: {private_key: {secure: k}}": (
                "secret: expected one string (the JSON document), found a map"
            ),
            f'type: aws, bucket: b, region: r, access_key: {{secure: "{SECRET}\\n"}}, secret: {{secure: " "}}': (
                f"access_key: must not contain spaces or line breaks; {set_it('storages.a.access_key')}",
                f"secret: must not contain spaces or line breaks; {set_it('storages.a.secret')}",
            ),
            "type: sftp, host: h, username: u, auth_method: KEY, private_key: {secure: '-----BEGIN KEY-----'}": (
                f"private_key: the beginning of a key {CUT}; {set_it('storages.a.private_key', PEM)}"
            ),
            "type: gcs, bucket: b, secret: {secure: '{'}": (
                f"secret: the beginning of a JSON document {CUT}; {set_it('storages.a.secret', GCS)}"
            ),
            "type: gcs, bucket: b, secret: !!binary czNjcjN0LWNhbmFyeQ==": (
                f"secret: {encrypt('storages.a.secret', GCS)}"
            ),
            f"type: gcs, bucket: b, secret: {SECRET}": f"secret: {encrypt('storages.a.secret', GCS)}",
            f"type: gcs, bucket: b, secret:{SECRET}: x": (
                f"secret: a space is missing after 'secret:': {encrypt('storages.a.secret', GCS)}"
            ),
            f"type: azure, bucket: b, accessKey: {SECRET}": f"accessKey: {encrypt('storages.a.accessKey')}",
            f"type: aws, bucket: b, region: r, accessKeyId: {SECRET}, secretAccessKey: {SECRET}": (
                f"accessKeyId: {misplaced('access_key', 'accessKeyId')}",
                f"secretAccessKey: {misplaced('secret', 'secretAccessKey')}",
            ),
        },
    ),
    **each(
        recording,
        {
            (
                "meeting_id: m, layers: {default: {outputs: [{type: STORAGE_CONFIG, storage_config: "
                f"{{type: gcs, bucket: b, secret: {SECRET}}}}}]}}}}"
            ): (
                f"layers.default.outputs[0].storage_config.secret: "
                f"{encrypt('recordings.r.layers.default.outputs[0].storage_config.secret', GCS)}"
            ),
        },
    ),
    **{
        f"type by the name {name}": storage(f"type: {name}", f"type: expected {TYPES}; did you mean '{kind}'?")
        for name, kind in {"azur": "azure", "s3": "aws", "R2": "cloudflare", "google": "gcs"}.items()
    },
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
    **{
        f"bucket of {kind} that is {what}": storage(
            f"type: {kind}, bucket: '{bucket}', {rest}", f"bucket: {ONLY_A_NAME}"
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
            "cloudflare": "access_key: {secure: k}, secret: {secure: s}",
            "azure": "access_key: {secure: k}",
            "gcs": "secret: {secure: s}",
        }.items()
    },
    **{
        f"host that is {what}": storage(
            f"type: sftp, host: '{host}', username: u, auth_method: PASSWORD, password: {{secure: p}}",
            "host: expected only the host's name or address; the port and the user have fields of their own",
        )
        for what, host in {
            "a URL": "sftp://files.example.com",
            "with a port": "files.example.com:22",
            "with a user": "me@files.example.com",
            "words": "the file server",
        }.items()
    },
}


OUTPUTS = "'REALTIMEKIT_BUCKET', 'STORAGE_CONFIG', 'DYTE_BUCKET', 'RTMP_OUT' or 'WEBSOCKET'"

RECORDINGS = {
    **each(
        layer,
        {
            "file_name_prefx: x": "file_name_prefx: unknown field; did you mean 'file_name_prefix'?",
            "file_name_prefix: 0123": "file_name_prefix: expected a string, found a number; put it in quotes",
            "outputs: realtimekit": "outputs: expected a list, found a string",
            "outputs: [3]": "outputs[0]: expected 'realtimekit', the name of a storage, or a map, found a number",
            "outputs: [realtime-kit]": "outputs[0]: no storage named 'realtime-kit'; did you mean 'realtimekit'?",
            "outputs: [cold-archive]": (
                "outputs[0]: no storage named 'cold-archive'; none is declared under realtimekit:storages"
            ),
            f"outputs: [{SECRET}]": "outputs[0]: no storage of that name; none is declared under realtimekit:storages",
            f"outputs: [{{storage_config: {AWS}}}]": "outputs[0].type: required, but absent",
            "outputs: [{type: aws}]": (f"outputs[0].type: expected {OUTPUTS}"),
            "outputs: [{type: realtimekit_bucket}]": (
                f"outputs[0].type: expected {OUTPUTS}; did you mean 'REALTIMEKIT_BUCKET'?"
            ),
            "outputs: [{type: STORAGE_CONFIG}]": "outputs[0].storage_config: required, but absent",
            "outputs: [{type: REALTIMEKIT_BUCKET, storage_config: {type: aws}}]": (
                "outputs[0].storage_config: is allowed only with type 'STORAGE_CONFIG'"
            ),
            "outputs: [{type: REALTIMEKIT_BUCKET, bucket: b}]": "outputs[0].bucket: unknown field",
            "media_kind: video": "media_kind: expected 'audio'",
        },
    ),
    **each(setting, {}),
    **each(
        one,
        {
            f"realtimekit:storages: {{archive: {AWS}}}\nrealtimekit:layers: {{default: {{outputs: [archve]}}}}": (
                "layers.default: outputs[0]: no storage named 'archve'; did you mean 'archive'?"
            ),
            f"realtimekit:storages: {{archive: {AWS}}}\nrealtimekit:layers: {{default: {{outputs: [{SECRET}]}}}}": (
                "layers.default: outputs[0]: no storage of that name; declared are 'archive'"
            ),
            "realtimekit:layers: {a: {outputs: 1}, b: {output: []}}": (
                "layers.a: outputs: expected a list, found a number",
                "layers.b: output: unknown field; did you mean 'outputs'?",
            ),
            "realtimekit:recordings: {r: m}": "recordings.r: expected a map, found a string",
            'realtimekit:recordings: {"": {meeting_id: m}}': 'recordings[""]: must not be empty',
            "realtimekit:recordings: {team-a: {}, team_a: {}}": (
                "recordings.team-a: meeting_id: required, but absent",
                "recordings.team_a: meeting_id: required, but absent",
            ),
            'realtimekit:recordings: {"a\\nb": {}}': 'recordings["a\\nb"]: meeting_id: required, but absent',
            "realtimekit:recordings: {12: {}}": "recordings.12: meeting_id: required, but absent",
            "realtimekit:recordings: {a: {meeting_id: m}, b: {meetingId: m, appId: app}}": (
                "recordings.b: meeting_id: the same meeting as recordings.a: a meeting has one track recording"
            ),
            (
                """
        realtimekit:storages: {archive: {type: aws, bucket: b, region: r, access_key: {secure: k}}}
        realtimekit:layers: {default: {outputs: [archiv]}}
        realtimekit:recordings: {r: {meeting_id: 7, max_seconds: -1}}
        """
            ): (
                f"storages.archive: secret: required for type 'aws', but absent; {set_it('storages.archive.secret')}",
                "recordings.r: meeting_id: expected a string, found a number; put it in quotes",
                "recordings.r: max_seconds: expected a number above 0",
                "layers.default: outputs[0]: no storage named 'archiv'; did you mean 'archive'?",
            ),
        },
    ),
    **each(
        recording,
        {
            'meeting_id: ""': "meeting_id: must not be empty",
            "meeting_id: 0123": "meeting_id: expected a string, found a number; put it in quotes",
            "meeting_id: ~": "meeting_id: expected a string, found nothing",
            "meeting_id: m, m\u0430x_seconds: 60": "m\u0430x_seconds: unknown field; did you mean 'max_seconds'?",
            "meeting_id: m, max_seconds: 0, maxSecond: 5": (
                "max_seconds: expected a number above 0",
                "maxSecond: unknown field; did you mean 'max_seconds'?",
            ),
            r'meeting_id: "\ud800"': "meeting_id: must be text, without half of a surrogate pair",
            "meeting_id: m, max_seconds: true": "max_seconds: expected a number, found true or false",
            "meeting_id: m, user_ids: [1, b]": "user_ids[0]: expected a string, found a number; put it in quotes",
            f"meeting_id: m, user_ids: [{', '.join(f'u{n}' for n in range(101))}]": (
                "user_ids: at most 100 entries, found 101"
            ),
            "meeting_id: m, desired_status: stopped": (
                "desired_status: expected 'RECORDING', 'PAUSED' or 'STOPPED'; did you mean 'STOPPED'?"
            ),
            "meeting_id: m, when_idle: no": "when_idle: expected 'fail', 'wait' or 'defer'",
            "meeting_id: m, when_ended: restrat": "when_ended: expected 'keep' or 'restart'; did you mean 'restart'?",
            "meeting_id: m, keep_download_urls: yes": "keep_download_urls: expected true or false, found a string",
        },
    ),
}

BROKEN: dict[str, Broken] = {**KEYS, **STORAGES, **RECORDINGS}
