"""The resource as a program declares it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

import pulumi
from pulumi.dynamic import Resource
from typing_extensions import Unpack

from pulumi_realtimekit.declarations.recording import ARGUMENTS, DownloadUrl, TrackRecordingArgs
from pulumi_realtimekit.declarations.spelling import RECORDING, in_api_spelling, is_deferred
from pulumi_realtimekit.plugin import load
from pulumi_realtimekit.provider import Provider
from pulumi_realtimekit.stack.cleartext import refuse_plain_text_credentials
from pulumi_realtimekit.stack.meetings import provider_of, refuse_a_second
from pulumi_realtimekit.stack.run import as_utf8
from pulumi_realtimekit.stack.secrets import holds_outputs, inherited, stack_config
from pulumi_realtimekit.untracked import untrack

SECRET_OUTPUTS: Final = ["download_urls"]

ANSWERED: Final = (
    *("meeting_id", "layers", "account_id", "app_id"),
    *("status", "session_id", "output_file_name", "invoked_time", "started_time", "stopped_time"),
    *("recording_duration", "stop_reason", "adopted", "download_urls"),
)
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
        """The layers as they were asked for, their storages without credentials."""
        account_id: pulumi.Output[str]
        """The account that it was started in."""
        app_id: pulumi.Output[str]
        """The app that it was started in."""
        max_seconds: pulumi.Output[float | None]
        """How long it records at the most, in seconds, where that was declared."""
        user_ids: pulumi.Output[Sequence[str] | None]
        """The users that are recorded, where they were declared."""
        desired_status: pulumi.Output[str | None]
        """What was declared; see `status` for what is."""
        status: pulumi.Output[str]
        """The API's status (`INVOKED`, `RECORDING`, `PAUSED`, `UPLOADING`, `UPLOADED`, `ERRORED`), or `PENDING`."""
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
        """Secret; filled where `keep_download_urls` is true and the files are uploaded."""

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
        declared = in_api_spelling(given, RECORDING)
        secrets: dict[str, Any] = {}
        config = _config_of(provider_of(opts))
        if config is not None:
            refuse_a_second(resource_name, declared, config, opts.parent)
            secrets = inherited(declared, config)
        options = _options(opts, "layers" in secrets or _hides_prefix(declared.get("layers")))
        if opts.id is not None:
            secrets.pop("layers", None)  # what is looked up is not declared
        inputs = {**dict.fromkeys(ANSWERED), **declared, **secrets}
        super().__init__(load(), resource_name, inputs, options)
        untrack(self.__dict__.get(name) for name in inputs)
        self._absent_at_first = {name: self.__dict__.pop(name) for name in ABSENT_AT_FIRST if name in self.__dict__}

    if not TYPE_CHECKING:  # or a type checker would find no misspelt attribute

        def __getattr__(self, name: str) -> pulumi.Output[None]:
            """An output that may be absent, or an argument that was not declared and has no other value by itself."""
            if name in (absent_at_first := self.__dict__.get("_absent_at_first", {})):
                return _none_where_absent(absent_at_first[name], self.status)
            if name in ARGUMENTS:
                return pulumi.Output.from_input(None)
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
