"""What it takes to reach the service is judged alone as it is with all else."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pulumi_realtimekit.declarations import settings as _config

NUMBERS = st.one_of(st.integers(-2, 10**20), st.floats(), st.booleans(), st.text(max_size=3), st.lists(st.integers()))
TEXTS = st.one_of(
    st.sampled_from(["t", "t\n", "", "ü", "https://api.example.com/v4", "http://127.0.0.1:1/v4", "http://example.com"]),
    st.text(max_size=40),
    st.integers(),
)
CONNECTIONS = st.fixed_dictionaries(
    {},
    optional={
        "apiToken": TEXTS,
        "baseUrl": TEXTS,
        "requestLimit": NUMBERS,
        "timeoutSeconds": NUMBERS,
    },
)


@given(CONNECTIONS)
def test_the_mistakes_are_those_of_the_whole_config(raw: dict[str, Any]) -> None:
    assert _config.mistakes_in_connection(raw) == _config.mistakes(raw)
