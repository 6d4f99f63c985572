"""The command line as a whole: finds the command, or takes the first word for an image. Owns no command."""

import contextlib
import itertools
import os
from importlib import import_module

import click

from layerscope import __version__
from layerscope.cli import COMMANDS
from layerscope.cli.streams import standard_output, tell
from layerscope.cli.terminal import wants_interface
from layerscope.errors import UsageError

_PROGRAM = "layerscope"
_INTERFACE, _GATE = "inspect", "ci"
_OF_THE_INTERFACE = frozenset({"--no-state"})
_COMPLETION = "_LAYERSCOPE_COMPLETE"
_HELP = frozenset({"-h", "--help"})
_OWN_OPTIONS = _HELP | {"--version"}
_FLAGS = frozenset({"--quiet", "--debug", "--no-color"})
_USAGE = 2
_EPILOG = (
    "IMAGE is a file or directory, an image name, - (an archive on standard input), demo, or SCHEME://…. "
    "Exit codes: 0 passed, 1 a rule failed, 2 wrong usage, 3 the image could not be read, 4 a fault of layerscope, "
    "130 interrupted."
)


class _Root(click.Group):
    """Loads a command's module when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"layerscope.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, _with_command(args))


def _with_command(args: list[str]) -> list[str]:
    """Put the command first: `--quiet ci x` is `ci --quiet x`, and `x` is `inspect x`, or `ci x` where nobody looks."""
    if not args or args[0] in _OWN_OPTIONS:
        return args
    flags = list(itertools.takewhile(_FLAGS.__contains__, args))
    word, *rest = args[len(flags) :] or [""]
    if word == _INTERFACE and not wants_interface() and not _HELP.intersection(rest):
        return _judging([*flags, *rest])
    if word in COMMANDS:
        return [word, *flags, *rest]
    if rest and not word.startswith("-") and not rest[0].startswith("-"):  # two words: no image
        import difflib

        close = difflib.get_close_matches(word, COMMANDS, n=1)
        hint = f"did you mean {_PROGRAM} {close[0]}?" if close else f"commands: {', '.join(COMMANDS)}"
        raise UsageError(f"{word} is not a command, and one image is looked at a time", hint=hint)
    return [_INTERFACE, *args] if wants_interface() else _judging(args)


def _judging(args: list[str]) -> list[str]:
    """Judge the image that nobody looks at; what only the interface is told means nothing then."""
    return [_GATE, *(word for word in args if word not in _OF_THE_INTERFACE)]


@click.command(
    cls=_Root,
    name=_PROGRAM,
    epilog=_EPILOG,
    options_metavar="",
    subcommand_metavar="[COMMAND] IMAGE …",
    context_settings={"help_option_names": sorted(_HELP)},
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def root() -> None:
    """Show, byte by byte, why a container image is as big as it is, and what to change in the Dockerfile.

    `layerscope IMAGE` opens the terminal interface; where there is no terminal or CI is true, it is `layerscope ci
    IMAGE`, and takes its options.
    """


def invoke(argv: list[str]) -> int:
    """Run a command and return its exit code; raises what it raises."""
    instruction = os.environ.get(_COMPLETION)
    if instruction:
        from click.shell_completion import shell_complete

        return shell_complete(root, {}, _PROGRAM, _COMPLETION, instruction)
    if not argv:
        with root.make_context(_PROGRAM, [], resilient_parsing=True) as context:
            tell(root.get_help(context))
        return _USAGE
    code = 0
    # click writes the help itself: a disk that is full, or a closed stream, is no fault of ours there either.
    writing = standard_output() if _HELP.intersection(argv) else contextlib.nullcontext()
    try:
        with writing, root.make_context(_PROGRAM, argv) as context:
            code = root.invoke(context)
    except click.exceptions.Exit as done:  # --help has been printed
        code = done.exit_code
    with standard_output():
        return int(code)
