"""The page of every fault in every call as a heat map: what a user sees of each, in all dialects of the service."""

import re
from pathlib import Path
from typing import Final

from docs.pictures.svg import GREEN, MUTED, ORANGE, RED, YELLOW, Drawing

PAGE: Final = Path(__file__).parent.parent / "faults.md"
ROW: Final = re.compile(
    r"^\| (?:live|documented|reference) \| (.+?) \| (\S+) \| (\d+) \| (\d+) \| (\d+) \| (.+) \|$", re.MULTILINE
)
LEGEND: Final = (
    (GREEN, "the run goes on, nothing is said"),
    (YELLOW, "it takes longer, and says so"),
    (ORANGE, "a warning or an error says what to do"),
    (RED, "recorded twice, or lost"),
)
LEFT, TOP, WIDTH, HEIGHT = 190, 110, 58, 26


def draw() -> str:
    worst: dict[tuple[str, str], int] = {}
    for call, fault, begun, running, lost, seen in ROW.findall(PAGE.read_text()):
        worst[call, fault] = max(worst.get((call, fault), 0), _outcome(int(begun), int(running), int(lost), seen))
    calls = list(dict.fromkeys(call for call, _ in worst))
    faults = list(dict.fromkeys(fault for _, fault in worst))
    drawing = Drawing(
        "What comes of every fault in every call", LEFT + WIDTH * len(faults) + 20, TOP + HEIGHT * len(calls) + 20
    )
    for index, (color, meaning) in enumerate(LEGEND):
        x, y = LEFT + 290 * (index % 2), 16 + 24 * (index // 2)
        drawing.box(x, y, 16, 16, color)
        drawing.text(x + 24, y + 13, meaning, fill=MUTED)
    for column, fault in enumerate(faults):
        middle = LEFT + WIDTH * (column + 0.5)
        for line, part in enumerate(fault.split("_")):
            drawing.text(middle, TOP - 26 + 16 * line, part, anchor="middle")
    for row, call in enumerate(calls):
        y = TOP + HEIGHT * row
        drawing.text(LEFT - 10, y + 17, call, anchor="end")
        for column, fault in enumerate(faults):
            if (call, fault) in worst:
                drawing.box(LEFT + WIDTH * column + 1, y + 1, WIDTH - 2, HEIGHT - 2, LEGEND[worst[call, fault]][0])
    return str(drawing)


def _outcome(begun: int, running: int, lost: int, seen: str) -> int:
    """The place in the legend. Two begin where one replaces the other."""
    if lost or running > 1 or begun > 2:
        return 3
    if seen == "nothing":
        return 0
    return 1 if "asks for a pause" in seen else 2
