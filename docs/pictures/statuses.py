"""The life of a recording: the statuses that the provider knows, and what leads from one to another."""

from typing import Final

from pulumi_realtimekit.api.recordings import ACTIVE, ENDED

from docs.pictures.svg import GREEN, MUTED, PALE, YELLOW, Drawing

PLACES: Final = {
    "PENDING": (30, 70),
    "INVOKED": (250, 70),
    "RECORDING": (470, 70),
    "PAUSED": (710, 70),
    "ERRORED": (250, 250),
    "UPLOADING": (470, 250),
    "UPLOADED": (710, 250),
}
WIDTH, HEIGHT = 120, 44
ARROWS: Final = [
    ("M150 92 L250 92", "meeting is live", 200, 84),
    ("M370 92 L470 92", "within 30 s", 420, 84),
    ("M590 82 L710 82", "pause", 650, 74),
    ("M710 104 L590 104", "resume", 650, 122),
    ("M530 114 L530 250", "stopped, session over,", 540, 170),
    ("M770 114 L770 208 L560 208 L560 250", "stopped", 800, 160),
    ("M590 272 L710 272", "files written", 650, 264),
    ("M470 272 L370 272", "failed", 420, 264),
    ("M310 114 L310 250", "never began", 320, 170),
]


def draw() -> str:
    if PLACES.keys() - {"PENDING"} != ACTIVE | ENDED:
        raise ValueError(f"places are for {sorted(PLACES)}, statuses are {sorted(ACTIVE | ENDED)}")
    drawing = Drawing("The statuses of a recording, and what leads from one to another", 870, 345)
    for statuses, top, baseline in ((ACTIVE, 30, 50), (ENDED, 230, 316)):
        left = min(PLACES[status][0] for status in statuses)
        drawing.box(left - 20, top, 880 - left, 100, PALE)
        drawing.text(left - 8, baseline, "active" if statuses is ACTIVE else "ended", fill=MUTED)
    for status, (x, y) in PLACES.items():
        fill = GREEN if status in ACTIVE else YELLOW if status in ENDED else "#ffffff"
        drawing.box(x, y, WIDTH, HEIGHT, fill, MUTED)
        drawing.text(x + WIDTH / 2, y + 27, status, anchor="middle", bold=True)
    drawing.text(30, 135, "nothing started yet:", fill=MUTED)
    drawing.text(30, 153, "when_idle is defer", fill=MUTED)
    for path, label, text_x, text_y in ARROWS:
        drawing.line(path, arrow=True)
        drawing.text(
            text_x, text_y, label, fill=MUTED, anchor="start" if path.count("L530") or path.count("L310") else "middle"
        )
    drawing.text(540, 188, "or max_seconds reached", fill=MUTED)
    return str(drawing)
