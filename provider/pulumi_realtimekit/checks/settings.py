"""What is wrong with a stack's config as a whole: its form, and what refers to what."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pulumi_realtimekit.checks.meetings import Recorded, recorded_by
from pulumi_realtimekit.checks.problems import Problem, did_you_mean, dotted, quoted, set_value
from pulumi_realtimekit.checks.validation import problems
from pulumi_realtimekit.declarations.layers import SERVICE_BUCKET, OutputPlace, map_outputs
from pulumi_realtimekit.declarations.settings import CONNECTION, ENVIRONMENT, Config, EnvironmentKey, setting

WORDS: Final = re.compile(r"[a-z]+([-_.][a-z]+)*[0-9]?", re.IGNORECASE)
"""Names as people give them, and no credential's value."""


def missing(config: Mapping[str, Any], key: EnvironmentKey) -> Problem | None:
    """What to do about a key that is neither in the config nor in the environment."""
    if setting(config, key) is not None:
        return None
    command = set_value((key,), secret=key == "apiToken")
    return Problem(
        (key,),
        "required, but absent",
        in_config=True,
        remedy=f"set it with `{command}` or in the environment variable {ENVIRONMENT[key]}",
    )


def mistakes(config: Mapping[str, Any]) -> list[Problem]:
    """Every mistake in what `declarations.settings.read` returned, and in the environment that completes it."""
    storages = config.get("storages")
    if _is_storage(storages):
        found = [Problem(("storages",), "expected a map of storages by name, found a storage; put it under a name")]
        config = {key: value for key, value in config.items() if key != "storages"}
        found += _in_form(config)
    else:
        found = [*_in_form(config), *_reserved_names(storages), *_unknown_storages(config)]
    return [*_placed([*found, *_repeated_meetings(config)], config), *_missing(config)]


def mistakes_in_connection(config: Mapping[str, Any]) -> list[Problem]:
    """The mistakes in what it takes to reach the service."""
    return mistakes({key: value for key, value in config.items() if key in CONNECTION})


def _placed(found: list[Problem], config: Mapping[str, Any]) -> list[Problem]:
    """The mistakes, each under the name of the key or of the environment variable that holds it."""
    variables = {(key,): name for key, name in ENVIRONMENT.items() if not config.get(key)}
    return [
        problem._replace(path=(f"environment variable {variables[problem.path]}",))
        if problem.path in variables
        else problem._replace(in_config=True)
        for problem in found
    ]


def _in_form(config: Mapping[str, Any]) -> list[Problem]:
    given = dict(config)
    given |= {key: value for key in ENVIRONMENT if (value := config.get(key) or setting(config, key))}
    return problems(Config, given, only=tuple(given))


def _is_storage(storages: Any) -> bool:
    return isinstance(storages, Mapping) and any(isinstance(storages.get(name), str) for name in ("type", "Type"))


def _reserved_names(storages: Any) -> Iterator[Problem]:
    if isinstance(storages, Mapping) and SERVICE_BUCKET in storages:
        yield Problem(("storages", SERVICE_BUCKET), "this name means the service's own bucket; use another one")


def _unknown_storages(config: Mapping[str, Any]) -> Iterator[Problem]:
    storages, recordings = config.get("storages"), config.get("recordings")
    yield from (problem.under("layers") for problem in unknown_storages(config.get("layers"), storages))
    for name, declared in recordings.items() if isinstance(recordings, Mapping) else ():
        layers = declared.get("layers") if isinstance(declared, Mapping) else None
        yield from (problem.under("recordings", name, "layers") for problem in unknown_storages(layers, storages))


def unknown_storages(layers: Any, storages: Any) -> list[Problem]:
    """The outputs of layers that name a storage which the config does not have."""
    known = [*storages] if isinstance(storages, Mapping) else []
    found: list[Problem] = []

    def look(output: Any, place: OutputPlace) -> None:
        if isinstance(output, str) and output and output != SERVICE_BUCKET and output not in known:
            layer, index = place
            found.append(Problem((layer, "outputs", index), _no_storage(output, known)))

    map_outputs(layers, look)
    return found


def _no_storage(name: str, known: list[str]) -> str:
    """The name is repeated where it is words, or nearly a known name; what else is there might be a secret."""
    hint = did_you_mean(name, [SERVICE_BUCKET, *known])
    named = f"named {quoted(name)}" if hint or WORDS.fullmatch(name) else "of that name"
    if hint:
        return f"no storage {named}{hint}"
    if not known:
        return f"no storage {named}; none is declared under realtimekit:storages"
    return f"no storage {named}; declared are {', '.join(map(quoted, known))}"


def _missing(config: Mapping[str, Any]) -> Iterator[Problem]:
    """The keys that the declared recordings cannot do without."""
    recordings = config.get("recordings")
    declared = [*recordings.values()] if isinstance(recordings, Mapping) else []
    needed: dict[EnvironmentKey, str] = {"apiToken": "", "accountId": "account_id", "appId": "app_id"}
    for key, argument in needed.items():
        if not all(isinstance(one, Mapping) and argument in one for one in declared):
            yield from filter(None, [missing(config, key)])


def _repeated_meetings(config: Mapping[str, Any]) -> Iterator[Problem]:
    first: dict[Recorded, str] = {}
    recordings = config.get("recordings")
    for name, declared in recordings.items() if isinstance(recordings, Mapping) else ():
        recorded = recorded_by(declared, config) if isinstance(declared, Mapping) else None
        if recorded is None:
            continue
        if recorded in first:
            mistake = recorded.same_as(dotted(("recordings", first[recorded])))
            yield Problem(("recordings", name, f"{recorded.what}_id"), mistake)
        first.setdefault(recorded, name)
