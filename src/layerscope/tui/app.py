"""The Textual application: themes, keys that work everywhere, and how it ends. All else is the screen's."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.filter import ANSIToTruecolor, LineFilter
from textual.message import Message
from textual.screen import Screen

from layerscope.errors import CancelledError, Choice, ConfigError
from layerscope.frozen import replace
from layerscope.model.image import RawImage
from layerscope.model.inspection import Inspection
from layerscope.pipeline import InspectOptions, inspect
from layerscope.tui.choosing import Choosing
from layerscope.tui.collecting import Collecting
from layerscope.tui.help import HelpScreen, key_groups
from layerscope.tui.loading import Announced, Inspect, Loader
from layerscope.tui.phase import Phase
from layerscope.tui.remembered import Memory
from layerscope.tui.restyling import restyle
from layerscope.tui.roles import role_variables
from layerscope.tui.screen import InspectScreen
from layerscope.tui.state import ViewState
from layerscope.tui.terminal import driver_on_stdout, leave_with_the_terminal
from layerscope.tui.themes import THEMES

if TYPE_CHECKING:
    from layerscope.config.tui import TuiSettings

_TURNS = 6
"""Turns of the event loop until everybody whom a key concerns has taken it in: it goes from widget to widget."""


class LayerscopeApp(Choosing):
    """One image, in one terminal."""

    TITLE = "layerscope"
    CSS_PATH = "layerscope.tcss"
    ENABLE_COMMAND_PALETTE = False  # ours is `Choosing`
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "help", "help", key_display="?", id="app.help", tooltip="all keys"),
        Binding("q,ctrl+q,ctrl+c", "quit", "quit", id="app.quit", tooltip="leave layerscope", priority=False),
        Binding("ctrl+p,colon", "command_palette", "all actions", show=False, id="app.actions", tooltip="all actions"),
        Binding("ctrl+t", "change_theme", "theme", show=False, id="app.theme", tooltip="choose a theme"),
    ]

    class TakenIn(Message):
        """A key has come to whom it concerns; what it changed decides whom the next one does.

        Textual hands keys that wait already to whom had the focus before: what is typed ahead would be no text.
        """

    def __init__(
        self,
        reference: str,
        *,
        options: InspectOptions,
        inspect: Inspect = inspect,
        announced: RawImage | None = None,
        settings: "TuiSettings | None" = None,
        memory: Memory | None = None,
    ) -> None:
        """`inspect` is the pipeline's door, or one like it; `announced` what it has said already.

        Raises `ConfigError` for settings that make no sense.
        """
        super().__init__()
        self._reference = reference
        self._options = options
        self._inspect = inspect
        self._fault: Exception | None = None
        for theme in THEMES:
            self.register_theme(theme)
        self.memory = memory
        if self.theme == "textual-dark":  # Textual's default: TEXTUAL_THEME names none
            self.theme = self.usual_theme()
        self._own_keys: dict[str, str] = {}
        self._underway = False
        self._ahead: deque[events.Key] = deque()
        self._garbage = Collecting()
        if settings is not None:
            self._apply(settings)
        known = Announced.of(announced) if announced else None
        self.inspect_screen = InspectScreen(reference, self._loader, known)

    def _apply(self, settings: "TuiSettings") -> None:
        from layerscope.config.values import quoted, suggestion

        if settings.has_keys:
            from layerscope.tui.keymap import keymap

            self._own_keys = keymap(settings)
        if settings.theme is not None:
            if settings.theme not in self.available_themes:
                raise ConfigError(
                    f"tui.theme: there is no theme {quoted(settings.theme)}",
                    hint=suggestion(settings.theme, sorted(self.available_themes)),
                )
            self.theme = self.set_theme = settings.theme

    def on_mount(self) -> None:
        """Use the user's own keys, and end with the terminal."""
        if self._own_keys:
            self.set_keymap(self._own_keys)
        leave_with_the_terminal(self)

    async def on_event(self, event: events.Event) -> None:
        """Have all that a key changes drawn in one go: Textual draws as soon as the first widget is done with it."""
        if not isinstance(event, events.Key):
            await super().on_event(event)
            return
        if event.is_forwarded:  # it comes back from whom it was handed to, for what no widget wanted of it
            await self._take(event)
            self._underway = False
        elif self._underway or self._ahead:
            self._ahead.append(event)
            if len(self._ahead) == 1:
                self.post_message(self.TakenIn())  # behind the key that is under way, if that comes back
        else:
            await self._press(event)

    async def _press(self, event: events.Key) -> None:
        self.pressed(event.key)
        self._garbage.put_off()
        self._underway = True
        await self._take(event)

    async def _take(self, event: events.Key) -> None:
        with self.batch_update():
            await super().on_event(event)
            for _turn in range(_TURNS):
                await asyncio.sleep(0)
        if self.is_running:
            self.screen.check_idle()

    async def on_layerscope_app_taken_in(self, message: TakenIn) -> None:
        """Go on with what was typed ahead."""
        message.stop()
        if self._ahead:
            await self._press(self._ahead.popleft())
        if self._ahead:
            self.post_message(self.TakenIn())

    def _loader(self, screen: InspectScreen) -> Loader:
        def post(message: Message) -> object:
            return screen.post_message(message)

        return Loader(self._reference, self._options, post, inspect=self._inspect)

    @property
    def inspection(self) -> Inspection | None:
        """The image, once it is read."""
        return self.inspect_screen.inspection

    @property
    def view(self) -> ViewState:
        """What is looked at."""
        return self.inspect_screen.view

    def change_view(self, change: Callable[[ViewState], ViewState]) -> None:
        """Look at something else."""
        self.inspect_screen.apply(change)

    @property
    def layer_rows(self) -> list[int | None]:
        """By row of the layers pane: its layer."""
        return self.inspect_screen.layer_rows

    def read_other(self, choice: Choice) -> None:
        """Read the image that was chosen of several."""
        match choice.option:
            case "reference":
                self._reference = choice.value
            case "tag":
                self._options = replace(self._options, tag=choice.value)
            case "platform":
                self._options = replace(self._options, platform=choice.value)
        self.inspect_screen.action_reload()

    def get_driver_class(self) -> type[Driver]:
        """Draw on standard output."""
        return driver_on_stdout(super().get_driver_class())

    def refresh_css(self, animate: bool = True) -> None:  # noqa: FBT001, FBT002 - Textual's own signature
        """Read the styles again for a theme; for the first one they are still to be read."""
        del animate
        if self._is_mounted:
            self.call_next(restyle, self)
        else:
            self.stylesheet.set_variables(self.get_css_variables())

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Spare what is drawn the search for the terminal's own colours, a fifth of the drawing: there are none.

        In themes of the terminal's colours Textual does not look for them either.
        """
        return [one for one in super().get_line_filters() if not isinstance(one, ANSIToTruecolor)]

    def get_default_screen(self) -> Screen[None]:
        """Show the image at once."""
        return self.inspect_screen

    def on_ready(self) -> None:
        """Let garbage be collected from now on; what was made so far stays until the end."""
        self._garbage.begin()

    def get_css_variables(self) -> dict[str, str]:
        """Add the colours of our roles to those of the theme."""
        variables = super().get_css_variables()
        theme = self.current_theme
        added = role_variables(variables, ansi=theme.ansi)
        self.theme_variables = {**variables, **added}
        return self.theme_variables

    @property
    def ended_by(self) -> Exception | None:
        """What kept the user from seeing the image, if anything did: a fault of ours, or what the screen said."""
        if self._fault is not None:
            return self._fault
        screen = self.inspect_screen
        return CancelledError() if screen.phase is Phase.READING else screen.error

    def _handle_exception(self, error: Exception) -> None:
        """Keep a fault for whoever runs the process: Textual's own way out prints a page of our variables, exit 0."""
        if self._fault is None:
            self._fault = error
        super()._handle_exception(error)

    def _print_error_renderables(self) -> None:
        self._exit_renderables.clear()

    def keep_free(self, lines: int) -> None:
        """Leave so many lines above the keys to what is told, where panes are."""
        if self.screen_stack:  # there may be none yet, or none any more
            room = min(lines, self.size.height // 3)
            self.inspect_screen.keep_free(room if self.screen is self.inspect_screen else 0)

    def action_help(self) -> None:
        """Show all keys."""
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(key_groups(self.screen, self.inspect_screen)))

    async def action_quit(self) -> None:
        """Leave."""
        self.remember()
        self.end_errands()
        self._garbage.stop()
        self.inspect_screen.stop_reading()
        self.exit()
