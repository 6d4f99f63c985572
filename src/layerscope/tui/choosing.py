"""The part of the application that lets actions and themes be chosen by their names."""

from layerscope.tui.remembering import Remembering
from layerscope.tui.themes import DARK, LIGHT

_SETTLED_S = 0.1
"""A theme is shown once the cursor rests on it: it styles every widget anew."""


class Choosing(Remembering):
    """See the module."""

    set_theme: str | None = None
    """What the user's configuration says; that is what counts the next time."""

    def action_command_palette(self) -> None:
        """Show all actions; do the one that is chosen."""
        from layerscope.tui.commands import commands_of
        from layerscope.tui.picker import Picker  # not before somebody wants it

        if isinstance(self.screen, Picker):
            return
        commands = commands_of(self.screen)

        def chosen(number: int | None) -> None:
            if number is not None:
                self.call_later(commands[number].run)

        rows = [command.row for command in commands]
        self.push_screen(Picker("All actions", rows, hint="type what you want to do"), chosen)

    def action_change_theme(self) -> None:
        """Show the themes, each on the whole screen while the cursor is on it; keep the one that is chosen."""
        from layerscope.tui.picker import Picker, Row

        if isinstance(self.screen, Picker):
            return
        before = self.theme
        ours = [theme.name for theme in (DARK, LIGHT)]
        names = [*ours, *sorted(name for name in self.available_themes if name not in ours)]
        rows = [Row(name, "dark" if self.available_themes[name].dark else "light") for name in names]
        wanted = before

        def show() -> None:
            timer.pause()
            self.theme = wanted

        def moved(number: int | None) -> None:
            nonlocal wanted
            wanted = before if number is None else names[number]
            timer.reset()
            timer.resume()

        def chosen(number: int | None) -> None:
            timer.stop()
            self.theme = before if number is None else names[number]
            if number is not None and self.theme != before:
                self.notify(self._kept(self.theme), markup=False)

        timer = self.set_interval(_SETTLED_S, show, pause=True)
        hint = "dark, light, or a part of a name"
        self.push_screen(Picker("Theme", rows, hint=hint, at=names.index(before), moved=moved), chosen)

    def _kept(self, theme: str) -> str:
        """Remember a theme, and say for how long it is."""
        if self.set_theme is not None:
            return f"{theme}, until you leave: your configuration says {self.set_theme} (theme, under [tui])."
        if self.memory is None:
            return f'{theme}, until you leave. To keep it: theme = "{theme}" under [tui] in config.toml.'
        self.memory.keep_theme(theme)
        return f"{theme}, the next time, too."

    def usual_theme(self) -> str:
        """Give the theme that was chosen the last time."""
        known = self.memory.theme if self.memory else None
        return known if known in self.available_themes else DARK.name
