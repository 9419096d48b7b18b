"""The RealtimeKit recordings API, emulated: for trying, for tests, for machines without an account.

A request's way through the files: `connections` (the socket) → `gateway` (faults, tokens, limits, log) →
`recording_calls` or `meeting_calls` (one function a call) → `validation` by the dialect's `schema` → `store` (what was
asked for) → `life` (its status now) → `answers`. `control` has the calls that tests steer it with, `/_sandbox/…`, and
`testing` runs it for a test.
"""
