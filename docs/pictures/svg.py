"""A drawing in SVG: shapes and texts in one style, on a background of its own."""

from html import escape
from typing import Final, Literal

INK: Final = "#1d2733"
MUTED: Final = "#5b6b7b"
PALE: Final = "#eef3f8"
GREEN: Final = "#cdebd3"
YELLOW: Final = "#fbe8b8"
ORANGE: Final = "#f6c9a0"
RED: Final = "#d6453d"

HEAD: Final = """<defs>
<marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
<path d="M0 0 10 5 0 10z" fill="context-stroke"/>
</marker>
</defs>"""


class Drawing:
    """Shapes in the order in which they are drawn.

    title: what somebody who cannot see it is told. width, height: in pixels, as are all lengths.
    """

    def __init__(self, title: str, width: float, height: float) -> None:
        style = 'aria-labelledby="title" font-family="system-ui, sans-serif" font-size="13"'
        self._shapes = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" {style}>',
            f'<title id="title">{escape(title)}</title>',
            HEAD,
        ]
        self.box(0, 0, width, height, "#ffffff")

    def box(self, x: float, y: float, width: float, height: float, fill: str, line: str = "none") -> None:
        self._shapes.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="4" fill="{fill}" stroke="{line}"/>'
        )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        fill: str = INK,
        anchor: Literal["start", "middle", "end"] = "start",
        bold: bool = False,
    ) -> None:
        weight = ' font-weight="600"' if bold else ""
        self._shapes.append(
            f'<text x="{x:g}" y="{y:g}" fill="{fill}" text-anchor="{anchor}"{weight}>{escape(text)}</text>'
        )

    def line(self, path: str, color: str = MUTED, *, arrow: bool = False, dashed: bool = False) -> None:
        """path: as in SVG, `M x y L x y`."""
        marker = ' marker-end="url(#head)"' if arrow else ""
        dashes = ' stroke-dasharray="5 4"' if dashed else ""
        self._shapes.append(f'<path d="{path}" fill="none" stroke="{color}" stroke-width="1.5"{marker}{dashes}/>')

    def __str__(self) -> str:
        return "\n".join([*self._shapes, "</svg>\n"])
