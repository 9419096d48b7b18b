"""Mistakes in storages, by type, and credentials that stand in clear."""

from tests.unit.broken import AWS, CLEAR, EXPOSED, SECRET, encrypt, one, recording, set_it, storage

TYPES = "'aws', 'azure', 'cloudflare', 'digitalocean', 'gcs' or 'sftp'"


def misplaced(field: str, name: str) -> str:
    return encrypt(f"storages.a.{field}", f"--path 'realtimekit:storages.a.{name}'")


STORAGES = {
    # Storages, by type
    "storages as a list": one("realtimekit:storages: [archive]", "realtimekit:storages: expected a map, found a list"),
    "storages as text": one("realtimekit:storages: archive", "realtimekit:storages: expected a map, found a string"),
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
    "misspelt type": storage(
        "type: azur",
        "type: expected 'aws', 'azure', 'cloudflare', 'digitalocean', 'gcs' or 'sftp'; did you mean 'azure'?",
    ),
    **{
        f"type by the name {name}": storage(f"type: {name}", f"type: expected {TYPES}; did you mean '{kind}'?")
        for name, kind in {"s3": "aws", "R2": "cloudflare", "amazon": "aws", "google": "gcs"}.items()
    },
    "type in capitals": storage("Type: aws, bucket: b", "Type: unknown field; did you mean 'type'?"),
    "field in capitals": storage(
        "type: gcs, Bucket: b, secret: {secure: s}", "Bucket: unknown field for type 'gcs'; did you mean 'bucket'?"
    ),
    "credential in capitals": storage(
        "type: gcs, bucket: b, Secret: {secure: s}", "Secret: unknown field for type 'gcs'; did you mean 'secret'?"
    ),
    "credential in a spelling of its own": storage(
        "type: azure, bucket: b, AccessKey: {secure: s}",
        "AccessKey: unknown field for type 'azure'; did you mean 'access_key'?",
    ),
    "Amazon's names": storage(
        "type: aws, bucket: b, region: r, accessKeyId: {secure: k}, secretAccessKey: {secure: s}",
        f"access_key: required for type 'aws', but absent; {set_it('storages.a.access_key')}",
        f"secret: required for type 'aws', but absent; {set_it('storages.a.secret')}",
        "accessKeyId: unknown field for type 'aws'; did you mean 'access_key'?",
        "secretAccessKey: unknown field for type 'aws'; did you mean 'secret'?",
    ),
    "type of another kind": storage(
        "type: 3", "type: expected 'aws', 'azure', 'cloudflare', 'digitalocean', 'gcs' or 'sftp'"
    ),
    "type that is a list": storage(
        "type: [aws]", "type: expected 'aws', 'azure', 'cloudflare', 'digitalocean', 'gcs' or 'sftp'"
    ),
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
        f"secret: required for type 'gcs', but absent; {set_it('storages.a.secret')}",
    ),
    "sftp alone": storage("type: sftp", "auth_method: required, but absent"),
    "sftp with a misspelt method": storage(
        "type: sftp, auth_method: key", "auth_method: expected 'KEY' or 'PASSWORD'; did you mean 'KEY'?"
    ),
    "sftp with KEY and no key": storage(
        "type: sftp, host: h, username: u, auth_method: KEY, password: {secure: p}",
        f"private_key: required for type 'sftp' with auth_method 'KEY', but absent; {set_it('storages.a.private_key')}",
    ),
    "sftp with PASSWORD and a key": storage(
        "type: sftp, host: h, username: u, auth_method: PASSWORD, private_key: {secure: p}",
        f"password: required for type 'sftp' with auth_method 'PASSWORD', but absent; {set_it('storages.a.password')}",
        "private_key: unknown field for type 'sftp' with auth_method 'PASSWORD'",
    ),
    "port 0": storage(
        "type: sftp, host: h, username: u, auth_method: PASSWORD, password: {secure: p}, port: 0",
        "port: expected a number of at least 1",
    ),
    "port 65536": storage(
        "type: sftp, host: h, username: u, auth_method: PASSWORD, password: {secure: p}, port: 65536",
        "port: expected a number of at most 65535",
    ),
    "port in quotes": storage(
        'type: sftp, host: h, username: u, auth_method: PASSWORD, password: {secure: p}, port: "22"',
        "port: expected a number, found a string",
    ),
    "half a port": storage(
        "type: sftp, host: h, username: u, auth_method: PASSWORD, password: {secure: p}, port: 22.5",
        "port: expected a whole number, found a number with a fraction",
    ),
    "misspelt credential, camelCase": storage(
        "type: aws, bucket: b, region: r, accesKey: {secure: k}, secret: {secure: s}",
        f"access_key: required for type 'aws', but absent; {set_it('storages.a.access_key')}",
        "accesKey: unknown field for type 'aws'; did you mean 'access_key'?",
    ),
    "both spellings": storage(
        "type: aws, bucket: b, region: r, access_key: {secure: k}, accessKey: {secure: k}, secret: {secure: s}",
        "accessKey: unknown field for type 'aws'; did you mean 'access_key'?",
    ),
    "empty bucket": storage('type: gcs, bucket: "", secret: {secure: s}', "bucket: must not be empty"),
    "empty credential": storage('type: gcs, bucket: b, secret: ""', "secret: must not be empty"),
    "bucket that is a date": storage(
        "type: gcs, bucket: 2024-01-01, secret: {secure: s}", "bucket: YAML reads it as a date; put it in quotes"
    ),
    "two storages of almost one name": one(
        "realtimekit:storages: {Archive: {type: gcs, secret: {secure: s}}, archive: {type: gcs, secret: {secure: s}}}",
        "storages.Archive: bucket: required for type 'gcs', but absent",
        "storages.archive: bucket: required for type 'gcs', but absent",
    ),
    "credential that is nothing": storage(
        "type: gcs, bucket: b, secret: ~", "secret: expected a string, found nothing"
    ),
    "JSON document as a map": storage(
        "type: gcs, bucket: b, secret: {type: service_account, private_key: {secure: k}}",
        f"secret: expected one string (the JSON document), found a map: {encrypt('storages.a.secret')}",
    ),
    "encrypted JSON document as a map": storage(
        "type: gcs, bucket: b, secret: {private_key: {secure: k}}",
        "secret: expected one string (the JSON document), found a map",
    ),
    "no space after a field": storage(
        f"type: gcs, bucket: b, secret:{SECRET}: x",
        f"secret: a space is missing after 'secret:': {encrypt('storages.a.secret')}",
        f"secret: required for type 'gcs', but absent; {set_it('storages.a.secret')}",
    ),
    "name of two lines": one(
        f'realtimekit:storages: {{"arch\\nive": {AWS}}}\nrealtimekit:layers: {{default: {{outputs: [archive]}}}}',
        "layers.default: outputs[0]: no storage named 'archive'; did you mean \"arch\\nive\"?",
    ),
    # Credentials in clear
    "credential in clear, binary": storage(
        "type: gcs, bucket: b, secret: !!binary czNjcjN0LWNhbmFyeQ==", f"secret: {encrypt('storages.a.secret')}"
    ),
    "credential in clear, with a tag": storage(
        f"type: gcs, bucket: b, secret: !mine {SECRET}", f"secret: {encrypt('storages.a.secret')}"
    ),
    "credential in clear, of a storage whose name has a quote": one(
        f"""realtimekit:storages: {{"it's": {{type: gcs, bucket: b, secret: {SECRET}}}}}""",
        f"storages.it's: secret: {CLEAR} `pulumi config set --secret --path "
        f"'realtimekit:storages.it'\"'\"'s.secret'`, {EXPOSED}",
    ),
    "credentials in clear, of almost one name": one(
        f"realtimekit:storages: {{my_a: {{type: gcs, bucket: b, secret: {SECRET}}}, myA: {{type: gcs, bucket: b, "
        f"secret: {SECRET}}}}}",
        f"storages.my_a: secret: {encrypt('storages.my_a.secret')}",
        f"storages.myA: secret: {encrypt('storages.myA.secret')}",
    ),
    "credential in clear": storage(
        f"type: gcs, bucket: b, secret: {SECRET}", f"secret: {encrypt('storages.a.secret')}"
    ),
    "credential in clear beside an encrypted one": storage(
        f"type: aws, bucket: b, region: r, access_key: {{secure: k}}, secret: {SECRET}",
        f"secret: {encrypt('storages.a.secret')}",
    ),
    "camelCase credential in clear": storage(
        f"type: azure, bucket: b, accessKey: {SECRET}", f"accessKey: {encrypt('storages.a.accessKey')}"
    ),
    "number as a credential in clear": storage(
        "type: gcs, bucket: b, secret: 987654321", f"secret: {encrypt('storages.a.secret')}"
    ),
    "credential in clear, in a recording": recording(
        "meeting_id: m, layers: {default: {outputs: [{type: STORAGE_CONFIG, storage_config: "
        f"{{type: gcs, bucket: b, secret: {SECRET}}}}}]}}}}",
        f"layers.default.outputs[0].storage_config.secret: "
        f"{encrypt('recordings.r.layers.default.outputs[0].storage_config.secret')}",
    ),
    "credential in clear, in JSON": one(
        f"""realtimekit:storages: '{{"a": {{"type": "gcs", "bucket": "b", "secret": "{SECRET}"}}}}'""",
        f"storages.a: secret: {CLEAR} `pulumi config set --secret realtimekit:storages`, {EXPOSED}",
    ),
    "credential in clear, by Amazon's names": storage(
        f"type: aws, bucket: b, region: r, accessKeyId: {SECRET}, secretAccessKey: {SECRET}",
        f"accessKeyId: {misplaced('access_key', 'accessKeyId')}",
        f"secretAccessKey: {misplaced('secret', 'secretAccessKey')}",
        f"access_key: required for type 'aws', but absent; {set_it('storages.a.access_key')}",
        f"secret: required for type 'aws', but absent; {set_it('storages.a.secret')}",
    ),
    "credential in clear, by Microsoft's name": storage(
        f"type: azure, bucket: b, connection_string: {SECRET}",
        f"connection_string: {misplaced('access_key', 'connection_string')}",
        f"access_key: required for type 'azure', but absent; {set_it('storages.a.access_key')}",
    ),
    "credential in clear, in capitals": storage(
        f"type: gcs, bucket: b, Secret: {SECRET}", f"Secret: {misplaced('secret', 'Secret')}"
    ),
    "credential in clear, misspelt": storage(
        f"type: azure, bucket: b, acces_key: {SECRET}",
        f"acces_key: {misplaced('access_key', 'acces_key')}",
        f"access_key: required for type 'azure', but absent; {set_it('storages.a.access_key')}",
    ),
    "credential in clear, in JSON, misspelt": one(
        f"""realtimekit:storages: '{{"a": {{"type": "azure", "bucket": "b", "acces_key": "{SECRET}"}}}}'""",
        f"storages.a: acces_key: {CLEAR} `pulumi config set --secret realtimekit:storages`, {EXPOSED}",
        f"storages.a: access_key: required for type 'azure', but absent; {set_it('storages.a.access_key')}",
    ),
    "credential in clear, merged": one(
        f"realtimekit:storages:\n  a: &a {{type: gcs, bucket: b, secret: {SECRET}}}\n  b:\n    <<: *a\n    bucket: c",
        f"storages.a: secret: {encrypt('storages.a.secret')}",
        f"storages.b: secret: {encrypt('storages.b.secret')}",
    ),
    "credential in clear, of a storage whose name has a dot": one(
        f"realtimekit:storages: {{a.b: {{type: gcs, bucket: b, secret: {SECRET}}}}}",
        f"""storages["a.b"]: secret: {encrypt('storages["a.b"].secret')}""",
    ),
}
