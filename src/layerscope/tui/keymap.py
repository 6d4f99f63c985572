"""Other keys for the same actions: a preset, what the user's configuration says, and what of it cannot be.

Every action has an id, that of its `Binding`. Owns which ids there are and which of them can be meant by one key at
the same time; Textual applies the map.
"""

from collections.abc import Iterable, Iterator, Mapping

from textual.binding import Binding, BindingsMap
from textual.dom import DOMNode

from layerscope.config.tui import TuiSettings
from layerscope.config.values import quoted, suggestion
from layerscope.errors import ConfigError, together
from layerscope.frozen import dataclass
from layerscope.units import printable

DIVE: Mapping[str, str] = {
    "find": "ctrl+f,ctrl+slash,slash",
    "find.everywhere": "ctrl+g",
    "view": "ctrl+l,v",
    "list.page-up": "pageup,u",
    "list.page-down": "pagedown,d",
    "list.half-up": "alt+up",
    "list.half-down": "alt+down",
    "text.half-up": "alt+up",
    "text.half-down": "alt+down",
    "files.added": "ctrl+a",
    "files.removed": "ctrl+r",
    "files.modified": "m",  # Dive's ctrl+m is what a terminal sends for enter
    "files.unmodified": "ctrl+u",
    "files.columns": "ctrl+b",
    "files.close-all": "ctrl+space,minus",
    "files.sort": "ctrl+o",
    "files.extract": "ctrl+e",
    "files.difference": "D",
}
_PRESETS: Mapping[str, Mapping[str, str]] = {"layerscope": {}, "dive": DIVE}
_SENT: Mapping[str, str] = {"ctrl+space": "ctrl+@", "ctrl+slash": "ctrl+underscore"}
"""What most terminals send for keys that have no code of their own, by Textual's names for it."""
_EVERYWHERE = frozenset({"list", "text", "seek"})
_NAMED_KEYS = frozenset(
    """up down left right home end pageup pagedown insert delete backspace tab enter space escape comma""".split()  # noqa: SIM905
) | {f"f{number}" for number in range(1, 25)}


@dataclass(frozen=True, slots=True)
class Action:
    """What a key can do."""

    id: str
    keys: tuple[str, ...]
    """In Textual's long form."""
    meaning: str
    scope: str
    """Where the key works: "" everywhere, else the first word of the id: a pane, a sheet, a list."""

    @property
    def shown(self) -> str:
        """The keys as people write them."""
        from textual.keys import format_key

        return "  ".join(map(format_key, self.keys))


def actions() -> dict[str, Action]:
    """Collect all actions from the bindings of all our widgets, by id."""
    import layerscope.tui.app
    import layerscope.tui.viewer.plansheet
    import layerscope.tui.viewer.screen  # noqa: F401 - all classes are made
    from layerscope.tui.panes import PANES
    from layerscope.tui.screen import InspectScreen

    found: dict[str, Action] = {}
    panes = {pane.SPEC.name for pane in PANES}
    for kind in _classes(DOMNode):
        for binding in _bindings(kind):
            first = binding.id.partition(".")[0] if binding.id else ""
            base = any(kind.__name__ == one for one in ("LayerscopeApp", "Errands", InspectScreen.__name__))
            scope = first if first in panes | _EVERYWHERE or not base else ""
            known = found.get(binding.id or "")
            keys = (
                *(known.keys if known else ()),
                *(key for key in [binding.key] if not known or key not in known.keys),
            )
            found[binding.id or ""] = Action(binding.id or "", keys, binding.tooltip or binding.description, scope)
    return found


def _classes(kind: type[DOMNode]) -> Iterator[type[DOMNode]]:
    for one in kind.__subclasses__():
        if one.__module__.startswith("layerscope."):
            yield one
        yield from _classes(one)


def _bindings(kind: type[DOMNode]) -> Iterator[Binding]:
    """Give the bindings that a class itself makes, one for each key."""
    for bindings in BindingsMap(kind.__dict__.get("BINDINGS", ())).key_to_bindings.values():
        yield from (binding for binding in bindings if binding.id)


def keymap(settings: TuiSettings) -> dict[str, str]:
    """Give the keys that are not the usual ones, by id; raises `ConfigError` with the file that asks for them."""
    try:
        return _keymap(settings)
    except ConfigError as error:
        if not settings.origin:
            raise
        raise error.at(f"{settings.origin}: ") from error


def _keymap(settings: TuiSettings) -> dict[str, str]:
    """Make Textual's map of ids to keys; raises `ConfigError` for what there is not, and for keys that are taken."""
    known = actions()
    wanted = {name: _keys(name, keys) for name, keys in _PRESETS[settings.preset].items() if name in known}
    mistakes = []
    for name, keys in settings.keys:
        if name not in known:
            mistakes.append(ConfigError(f"tui.keys: there is no action {quoted(name)}", hint=_suggested(name, known)))
            continue
        try:
            wanted[name] = _keys(name, keys)
        except ConfigError as error:
            mistakes.append(error)
    if mistakes:
        raise together(mistakes)
    if not wanted:
        return {}
    _check(known, wanted, {name for name, _keys in settings.keys})
    touched = {key for name in wanted for key in (*known[name].keys, *wanted[name])}
    # Textual forgets what else is on a key that is given away: all that shares one is said again.
    again = {name: action.keys for name, action in known.items() if touched & set(action.keys)}
    return {name: ",".join(keys) for name, keys in (again | wanted).items()}


def _suggested(name: str, known: Iterable[str]) -> str:
    near = suggestion(name, known)
    return near if near.endswith("?") else f"{near}; layerscope config keys lists all"


def _keys(name: str, keys: str) -> tuple[str, ...]:
    found = [_key(name, key) for key in keys.split(",")]
    return (*found, *(_SENT[key] for key in found if key in _SENT and _SENT[key] not in found))


def _key(name: str, text: str) -> str:
    """Bring a key into Textual's long form."""
    key = text.strip() if len(text) > 1 else text
    *modifiers, last = key.split("+") if len(key) > 1 and not key.endswith("++") else [key]
    if len(last) == 1:
        (binding,) = BindingsMap([Binding(last, "x")]).key_to_bindings.values()
        last = binding[0].key
    elif last not in _NAMED_KEYS and not _is_character(last):
        raise ConfigError(
            f"tui.keys: {name}: there is no key {quoted(text)}", hint=suggestion(last, sorted(_NAMED_KEYS))
        )
    if bad := [one for one in modifiers if one not in {"ctrl", "alt", "shift", "super"}]:
        raise ConfigError(f"tui.keys: {name}: {quoted(bad[0])} is no modifier", hint="there are ctrl, alt and shift")
    whole = "+".join((*modifiers, last))
    return "ctrl+@" if whole == "ctrl+at" else whole


def _is_character(name: str) -> bool:
    """Tell whether this is Textual's name of a character, such as `question_mark`."""
    import unicodedata

    from textual.keys import KEY_NAME_REPLACEMENTS

    names = {short: long for long, short in KEY_NAME_REPLACEMENTS.items()}
    words = names.get(name, name).replace("_", " ").upper()
    for one in (words, words.replace("HYPHEN MINUS", "HYPHEN-MINUS"), words.replace(" THAN SIGN", "-THAN SIGN")):
        try:
            unicodedata.lookup(one)
        except KeyError:
            continue
        return True
    return False


def _check(known: Mapping[str, Action], wanted: Mapping[str, tuple[str, ...]], own: Iterable[str]) -> None:
    """Raise if a key means two actions at the same time, other than those that share one anyway."""
    own = set(own)
    for name, keys in wanted.items():
        for other, action in known.items():
            if name == other or (name not in own and other not in own):
                continue
            taken = set(keys) & set(wanted.get(other, action.keys))
            shared = set(known[name].keys) & set(action.keys)
            if taken - shared and _together(known[name].scope, action.scope):
                key = printable(min(taken - shared))
                raise ConfigError(
                    f"tui.keys: {key} would mean {name} and {other}", hint=f'give "{other}" another key, too'
                )


def _together(one: str, other: str) -> bool:
    """Tell whether two scopes can have the focus at the same time."""
    from layerscope.tui.panes import PANES

    if one == other:
        return True
    if {one, other} <= _EVERYWHERE:
        return False
    panes = {"", *(pane.SPEC.name for pane in PANES)}
    if "" in {one, other}:
        return {one, other} <= panes | _EVERYWHERE
    return one in _EVERYWHERE or other in _EVERYWHERE
