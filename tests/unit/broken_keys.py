"""Mistakes in the keys of the config, and in what is one value."""

from tests.unit.broken import CLEAR, EXPOSED, SECRET, Broken, absent, encrypt, one, recording

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
    "namespace in capitals": one(
        "realtimeKit:layers: {}", "realtimeKit:layers: unknown namespace; did you mean 'realtimekit:layers'?"
    ),
    "no space after the token's key": one(
        f"realtimekit:apiToken={SECRET}: x",
        f"realtimekit:apiToken: a space is missing after 'apiToken:': {CLEAR} "
        f"`pulumi config set --secret realtimekit:apiToken`, {EXPOSED}",
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
    "encrypted credential without --path": one(
        f"realtimekit:storages.archive.secret: {{secure: {SECRET}}}",
        f"""realtimekit:["storages.archive.secret"]: {ONE_KEY}: `pulumi config rm """
        "'realtimekit:storages.archive.secret'`, then "
        "`pulumi config set --secret --path 'realtimekit:storages.archive.secret'`",
    ),
    "credential without --path": one(
        f"realtimekit:storages.archive.secret: {SECRET}",
        f"""realtimekit:["storages.archive.secret"]: {ONE_KEY}: """
        + encrypt("storages.archive.secret", "'realtimekit:storages.archive.secret'"),
    ),
    "credential without --path, of a name with a dot": one(
        f"""'realtimekit:storages["a.b"].Secret': {SECRET}""",
        r"""realtimekit:["storages[\"a.b\"].Secret"]: """
        f"{ONE_KEY}: " + encrypt('storages["a.b"].secret', """'realtimekit:storages["a.b"].Secret'"""),
    ),
    "credential without --path, with its value": one(
        f"realtimekit:storages.archive.secret={SECRET}: x",
        """realtimekit:["storages.archive.secret"]: a space is missing after 'secret:': """
        + encrypt("storages.archive.secret"),
    ),
    "storage in JSON without --path": one(
        f"""realtimekit:storages.archive: '{{"type": "aws", "accessKey": "{SECRET}"}}'""",
        f"""realtimekit:["storages.archive"].accessKey: {ONE_KEY}: """
        + encrypt("storages.archive.accessKey", "'realtimekit:storages.archive'"),
        f"""realtimekit:["storages.archive"]: {ONE_KEY}: `pulumi config rm 'realtimekit:storages.archive'`, then """
        "`pulumi config set --path 'realtimekit:storages.archive.…'`",
    ),
    "credential of no storage": one(
        f"realtimekit:secretAccessKey: {SECRET}",
        "realtimekit:secretAccessKey: unknown key: " + encrypt("storages.….secret", "realtimekit:secretAccessKey"),
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
    "meeting in capitals": recording("MeetingId: m", "MeetingId: unknown field; did you mean 'meeting_id'?"),
    "empty recording": one("realtimekit:recordings: {r: {}}", "recordings.r: meeting_id: required, but absent"),
    "recording without anything": one("realtimekit:recordings: {r: }", "recordings.r: expected a map, found nothing"),
    "layer without anything": one("realtimekit:layers: {default: }", "layers.default: expected a map, found nothing"),
    # The account
    "long account": one(f"realtimekit:accountId: {'a' * 33}", "realtimekit:accountId: at most 32 characters, found 33"),
    "long app": one(f"realtimekit:appId: {'é' * 33}", "realtimekit:appId: at most 32 characters, found 33"),
    "long account in the environment": one(
        "",
        "environment variable CLOUDFLARE_ACCOUNT_ID: at most 32 characters, found 33",
        CLOUDFLARE_ACCOUNT_ID="a" * 33,
    ),
    "long account of a recording": recording(
        f"meeting_id: m, account_id: {'a' * 33}", "account_id: at most 32 characters, found 33"
    ),
    "account that YAML reads as octal": one(
        "realtimekit:accountId: 0123", "realtimekit:accountId: YAML reads it as a number; put it in quotes"
    ),
    "account that YAML reads as a float": one(
        "realtimekit:accountId: 00000000000000000000000000001e10",
        "realtimekit:accountId: YAML reads it as a number; put it in quotes",
    ),
    "app that YAML reads as a date": one(
        "realtimekit:appId: 2024-01-01", "realtimekit:appId: YAML reads it as a date; put it in quotes"
    ),
    "account of two lines": one(
        'realtimekit:accountId: "abc\\n"',
        "realtimekit:accountId: must be printable, without spaces, line breaks or slashes",
    ),
    "app of spaces": one(
        'realtimekit:appId: "  "', "realtimekit:appId: must be printable, without spaces, line breaks or slashes"
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
    "account that is a list": one(
        "realtimekit:accountId: [a]", "realtimekit:accountId: expected a string, found a list"
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
    "password without a user in the URL": one(
        f"realtimekit:baseUrl: https://:{SECRET}@example.com/client/v4",
        "realtimekit:baseUrl: expected a URL such as https://api.cloudflare.com/client/v4",
    ),
    "URL with a blank before it": one(
        'realtimekit:baseUrl: " https://example.com/client/v4"',
        "realtimekit:baseUrl: must be printable ASCII without spaces or line breaks",
    ),
    "URL with a line break in the environment": one(
        "",
        "environment variable CLOUDFLARE_BASE_URL: must be printable ASCII without spaces or line breaks",
        CLOUDFLARE_BASE_URL="http://127.0.0.1:8700/client/v4\n",
    ),
    "port that is none": one(
        "realtimekit:baseUrl: https://example.com:99999/",
        "realtimekit:baseUrl: expected a URL such as https://api.cloudflare.com/client/v4",
    ),
    "URL in the environment": one(
        "",
        "environment variable CLOUDFLARE_BASE_URL: expected a URL such as https://api.cloudflare.com/client/v4",
        CLOUDFLARE_BASE_URL="cloudflare",
    ),
    "limit in words": one(
        "realtimekit:requestLimit: many", "realtimekit:requestLimit: expected a number, found a string"
    ),
    "limit below zero": one(
        "realtimekit:requestLimit: -1", "realtimekit:requestLimit: expected a number of at least 0"
    ),
    "half a request": one(
        "realtimekit:requestLimit: 1.5",
        "realtimekit:requestLimit: expected a whole number, found a number with a fraction",
    ),
    "half a request in quotes": one(
        "realtimekit:requestLimit: '10.5'",
        "realtimekit:requestLimit: expected a whole number, found a number with a fraction",
    ),
    "no time in quotes": one(
        "realtimekit:timeoutSeconds: '0'", "realtimekit:timeoutSeconds: expected a number above 0"
    ),
    "time of years in quotes": one(
        "realtimekit:timeoutSeconds: '99999999'", "realtimekit:timeoutSeconds: expected a number of at most 86400"
    ),
    "no time": one("realtimekit:timeoutSeconds: 0", "realtimekit:timeoutSeconds: expected a number above 0"),
    "time that never ends": one(
        "realtimekit:timeoutSeconds: NaN", "realtimekit:timeoutSeconds: expected a finite number"
    ),
    "limit beyond all numbers": one(
        "realtimekit:requestLimit: 1e400", "realtimekit:requestLimit: expected a finite number"
    ),
    "time of years": one(
        "realtimekit:timeoutSeconds: 99999999999", "realtimekit:timeoutSeconds: expected a number of at most 86400"
    ),
    "time beyond any clock": one(
        "realtimekit:timeoutSeconds: 1.0e18", "realtimekit:timeoutSeconds: expected a number of at most 86400"
    ),
    "time in words": one(
        "realtimekit:timeoutSeconds: 30s", "realtimekit:timeoutSeconds: expected a number, found a string"
    ),
}
