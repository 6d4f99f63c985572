"""The whole Dockerfile of a plan, saved as it is and built again, makes the image that was promised."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.builders import busybox_missing_reason
from engine.engine import Dockerd
from engine.test_savings import Case, _built, _paths, _write, base
from layerscope.analysis.plan import Planner
from layerscope.analysis.planedits import foresee
from layerscope.model.plan import Plan
from layerscope.reports.planpage import plan_diff, plan_dockerfile

__all__ = ["base"]

CASE = Case("whole", "", """
    # Every fix of this one changes lines that another one changes, too.
    RUN echo apk update && mkdir -p /var/cache/apk && head -c 3000000 /dev/urandom > /var/cache/apk/index
    RUN echo apk add gcc && head -c 900000 /dev/urandom > /var/cache/apk/a.apk && head -c 5000000 /dev/urandom > /cc1
    WORKDIR /srv/app
    COPY app/ /srv/app/
    RUN echo pip install x && mkdir -p /root/.cache/pip && head -c 2000000 /dev/urandom > /root/.cache/pip/x
    RUN wc -c /cc1 > /srv/app/made && chown -R 1000:1000 /srv/app
    RUN mkdir static && head -c 2500000 /dev/urandom > static/old
    RUN rm -rf static && mkdir static && echo new > static/new
    RUN echo apk del gcc && rm /cc1
    RUN rm -rf /var/cache/apk/* /root/.cache/pip
    CMD ["cat", "/srv/app/made"]
""".replace("\n    ", "\n        "), {"app/main": 2_000_000, "app/lib/part": 1_500_000})  # fmt: skip


@pytest.mark.usefixtures("base")
def test_a_dockerfile_with_all_fixes_builds_and_makes_the_image_that_it_promises(
    dockerd: Dockerd, base: str, tmp_path: Path
) -> None:
    if reason := busybox_missing_reason():
        pytest.skip(reason)
    context = _write(CASE, base, tmp_path / "context")
    before = _built(dockerd, "classic", context, tmp_path / "before.tar")
    useful = frozenset(at for at, finding in enumerate(before.findings) if finding.saving_bytes)
    foreseen = foresee(before, Planner(before), Plan(fixed=useful))
    assert foreseen.file is not None
    text = plan_dockerfile(foreseen)
    assert len(foreseen.changes) - len(foreseen.left_out) >= 5, text
    (context / "Dockerfile").write_text(text)
    after = _built(dockerd, "classic", context, tmp_path / "after.tar")
    assert len(after.layers) == foreseen.file.layer_count, text
    assert after.ledger.total_bytes == pytest.approx(foreseen.file.outcome.total_bytes, rel=0.01), text
    assert after.ledger.total_bytes < before.ledger.total_bytes / 2
    assert _paths(after) >= {path for path in _paths(before) if not path.startswith(b"/root/.cache")}
    assert plan_diff(foreseen).count("\n@@ ") >= 1
