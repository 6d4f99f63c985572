"""Frozen dataclasses that cost next to nothing until the first object is made.

`@dataclass(frozen=True, slots=True)` of the standard library compiles six methods for every class, half a millisecond
each (Python 3.11): of the hundred classes that a run of `layerscope ci` loads this was 60 of 200 ms. Here the class
gets its fields, slots and `match` arguments from the standard library, but shared methods instead of compiled ones, and
an `__init__` that is compiled when it is first called. Type checkers see the standard library's own decorator.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field, fields, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass", "field", "fields", "replace"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: bool, slots: bool, eq: bool = True) -> Callable[[type], type]:
        """Make a class a frozen dataclass with slots, which is the only kind there is here."""
        if not (frozen and slots):
            raise TypeError("only frozen dataclasses with slots are made here")
        return lambda cls: _made(cls, eq=eq)


_set = object.__setattr__


def _made(cls: type, *, eq: bool) -> type:
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    shared: dict[str, object] = {"__repr__": _repr}
    if eq:
        shared |= {"__eq__": _eq, "__hash__": _hash}
    for name, method in shared.items():
        if name not in cls.__dict__:
            setattr(made, name, method)
    made.__setattr__, made.__delattr__ = _refuse_set, _refuse_delete
    made.__getstate__, made.__setstate__ = _state, _set_state

    def first_init(self: object, *args: object, **named: object) -> None:
        made.__init__ = _init_of(made)
        made.__init__(self, *args, **named)

    made.__init__ = first_init
    made.__signature__ = _Signature()
    return made  # type: ignore[no-any-return]  # Any, because methods are put into it


class _Signature:
    """What `help` and editors show of a class: the compiled `__init__` is not there yet, and has no annotations."""

    def __get__(self, _instance: object, cls: type) -> object:
        from inspect import Parameter, Signature

        def default(one: "dataclasses.Field[Any]") -> object:
            if one.default_factory is not dataclasses.MISSING:
                return dataclasses._HAS_DEFAULT_FACTORY  # type: ignore[attr-defined]  # noqa: SLF001 - as it is shown there
            return Parameter.empty if one.default is dataclasses.MISSING else one.default

        kind = Parameter.POSITIONAL_OR_KEYWORD
        parameters = [Parameter(one.name, kind, default=default(one), annotation=one.type) for one in fields(cls)]
        return Signature(parameters, return_annotation=None)


def _init_of(cls: type) -> Callable[..., None]:
    """Compile what takes the fields as arguments."""
    parameters, lines = [], []
    known: dict[str, Any] = {"_set": _set, "_unset": _UNSET}
    for one in fields(cls):
        if one.kw_only or not one.init:
            raise TypeError(f"{cls.__qualname__}.{one.name}: each field is an argument, by place or by name")
        default, value = "", one.name
        if one.default_factory is not dataclasses.MISSING:
            known[f"_make_{one.name}"] = one.default_factory
            default, value = "=_unset", f"_make_{one.name}() if {one.name} is _unset else {one.name}"
        elif one.default is not dataclasses.MISSING:
            known[f"_default_{one.name}"] = one.default
            default = f"=_default_{one.name}"
        parameters.append(f"{one.name}{default}")
        lines.append(f" _set(self, {one.name!r}, {value})\n")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()\n")
    source = f"def __init__(self, {', '.join(parameters)}):\n{''.join(lines) or ' pass'}"
    exec(source, known)  # noqa: S102  as the standard library does; all of it is from our own classes
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


_UNSET = object()


def _compared(self: Any) -> object:
    cls = self.__class__
    if "_compared_of" not in cls.__dict__:
        cls._compared_of = staticmethod(attrgetter("__class__", *(one.name for one in fields(self) if one.compare)))
    return cls._compared_of(self)


def _repr(self: Any) -> str:
    shown = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{type(self).__qualname__}({shown})"


def _eq(self: object, other: object) -> bool:
    return bool(_compared(self) == _compared(other)) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: object) -> int:
    return hash(_compared(self))


def _refuse_set(_self: object, name: str, _value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_delete(_self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[object]:
    return [getattr(self, one.name) for one in fields(self)]


def _set_state(self: Any, state: list[object]) -> None:
    for one, value in zip(fields(self), state, strict=True):
        _set(self, one.name, value)
