"""What is asked for by `wishes.py`, done: copying, looking inside, taking out, searching everywhere, choosing.

Owns the threads that do it, the questions before and the answers after. The screen and its panes know nothing of it.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from textual.app import SuspendNotSupported
from textual.message import Message

from layerscope.errors import CancelledError, Choice, LayerscopeError
from layerscope.model.image import ProgressCallback
from layerscope.model.inspection import Inspection
from layerscope.tui import clipboard, prompts, wishes, words
from layerscope.tui.everywhere import Everywhere, Place
from layerscope.tui.fairness import begin, fair_turns
from layerscope.tui.looks import Column, toggle_column
from layerscope.tui.meter import Meter
from layerscope.tui.outside import Copies, command_for
from layerscope.tui.roles import Line, Role
from layerscope.tui.state import ViewState, focus, jump, look
from layerscope.tui.toasts import Telling
from layerscope.units import decode, format_size, printable

_INTERVAL_S = 0.1
_SOON_S = 0.15
"""Work that is done by then is not shown at all."""
TARGET = "layerscope-files"
"""Directory that is proposed for what is taken out."""
_MOST_NOTES = 3
_Result = TypeVar("_Result")


class Answer(Message):
    """Work on a thread is done, or went wrong."""

    def __init__(self, finish: Callable[[], None]) -> None:
        super().__init__()
        self.finish = finish


class Errands(Telling):
    """The part of the application that does more than show."""

    def __init__(self) -> None:
        super().__init__()
        self._copies = Copies()

    # --- what the application must provide

    @property
    def inspection(self) -> Inspection | None:
        """The image, once it is read."""
        raise NotImplementedError

    @property
    def view(self) -> ViewState:
        """What is looked at."""
        raise NotImplementedError

    def change_view(self, change: Callable[[ViewState], ViewState]) -> None:
        """Look at something else."""
        raise NotImplementedError

    @property
    def layer_rows(self) -> list[int | None]:
        """By row of the layers pane: its layer."""
        raise NotImplementedError

    def read_other(self, choice: Choice) -> None:
        """Read another image: the one that was chosen of several."""
        raise NotImplementedError

    # --- work on threads

    def work(self, title: str, job: Callable[[ProgressCallback], _Result], finish: Callable[[_Result], None]) -> None:
        """Do something on a thread, with a bar that can stop it; an error becomes a message at the edge."""
        stopped = threading.Event()
        busy = prompts.Busy(title, stopped.set)
        meter = Meter()
        next_s = 0.0

        def progress(phase: str, done: int, total: int | None) -> None:
            nonlocal next_s
            if stopped.is_set():
                raise CancelledError
            now_s = time.monotonic()
            if now_s >= next_s:
                next_s = now_s + _INTERVAL_S
                reading = meter.feed(phase, done, total, now_s)
                self.call_from_thread(busy.tell, reading)

        def run() -> None:
            result: _Result | Exception
            with fair_turns():
                try:
                    result = job(progress)
                except Exception as error:  # noqa: BLE001 - it is shown, or raised again, on the screen's thread
                    result = error
            self.post_message(Answer(lambda: self._end(busy, timer.stop, result, finish)))

        timer = self.set_timer(_SOON_S, lambda: self.push_screen(busy))
        begin("errand", run)

    def _end(
        self,
        busy: prompts.Busy,
        forget: Callable[[], object],
        result: _Result | Exception,
        finish: Callable[[_Result], None],
    ) -> None:
        forget()
        if busy.is_attached:
            busy.dismiss()
        if isinstance(result, LayerscopeError):
            self.complain(result)
        elif isinstance(result, Exception):
            raise result
        else:
            finish(result)

    def on_answer(self, message: Answer) -> None:
        """Take a thread's result."""
        message.stop()
        message.finish()

    def complain(self, error: LayerscopeError) -> None:
        """Say what went wrong, and what to do."""
        if isinstance(error, CancelledError):
            self.notify("Stopped.", markup=False)
            return
        hint = f"; {words.message(error.hint)}" if error.hint else ""
        self.notify(f"{words.message(error.message)}{hint}.", severity="error", timeout=10, markup=False)

    # --- the clipboard

    def on_copy(self, message: wishes.Copy) -> None:
        """Copy a text, and say by which way."""
        message.stop()
        text, what = message.text, message.what

        def send(part: str) -> None:
            self.call_from_thread(self.copy_to_clipboard, part)

        def run() -> None:
            try:
                answer = f"Copied {what}, by {clipboard.copy(text, send)}."
            except OSError as error:
                answer = f"Not copied: {error}."
            self.post_message(Answer(lambda: self.notify(answer, markup=False)))

        begin("copy", run)

    # --- looking inside

    def on_look_inside(self, message: wishes.LookInside) -> None:
        """Open the viewer."""
        message.stop()
        if self.inspection:
            from layerscope.tui.viewer.screen import Viewer  # not before somebody looks into a file

            self.push_screen(Viewer(self.inspection, message.entry, compare=message.compare))

    def on_open_outside(self, message: wishes.OpenOutside) -> None:
        """Copy the file, and give the terminal to the user's program."""
        message.stop()
        inspection = self.inspection
        if inspection is None:
            return
        try:
            command = command_for(os.environ, editor=message.editor)
        except LayerscopeError as error:
            self.complain(error)
            return
        entry = inspection.tree.entry(message.entry)
        name = decode(inspection.tree.name(entry.node))

        def job(progress: ProgressCallback) -> Path:
            from layerscope.pipeline import contents

            with contents(inspection) as reader:
                return self._copies.write(name, reader.content(message.entry), entry.size_bytes, progress)

        self.work(f"Copying {printable(name)}", job, lambda path: self._run(command, path, editor=message.editor))

    def _run(self, command: list[str], path: Path, *, editor: bool) -> None:
        try:
            with self.suspend():
                if editor and sys.__stdout__:
                    sys.__stdout__.write(f"{path.name}: a read-only copy; what you change does not reach the image.\n")
                    sys.__stdout__.flush()
                done = subprocess.run([*command, str(path)], check=False)  # noqa: S603 - the user's own program
        except SuspendNotSupported:
            self.notify("Other programs cannot be started in this terminal.", severity="warning", markup=False)
        except OSError as error:
            text = f"{printable(command[0])} cannot be started: {error.strerror}."
            self.notify(text, severity="error", markup=False)
        else:
            if done.returncode:
                text = f"{printable(command[0])} ended with code {done.returncode}."
                self.notify(text, severity="warning", markup=False)
            elif editor:
                self.notify("It was a copy: nothing of the image was changed.", markup=False)

    # --- taking out

    def on_extract(self, message: wishes.Extract) -> None:
        """Ask where to, and write."""
        message.stop()
        inspection = self.inspection
        if inspection is None:
            return
        path = printable(inspection.tree.path(message.node))
        lines: tuple[Line, ...] = (
            ((f"as it is once layer {message.layer} is applied, to this directory:", Role.DIM),),
        )

        def answered(target: str | None) -> None:
            if target:
                self._extract(inspection, message, Path(target).expanduser())

        self.push_screen(prompts.Question(f"Extract {path}"[:200], lines, TARGET), answered)

    def _extract(self, inspection: Inspection, message: wishes.Extract, target: Path) -> None:
        from layerscope.filesystem.extraction import Extracted, entries_below, extract
        from layerscope.pipeline import contents

        tree = inspection.tree

        def job(progress: ProgressCallback) -> Extracted:
            progress("listing", 0, None)
            entries = list(entries_below(tree, message.node, message.layer))
            with contents(inspection) as reader:
                return extract(tree, reader, entries, target, progress=progress)

        def finish(done: Extracted) -> None:
            files = words.count_text(done.files, "file")
            where = printable(str(target))
            text = f"{files}, {format_size(done.written_bytes)}, below {where}."
            notes = [words.message(note.text) for note in done.notes[:_MOST_NOTES]]
            if len(done.notes) > _MOST_NOTES:
                notes.append(f"and {len(done.notes) - _MOST_NOTES:,} more like these")
            self.notify("\n".join([text, *notes]), timeout=8, markup=False)

        self.work(f"Extracting to {printable(str(target))}", job, finish)

    # --- searching and choosing

    def on_find_everywhere(self, message: wishes.FindEverywhere) -> None:
        """Search all layers, and go to what was chosen."""
        message.stop()
        inspection = self.inspection
        if inspection is None:
            return

        def chosen(place: Place | None) -> None:
            if place is not None:
                tree, layers = inspection.tree, self.layer_rows
                self.change_view(
                    lambda view: focus(jump(view, tree, layers, layer=place.layer, node=place.node), "files")
                )

        self.push_screen(Everywhere(inspection, message.query), chosen)

    def on_choose_columns(self, message: wishes.ChooseColumns) -> None:
        """Turn columns on and off."""
        message.stop()

        def row(column: Column) -> Callable[[], Line]:
            def write() -> Line:
                on = column in self.view.looks.columns
                return (("[x] " if on else "[ ] ", Role.FOCUS if on else Role.DIM), (column.value, Role.TEXT))

            return write

        columns = list(Column)
        lines: tuple[Line, ...] = ((("shown where there is room beside the name", Role.DIM),),)

        def toggle(number: int) -> None:
            self.change_view(lambda view: look(view, lambda now: toggle_column(now, columns[number])))

        options = [row(column) for column in columns]
        self.push_screen(prompts.Choice("Columns", lines, options, toggle=toggle, opened_by="files.columns"))

    def on_choose_image(self, message: wishes.ChooseImage) -> None:
        """Ask which of several images, or platforms, is meant."""
        message.stop()
        candidates = message.error.candidates
        lines: tuple[Line, ...] = (((words.message(message.error.message), Role.DIM),),)

        def chosen(number: int | None) -> None:
            if number is not None:
                self.read_other(candidates[number])

        rows = [_option(words.one_line(candidate.label)) for candidate in candidates]
        what = {"platform": "Which platform?"}.get(candidates[0].option, "Which image?")
        self.push_screen(prompts.Choice(what, lines, rows), chosen)

    def end_errands(self) -> None:
        """Remove what was left on disk for other programs."""
        self._copies.remove()


def _option(text: str) -> Callable[[], Line]:
    return lambda: ((text, Role.TEXT),)
