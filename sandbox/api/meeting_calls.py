"""`/meetings` and `/sessions`: whether a meeting is live."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from sandbox.api import answers
from sandbox.api.calls import Refusal, page_of, query_of
from sandbox.api.meeting import Meeting, Session
from sandbox.api.schema import SessionsQuery
from sandbox.api.world import World


class MeetingCalls:
    def __init__(self, world: World) -> None:
        self._world = world

    async def meeting(self, request: Request) -> Response:
        return answers.success(answers.meeting_answer(self._world.meeting(request.path_params["meeting_id"])))

    async def active_session(self, request: Request) -> Response:
        meeting = self._world.meeting(request.path_params["meeting_id"])
        if meeting.session is None:
            raise Refusal(404, "No active session found for this meeting")
        return answers.success(self._session(request, meeting, meeting.session))

    async def sessions(self, request: Request) -> Response:
        query = query_of(request, SessionsQuery)
        meeting_id = query.associated_id or query.meeting_id
        meetings = self._world.store.meetings() if meeting_id is None else [self._world.meeting(meeting_id)]
        sessions = [
            (meeting, session)
            for meeting in meetings
            for session in meeting.sessions
            if query.status is None or (query.status == "LIVE") == (session.ended_at is None)
        ]
        sessions.sort(key=lambda pair: pair[1].started_at, reverse=query.sort_order == "DESC")
        shown, first = page_of(sessions, query)
        return answers.success(
            {"sessions": [self._session(request, meeting, session) for meeting, session in shown]},
            paging=answers.paging(len(sessions), first, len(shown)),
        )

    def _session(self, request: Request, meeting: Meeting, session: Session) -> dict[str, object]:
        return answers.session_answer(session, meeting, request.path_params["app_id"])
