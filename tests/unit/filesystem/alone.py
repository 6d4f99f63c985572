"""Scripts in processes of their own: what forks is tried where no other thread runs."""

import subprocess
import sys
import textwrap


def alone(script: str, *arguments: str) -> str:
    """Run a script in a process of its own, with no other thread, on what cores there are; give what it prints."""
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *arguments],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return run.stdout.strip()
