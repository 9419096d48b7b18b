"""What is left of a text once its secrets are hidden."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi_realtimekit.api.redaction import without

REDACTED: dict[str, tuple[list[str], str, str]] = {
    "none": ([], "bad key", "bad key"),
    "nothing": ([""], "bad key", "bad key"),
    "one": (["AKIA123"], "bad key AKIA123, AKIA123", "bad key [secret], [secret]"),
    "one that begins another": (["AKIA123", "AKIA123-tail"], "bad key AKIA123-tail", "bad key [secret]"),
    "two that overlap": (["abcdef", "defghi"], "x abcdefghi y", "x [secret] y"),
    "two in a row": (["abcd", "efgh"], "abcdefgh", "[secret]"),
    "one that repeats itself": (["abab"], "ababab", "[secret]"),
    "one of a word in what takes its place": (["secret", "long-one"], "long-one", "[secret]"),
    "in JSON": (['"q"\n'], json.dumps({"a": 'x"q"\n'}), '{"a": "x[secret]"}'),
    "of other letters, in JSON": (["schlüssel"], json.dumps("schlüssel"), '"[secret]"'),
    "short": (["k"], "bad key", ""),
    "short, that is not there": (["z"], "bad key", "bad key"),
    "with the signs of a pattern": (["a.*+b"], "a.*+b axxb", "[secret] axxb"),
}


@pytest.mark.parametrize(("secrets", "text", "left"), REDACTED.values(), ids=REDACTED.keys())
def test_the_secrets_are_hidden(secrets: list[str], text: str, left: str) -> None:
    assert without(secrets, text) == left


@given(st.lists(st.text("ab", min_size=1, max_size=9), max_size=3), st.text("ab", max_size=30))
def test_no_secret_is_left(secrets: list[str], text: str) -> None:
    assert not any(secret in without(secrets, text) for secret in secrets)
