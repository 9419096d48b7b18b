"""Runs a Pulumi stack when RealtimeKit says that a meeting started, ended, or that a recording changed."""
