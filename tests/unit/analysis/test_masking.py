"""No face is ever given the value of a secret: it is out of the inspection before anybody can show it."""

from __future__ import annotations

import dataclasses
import io
import time
from pathlib import Path

import pytest

from builder import ImageBuilder
from layerscope.analysis.masking import masked_lines, masked_text
from layerscope.analysis.secretwords import MASK
from layerscope.model.image import RawImage
from layerscope.model.inspection import Inspection
from layerscope.pipeline import InspectOptions, Watcher, inspect
from layerscope.reports import REPORTS, Page
from layerscope.reports.base import Dockerfile

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" * 2
BODY = "b3BlbnNzaC1rZXktdjEAAAAA"

SHOWN_AS = {
    "ENV DB_PASSWORD=hunter22": f"ENV DB_PASSWORD={MASK}",
    "ENV DB_PASSWORD=hunter22 and more A=b": f"ENV DB_PASSWORD={MASK} A=b",
    "ENV DB_PASSWORD hunter22 and more": f"ENV DB_PASSWORD {MASK}",
    "/bin/sh -c #(nop)  ENV API_TOKEN=hunter22 x": f"/bin/sh -c #(nop)  ENV API_TOKEN={MASK}",
    "|2 NPM_TOKEN=hunter22 x A=b /bin/sh -c npm ci": f"|2 NPM_TOKEN={MASK} A=b /bin/sh -c npm ci",
    "RUN |1 NPM_TOKEN=hunter22 /bin/sh -c npm ci # buildkit": f"RUN |1 NPM_TOKEN={MASK} /bin/sh -c npm ci # buildkit",
    "RUN export SECRET_KEY='hunter22 x' && make": f"RUN export SECRET_KEY='{MASK}' && make",
    "RUN curl -u me:hunter22 https://a": f"RUN curl -u me:{MASK} https://a",
    "RUN curl https://me:hunter22@a/b": f"RUN curl https://{MASK}@a/b",
    "RUN curl -H 'Authorization: Bearer hunter22hunter22' a": f"RUN curl -H 'Authorization:{MASK}' a",
    "RUN echo root:hunter22 | chpasswd": f"RUN echo root:{MASK} | chpasswd",
    "RUN sshpass -p hunter22 ssh a": f"RUN sshpass -p{' '}{MASK} ssh a",
    "RUN mysql -u root -phunter22 -e x": f"RUN mysql -u root -p{MASK} -e x",
    "RUN htpasswd -bc /etc/h me hunter22": f"RUN htpasswd -bc /etc/h me {MASK}",
    'CMD ["server", "--password", "hunter22"]': f'CMD ["server", "--password", "{MASK}"]',
    'CMD ["server", "--token=hunter22"]': f'CMD ["server", "--token={MASK}"]',
    'RUN login --password "hunter22 x" me': f'RUN login --password "{MASK}" me',
    f"RUN git clone https://{TOKEN}@a/b": f"RUN git clone https://{MASK}@a/b",
    f"RUN echo '-----BEGIN RSA PRIVATE KEY-----\n{BODY}\n-----END RSA PRIVATE KEY-----'>k": f"RUN echo '{MASK}\n\n'>k",
    f"RUN echo -----BEGIN PRIVATE KEY-----{BODY}": f"RUN echo {MASK}",
}
LEFT_ALONE = [
    "ENV PATH=/usr/bin LANG=C.UTF-8", "RUN curl -u $USER:$PASSWORD https://a", "ENV TOKEN_FILE=/run/secrets/t",
    "ARG TOKEN", "RUN --mount=type=secret,id=token make", "RUN mysql -p$PASS -e x",
    "RUN mkdir -p /srv && docker run -u 1000:1000 a",
    'RUN echo "$USER:$PASSWORD" | chpasswd', "ENV DB_PASSWORD=", "LABEL a=b", "RUN apt-get install -y passwd",
    'RUN curl -H "Authorization: Bearer $(cat /run/secrets/t)" a', "ENV API_KEY=$KEY",
]  # fmt: skip


@pytest.mark.parametrize("text", SHOWN_AS, ids=lambda text: text[:40])
def test_a_secret_in_a_line_is_stars(text: str) -> None:
    assert masked_text(text) == SHOWN_AS[text]
    assert masked_text(masked_text(text)) == masked_text(text)


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_holds_no_secret_stays_as_it_is(text: str) -> None:
    assert masked_text(text) == text


def test_a_dockerfile_keeps_its_lines() -> None:
    lines = ("FROM a", "ENV A=b \\", "    DB_PASSWORD=hunter22 \\", "    C=d", "RUN <<EOF",
             "-----BEGIN PRIVATE KEY-----", BODY, "-----END PRIVATE KEY-----", "EOF", "USER app")  # fmt: skip
    found = masked_lines(lines)
    assert len(found) == len(lines)
    assert "hunter22" not in repr(found)
    assert BODY not in repr(found)
    assert (found[0], found[3], found[-1]) == ("FROM a", "    C=d", "USER app")
    assert masked_lines(()) == ()


@pytest.mark.parametrize(
    "text",
    ["A=" * 150_000, "curl " * 60_000, "-----BEGIN PRIVATE KEY-----" * 9000, "ENV " + "A=b c " * 50_000,
     "mysql -" * 40_000, "a:b|" * 70_000, "://a:b" * 50_000, "|9 " + "X=" * 90_000, '"--password",' * 20_000,
     "'" * 300_000, "eyJ" * 90_000],
    ids=lambda text: text[:9],
)  # fmt: skip
def test_masking_hostile_text_takes_its_length_in_time(text: str) -> None:
    start = time.process_time()
    masked_text(text)
    assert time.process_time() - start < 1.5


def leaky() -> ImageBuilder:
    image = ImageBuilder().layer({"etc/os-release": b"ID=x\n"}).run("ADD file:0 in / # buildkit")
    image.step(f"ENV DB_PASSWORD=hunter22 and more GITHUB={TOKEN}")
    image.layer({"a": b"a" * 300_000}).run(
        f"RUN |1 NPM_TOKEN=hunter22 /bin/sh -c git clone https://me:{TOKEN}@example.com/x && curl -u me:hunter22 a"
        " # buildkit"
    )
    image.layer(remove=["a"]).run("RUN /bin/sh -c rm /a && sshpass -p hunter22 ssh a # buildkit")
    image.env(DB_PASSWORD="hunter22 and more", GITHUB=TOKEN)
    return image.configure(
        Cmd=["/srv/app", "--password", "hunter22", f"--x={TOKEN}"], Labels={"api_token": "hunter22", "x": TOKEN},
        OnBuild=["ENV API_TOKEN=hunter22"], Healthcheck={"Test": ["CMD", "curl", "--token=hunter22"]},
        ExposedPorts={"80/tcp": {}},
    )  # fmt: skip


DOCKERFILE = f"""FROM scratch
ADD root.tar /
ENV DB_PASSWORD="hunter22 and more" GITHUB={TOKEN}
ARG NPM_TOKEN=hunter22
RUN git clone https://me:{TOKEN}@example.com/x && curl -u me:hunter22 a
RUN rm /a && sshpass -p hunter22 ssh a
"""


@pytest.mark.parametrize("with_dockerfile", [False, True], ids=["history alone", "Dockerfile"])
def test_no_report_and_no_field_of_an_inspection_holds_a_secret(with_dockerfile: bool, tmp_path: Path) -> None:  # noqa: FBT001
    archive = leaky().save(tmp_path / "image.tar")
    path = tmp_path / "Dockerfile"
    path.write_text(DOCKERFILE)
    early: list[RawImage] = []
    nearly: list[Inspection] = []
    inspection = inspect(
        archive,
        options=InspectOptions(dockerfile=path if with_dockerfile else None),
        watcher=Watcher(image_ready=early.append, inspected=nearly.append),
    )
    assert early
    assert nearly
    assert {"LS301", "LS302"} <= {finding.rule for finding in inspection.findings}
    lines = inspection.dockerfile.lines if inspection.dockerfile else ()
    texts = {"fields": repr(dataclasses.replace(inspection, blobs=()))}
    texts["image"] = repr([dataclasses.replace(one, layers=()) for one in early])
    texts["without findings"] = repr([dataclasses.replace(one, blobs=()) for one in nearly])
    for report in REPORTS:
        stream = io.StringIO()
        report.write(inspection, stream, Page(dockerfile=Dockerfile(lines=lines)))
        texts[report.name] = stream.getvalue()
    for name, text in texts.items():
        assert TOKEN not in text, name
        assert "hunter22" not in text, name
