"""`python -m docs.pictures`: runs what the pictures show, then draws them; `--draw` draws the data of the last run."""

import sys

from docs.pictures import draw, runs

if __name__ == "__main__":
    if "--draw" not in sys.argv[1:]:
        runs.run()
    for name, picture in draw.pictures().items():
        (draw.FOLDER / name).write_text(picture)
        print(f"docs/pictures/{name}")
