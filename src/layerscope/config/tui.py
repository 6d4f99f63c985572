"""What can be set for the terminal interface: keys, a preset of them, a theme. It knows itself which keys there are."""

from collections.abc import Mapping

from layerscope.config.values import known_keys, one_of, quoted
from layerscope.errors import ConfigError, together
from layerscope.frozen import dataclass

PRESETS = ("layerscope", "dive")
_KNOWN = ("preset", "keys", "theme", "remember")


@dataclass(frozen=True, slots=True)
class TuiSettings:
    """What the user wants; the defaults change nothing."""

    preset: str = PRESETS[0]
    """Whose keys to begin with."""
    keys: tuple[tuple[str, str], ...] = ()
    """(id of an action, its keys with commas between them)."""
    theme: str | None = None
    remember: bool = True
    """Where one was in an image is remembered for the next time."""
    origin: str = ""
    """The file that says so, for messages."""

    @property
    def has_keys(self) -> bool:
        """Tell whether some keys are not the usual ones."""
        return bool(self.keys) or self.preset != PRESETS[0]


def parse_tui(rule: str, value: object) -> TuiSettings:
    """Read the table `[tui]`."""
    if not isinstance(value, Mapping):
        raise ConfigError(f"{rule}: {quoted(value)} is not a table", hint=f"write [{rule}]")
    known_keys(rule, value, _KNOWN)
    theme, remember = value.get("theme"), value.get("remember", True)
    if theme is not None and not isinstance(theme, str):
        raise ConfigError(f"{rule}.theme: {quoted(theme)} is not a name")
    if not isinstance(remember, bool):
        raise ConfigError(f"{rule}.remember: {quoted(remember)} is neither true nor false")
    return TuiSettings(
        preset=one_of(f"{rule}.preset", value.get("preset", PRESETS[0]), PRESETS),
        keys=_keys(f"{rule}.keys", value.get("keys", {})),
        theme=theme,
        remember=remember,
    )


def _keys(rule: str, value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, Mapping):
        raise ConfigError(f"{rule}: {quoted(value)} is not a table", hint=f"write [{rule}]")
    found, mistakes = [], []
    for name, keys in value.items():
        words = [keys] if isinstance(keys, str) else keys
        if isinstance(words, Mapping):
            mistakes.append(
                ConfigError(f"{rule}: {quoted(name)} is a table", hint=f'write "{name}.…" = "x", in quotes')
            )
        elif not isinstance(words, list) or not words or not all(isinstance(word, str) and word for word in words):
            mistakes.append(
                ConfigError(f"{rule}: {name}: {quoted(keys)} is no key", hint='write "x" or ["x", "ctrl+x"]')
            )
        else:
            found.append((str(name), ",".join("comma" if word == "," else word for word in words)))
    if mistakes:
        raise together(mistakes)
    return tuple(found)
