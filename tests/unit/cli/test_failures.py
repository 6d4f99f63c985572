"""What is said when a run ends badly."""

import click
import pytest

from layerscope.cli.failures import explain
from layerscope.errors import (
    AmbiguousImageError,
    ConfigError,
    DamagedImageError,
    EngineError,
    ImageNotFoundError,
    LayerscopeError,
    NotAnImageError,
    UsageError,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), 2),
        (ConfigError("x"), 2),
        (click.UsageError("x"), 2),
        (click.BadParameter("x"), 2),
        (ImageNotFoundError("x"), 3),
        (EngineError("x"), 3),
        (NotAnImageError("x"), 3),
        (DamagedImageError("x"), 3),
        (LayerscopeError("x"), 4),
        (ValueError("x"), 4),
        (MemoryError(), 4),
        (RecursionError("x"), 4),
        (OSError(28, "No space left"), 4),
        (KeyboardInterrupt(), 130),
    ],
)
def test_every_end_has_its_exit_code(error: BaseException, code: int) -> None:
    assert explain(error).exit_code == code


def _half_a_module() -> None:
    try:
        raise KeyboardInterrupt
    finally:
        raise ImportError("half a module")


def test_what_fails_because_of_an_interrupt_is_an_interrupt() -> None:
    with pytest.raises(ImportError) as caught:
        _half_a_module()
    assert explain(caught.value).lines == ("layerscope: stopped",)


def test_a_failure_is_one_line_and_its_hint_another() -> None:
    failure = explain(NotAnImageError("x.tar is a zip\narchive", hint="unpack\tit"))
    assert failure.lines == ("layerscope: x.tar is a zip archive", "  unpack it")


def test_nothing_from_an_archive_acts_on_the_terminal() -> None:
    lines = explain(DamagedImageError("bad member \x1b[2J\u202e", hint="see \x9b1m")).lines
    assert lines == (r"layerscope: bad member \x1b[2J\u202e", r"  see \u009b1m")


def test_a_name_that_is_printable_already_is_not_escaped_again() -> None:
    assert explain(DamagedImageError(r"bad member a\x1b\xff")).lines == (r"layerscope: bad member a\x1b\xff",)


def test_an_endless_message_is_cut() -> None:
    assert len(explain(DamagedImageError("x" * 10_000_000)).lines[0]) < 1_100


def test_choices_are_listed() -> None:
    error = AmbiguousImageError("two images", choices=("a:1", "b:2"), hint="name one with --tag")
    assert explain(error).lines[1:] == ("  name one with --tag", "  choices: a:1, b:2")


def test_a_fault_of_our_own_asks_for_a_report() -> None:
    failure = explain(KeyError("digest"))
    assert failure.lines[0] == "layerscope: a fault of our own: KeyError: 'digest'"
    assert "--debug" in failure.lines[1]
