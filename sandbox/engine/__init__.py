"""A deployment engine for programs of dynamic resources, with the real program and plugin processes."""
