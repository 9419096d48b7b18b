"""What the engine does not implement: refused by name, before anything is done, and without a traceback."""

import json
from pathlib import Path

import pytest

from sandbox.passphrase import PassphraseCrypter
from tests.engine.command_line import Folder
from tests.kit.engines import PASSPHRASE

PROGRAMS = {
    "transforms": "Thing('a', pulumi.ResourceOptions(transforms=[lambda args: None]))",
    "transforms of the stack": "pulumi.runtime.register_resource_transform(lambda args: None)",
    "transforms of invokes": "pulumi.runtime.register_invoke_transform(lambda args: None)",
    "resource hooks": (
        "hook = pulumi.ResourceHook('h', lambda args: None)\n"
        "Thing('a', pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(before_create=[hook])))"
    ),
    "deleted_with": "Thing('a', pulumi.ResourceOptions(deleted_with=Thing('b')))",
    "replace_with": "Thing('a', pulumi.ResourceOptions(replace_with=[Thing('b')]))",
    "replacement_trigger": "Thing('a', pulumi.ResourceOptions(replacement_trigger='x'))",
    "hide_diffs": "Thing('a', pulumi.ResourceOptions(hide_diffs=['x']))",
    "the option version": "Thing('a', pulumi.ResourceOptions(version='1.0.0'))",
    "invokes (any:index:function)": "pulumi.runtime.invoke('any:index:function', {})",
    "resources of the package 'aws'": "pulumi.CustomResource('aws:s3/bucket:Bucket', 'a', {})",
    "resources of the package 'pulumi'": "pulumi.StackReference('organization/other/dev')",
    "remote components": "pulumi.ComponentResource('any:index:Component', 'a', {}, None, remote=True)",
    "assets, found in 'file'": "Thing('a', file=pulumi.StringAsset('x'))",
    "archives, found in 'files'": "Thing('a', deep={'files': pulumi.FileArchive('.')})",
    "provider of the package 'aws'|package 'aws'": "pulumi.ProviderResource('aws', 'a', {})",
}


@pytest.fixture(scope="module")
def salt() -> str:
    return PassphraseCrypter.new(PASSPHRASE).salt


@pytest.fixture
def folder(tmp_path: Path, salt: str) -> Folder:
    folder = Folder(tmp_path, salt=salt)
    assert folder.run("stack", "init", "dev", stack=None).code == 0
    return folder


@pytest.mark.parametrize("what", PROGRAMS)
def test_in_the_program(folder: Folder, what: str) -> None:
    folder.program(f"{PROGRAMS[what]}\n")
    refused = folder.run("preview")
    assert refused.code == 1, refused.text
    assert any(name in refused.text for name in what.split("|")), refused.text
    assert "the sandbox engine does not implement" in refused.text
    assert "Pulumi CLI" in refused.text
    assert "Traceback" not in refused.text
    assert not folder.begun("a")


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("deletedWith", "urn:x", "deleted_with"),
        ("resourceHooks", {"beforeDelete": ["h"]}, "resource hooks"),
        ("viewOf", "urn:x", "views"),
        ("type", "aws:s3/bucket:Bucket", "package 'aws'"),
    ],
)
def test_in_the_state(folder: Folder, field: str, value: object, what: str) -> None:
    assert folder.deploy("up").code == 0
    file = json.loads(folder.checkpoint.read_text())
    file["checkpoint"]["latest"]["resources"][-1][field] = value
    folder.checkpoint.write_text(json.dumps(file))
    before = folder.checkpoint.read_bytes()
    for command in ("up", "refresh", "destroy"):
        refused = folder.deploy(command)
        assert refused.code == 1
        assert what in refused.text
        assert "Traceback" not in refused.text
    assert folder.checkpoint.read_bytes() == before
