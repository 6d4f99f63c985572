"""`python -m layerscope`, and the `layerscope` command."""

import gc
import sys


def main() -> None:
    """Run the command line and exit with its code."""
    # Hardly anything of a short run is garbage in a cycle, but modules alone would have it looked for forty times;
    # what lasts, the interface and `serve`, has it collected again
    gc.disable()
    try:
        from layerscope.cli.main import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while modules were loaded, or the last words said
        from layerscope.cli.streams import tell

        tell("layerscope: stopped")
        code = 130
    _no_more_interrupts()

    from layerscope.cli.ending import end

    end(code)
    sys.exit(code)


def _no_more_interrupts() -> None:
    """Keep an interrupt from spoiling the interpreter's own end: everything is done."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    main()
