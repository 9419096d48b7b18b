"""The resource as a program declares it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

import pulumi
from pulumi.dynamic import Resource
from typing_extensions import Unpack

from pulumi_realtimekit.awaited_outputs import untrack
from pulumi_realtimekit.declarations.encoding import as_utf8
from pulumi_realtimekit.declarations.fields import fields
from pulumi_realtimekit.declarations.recording import ARGUMENTS, DownloadUrl, TrackRecordingArgs, TrackRecordingOutputs
from pulumi_realtimekit.declarations.spelling import RECORDING, holds_outputs, in_api_spelling, is_deferred, to_snake
from pulumi_realtimekit.declarations.storages import without_credentials
from pulumi_realtimekit.plugin import load
from pulumi_realtimekit.plugin.inputs import check, checked_inputs
from pulumi_realtimekit.provider import Provider
from pulumi_realtimekit.stack.cleartext import refuse_plain_text_credentials
from pulumi_realtimekit.stack.meetings import provider_of, refuse_a_second
from pulumi_realtimekit.stack.secrets import stack_config

SECRET_OUTPUTS: Final = ["download_urls"]

ANSWERED: Final = fields(TrackRecordingOutputs)
"""Outputs that have a value whether they are declared or not. The fewer there are, the faster is a program: each costs
four futures."""

ABSENT_AT_FIRST: Final = ("stopped_time", "recording_duration", "stop_reason", "download_urls")
"""Outputs that a recording has only once it has ended."""


class TrackRecording(Resource, module="realtimekit", name="TrackRecording"):
    """A track recording of a RealtimeKit meeting: `up` starts it, `destroy` stops it.

    Layers that are not given here come from the stack's config (`realtimekit:layers`), and those of names of storages
    from `realtimekit:storages`; without either, a layer `default` goes to the service's own bucket.
    """

    if TYPE_CHECKING:  # at run time the SDK would evaluate these types anew for every resource
        meeting_id: pulumi.Output[str]
        """The meeting that is recorded."""
        layers: pulumi.Output[Mapping[str, Any]]
        """The layers as they were asked for, storages resolved and without credentials."""
        account_id: pulumi.Output[str]
        """The account that it was started in."""
        app_id: pulumi.Output[str]
        """The app that it was started in."""
        max_seconds: pulumi.Output[float | None]
        """How long it records at most, in seconds, where that was declared."""
        user_ids: pulumi.Output[Sequence[str] | None]
        """The users that are recorded, where they were declared."""
        desired_status: pulumi.Output[str | None]
        """What was declared; see `status` for what is."""
        status: pulumi.Output[str]
        """The service's status (`INVOKED`, `RECORDING`, `PAUSED`, `UPLOADING`, `UPLOADED`, `ERRORED`), or `PENDING`
        where nothing was started yet."""
        session_id: pulumi.Output[str | None]
        """The meeting's session that is recorded."""
        output_file_name: pulumi.Output[str | None]
        """The name that the service gives to its output."""
        invoked_time: pulumi.Output[str | None]
        """When its start was asked for, ISO 8601."""
        started_time: pulumi.Output[str | None]
        """When it began to record, ISO 8601."""
        stopped_time: pulumi.Output[str | None]
        """When it ended, ISO 8601."""
        recording_duration: pulumi.Output[float | None]
        """How long it recorded, in seconds, once it has ended."""
        stop_reason: pulumi.Output[str | None]
        """`API_CALL`, `INTERNAL_ERROR` or `ALL_PEERS_LEFT`, once it has ended."""
        adopted: pulumi.Output[bool]
        """Whether it was taken over instead of started here."""
        download_urls: pulumi.Output[Sequence[DownloadUrl] | None]
        """Where the files can be fetched, where `keep_download_urls` is true and they are uploaded. Secret."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        **arguments: Unpack[TrackRecordingArgs],
    ) -> None:
        """Declares a track recording; its arguments are those of `TrackRecordingArgs`.

        Raises: pulumi.RunError where another one of this program is to record the same meeting.
        """
        refuse_plain_text_credentials()
        opts = opts or pulumi.ResourceOptions()
        _refuse_options(resource_name, opts)
        given = {name: as_utf8(value) for name, value in arguments.items() if value is not None}
        self._declared = declared = in_api_spelling(given, RECORDING, pulumi.Output.secret)
        config = _config_of(provider_of(opts))
        if config is not None:
            refuse_a_second(resource_name, declared, config, opts.parent)
            declared = {**_deferred_ids(config), **declared}
            if opts.id is None:  # what is looked up is not declared
                declared = _as_checked(declared, config)
        inputs = {**dict.fromkeys(ANSWERED), **declared}
        super().__init__(load(), resource_name, inputs, _options(opts, _hides_prefix(declared.get("layers"))))
        untrack(self.__dict__.get(name) for name in inputs)
        self._absent_at_first = {name: self.__dict__.pop(name) for name in ABSENT_AT_FIRST if name in self.__dict__}

    if not TYPE_CHECKING:  # or a type checker would find no misspelt attribute

        def __getattr__(self, name: str) -> pulumi.Output[None]:
            """An output that may be absent, or an argument that is not registered: not declared, or its default."""
            if name in (absent_at_first := self.__dict__.get("_absent_at_first", {})):
                return _none_where_absent(absent_at_first[name], self.status)
            if name in ARGUMENTS:
                return pulumi.Output.from_input(self._declared.get(name))
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)

    @classmethod
    def get(
        cls,
        resource_name: str,
        id: pulumi.Input[str],  # noqa: A002 Pulumi's name for it
        opts: pulumi.ResourceOptions | None = None,
    ) -> "TrackRecording":
        """Looks a recording up by its id; it is not managed by this stack."""
        nothing = cast("TrackRecordingArgs", {})
        return cls(resource_name, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)), **nothing)


def _config_of(provider: pulumi.ProviderResource | None) -> Mapping[str, Any] | None:
    """What a provider has of the config; None for one that is not ours, which says nothing of where it records."""
    if provider is None:
        return stack_config()
    return provider.config if isinstance(provider, Provider) else None


def _deferred_ids(config: Mapping[str, Any]) -> dict[str, Any]:
    """The account and app of a provider's config where they are outputs, so that they are as secret as there."""
    return {to_snake(key): config[key] for key in ("accountId", "appId") if is_deferred(config.get(key))}


def _as_checked(declared: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs as the plugin's `check` is going to return them, as secret as where they come from.

    `refresh --run-program` shows how what a program registers differs from the checked inputs of the state. Mistakes,
    and what is not known yet, are left to the plugin.

    config: the provider's, in which an output is or may be a secret.
    """
    own, storages = declared.get("layers"), config.get("storages")
    is_own = own is not None and own != {}
    layers = own if is_own else config.get("layers")
    if isinstance(storages, Mapping):
        storages = {
            name: without_credentials(one) if isinstance(one, Mapping) else one for name, one in storages.items()
        }

    def resolve(layers: Any, storages: Any) -> dict[str, Any]:
        if not is_own:
            return checked_inputs(declared, {**config, "layers": layers, "storages": storages})
        checked, mistakes = check(
            {**declared, "layers": layers}, {**config, "storages": storages}, is_deferred=is_deferred
        )
        return checked if mistakes else {**checked, "layers": _with_lists_as_outputs(checked["layers"])}

    def resolve_later(name: str, layer: Any) -> Any:
        if not isinstance(layer, Mapping):
            whole = pulumi.Output.all(layer, storages)
            return whole.apply(lambda known: resolve({name: known[0]}, known[1])["layers"][name])
        listed = pulumi.Output.all(layer["outputs"], storages)
        resolved = listed.apply(lambda known: resolve({name: {"outputs": known[0]}}, known[1])["layers"][name])
        return {**layer, "outputs": resolved["outputs"]}

    origin = [storages] if is_own else [storages, layers]
    if layers is None or not (is_deferred(layers) or holds_outputs(origin)):
        if is_own and isinstance(layers, Mapping):
            layers = {
                name: resolve_later(name, layer) if _defers_outputs(layer) else layer for name, layer in layers.items()
            }
        return resolve(layers, storages)
    later = pulumi.Output.all(layers, storages).apply(lambda known: resolve(*known)["layers"])
    return checked_inputs({**declared, "layers": later}, config)


def _defers_outputs(layer: Any) -> bool:
    """Whether a layer, its list of outputs or one of them comes from another resource: it may name a storage."""
    outputs = layer.get("outputs") if isinstance(layer, Mapping) else layer
    return is_deferred(outputs) or (isinstance(outputs, list | tuple) and any(map(is_deferred, outputs)))


def _with_lists_as_outputs(layers: Mapping[str, Any]) -> dict[str, Any]:
    """Layers with each list that holds a secret as one, which is how the engine keeps it."""
    return {
        name: {**layer, "outputs": pulumi.Output.from_input(layer["outputs"])}
        if isinstance(layer, Mapping) and holds_outputs(layer["outputs"])
        else layer
        for name, layer in layers.items()
    }


def _none_where_absent(output: pulumi.Output[Any], status: pulumi.Output[str]) -> pulumi.Output[Any]:
    """The output, known to be None where it is absent and the status is known.

    The SDK takes what the state does not have for unknown in a preview, so one without changes would show `[unknown]`
    for an exported `stopped_time` until the recording has ended. An engine that answers with the recording's `status`
    has answered with the whole state: what is absent is None.
    """

    async def is_known() -> bool:
        return await output.is_known() or await status.is_known()

    return pulumi.Output(output.resources(), output.future(), is_known(), output.is_secret())


def _hides_prefix(layers: Any) -> bool:
    """Whether the prefix of a layer, with which file names begin, is or may be a secret."""
    if not isinstance(layers, Mapping):
        return is_deferred(layers)
    return holds_outputs(
        [layer.get("file_name_prefix") if isinstance(layer, Mapping) else layer for layer in layers.values()]
    )


def _refuse_options(name: str, opts: pulumi.ResourceOptions) -> None:
    """Raises: pulumi.RunError for an option that cannot work; warns of those that leave a recording running."""
    if opts.import_:
        raise pulumi.RunError(
            f"TrackRecording '{name}': a dynamic resource cannot be imported with import_; give it "
            "recording_id='<id>' instead, which takes the recording over"
        )
    if opts.custom_timeouts:
        raise pulumi.RunError(
            f"TrackRecording '{name}': custom_timeouts do not reach a dynamic resource; start_seconds and wait_seconds "
            "say how long a start may take"
        )
    for option in ("retain_on_delete", "deleted_with"):
        if getattr(opts, option):
            pulumi.log.warn(
                f"TrackRecording '{name}': with {option}, a recording that is deleted is not stopped: it runs on, "
                "unknown to the stack"
            )


def _options(opts: pulumi.ResourceOptions, hides_names: bool) -> pulumi.ResourceOptions:
    """Every replacement stops the old recording first: two at once is what never happens.

    hides_names: whether the names of its files, which begin with a layer's prefix, are secrets.
    """
    secrets = [*SECRET_OUTPUTS, *(["output_file_name"] if hides_names else [])]
    ours = pulumi.ResourceOptions(delete_before_replace=True, additional_secret_outputs=secrets)
    return pulumi.ResourceOptions.merge(opts, ours)
