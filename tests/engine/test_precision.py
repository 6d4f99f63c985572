"""Good images have no findings: a minimal system, and an application built as it should be, by real builders."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.builders import buildkit_missing_reason
from engine.engine import Dockerd
from engine.realimage import import_base, real_image_missing_reason
from layerscope.model.findings import Level
from layerscope.model.inspection import Inspection
from layerscope.pipeline import InspectOptions, inspect

_GOOD = """\
FROM {base} AS build
WORKDIR /src
COPY main.sh .
RUN sed s/NAME/app/ main.sh > /src/server && chmod 0755 /src/server && head -c 9000000 /dev/urandom > /src/objects

FROM {base}
LABEL org.opencontainers.image.source="https://example.com/app" org.opencontainers.image.version="1.2.3"
RUN useradd --system --no-create-home --no-log-init app
WORKDIR /srv/app
COPY --from=build --chown=root:root /src/server ./
COPY --chown=app:app data/ data/
EXPOSE 8080
HEALTHCHECK --interval=30s CMD ["/srv/app/server", "--check"]
USER app
ENTRYPOINT ["/srv/app/server"]
"""


@pytest.fixture(scope="module")
def debian(dockerd: Dockerd) -> str:
    """A minimal Debian, as mmdebstrap makes it."""
    if reason := real_image_missing_reason():
        pytest.skip(reason)
    return import_base(dockerd)


def saved(dockerd: Dockerd, name: str, directory: Path, dockerfile: Path | None = None) -> Inspection:
    dockerd.run_docker("save", "--output", directory / "image.tar", name)
    return inspect(directory / "image.tar", options=InspectOptions(dockerfile=dockerfile))


def told(inspection: Inspection) -> list[str]:
    return [f"{one.rule} {one.level} {one.title}" for one in inspection.findings]


def test_a_minimal_system_has_no_findings(dockerd: Dockerd, debian: str, tmp_path: Path) -> None:
    assert told(saved(dockerd, debian, tmp_path)) == []


@pytest.mark.parametrize("builder", ["classic", "buildkit"])
@pytest.mark.parametrize("with_dockerfile", [False, True], ids=["history alone", "Dockerfile"])
def test_a_well_made_image_has_only_what_cannot_be_helped(
    builder: str,
    with_dockerfile: bool,  # noqa: FBT001
    dockerd: Dockerd,
    debian: str,
    tmp_path: Path,
) -> None:
    if builder == "buildkit" and (reason := buildkit_missing_reason(dockerd)):
        pytest.skip(reason)
    context = tmp_path / "context"
    (context / "data").mkdir(parents=True)
    (context / "main.sh").write_text("#!/bin/sh\necho NAME\n")
    (context / "data" / "table").write_bytes(bytes(range(256)) * 4000)
    (context / "Dockerfile").write_text(_GOOD.format(base=debian))
    options = ["--network=host", "--no-cache", "--tag=good:1"]
    dockerd.run_docker("build", *options, context, env={"DOCKER_BUILDKIT": str(int(builder == "buildkit"))})
    inspection = saved(dockerd, "good:1", tmp_path, context / "Dockerfile" if with_dockerfile else None)
    # /etc/passwd and the like: a step that adds a user ships them again, and the rule says that it must be so.
    assert {one.rule for one in inspection.findings} <= {"LS111"}, told(inspection)
    assert all(one.level is Level.NOTE for one in inspection.findings)
    assert inspection.ledger.wasted_bytes < 20_000
