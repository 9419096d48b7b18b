"""What `make bench` measured: seconds of each command, beside the usual dynamic provider and one that only sleeps."""

import json
import statistics
from pathlib import Path
from typing import Final

from docs.pictures.svg import INK, MUTED, Drawing

DATA: Final = Path(__file__).parent / "data" / "bench.json"
COLORS: Final = {"ours": "#2f6fbb", "usual": "#d98a3d", "sleeping": "#b4bec8"}
NAMES: Final = {"ours": "this provider", "usual": "the usual dynamic provider", "sleeping": "one that only sleeps"}
LEFT, WIDTH, BAR = 150, 620, 12


def draw() -> str:
    seconds: dict[tuple[str, int, str], list[float]] = {}
    for sample in json.loads(DATA.read_text())["samples"]:
        key = (sample["verb"], sample["recordings"], sample["provider"])
        seconds.setdefault(key, []).append(sample["seconds"])
    medians = {key: statistics.median(values) for key, values in seconds.items()}
    verbs = list(dict.fromkeys(verb for verb, _, _ in medians))
    groups = [(verb, size) for verb in verbs for size in sorted({size for _, size, _ in medians})]
    longest = max(medians.values())
    drawing = Drawing("Seconds of each command, as measured by make bench", 860, 60 + len(groups) * (3 * BAR + 14))
    for index, (provider, name) in enumerate(NAMES.items()):
        drawing.box(LEFT + 210 * index, 16, 16, 16, COLORS[provider])
        drawing.text(LEFT + 210 * index + 24, 29, name, fill=MUTED)
    y = 52.0
    for verb, size in groups:
        drawing.text(LEFT - 10, y + 1.5 * BAR + 4, f"{verb}, {size:,}", fill=INK, anchor="end")
        for provider, color in COLORS.items():
            median = medians[verb, size, provider]
            length = WIDTH * median / longest
            drawing.box(LEFT, y, length, BAR - 1, color)
            drawing.text(LEFT + length + 6, y + 10, f"{median:.1f} s", fill=MUTED)
            y += BAR
        y += 14
    return str(drawing)
