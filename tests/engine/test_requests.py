"""What the program asks, as it is read from the wire: options, dependencies, and what is refused by name."""

import pytest
from pulumi.runtime.proto import alias_pb2, callback_pb2, source_pb2
from pulumi.runtime.proto import resource_pb2 as pb

from sandbox.engine import requests
from sandbox.engine.errors import UserError
from sandbox.engine.goal import Alias, Goal
from sandbox.engine.values import OutputValue
from sandbox.engine.wire_values import write_properties
from tests.engine.stepping import TYPE


def request(**fields: object) -> pb.RegisterResourceRequest:
    return pb.RegisterResourceRequest(**{"type": TYPE, "name": "a", "custom": True, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"transforms": [callback_pb2.Callback(token="t")]}, "transforms"),
        ({"hooks": pb.RegisterResourceRequest.ResourceHooksBinding(before_create=["h"])}, "resource hooks"),
        ({"deletedWith": "urn:x"}, "deleted_with"),
        ({"replace_with": ["urn:x"]}, "replace_with"),
        ({"hideDiffs": ["x"]}, "hide_diffs"),
        ({"remote": True}, "remote components"),
        ({"packageRef": "x"}, "parameterized packages"),
        ({"version": "1.0.0"}, "option version"),
        ({"type": "aws:s3/bucket:Bucket"}, "package 'aws'"),
        ({"type": "pulumi:providers:aws"}, "package 'aws'"),
        ({"type": "pulumi:pulumi:StackReference"}, "package 'pulumi'"),
    ],
)
def test_what_is_not_implemented_is_refused_by_name(fields: dict[str, object], says: str) -> None:
    with pytest.raises(UserError, match=says) as refusal:
        requests.refuse_unimplemented(request(**fields))
    assert "'a'" in str(refusal.value), "it says which resource"
    assert "Pulumi CLI" in str(refusal.value), "it says what to do"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"type": "pulumi:providers:pulumi-python"},
        {"type": "any:thing:Goes", "custom": False},
        {"hooks": pb.RegisterResourceRequest.ResourceHooksBinding()},
        {"acceptSecrets": True, "supportsPartialValues": True, "aliasSpecs": True, "protect": False},
    ],
)
def test_what_is_implemented_is_not_refused(fields: dict[str, object]) -> None:
    requests.refuse_unimplemented(request(**fields))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5m", 300), ("1h30m", 5400), ("1.5s", 1.5), ("300ms", 0.3), ("0", 0), (".5h", 1800), ("-1s", -1), ("1us", 1e-6)],
)
def test_durations(text: str, seconds: float) -> None:
    assert requests.seconds(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "5x", "1h-3m", "soon"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(UserError, match=f"unable to parse customTimeout Value {text}"):
        requests.seconds(text)


@pytest.mark.parametrize(
    ("uri", "line", "column", "position"),
    [
        ("file:///project/__main__.py", 3, 0, "project:///__main__.py#3"),
        ("file:///project/a%20b/c.py", 3, 7, "project:///a b/c.py#3,7"),
        ("file:///elsewhere/lib.py", 1, 0, "project:///../elsewhere/lib.py#1"),
        ("http://project/x", 1, 0, ""),
        ("", 0, 0, ""),
    ],
)
def test_source_positions(uri: str, line: int, column: int, position: str) -> None:
    raw = source_pb2.SourcePosition(uri=uri, line=line, column=column)
    assert requests.source_position(raw, "/project") == position


def test_a_goal_has_everything_that_was_asked() -> None:
    values = {"a": OutputValue(1, dependencies=("urn:x", "urn:y")), "b": "plain"}
    wanted = requests.goal(
        request(
            parent="urn:p",
            object=write_properties(values, unknowns=True, secrets=True, references=True),
            dependencies=["urn:x", "urn:z"],
            propertyDependencies={"a": pb.RegisterResourceRequest.PropertyDependencies(urns=["urn:x"])},
            deleteBeforeReplace=False,
            deleteBeforeReplaceDefined=True,
            ignoreChanges=["b"],
            replaceOnChanges=["a"],
            additionalSecretOutputs=["o"],
            aliasURNs=["urn:old"],
            aliases=[alias_pb2.Alias(spec=alias_pb2.Alias.Spec(name="old", noParent=True))],
            importId="i",
            customTimeouts=pb.RegisterResourceRequest.CustomTimeouts(create="5m", delete="1.5s"),
        ),
        "provider",
        Goal("p", "p", False, {}, protect=True, retain_on_delete=True),
        "/project",
    )
    assert wanted == Goal(
        type=TYPE,
        name="a",
        custom=True,
        inputs={"a": 1, "b": "plain"},
        parent="urn:p",
        protect=True,
        dependencies=["urn:x", "urn:z"],
        provider="provider",
        property_dependencies={"a": ["urn:x"]},
        delete_before_replace=False,
        ignore_changes=["b"],
        additional_secret_outputs=["o"],
        aliases=[Alias(urn="urn:old"), Alias(name="old", no_parent=True)],
        import_id="i",
        custom_timeouts={"create": 300, "delete": 1.5},
        replace_on_changes=["a"],
        retain_on_delete=True,
    )


@pytest.mark.parametrize(
    ("own", "parents", "is_protected"),
    [(None, True, True), (False, True, False), (True, None, True), (None, None, None)],
)
def test_protection_is_inherited(own: bool | None, parents: bool | None, is_protected: bool | None) -> None:
    fields = {} if own is None else {"protect": own}
    parent = Goal("p", "p", False, {}, protect=parents)
    assert requests.goal(request(**fields), "", parent, "/").protect is is_protected


def test_where_properties_say_nothing_each_depends_on_everything() -> None:
    values = {"a": 1, "b": 2}
    sent = write_properties(values, unknowns=True, secrets=True, references=True)
    wanted = requests.goal(request(object=sent, dependencies=["urn:x"]), "", None, "/")
    assert wanted.property_dependencies == {"a": ["urn:x"], "b": ["urn:x"]}
