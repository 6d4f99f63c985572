"""The image pane holds all that a container gets, as `docker inspect` has it."""

from dataclasses import replace

from layerscope.model.image import Healthcheck, ImageConfig
from layerscope.pipeline import inspect_raw
from layerscope.tui.facts import image_lines
from tui.wasteful import wasteful_image

CONFIG = ImageConfig(
    env=("PATH=/bin", "LANG=C.UTF-8"),
    entrypoint=("/srv/run", "--all"),
    cmd=("--listen", "80"),
    user="app:app",
    working_dir="/srv",
    exposed_ports=("80/tcp", "53/udp"),
    volumes=("/data", "/more"),
    labels={"a.b": "c d"},
    stop_signal="SIGINT",
    shell=("/bin/bash", "-c"),
    onbuild=("RUN make",),
    healthcheck=Healthcheck(("CMD-SHELL", "true"), 30_000_000_000, 1_500_000_000, None, 4),
)


def test_every_setting_is_there() -> None:
    inspection = inspect_raw(replace(wasteful_image().raw_image("shop:1"), config=CONFIG))
    text = "\n".join("".join(part for part, _role in line).rstrip() for line in image_lines(inspection, 60))
    for line in (
        "entrypoint  /srv/run --all", "cmd         --listen 80", "user        app:app", "workdir     /srv",
        "port        80/tcp", "port        53/udp", "volume      /data", "volume      /more", "env         PATH=/bin",
        "env         LANG=C.UTF-8", "shell       /bin/bash -c", "stop signal SIGINT", "healthcheck CMD-SHELL true",
        "            every 30 s, timeout 1.5 s, 4 retries", "onbuild     RUN make", "label       a.b=c d",
    ):  # fmt: skip
        assert line in text.split("\n"), text
