"""What is told without pydantic is what pydantic would tell."""

import math
from typing import Annotated, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pulumi.output import Unknown
from pulumi_realtimekit.checks import form as _form
from pulumi_realtimekit.checks import validation as _validation
from pulumi_realtimekit.declarations import fields as _declared
from pulumi_realtimekit.declarations.recording import TrackRecordingArgs
from pulumi_realtimekit.declarations.settings import Config, ProviderArgs
from pydantic import TypeAdapter, ValidationError
from typing_extensions import NotRequired, TypedDict

from tests.unit.declarations import JSON, spoiled, stacks

Stack = tuple[dict[str, Any], dict[str, Any]]


@_declared.declared
class Numbers(TypedDict):
    whole: NotRequired[Annotated[_declared.Whole, _declared.Field(ge=1, le=3)]]
    seconds: NotRequired[Annotated[_declared.Seconds, _declared.Field(gt=0)]]


NUMBERS = st.one_of(
    st.integers(-1, 5), st.floats(), st.booleans(), st.sampled_from([10**400, -(10**400), 1.0, 1.5, 3.0, "1", None])
)


@settings(deadline=None)
@given(st.fixed_dictionaries({}, optional={"whole": NUMBERS, "seconds": NUMBERS, "other": NUMBERS}))
@example({"seconds": math.inf})
@example({"seconds": math.nan})
@example({"whole": True})
def test_numbers(value: dict[str, Any]) -> None:
    assert _form.plainly_follows(Numbers)(value) == (not _validation.problems(Numbers, value))


@pytest.mark.parametrize("seconds", [10**400, math.inf, math.nan])
def test_a_number_that_the_engine_cannot_hold(seconds: float) -> None:
    (problem,) = _form.problems(TrackRecordingArgs, {"meeting_id": "m", "max_seconds": seconds})
    assert str(problem) == "max_seconds: expected a finite number"


@settings(deadline=None)
@given(stacks())
def test_a_valid_declaration_needs_no_pydantic(stack: Stack) -> None:
    """Control characters and halves of surrogate pairs apart, which are left to it."""
    config, declared = stack
    for declaration, value in ((Config, config), (TrackRecordingArgs, declared)):
        follows = _form.plainly_follows(declaration)(value)
        assert follows or not all(text.isprintable() for text in _texts(value))


@settings(max_examples=300, deadline=None)
@given(st.data(), stacks())
def test_what_plainly_follows_pydantic_accepts(data: st.DataObject, stack: Stack) -> None:
    config, declared = stack
    for declaration, value in ((Config, config), (TrackRecordingArgs, declared)):
        wrong = data.draw(spoiled(value, JSON | st.text()))
        if _form.plainly_follows(declaration)(wrong):
            _declared.adapter(declaration).validate_python(wrong)


@pytest.mark.parametrize("text", ["\ud800", "a\udfff"])
def test_half_of_a_surrogate_pair(text: str) -> None:
    assert not _form.plainly_follows(TrackRecordingArgs)({"meeting_id": text})
    with pytest.raises(ValidationError):
        _declared.adapter(TrackRecordingArgs).validate_python({"meeting_id": text})


def test_a_private_key_of_many_lines_is_plain() -> None:
    key = "-----BEGIN KEY-----\nüber\n".replace("ü", "ue")
    storage = {"type": "sftp", "host": "h", "username": "u", "auth_method": "KEY", "private_key": key, "port": 22.0}
    assert _form.plainly_follows(Config)({"storages": {"archive": storage}})


def test_what_is_not_known_yet_is_not_plain() -> None:
    assert not _form.plainly_follows(TrackRecordingArgs)({"meeting_id": Unknown()})
    assert _form.problems(TrackRecordingArgs, {"meeting_id": Unknown()}, lambda v: isinstance(v, Unknown)) == []


@pytest.mark.parametrize(
    "kind",
    [
        Annotated[str, "another library's"],
        Annotated[str, _declared.OfPydantic("PlainSerializer", str)],
        Annotated[str, _declared.Field(pattern="^a$")],
        Any,
    ],
)
def test_what_is_not_known_here_is_left_to_pydantic(kind: Any) -> None:
    assert not _form.plainly_follows(kind)("a")


def test_each_declaration_of_users_is_read_whole() -> None:
    """A provider's arguments, too: every field's own test lets something pass."""
    values = {
        "account_id": "a" * 32,
        "api_token": "t",
        "app_id": "b",
        "base_url": "https://api.example.com/v4",
        "storages": {},
        "layers": {},
    }
    assert values.keys() == set(_declared.fields(ProviderArgs))
    assert _form.plainly_follows(ProviderArgs)(values)
    TypeAdapter(ProviderArgs).validate_python(values)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [*value, *(text for item in value.values() for text in _texts(item))]
    return [text for item in value for text in _texts(item)] if isinstance(value, list) else []
