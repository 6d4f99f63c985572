"""A session in a real terminal, on an image that a real engine built: from the waste to the Dockerfile without it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import layerscope
from engine.builders import busybox_missing_reason
from engine.builders import write_context as write_rootfs
from engine.engine import Dockerd
from engine.tmux import Terminal, tmux_missing_reason

_DOCKERFILE = """\
FROM session-base:1
RUN echo apk update && mkdir -p /var/cache/apk && head -c 3000000 /dev/urandom > /var/cache/apk/index
RUN echo apk add tool && head -c 500000 /dev/urandom > /tool
RUN rm -rf /var/cache/apk/*
CMD ["/bin/sh"]
"""
_PLACE = re.compile(r"# Dockerfile, lines? (?P<first>\d+)(?:-(?P<last>\d+))?:(?P<out> take it out)?$")


@pytest.fixture
def context(dockerd: Dockerd, tmp_path: Path) -> Path:
    if reason := busybox_missing_reason() or tmux_missing_reason():
        pytest.skip(reason)
    rootfs = write_rootfs("steps", tmp_path)
    dockerd.run_docker("import", rootfs / "rootfs.tar", "session-base:1")
    context = tmp_path / "context"
    context.mkdir()
    (context / "Dockerfile").write_text(_DOCKERFILE)
    return context


def test_a_session_in_a_real_terminal_goes_from_the_waste_to_a_dockerfile_without_it(
    dockerd: Dockerd, context: Path
) -> None:
    _build(dockerd, context)
    with _opened(dockerd, context) as terminal:
        # Who opens it for the first time is told where help is.
        screen = terminal.until("5.5 MB shipped", "3.0 MB wasted", "3 findings", "New here?")
        assert "ends 3.0 MB" in screen, "the layers say which ended what"

        terminal.press("j", "j", "j")
        terminal.until("2 Files · what layer 3 did")
        terminal.press("5")
        screen = terminal.until("✝ deleted", "1 → 3")
        assert "index" in screen, "the waste has a name, who shipped it and who ended it"

        terminal.press("Enter")
        screen = terminal.until("2 Files · what layer 1 did", "✝ deleted by 3")
        assert "RUN rm -rf /var/cache/apk/*" in screen, "its details name the instruction that ended it"

        terminal.press("6")
        screen = terminal.until("LS101", "saves")
        assert "&& rm -rf /var/cache/apk/*" in screen, "the biggest finding comes first, with the lines to write"
        terminal.press("p")
        terminal.until("plan: 1 change", "5.5 MB → 2.5 MB", "45.2 % → 100.0 %")

        terminal.press("c")
        terminal.until("Copied the fix of LS101, by tmux and OSC 52.")
        fix = terminal.clipboard

        terminal.press("8")
        terminal.until("8 Plan · 1 change", "planned")
        terminal.press("x")
        terminal.until("layerscope-plan.md")
        assert "\n+RUN echo apk update \\\n" in (context / "layerscope-plan.md").read_text()
        terminal.press("q")
        terminal.until_ended()

    _apply(fix, context / "Dockerfile")
    _build(dockerd, context)
    with _opened(dockerd, context) as terminal:
        screen = terminal.until("2.5 MB shipped", "100.0 % efficient", "0 B wasted")
        assert "New here?" not in screen, "who was here before is not told again"
        assert "ends" not in screen.split("2 Files")[0]
        terminal.click("5 Waste")
        terminal.until("Nothing is wasted", "6       shows findings")
        terminal.click("6 Findings")
        screen = terminal.until("6 Findings")
        assert "LS101" not in screen
        terminal.press("q")
        terminal.until_ended()


def _build(dockerd: Dockerd, context: Path) -> None:
    dockerd.run_docker("build", "--network=host", "--tag=session:1", context, env={"DOCKER_BUILDKIT": "0"})


def _opened(dockerd: Dockerd, context: Path) -> Terminal:
    sources = str(Path(layerscope.__file__).parents[1])
    places = {name: str(context.parent / name) for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")}
    environment = dockerd.environment({"PYTHONPATH": sources, **places})
    command = [sys.executable, "-m", "layerscope", "session:1"]
    return Terminal(command, context, size=(120, 40), env=environment)


def _apply(fix: str, dockerfile: Path) -> None:
    """Write what was copied where its comments say, last line first."""
    parts: list[tuple[int, int, list[str]]] = []
    for line in fix.splitlines():
        if place := _PLACE.fullmatch(line):
            parts.append((int(place["first"]), int(place["last"] or place["first"]), []))
        elif parts:
            parts[-1][2].append(line)
    assert parts, fix
    lines = dockerfile.read_text().split("\n")
    for first, last, new in sorted(parts, reverse=True):
        lines[first - 1 : last] = new
    dockerfile.write_text("\n".join(lines))
