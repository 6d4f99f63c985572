"""What is said, and which code is returned, when a run ends badly. Says it to nobody: `main` does."""

import sys
from collections.abc import Sequence

from layerscope.errors import (
    AmbiguousImageError,
    CancelledError,
    ConfigError,
    EngineError,
    ImageNotFoundError,
    LayerscopeError,
)
from layerscope.frozen import dataclass
from layerscope.units import prose

_USAGE = 2
_FAULT = 4
_MOST_CHOICES = 20
_MOST_MISTAKES = 20
_LONGEST_LINE = 1000  # characters: a hostile manifest must not fill a log


@dataclass(frozen=True, slots=True)
class Failure:
    """One line on what is wrong, perhaps others on what to do, and the exit code."""

    lines: tuple[str, ...]
    exit_code: int


def explain(error: BaseException, argv: Sequence[str] = ()) -> Failure:
    """Find the words and the code for what ended the run of a command line."""
    if _by_interrupt(error):
        error = CancelledError()
    if isinstance(error, ConfigError) and error.others:
        each = [explain(one) for one in error.each[:_MOST_MISTAKES]]
        more = len(error.each) - len(each)
        lines = [line for one in each for line in one.lines] + ([f"  and {more:,} more"] if more else [])
        return Failure(tuple(lines), error.exit_code)
    if isinstance(error, LayerscopeError):
        hints = [error.hint] if error.hint else []
        if isinstance(error, ImageNotFoundError | EngineError):
            from layerscope.cli.misspelt import command_meant

            hints[:0] = command_meant(argv)
        if isinstance(error, AmbiguousImageError):
            hints.append("choices: " + ", ".join(error.choices[:_MOST_CHOICES]))
        return _failure(error.message, *hints, exit_code=error.exit_code)
    return _usage(error) or _fault(error)


def _by_interrupt(error: BaseException) -> bool:
    """Tell whether an interrupt ended the run, also where something failed because of it."""
    link: BaseException | None = error
    while link is not None and not isinstance(link, KeyboardInterrupt):
        link = link.__cause__ or link.__context__
    return link is not None


def _usage(error: BaseException) -> Failure | None:
    click = sys.modules.get("click")  # if nobody has imported it, the error is not one of its
    if click is None or not isinstance(error, click.UsageError):
        return None
    if isinstance(error, click.NoSuchOption):
        from layerscope.cli.misspelt import meant

        return _failure(f"there is no option {error.option_name}", meant(error), exit_code=_USAGE)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):  # its message is the help, written by us alone
        return Failure(tuple(error.format_message().splitlines()), _USAGE)
    command = error.ctx.command_path if error.ctx else "layerscope"
    return _failure(error.format_message(), f"see {command} --help", exit_code=_USAGE)


def _fault(error: BaseException) -> Failure:
    return _failure(
        f"a fault of our own: {type(error).__name__}: {error}",
        "run it again with --debug, and please report what that prints",
        exit_code=_FAULT,
    )


def _failure(message: str, *hints: str, exit_code: int) -> Failure:
    return Failure((f"layerscope: {_shown(message)}", *(f"  {_shown(hint)}" for hint in hints)), exit_code)


def _shown(text: str) -> str:
    """Messages name files and members of archives: the one place where they become safe to print."""
    line = prose(text)
    return line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + "…"
