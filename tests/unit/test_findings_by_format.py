"""The same image gives the same findings, however it is stored: also those that only a file's content tells."""

import random
from pathlib import Path

from builder import Compression, ImageBuilder
from layerscope.model.findings import Finding
from layerscope.pipeline import inspect

KEY = (
    b"-----BEGIN OPENSSH PRIVATE KEY-----\n"
    + b"b3BlbnNzaC1rZXktdjEAAAAA" * 40
    + b"\n-----END OPENSSH PRIVATE KEY-----\n"
)
NOISE = random.Random(1).randbytes(1_500_000)


def test_a_secret_is_found_wherever_it_lies_in_a_layer_and_however_that_is_compressed(tmp_path: Path) -> None:
    built = ImageBuilder().layer({"etc/os-release": b"ID=test"})
    for _ in range(2):
        built.layer(
            {"opt/z1": NOISE, "opt/z2": NOISE, "opt/z3": NOISE, "root/.ssh/id_ed25519": KEY, "etc/key.pem": KEY}
        )

    def found(packing: Compression, outer: Compression) -> list[Finding]:
        image = inspect(built.save(tmp_path / "x.tar", "docker25", packing, outer=outer))
        return [finding for finding in image.findings if finding.rule == "LS303"]

    plain = found("none", "none")
    assert {path for finding in plain for path in finding.paths} >= {b"/root/.ssh/id_ed25519", b"/etc/key.pem"}
    assert found("gzip", "none") == plain
    assert found("zstd", "none") == plain
    assert found("none", "gzip") == plain
