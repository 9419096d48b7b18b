"""The plugin, as Pulumi's Python runtime starts it in this folder."""

from pulumi_realtimekit.plugin.native import serve

if __name__ == "__main__":
    serve()
