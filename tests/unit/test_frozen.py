"""Our frozen dataclasses are as the standard library's, whatever is done with them."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import threading
import time
from typing import Any

import pytest

from layerscope import frozen
from layerscope.frozen import cached_property
from layerscope.model.files import SparseMap


@dataclasses.dataclass(frozen=True, slots=True)
class Theirs:
    """A class of the standard library."""

    one: int
    other: str = "b"
    many: list[int] = dataclasses.field(default_factory=lambda: [1])
    hidden: int = dataclasses.field(default=0, repr=False, compare=False)


@frozen.dataclass(frozen=True, slots=True)
class Ours:
    """The same class."""

    one: int
    other: str = "b"
    many: list[int] = frozen.field(default_factory=lambda: [1])
    hidden: int = frozen.field(default=0, repr=False, compare=False)


@frozen.dataclass(frozen=True, slots=True)
class Child(Ours):
    """One with a field more, and a text of its own."""

    more: tuple[int, ...] = ()

    def __repr__(self) -> str:
        return f"child {self.more}"


@frozen.dataclass(frozen=True, slots=True, eq=False)
class Single:
    """One that is equal to itself alone."""

    one: int


_MAKE = (lambda cls: cls(1), lambda cls: cls(1, "c", many=[2]), lambda cls: cls(one=3, hidden=9))


@pytest.mark.parametrize("make", _MAKE)
def test_objects_show_the_same_fields(make: Any) -> None:
    ours, theirs = make(Ours), make(Theirs)
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)
    assert [one.name for one in dataclasses.fields(ours)] == [one.name for one in dataclasses.fields(theirs)]
    assert Ours.__match_args__ == Theirs.__match_args__
    assert not hasattr(ours, "__dict__")


@pytest.mark.parametrize("arguments", [(), (1, 2, 3, 4, 5)])
def test_wrong_arguments_are_refused_in_the_same_words(arguments: tuple[int, ...]) -> None:
    said = []
    for cls in (Ours, Ours, Theirs):  # the first call is another one inside
        with pytest.raises(TypeError) as caught:
            cls(*arguments)  # type: ignore[arg-type]
        said.append(str(caught.value).replace("Theirs", "Ours"))
    assert said[0] == said[1] == said[2]


def test_objects_cannot_be_changed() -> None:
    ours = Ours(1)
    for name in ("one", "new"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(ours, name, 2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        delattr(ours, "one")
    assert ours.one == 1


def test_equal_objects_are_equal_and_have_one_hash() -> None:
    assert Ours(1, hidden=1) == Ours(1, hidden=2)
    assert Ours(1) != Ours(2)
    assert Ours(1) != Theirs(1)  # type: ignore[comparison-overlap]
    assert Ours(1) != Child(1)
    assert hash(SparseMap(1, ((0, 1),))) == hash(SparseMap(1, ((0, 1),)))
    assert Single(1) != Single(1)
    assert len({Single(1), Single(1)}) == 2


def test_no_two_objects_share_a_default_that_can_change() -> None:
    assert Ours(1).many is not Ours(1).many


def test_objects_can_be_copied_pickled_and_replaced() -> None:
    for one in (Ours(1, "x", [3], 4), Child(1, more=(2,))):
        for made in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
            assert made == one
            assert made.hidden == one.hidden
        assert dataclasses.replace(one, one=9) == type(one)(9, *[getattr(one, name) for name in one.__match_args__[1:]])


def test_a_class_keeps_the_methods_that_it_has() -> None:
    assert repr(Child(1, more=(7,))) == "child (7,)"
    assert Child(1, more=(7,)).one == 1


def test_only_classes_with_slots_are_made() -> None:
    with pytest.raises(TypeError, match="slots"):
        frozen.dataclass(frozen=True, slots=False)


def test_help_shows_the_arguments_before_an_object_is_made_and_after() -> None:
    @frozen.dataclass(frozen=True, slots=True)
    class Fresh(Ours):
        more: tuple[int, ...] = ()

    expected = str(inspect.signature(Theirs)).replace(") ->", ", more: 'tuple[int, ...]' = ()) ->")
    assert str(inspect.signature(Ours)) == str(inspect.signature(Theirs))
    assert str(inspect.signature(Fresh)) == expected
    Fresh(1)
    assert str(inspect.signature(Fresh)) == expected


@dataclasses.dataclass(slots=True)
class TheirTally:
    """One that can be changed, of the standard library."""

    name: str
    seen: list[int] = dataclasses.field(default_factory=list)
    count: int = dataclasses.field(default=7, init=False)
    gone: set[int] = dataclasses.field(default_factory=set, init=False)


@frozen.dataclass(slots=True)
class OurTally:
    """The same class."""

    name: str
    seen: list[int] = frozen.field(default_factory=list)
    count: int = frozen.field(default=7, init=False)
    gone: set[int] = frozen.field(default_factory=set, init=False)


def test_what_is_not_frozen_can_be_changed_and_is_not_hashed() -> None:
    ours, theirs = OurTally("x"), TheirTally("x")
    for one in (ours, theirs):
        one.count += 1
        one.gone.add(3)
    assert repr(ours) == repr(theirs).replace("Their", "Our")
    assert ours == pickle.loads(pickle.dumps(ours)) == copy.deepcopy(ours) != OurTally("x")
    assert str(inspect.signature(OurTally)) == str(inspect.signature(TheirTally))
    unknown = "other"
    for cls in (OurTally, TheirTally):
        assert cls.__match_args__ == ("name", "seen")
        with pytest.raises(TypeError, match="unhashable"):
            hash(cls("x"))
        with pytest.raises(AttributeError):
            setattr(cls("x"), unknown, 1)


def test_the_standard_library_takes_our_classes_for_its_own() -> None:
    params = "__dataclass_params__"
    for ours, theirs in ((Ours, Theirs), (OurTally, TheirTally)):
        assert dataclasses.is_dataclass(ours)
        names = ("name", "type", "init", "repr", "compare", "hash", "kw_only")
        shown = [[[getattr(one, name) for name in names] for one in dataclasses.fields(cls)] for cls in (ours, theirs)]
        assert shown[0] == shown[1]
        assert getattr(ours, params).frozen == getattr(theirs, params).frozen
    assert [one.name for one in frozen.fields(Child)] == [one.name for one in dataclasses.fields(Child)]
    assert frozen.replace(Ours(1, hidden=3), one=2).hidden == 3
    assert dataclasses.asdict(Child(1, more=(2,)))["more"] == (2,)


def test_a_default_that_all_objects_would_share_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Odd\.one: all objects would share one list"):
        frozen.dataclass(frozen=True, slots=True)(type("Odd", (), {"__annotations__": {"one": list}, "one": []}))


def test_a_field_that_is_no_plain_argument_is_refused() -> None:
    with pytest.raises(TypeError, match="a field has no kw_only here"):
        frozen.field(default=1, kw_only=True)


def test_what_an_object_works_out_once_is_not_waited_for_by_another_object() -> None:
    begun, ended = threading.Event(), threading.Event()

    class Slow:
        def __init__(self, *, waits: bool) -> None:
            self.waits = waits
            self.count = 0

        @cached_property
        def answer(self) -> int:
            self.count += 1
            begun.set()
            if self.waits:
                ended.wait(30)
            return 42

    slow, quick = Slow(waits=True), Slow(waits=False)
    thread = threading.Thread(target=lambda: slow.answer)
    thread.start()
    begun.wait(30)
    started = time.monotonic()
    assert (quick.answer, quick.answer, quick.count) == (42, 42, 1)
    assert time.monotonic() - started < 10
    ended.set()
    thread.join()
    assert (slow.answer, slow.count) == (42, 1)
