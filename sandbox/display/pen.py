"""Where property text is written: which operation's colour and sign the line has, and how deep it stands."""

from dataclasses import dataclass, replace

from rich.text import Text

from sandbox.display.operations import OPERATIONS


@dataclass(frozen=True)
class Pen:
    text: Text
    op: str = "same"
    indent: int = 1
    """Levels, of four spaces each."""
    sign: bool = False
    """Whether a line begins with the operation's sign."""

    def write(self, text: str) -> None:
        self.text.append(text, OPERATIONS[self.op].style)

    def begin(self, text: str = "") -> None:
        """The start of a line: the indentation, with the sign at its end."""
        spaces = "    " * self.indent
        self.write((spaces[:-2] + OPERATIONS[self.op].sign if self.sign and spaces else spaces) + text)

    def end(self, text: str) -> None:
        """A line that closes something: never with a sign."""
        self.write("    " * self.indent + text)

    def marked(self, op: str) -> "Pen":
        """For lines of this operation; what did not change has no sign."""
        return replace(self, op=op, sign=op != "same")

    def coloured(self, op: str) -> "Pen":
        return replace(self, op=op)

    def deeper(self, levels: int = 1) -> "Pen":
        return replace(self, indent=self.indent + levels)
