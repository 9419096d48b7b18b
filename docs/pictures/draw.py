"""Every picture by the name of its file."""

from pathlib import Path

from docs.pictures import bench, faults, lost_answer, processes, statuses, terminal
from docs.pictures.svg import RED, Drawing

FOLDER = Path(__file__).parent


def pictures() -> dict[str, str]:
    """The SVG of each picture, drawn from the data of the last run."""
    drawn = {
        "bench.svg": bench.draw(),
        "faults.svg": faults.draw(),
        "icon.svg": _icon(),
        "lost-answer.svg": lost_answer.draw(),
        "processes.svg": processes.draw(),
        "statuses.svg": statuses.draw(),
    }
    return drawn | {f"{file.stem}.svg": terminal.draw(file) for file in sorted(terminal.SESSIONS.glob("*.txt"))}


def _icon() -> str:
    """The site's, in a browser's tab."""
    drawing = Drawing("Recording", 32, 32)
    drawing.box(6, 6, 20, 20, RED)
    return str(drawing)
