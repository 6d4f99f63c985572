"""From arguments to an exit code; every way a run can end goes through here.

Imports nothing heavy, so that `--version` answers at once and a broken installation can still say so.
"""

from collections.abc import Sequence

from layerscope.cli.streams import prepare_streams, standard_output, tell


def run(argv: Sequence[str]) -> int:
    """Run the command line `argv` (without the program's name) and return the exit code of the README."""
    prepare_streams()
    try:
        return _run(list(argv))
    except BaseException as error:  # noqa: BLE001 - whatever happened, the user gets one line and the right code
        from layerscope.cli.failures import explain

        if "--debug" in argv:
            import traceback

            from layerscope.units import printable

            # It holds what the error says, and that may come from an image.
            for line in "".join(traceback.format_exception(error)).rstrip().split("\n"):
                tell(printable(line).replace("\\\\", "\\"))
        failure = explain(error, argv)
        for line in failure.lines:
            tell(line)
        return failure.exit_code


def _run(argv: list[str]) -> int:
    if argv == ["--version"]:
        from layerscope import __version__

        with standard_output() as stream:
            stream.write(f"layerscope {__version__}\n")
        return 0
    from layerscope.cli.plain import run_plain

    code = run_plain(argv)
    if code is not None:
        with standard_output():
            return code

    from layerscope.cli.root import invoke

    return invoke(argv)
