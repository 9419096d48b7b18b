"""The recordings API of RealtimeKit over HTTP: what it takes, what it answers, what it refuses.

Nothing here knows of Pulumi.
"""
