"""Dataclasses that cost next to nothing until the first object is made; nearly all are frozen.

`@dataclass(frozen=True, slots=True)` of the standard library compiles six methods for every class, half a millisecond
each (Python 3.11): of the hundred classes that a run of `layerscope ci` loads this was 60 of 200 ms, and what else it
does for each was 15. Here a class gets slots, shared methods, and an `__init__` that is compiled when it is first
called. What the standard library wants to know of a dataclass is made when it asks, and type checkers see its own
decorator.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["cached_property", "dataclass", "field", "fields", "replace"]

_set = object.__setattr__
_UNSET = object()


class _Field:
    """One field of a class."""

    __slots__ = ("compare", "default", "default_factory", "init", "name", "repr", "type")

    def __init__(self, **said: Any) -> None:
        self.name, self.type = "", None
        self.default = said.get("default", _UNSET)
        self.default_factory = said.get("default_factory", _UNSET)
        self.init, self.repr, self.compare = (said.get(name, True) for name in ("init", "repr", "compare"))
        if not said.keys() <= set(self.__slots__):
            raise TypeError(f"a field has no {', '.join(said.keys() - set(self.__slots__))} here")


if TYPE_CHECKING:
    from dataclasses import dataclass, field, fields, replace
    from functools import cached_property
else:

    class cached_property:  # noqa: N801  as it is called in `functools`
        """That of later Pythons: in 3.11 all objects of a class share a lock, which a fork may leave locked forever."""

        def __init__(self, work: Callable[[Any], object]) -> None:
            self._work = work

        def __set_name__(self, _owner: type, name: str) -> None:
            self._name = name

        def __get__(self, one: Any, _owner: type | None = None) -> object:
            if one is None:
                return self
            value = one.__dict__[self._name] = self._work(one)
            return value

    field = _Field

    def dataclass(*, slots: bool, frozen: bool = False, eq: bool = True) -> Callable[[type], type]:
        """Make a class a dataclass with slots, which is the only kind there is here."""
        if not slots:
            raise TypeError("only dataclasses with slots are made here")
        return lambda cls: _made(cls, frozen=frozen, eq=eq)

    def fields(of: Any) -> tuple[_Field, ...]:
        """Give the fields of a class or of an object, in their order."""
        return tuple(of.__layerscope_fields__.values())

    def replace(one: Any, /, **changes: object) -> object:
        """Make another object of the same class with some fields changed."""
        for name in one.__match_args__:
            if name not in changes:
                changes[name] = getattr(one, name)
        return type(one)(**changes)


def _made(cls: type, *, frozen: bool, eq: bool) -> type:
    known: dict[str, _Field] = {}
    for base in reversed(cls.__mro__[1:]):
        known |= base.__dict__.get("__layerscope_fields__", {})
    members = {name: value for name, value in cls.__dict__.items() if name not in {"__dict__", "__weakref__"}}
    slots = tuple(name for name in cls.__annotations__ if name not in known)
    for name, kind in cls.__annotations__.items():
        default = members.pop(name, _UNSET)
        known[name] = one = default if isinstance(default, _Field) else _Field(default=default)
        one.name, one.type = name, kind
        if one.default.__class__.__hash__ is None:
            raise ValueError(f"{cls.__qualname__}.{name}: all objects would share one {type(one.default).__name__}")
    shared: dict[str, object] = {"__repr__": _repr, "__replace__": replace}
    if eq:
        shared |= {"__eq__": _eq, "__hash__": _hash if frozen else None}
    if frozen:
        members |= {"__setattr__": _refuse_set, "__delattr__": _refuse_delete}
        members |= {"__getstate__": _state, "__setstate__": _set_state}
    members |= {
        "__slots__": slots,
        "__match_args__": tuple(one.name for one in known.values() if one.init),
        "__layerscope_fields__": known,
        "__dataclass_fields__": _OfTwin("__dataclass_fields__", frozen=frozen),
        "__dataclass_params__": _OfTwin("__dataclass_params__", frozen=frozen),
        "__signature__": _Signature(),
        "__qualname__": cls.__qualname__,
    }

    def first_init(self: object, *args: object, **named: object) -> None:
        made.__init__ = _init_of(made, frozen=frozen)
        made.__init__(self, *args, **named)

    made: Any = type(cls)(cls.__name__, cls.__bases__, shared | members | {"__init__": first_init})
    return made  # type: ignore[no-any-return]  # Any, because methods are put into it


class _OfTwin:
    """What the standard library looks for in a class: taken, when it looks, from one that it has made itself."""

    def __init__(self, name: str, *, frozen: bool) -> None:
        self._name = name
        self._frozen = frozen

    def __get__(self, _instance: object, cls: Any) -> Any:
        import dataclasses

        def twin_of(one: _Field) -> tuple[str, Any, Any]:
            default = {} if one.default is _UNSET else {"default": one.default}
            factory = {} if one.default_factory is _UNSET else {"default_factory": one.default_factory}
            return one.name, one.type, dataclasses.field(
                **default, **factory, init=one.init, repr=one.repr, compare=one.compare
            )  # fmt: skip

        all_fields = cls.__layerscope_fields__.values()
        twin = dataclasses.make_dataclass(cls.__name__, map(twin_of, all_fields), frozen=self._frozen)
        setattr(cls, self._name, getattr(twin, self._name))
        return getattr(twin, self._name)


class _Signature:
    """What `help` and editors show of a class: the compiled `__init__` is not there yet, and has no annotations."""

    def __get__(self, _instance: object, cls: Any) -> object:
        import dataclasses
        from inspect import Parameter, Signature

        def default(one: _Field) -> object:
            if one.default_factory is not _UNSET:
                return dataclasses._HAS_DEFAULT_FACTORY  # type: ignore[attr-defined]  # noqa: SLF001 - as it is shown there
            return Parameter.empty if one.default is _UNSET else one.default

        kind = Parameter.POSITIONAL_OR_KEYWORD
        all_fields = [one for one in cls.__layerscope_fields__.values() if one.init]
        parameters = [Parameter(one.name, kind, default=default(one), annotation=one.type) for one in all_fields]
        return Signature(parameters, return_annotation=None)


def _init_of(cls: Any, *, frozen: bool) -> Callable[..., None]:
    """Compile what takes the fields as arguments."""
    parameters, lines = [], []
    known: dict[str, Any] = {"_set": _set, "_unset": _UNSET}
    for name, one in cls.__layerscope_fields__.items():
        default, value = "", name
        if one.default_factory is not _UNSET:
            known[f"_make_{name}"] = one.default_factory
            default, value = "=_unset", f"_make_{name}() if {name} is _unset else {name}"
        elif one.default is not _UNSET:
            known[f"_default_{name}"] = one.default
            default = f"=_default_{name}"
        if one.init:
            parameters.append(f"{name}{default}")
        else:
            value = f"_make_{name}()" if one.default_factory is not _UNSET else f"_default_{name}"
        lines.append(f" _set(self, {name!r}, {value})\n" if frozen else f" self.{name} = {value}\n")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()\n")
    source = f"def __init__(self, {', '.join(parameters)}):\n{''.join(lines) or ' pass'}"
    exec(source, known)  # noqa: S102  as the standard library does; all of it is from our own classes
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def _compared(self: Any) -> object:
    cls = self.__class__
    if "_compared_of" not in cls.__dict__:
        names = (one.name for one in cls.__layerscope_fields__.values() if one.compare)
        cls._compared_of = staticmethod(attrgetter("__class__", *names))
    return cls._compared_of(self)


def _repr(self: Any) -> str:
    shown = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{type(self).__qualname__}({shown})"


def _eq(self: object, other: object) -> bool:
    return bool(_compared(self) == _compared(other)) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: object) -> int:
    return hash(_compared(self))


def _refuse_set(_self: object, name: str, _value: object) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_delete(_self: object, name: str) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[object]:
    return [getattr(self, name) for name in self.__layerscope_fields__]


def _set_state(self: Any, state: list[object]) -> None:
    for name, value in zip(self.__layerscope_fields__, state, strict=True):
        _set(self, name, value)
