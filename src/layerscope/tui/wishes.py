"""What panes and viewers ask for that no view can show: copying, looking inside, taking out. `errands.py` does it."""

from textual.message import Message

from layerscope.errors import AmbiguousImageError


class Copy(Message):
    """Put a text on the clipboard."""

    def __init__(self, text: str, what: str) -> None:
        """Name the text in the answer by `what`: "the path"."""
        super().__init__()
        self.text = text
        self.what = what


class LookInside(Message):
    """Show what a file holds."""

    def __init__(self, entry: int, *, compare: bool = False) -> None:
        """Begin with the difference from the version before if `compare`."""
        super().__init__()
        self.entry = entry
        self.compare = compare


class OpenOutside(Message):
    """Show a copy of a file in the user's pager, or editor."""

    def __init__(self, entry: int, *, editor: bool) -> None:
        super().__init__()
        self.entry = entry
        self.editor = editor


class Extract(Message):
    """Write a file, or a directory with all that is in it, to the disk."""

    def __init__(self, node: int, layer: int) -> None:
        """Take it as it is once `layer` is applied."""
        super().__init__()
        self.node = node
        self.layer = layer


class FindEverywhere(Message):
    """Search all layers."""

    def __init__(self, query: str = "") -> None:
        super().__init__()
        self.query = query


class ChooseColumns(Message):
    """Let the user choose what stands beside names."""


class ChooseImage(Message):
    """Let the user choose among several images, or platforms."""

    def __init__(self, error: AmbiguousImageError) -> None:
        super().__init__()
        self.error = error
