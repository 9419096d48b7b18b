"""What the program asks of the deployment, read from the wire.

Source: `pkg/resource/deploy/source_eval.go` of pulumi/pulumi.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import unquote, urlsplit

from google.protobuf.message import Message
from pulumi.runtime.proto import alias_pb2, source_pb2
from pulumi.runtime.proto import resource_pb2 as pb

from sandbox.engine import urn as urns
from sandbox.engine.errors import UserError
from sandbox.engine.goal import Alias, Goal, ReadRequest
from sandbox.engine.values import OutputValue, PropertyMap, Value, parts, without_outputs
from sandbox.engine.wire_values import number, read_properties

PACKAGE = "pulumi-python"
"""The package of Python's dynamic resources."""

REFUSED_OPTIONS = {
    "transforms": "transforms",
    "hooks": "resource hooks",
    "deletedWith": "the option deleted_with",
    "replace_with": "the option replace_with",
    "replacement_trigger": "the option replacement_trigger",
    "state_migrations": "state migrations",
    "hideDiffs": "the option hide_diffs",
    "envVarMappings": "the option env_var_mappings",
    "packageRef": "parameterized packages",
    "remote": "remote components",
    "version": "the option version",
    "pluginDownloadURL": "the option plugin_download_url",
}
"""Fields of a registration that this engine does not implement, and their names for the user."""

_DURATION = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def refuse(what: str, where: str) -> UserError:
    return UserError(f"the sandbox engine does not implement {what} ({where}): use the Pulumi CLI for it")


def package_of(type_: str) -> str:
    return type_.split(":", 1)[0]


def refuse_unimplemented(request: pb.RegisterResourceRequest | pb.ReadResourceRequest) -> None:
    """Raises `UserError` naming the first thing of the request that this engine does not implement."""
    where = f"{request.type} '{request.name}'"
    present = {
        field.name for field, value in request.ListFields() if not isinstance(value, Message) or value.ByteSize()
    }
    for field, what in REFUSED_OPTIONS.items():
        if field in present:
            raise refuse(what, where)
    custom = request.custom if isinstance(request, pb.RegisterResourceRequest) else True
    if not custom:
        return
    if urns.is_provider(request.type):
        package = request.type.removeprefix(urns.PROVIDER_PREFIX)
    else:
        package = package_of(request.type)
    if package != PACKAGE:
        raise refuse(f"resources of the package '{package}', dynamic ones of Python alone", where)


def goal(request: pb.RegisterResourceRequest, provider: str, parent: Goal | None, root: str) -> Goal:
    """The goal state that the program wants; some options are inherited from the parent's."""
    inputs = read_properties(request.object)
    dependencies = list(request.dependencies)
    inherited = parent or Goal("", "", False, {})
    own_order = request.deleteBeforeReplaceDefined or request.deleteBeforeReplace
    return Goal(
        type=request.type,
        name=request.name,
        custom=request.custom,
        inputs=without_outputs(inputs),
        parent=request.parent,
        protect=request.protect if request.HasField("protect") else inherited.protect,
        dependencies=dependencies,
        provider=provider,
        property_dependencies=_property_dependencies(request, inputs, dependencies),
        delete_before_replace=request.deleteBeforeReplace if own_order else None,
        ignore_changes=list(request.ignoreChanges),
        additional_secret_outputs=list(request.additionalSecretOutputs),
        aliases=[*(Alias(urn=urn) for urn in request.aliasURNs), *map(_alias, request.aliases)],
        import_id=request.importId,
        custom_timeouts=_timeouts(request),
        replace_on_changes=list(request.replaceOnChanges),
        retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else inherited.retain_on_delete,
        source_position=source_position(request.sourcePosition, root),
    )


def read_request(request: pb.ReadResourceRequest, provider: str, root: str) -> ReadRequest:
    """The resource that the program looks up."""
    return ReadRequest(
        type=request.type,
        name=request.name,
        id=request.id,
        inputs=without_outputs(read_properties(request.properties)),
        parent=request.parent,
        provider=provider,
        dependencies=list(request.dependencies),
        additional_secret_outputs=list(request.additionalSecretOutputs),
        source_position=source_position(request.sourcePosition, root),
    )


def _property_dependencies(
    request: pb.RegisterResourceRequest, inputs: PropertyMap, dependencies: Sequence[str]
) -> Mapping[str, Sequence[str]]:
    """For each input what it came from: as the program says, else everything, and what its output values say."""
    said: dict[str, Iterable[str]] = {key: value.urns for key, value in request.propertyDependencies.items()}
    if not said:
        said = dict.fromkeys(inputs, dependencies)
    found = {key: _value_dependencies(value) for key, value in inputs.items()}
    both = {key: list(dict.fromkeys([*said.get(key, ()), *found.get(key, ())])) for key in sorted({*said, *found})}
    return {key: links for key, links in both.items() if links or key in said}


def _value_dependencies(value: Value) -> list[str]:
    return [urn for part in parts(value) if isinstance(part, OutputValue) for urn in part.dependencies]


def _alias(alias: alias_pb2.Alias) -> Alias:
    if alias.WhichOneof("alias") == "urn":
        return Alias(urn=alias.urn)
    spec = alias.spec
    return Alias(
        name=spec.name,
        type=spec.type,
        stack=spec.stack,
        project=spec.project,
        parent=spec.parentUrn,
        no_parent=spec.noParent,
    )


def _timeouts(request: pb.RegisterResourceRequest) -> Mapping[str, float]:
    given = {field.name: text for field, text in request.customTimeouts.ListFields()}
    return {name: number(seconds(text)) for name, text in given.items() if text}


def seconds(text: str) -> float:
    """A duration as Go writes it, such as `5m` or `1h30m`, in seconds. Raises `UserError`."""
    sign = -1.0 if text.startswith("-") else 1.0
    rest = text.lstrip("+-")
    units = _DURATION.findall(rest)
    if rest == "0":
        return 0.0
    if not units or "".join(number + unit for number, unit in units) != rest:
        raise UserError(f"unable to parse customTimeout Value {text}: a duration such as 30s, 5m or 1h30m is expected")
    return sign * sum(float(number) * _SECONDS[unit] for number, unit in units)


def source_position(position: source_pb2.SourcePosition, root: str) -> str:
    """Where in the project the resource is declared, `project:///__main__.py#3`; empty if that is not known."""
    url = urlsplit(position.uri)
    if url.scheme != "file" or position.line < 0:
        return ""
    relative = os.path.relpath(unquote(url.path), root).replace(os.sep, "/")
    column = f",{position.column}" if position.column > 0 else ""
    return f"project:///{relative}#{position.line}{column}"
