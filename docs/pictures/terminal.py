"""What a command printed, as the terminal that it was typed in."""

import io
import re
from pathlib import Path
from typing import Final

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

SESSIONS: Final = Path(__file__).parent / "data"
FORMAT: Final = re.sub(r"@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
"""Rich's own, with the reader's monospaced font: fonts from elsewhere are not loaded in an image."""
WIDTH: Final = 92


def draw(session: Path) -> str:
    """session: the file with the command and what it printed, colours included."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(session.read_text().rstrip()))
    return console.export_svg(title="examples/one-recording", code_format=FORMAT)
