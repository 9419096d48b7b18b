"""A start whose answer was lost: each request that the sandbox API received, in order."""

import json
from pathlib import Path
from typing import Any, Final

from docs.pictures.svg import GREEN, MUTED, PALE, RED, Drawing

DATA: Final = Path(__file__).parent / "data" / "lost-answer.json"
PLUGIN, SERVICE, STEP = 250, 610, 62
WHY: Final = {
    "look": "Is it recorded already?",
    "start": "Start",
    "look again": "Did it begin?",
    "poll": "Is it RECORDING yet?",
}


def draw() -> str:
    data = json.loads(DATA.read_text())
    requests: list[dict[str, Any]] = data["requests"]
    height = 90 + STEP * len(requests) + 50
    drawing = Drawing(
        "A start whose answer was lost: the plugin looks, finds the recording, and starts no second", 860, height
    )
    for x, name in ((PLUGIN, "The plugin"), (SERVICE, "RealtimeKit's API")):
        drawing.box(x - 90, 16, 180, 34, PALE)
        drawing.text(x, 38, name, anchor="middle", bold=True)
        drawing.line(f"M{x} 50 L{x} {height - 50}", dashed=True)
    for index, request in enumerate(requests):
        _exchange(drawing, 90 + STEP * index, request)
    drawing.box(PLUGIN - 150, height - 42, SERVICE - PLUGIN + 300, 32, GREEN)
    drawing.text(
        (PLUGIN + SERVICE) / 2,
        height - 21,
        f"starts sent: {data['starts']} · recordings begun: {data['begun']} · in the state: {data['in_state']}",
        anchor="middle",
        bold=True,
    )
    return str(drawing)


def _exchange(drawing: Drawing, y: float, request: dict[str, Any]) -> None:
    middle = (PLUGIN + SERVICE) / 2
    drawing.text(30, y + 4, f"{request['seconds']:.2f} s", fill=MUTED)
    drawing.text(PLUGIN - 12, y + 4, WHY[request["why"]], anchor="end")
    drawing.line(f"M{PLUGIN} {y} L{SERVICE} {y}", arrow=True)
    drawing.text(middle, y - 6, request["call"], anchor="middle")
    if request["fault"]:
        drawing.line(f"M{SERVICE} {y + 24} L{middle} {y + 24}", RED, dashed=True)
        drawing.text(middle, y + 29, "✕", fill=RED, anchor="end", bold=True)
        drawing.text(SERVICE + 12, y + 4, "starts the recording,", fill=RED)
        drawing.text(SERVICE + 12, y + 22, "its answer is lost", fill=RED)
    else:
        drawing.line(f"M{SERVICE} {y + 24} L{PLUGIN} {y + 24}", arrow=True)
        drawing.text(middle, y + 18, request["answer"], fill=MUTED, anchor="middle")
