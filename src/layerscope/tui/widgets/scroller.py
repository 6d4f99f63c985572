"""Lines without end, of which only those on the screen are drawn, with a scrollbar of one cell.

Owns which line is at the top. Does its own scrolling and draws its own bar: with Textual's `ScrollView` every change
of the number of lines lays out the whole screen again, and every scroll step half of it, tens of milliseconds a key.
"""

from itertools import groupby
from operator import itemgetter
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from textual import events
from textual.geometry import Region, Spacing
from textual.strip import Strip
from textual.widget import Widget

from layerscope.tui.fit import width_of
from layerscope.tui.roles import Line, Role
from layerscope.tui.widgets.painter import Painter, Tone
from layerscope.tui.widgets.written import Writer, nothing

_THUMB = "▐"
_WHEEL_LINES = 3
_STRIPS = 2000
"""Lines that are kept as they are drawn, in a plain dictionary: a ring of them, as Textual's cache is, would be garbage
that only a collection finds, and many thousand objects hold up the screen then."""
_NO_GUTTER = Spacing()


class _StripKey(NamedTuple):
    number: int
    width: int
    tone: Tone
    thumb: bool


class Scroller(Widget, can_focus=True, inherit_bindings=False):
    """A window on numbered lines; subclasses say what they are (`line_at`)."""

    ALLOW_SELECT = False
    ALLOW_MAXIMIZE = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {tone.value for tone in Tone if tone.value}
    DEFAULT_CSS = """
    Scroller {
        height: 1fr;
        & > .lines--cursor { background: $cursor-row; }
        & > .lines--cursor-blurred { background: $cursor-row-blurred; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.line_count = 0
        self.top = 0
        self._painter = Painter(self)
        self._strips: dict[_StripKey, Strip] = {}
        self._width = 0
        """Of the lines that are known."""
        self._dragged = False
        self._blank: Writer = nothing
        self._blank_lines: tuple[int, tuple[Line, ...]] | None = None

    def line_at(self, number: int, width: int, tone: Tone) -> Line:
        """Write a line in at most `width` cells."""
        raise NotImplementedError

    def tone_of(self, number: int) -> Tone:
        """Say whether the cursor is on a line."""
        del number
        return Tone.PLAIN

    @property
    def text_width(self) -> int:
        """Cells of a line: the scrollbar's are always kept free, so that columns do not jump."""
        return max(self.content_size.width - 1, 0)

    @property
    def page_height(self) -> int:
        """Lines on the screen."""
        return self.content_size.height

    def set_lines(self, count: int, *, top: int) -> None:
        """Show other lines."""
        self.line_count = count
        self.top = top
        self.rewrite()

    def rewrite(self) -> None:
        """Draw all lines again: what they say has changed."""
        self._strips.clear()
        self._blank_lines = None
        self._keep_in_range()
        self.refresh()

    def forget_line(self, number: int) -> None:
        """Write a line again when it is drawn next: what it says has changed."""
        for tone in Tone:
            for thumb in (False, True):
                self._strips.pop(_StripKey(number, self._width, tone, thumb), None)

    def explain(self, blank: Writer) -> None:
        """Say what to show while there are no lines: why that is, and what to do."""
        self._blank, self._blank_lines = blank, None
        if not self.line_count:
            self.rewrite()

    def scroll_lines(self, top: int) -> None:
        """Put another line at the top."""
        before = self.top
        self.top = top
        self._keep_in_range()
        if self.top != before:
            self.refresh()

    def _keep_in_range(self) -> None:
        self.top = max(0, min(self.top, self.line_count - self.page_height))

    # --- drawing

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw lines, without what Textual does to each for borders and see-through colours: here are none.

        That took three times what the line itself does.
        """
        if self.styles.gutter != _NO_GUTTER:
            return super().render_lines(crop)
        strips = self._drawn(crop.line_range)
        filters = self.get_line_filters()
        if filters:
            _below, background = self.background_colors
            for one in filters:
                strips = [strip.apply_filter(one, background) for strip in strips]
        return (
            strips if crop.column_span == (0, self.size.width) else [strip.crop(*crop.column_span) for strip in strips]
        )

    def render_line(self, y: int) -> Strip:
        """Draw one line of the screen."""
        return self._drawn(range(y, y + 1))[0]

    def _drawn(self, lines: range) -> list[Strip]:
        width, height = self.content_size
        thumb, text_width = self._thumb(height), max(width - 1, 0)
        if text_width != self._width:
            self._strips.clear()
            self._width = text_width
        nothing_more = Strip.blank(text_width + 1, self._painter.style(Role.TEXT))
        explained = 0 if self.line_count or width < 2 else len(self._explained(text_width))
        strips: list[Strip] = []
        for y in lines:
            number = self.top + y
            if y < explained:
                key = _StripKey(-1 - y, text_width, Tone.PLAIN, thumb=False)
            elif number >= self.line_count or not text_width:
                strips.append(nothing_more)
                continue
            else:
                key = _StripKey(number, text_width, self.tone_of(number), y in thumb)
            strip = self._strips.get(key)
            if strip is None:
                if len(self._strips) >= _STRIPS:
                    self._strips.clear()
                strip = self._strips[key] = self._draw(key)
            strips.append(strip)
        return strips

    def _draw(self, key: _StripKey) -> Strip:
        style, tone = self._painter.style, key.tone
        segments: list[Segment] = []
        used = 0
        for role, spans in groupby(self._line(key), key=itemgetter(1)):
            text = "".join([text for text, _role in spans])
            used += width_of(text)
            segments.append(Segment(text, style(role, tone)))
        if used != key.width:
            segments = Segment.adjust_line_length(segments, key.width, style(Role.TEXT, tone))
        segments.append(Segment(_THUMB if key.thumb else " ", style(Role.TRACK)))
        return Strip(segments, key.width + 1)

    def _line(self, key: _StripKey) -> Line:
        if key.number >= 0:
            return self.line_at(key.number, key.width, key.tone)
        return ("  ", Role.TEXT), *self._explained(key.width)[-1 - key.number]

    def _explained(self, width: int) -> tuple[Line, ...]:
        """Give the lines that say why there are none; to name keys in them takes longer than to draw them."""
        if self._blank_lines is None or self._blank_lines[0] != width:
            self._blank_lines = width, tuple(self._blank(width - 2))
        return self._blank_lines[1]

    def _thumb(self, height: int) -> range:
        """Say which lines of the screen hold the bar's thumb."""
        count = self.line_count
        if count <= height:
            return range(0)
        size = max(height * height // count, 1)
        start = round(self.top * (height - size) / (count - height))
        return range(start, start + size)

    def notify_style_update(self) -> None:
        """Forget colours when the theme changes."""
        super().notify_style_update()
        self._painter.clear()
        self._strips.clear()
        self._blank_lines = None

    def on_resize(self) -> None:
        """Leave no empty lines at the end."""
        self.scroll_lines(self.top)

    # --- mouse

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll by the wheel."""
        event.stop()
        self.scroll_lines(self.top + _WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll by the wheel."""
        event.stop()
        self.scroll_lines(self.top - _WHEEL_LINES)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the scrollbar."""
        if event.x == self.text_width and self.line_count > self.page_height:
            event.stop()
            self._dragged = True
            self.capture_mouse()
            self._drag_to(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Pull the scrollbar."""
        if self._dragged:
            event.stop()
            self._drag_to(event.y)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go of the scrollbar."""
        if self._dragged:
            event.stop()
            self._dragged = False
            self.release_mouse()

    def _drag_to(self, y: int) -> None:
        self.scroll_lines(round(y / max(self.page_height - 1, 1) * (self.line_count - self.page_height)))
