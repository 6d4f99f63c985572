"""Measure layerscope beside Dive and xray, in one run, and write the table with ratios and targets.

usage: python tests/bench/run.py [ROW...] [--inputs DIR] [--runs N] [--quick] [--markdown FILE] [--layerscope PROGRAM]

ROW: see `ROWS` in rows.py; all but `held` without any. Archives are made in DIR on first use (about 15 GB for all, 5 GB
with --quick). Programs that are not on PATH are left out: Dive 0.13 comes from its releases or `go install`, xray from
`cargo install xray-tui`. The row `engine` starts a dockerd of its own, `real` builds an image with one; both need root.
"""

import argparse
import contextlib
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.inputs import Inputs, UnavailableError
from bench.measuring import Bench
from bench.processes import FailedRunError
from bench.programs import PEERS, installed_peers, layerscope, version_of
from bench.rows import ROWS
from bench.table import Line, as_markdown, as_text
from bench.terminal import NeverReadyError


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--inputs", type=Path, default=Path(tempfile.gettempdir()) / "layerscope-bench")
    parser.add_argument("--runs", type=int, default=5, help="of each program; what takes long is run once")
    parser.add_argument("--quick", action="store_true", help="3 runs, no archive of a million entries")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there too")
    parser.add_argument("--layerscope", metavar="PROGRAM", help="another one than the one beside this Python")
    parser.add_argument("--without", action="append", default=[], choices=[peer.name for peer in PEERS])
    found = parser.parse_args(given)
    found.inputs = found.inputs.resolve()
    if found.layerscope and os.sep in found.layerscope:
        found.layerscope = os.path.abspath(found.layerscope)  # noqa: PTH100  a venv's link must stay one
    unknown = [row for row in found.rows if row not in ROWS]
    if unknown:
        parser.error(f"there is no row {unknown[0]}; there are {', '.join(ROWS)}")
    return found


def main() -> None:
    """Measure and write."""
    options = arguments()
    # How long each action holds the screen takes a quarter of an hour: it is measured when it is asked for
    wanted = options.rows or [row for row in ROWS if row != "held" and not (options.quick and row == "million")]
    with tempfile.TemporaryDirectory(prefix="layerscope-bench-cache-") as cache:
        bench = Bench(
            ours=layerscope(options.layerscope),
            peers=installed_peers([peer.name for peer in PEERS if peer.name not in options.without]),
            inputs=Inputs(options.inputs, say),
            runs=3 if options.quick else options.runs,
            cache=Path(cache),
            say=say,
            quick=options.quick,
        )
        project = Path(cache, "project")
        project.mkdir()
        with contextlib.chdir(project):  # where no configuration lies, as one of this project's would be read each time
            lines = [line for row in wanted for line in measured(bench, row)]
    print(about(bench))
    print(as_text(lines))
    if options.markdown:
        options.markdown.write_text(f"{about(bench)}\n\n{as_markdown(lines)}", encoding="utf-8")


def measured(bench: Bench, row: str) -> list[Line]:
    """Measure a row; one that cannot be measured here is spoken of."""
    say(f"measuring {row}")
    try:
        lines = ROWS[row](bench)
    except (UnavailableError, FailedRunError, NeverReadyError) as error:
        say(f"{row} left out: {error}")
        return []
    say(as_text(lines))
    return lines


def about(bench: Bench) -> str:
    """Say what was compared, and where."""
    versions = ", ".join(version_of(program) for program in (bench.ours, *PEERS))
    python = f"Python {platform.python_version()}"
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    return f"{versions}; {python}, {machine}, {bench.runs} runs, load average {os.getloadavg()[1]:.1f} at the end"


def say(text: str) -> None:
    """Tell the user how it goes."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
