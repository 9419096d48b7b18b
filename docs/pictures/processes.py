"""Which processes take part in an update, and what they say to each other."""

from typing import Final

from docs.pictures.svg import GREEN, MUTED, PALE, YELLOW, Drawing

WIDTH: Final = 230
BOXES: Final = (
    (20, 30, PALE, "Your program", "load_config(), TrackRecording(…)", "calls no service"),
    (330, 30, YELLOW, "The engine", "the Pulumi CLI", "compares, decides, saves"),
    (640, 30, "#ffffff", "The state", "each recording, as last seen", "secrets encrypted"),
    (20, 210, "#ffffff", "The stack's files", "Pulumi.<stack>.yaml", "secrets encrypted"),
    (
        330,
        210,
        PALE,
        "The plugin process",
        "create, read, update, delete, …",
        "one HTTP client, one request limit",
    ),
    (640, 210, GREEN, "RealtimeKit's API", "or the sandbox API", "on your machine"),
)
ARROWS: Final = (
    ("M250 65 L330 65", "registers", 290, 57),
    ("M560 65 L640 65", "each step", 600, 57),
    ("M420 120 L420 210", "calls", 396, 170),
    ("M460 210 L460 120", "still there?", 506, 170),
    ("M560 255 L640 255", "HTTPS", 600, 247),
    ("M140 210 L140 120", "config", 166, 170),
)


def draw() -> str:
    drawing = Drawing("The processes of an update: the engine starts the program and the plugin", 890, 320)
    for x, y, fill, name, first, second in BOXES:
        drawing.box(x, y, WIDTH, 90, fill, MUTED)
        drawing.text(x + 14, y + 25, name, bold=True)
        drawing.text(x + 14, y + 50, first)
        drawing.text(x + 14, y + 72, second, fill=MUTED)
    for path, label, x, y in ARROWS:
        drawing.line(path, arrow=True)
        drawing.text(x, y, label, fill=MUTED, anchor="middle")
    return str(drawing)
