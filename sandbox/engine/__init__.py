"""A deployment engine for programs of dynamic resources, with the real program and plugin processes."""

import os

# Before anything imports gRPC, here and in the children, which inherit it: it would write about each connection that
# ends, among what the user is to read.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
