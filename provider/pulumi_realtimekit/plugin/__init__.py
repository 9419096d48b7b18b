"""What a stack's state names to get its provider back.

The state of each resource holds a pickle of the path of `load`, and nothing else: moving or renaming it would break
every existing stack.
"""

import copyreg

from pulumi_realtimekit.plugin.dynamic import TrackRecordingProvider

_PROVIDER: list[TrackRecordingProvider] = []


def load() -> TrackRecordingProvider:
    """The provider of this process. The pickle differs between Python versions, and it is one all the same."""
    if not _PROVIDER:
        _PROVIDER.append(TrackRecordingProvider())
    return _PROVIDER[0]


copyreg.pickle(TrackRecordingProvider, lambda _provider: (load, ()))
