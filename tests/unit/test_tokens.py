"""Which token an account is given first, and which one after that."""

from pulumi_realtimekit.api.tokens import Tokens


def test_each_account_is_given_the_configured_one_first() -> None:
    tokens = Tokens("configured", "other")

    assert tokens.accept("a", "other")

    assert tokens.to_try("a") == ["other", "configured"]
    assert tokens.to_try("b") == ["configured", "other"]


def test_what_is_accepted_is_told_once() -> None:
    tokens = Tokens("configured", "other")

    assert [tokens.accept("a", "other") for _ in range(3)] == [True, False, False]
    assert tokens.accept("b", "other")


def test_an_account_may_change_its_mind() -> None:
    tokens = Tokens("configured", "other")
    tokens.accept("a", "other")

    assert not tokens.accept("a", "configured")
    assert tokens.to_try("a") == ["configured", "other"]


def test_a_fallback_that_is_the_same_or_cannot_be_sent_is_not_tried() -> None:
    for fallback in (None, "", "configured", "of two\nlines"):
        assert Tokens("configured", fallback).to_try("a") == ["configured"]
