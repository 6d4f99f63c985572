"""Text onto the clipboard: by the desktop's or the multiplexer's own tool, and by OSC 52 through the terminal.

A terminal never says whether it took an OSC 52, so a tool that is there is used as well, and the user is told which.
Knows no widget; `send` writes the escape sequence.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

TIMEOUT_S = 2.0
_MAX_OSC_BYTES = 74_994
"""What the narrowest of the usual terminals takes of an OSC 52."""


class Tool(NamedTuple):
    """A program that puts its standard input on a clipboard."""

    name: str
    command: Sequence[str]


def tools(environment: Mapping[str, str], platform: str = sys.platform) -> list[Tool]:
    """Name the tools that fit the environment, the most likely first; whether they are installed is not looked at."""
    found = []
    if platform == "darwin":
        found.append(Tool("pbcopy", ["pbcopy"]))
    if platform == "win32" or "WSL_DISTRO_NAME" in environment:
        found.append(Tool("clip.exe", ["clip.exe"]))
    if environment.get("WAYLAND_DISPLAY"):
        found.append(Tool("wl-copy", ["wl-copy"]))
    if environment.get("DISPLAY"):
        found.append(Tool("xclip", ["xclip", "-selection", "clipboard"]))
        found.append(Tool("xsel", ["xsel", "--clipboard", "--input"]))
    if environment.get("TMUX"):
        found.append(Tool("tmux", ["tmux", "load-buffer", "-w", "-"]))
    return found


def copy(text: str, send: Callable[[str], None], environment: Mapping[str, str] = os.environ) -> str:
    """Copy a text in every way there is, and name the ways; blocks for seconds at most. Raises `OSError` if none."""
    ways = []
    used = next((tool.name for tool in tools(environment) if _run(tool, text)), None)
    if used:
        ways.append(used)
    if len(text.encode("utf-8", "replace")) <= _MAX_OSC_BYTES:
        send(text)
        ways.append("OSC 52")
    if not ways:
        raise OSError("it is too long for the terminal, and no clipboard tool is installed")
    return " and ".join(ways)


def _run(tool: Tool, text: str) -> bool:
    program = shutil.which(tool.command[0])
    if program is None:
        return False
    try:
        # xclip and wl-copy stay to serve the text, with the pipes they were given: those must not be ours to wait for.
        done = subprocess.run(  # noqa: S603 - one of the tools above
            [program, *tool.command[1:]],
            input=text.encode("utf-8", "replace"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT_S,
            check=False,
            start_new_session=True,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
