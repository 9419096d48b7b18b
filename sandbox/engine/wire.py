"""gRPC as the SDK has it: its own stubs, and its limits for messages."""

from typing import Any

GRPC_OPTIONS: list[tuple[str, Any]] = [
    ("grpc.max_receive_message_length", 400 * 1024 * 1024),
    ("grpc.max_send_message_length", 400 * 1024 * 1024),
    ("grpc.server_max_unrequested_time_in_server", 30 * 60),
    ("grpc.enable_http_proxy", 0),
    ("grpc.use_local_subchannel_pool", 1),
]
"""Messages of up to 400 MB, as the SDK; never through a proxy, because all ends are on this machine."""
