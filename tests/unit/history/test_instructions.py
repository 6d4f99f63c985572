"""created_by lines of real builders, and what they are read back into.

Each line is a fact: produced by the builder and version named above it, or found in the corpus or in the source file
named. Images and Dockerfiles behind them: formats.md, part 3.
"""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.history.instructions import instruction_of
from layerscope.model.history import Instruction
from layerscope.model.image import HistoryRecord

BUILDKIT = "buildkit.dockerfile.v0"
HASH = "4070e07ed07b7ffb0dd4ff0a2c3d6d7fc0a1a5b2e0f4f8e0d0c0b0a090807060"


def record(created_by: str, comment: str = "", author: str = "", *, empty: bool = False) -> HistoryRecord:
    return HistoryRecord(index=0, created=None, created_by=created_by, comment=comment, author=author, empty=empty)


def read(created_by: str, comment: str = "", author: str = "", **around: object) -> Instruction:
    instruction = instruction_of(record(created_by, comment, author), **around)  # type: ignore[arg-type]
    assert instruction is not None
    return instruction


CLASSIC = [
    # docker 20.10.24, DOCKER_BUILDKIT=0
    (f"/bin/sh -c #(nop) ADD file:{HASH} in / ", f"ADD file:{HASH} in /"),
    (f"/bin/sh -c #(nop) COPY --chown=1:1multi:{HASH} in /data/ ", f"COPY --chown=1:1 multi:{HASH} in /data/"),
    (f"/bin/sh -c #(nop) COPY file:{HASH} in /sp ace/ ", f"COPY file:{HASH} in /sp ace/"),
    ('/bin/sh -c #(nop)  CMD ["sh"]', 'CMD ["sh"]'),
    ('/bin/sh -c #(nop)  CMD ["-c" "x"]', 'CMD ["-c", "x"]'),
    ('/bin/sh -c #(nop)  CMD ["/bin/sh" "-c" "echo hello   \\"world\\""]', 'CMD echo hello   "world"'),
    ('/bin/sh -ec #(nop)  ENTRYPOINT ["/bin/sh" "-c"]', 'ENTRYPOINT ["/bin/sh", "-c"]'),
    ("/bin/sh -c #(nop)  ENV A=1 B=two words C=2.0", "ENV A=1 B=two words C=2.0"),
    ("/bin/sh -c #(nop)  LABEL org.x=y z=k v multi=a b", "LABEL org.x=y z=k v multi=a b"),
    ("/bin/sh -c #(nop)  EXPOSE 443/udp 80", "EXPOSE 443/udp 80"),
    ("/bin/sh -c #(nop)  VOLUME [/data /more]", "VOLUME /data /more"),
    ("/bin/sh -ec #(nop)  SHELL [/bin/sh -ec]", 'SHELL ["/bin/sh", "-ec"]'),
    ("/bin/sh -c #(nop)  ARG NODEF", "ARG NODEF"),
    ("/bin/sh -c #(nop) WORKDIR /goof", "WORKDIR /goof"),
    ("/bin/sh -c #(nop)  MAINTAINER Ann Other <ann@example.org>", "MAINTAINER Ann Other <ann@example.org>"),
    ('/bin/sh -ec #(nop)  ONBUILD RUN echo "on build" > /ob', 'ONBUILD RUN echo "on build" > /ob'),
    (
        '/bin/sh -ec #(nop)  HEALTHCHECK &{["CMD-SHELL" "wget -q host || exit 1"] "5s" "1m30s" "0s" \'\\x03\'}',
        "HEALTHCHECK --interval=5s --timeout=1m30s --retries=3 CMD wget -q host || exit 1",
    ),
    (
        '/bin/sh -ec #(nop)  HEALTHCHECK &{["CMD" "wget" "-q" "a b"] "0s" "0s" "0s" \'\\x00\'}',
        'HEALTHCHECK CMD ["wget", "-q", "a b"]',
    ),
    ('/bin/sh -ec #(nop)  HEALTHCHECK &{["NONE"] "0s" "0s" "0s" \'\\x00\'}', "HEALTHCHECK NONE"),
    ('/bin/sh -c echo one;     echo "quoted   blanks" > /two', 'RUN echo one;     echo "quoted   blanks" > /two'),
    ("|2 TWO=two words VER=2.0 /bin/sh -c echo $VER > /v", "RUN echo $VER > /v"),
    ("|0 /bin/sh -c true", "RUN true"),
    ("/bin/sh -c echo x # buildkit", "RUN echo x # buildkit"),
    # variants of 2015-2020, corpus: anchore, pause, nova
    ("/bin/sh -c #(nop)  USER [anchore:anchore]", "USER anchore:anchore"),
    ('/bin/sh -c #(nop) ENTRYPOINT &{["/pause"]}', 'ENTRYPOINT ["/pause"]'),
    ("/bin/sh -c #(nop)  STOPSIGNAL [SIGTERM]", "STOPSIGNAL SIGTERM"),
    (
        '/bin/sh -c #(nop)  HEALTHCHECK &{["CMD-SHELL" "curl -f http://x:8228/ || exit 1"] "0s" "0s" "20s" \'\\x00\'}',
        "HEALTHCHECK --start-period=20s CMD curl -f http://x:8228/ || exit 1",
    ),
    # a RUN that mentions the marker is still a RUN
    ("/bin/sh -c echo '#(nop) CMD x' > /f", "RUN echo '#(nop) CMD x' > /f"),
    # Windows (corpus: container-diff; moby's builder/dockerfile on Windows)
    ("cmd /S /C #(nop)  ENV A=1", "ENV A=1"),
    ("cmd /S /C mkdir C:\\app", "RUN mkdir C:\\app"),
    (
        "powershell -Command $ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'; Write-Host hi",
        "RUN Write-Host hi",
    ),
    ("powershell -Command $ErrorActionPreference = 'Stop'; #(nop)  USER ContainerUser", "USER ContainerUser"),
]  # fmt: skip

BUILDKIT_LINES = [
    # BuildKit inside docker 20.10.24
    ("RUN |3 VER=2.0 NODEF= TWO=two words /bin/sh -c echo $VER > /v # buildkit", "RUN echo $VER > /v"),
    ("RUN /bin/sh -c echo s > /s # user comment # buildkit # buildkit", "RUN echo s > /s # user comment # buildkit"),
    ("RUN |1 VER=2.0 echo exec form # buildkit", "RUN echo exec form"),
    ("COPY c d.txt /sp ace/ # buildkit", "COPY c d.txt /sp ace/"),
    ("WORKDIR /goof/sub", "WORKDIR /goof/sub"),
    ("EXPOSE map[443/udp:{} 80/tcp:{}]", "EXPOSE 443/udp 80/tcp"),
    ("VOLUME [/plain]", "VOLUME /plain"),
    ('CMD ["/bin/sh" "-c" "echo hello"]', "CMD echo hello"),
    # newer: moby/buildkit frontend/dockerfile/dockerfile2llb/convert.go
    ("EXPOSE [80/tcp 443/udp]", "EXPOSE 80/tcp 443/udp"),
    ("COPY --chown=1:1 --chmod=755 a b /c/ # buildkit", "COPY --chown=1:1 --chmod=755 a b /c/"),
    ("COPY <<EOT /inline.txt # buildkit", "COPY <<EOT /inline.txt"),
    ("RUN /bin/sh -c echo a\necho b\n # buildkit", "RUN echo a\necho b"),
    ("RUN /bin/sh -c cat <<A > f\nbody\nA # buildkit", "RUN cat <<A > f\nbody\nA"),
    ("RUN /dev/pipes/EOF # buildkit", "RUN /dev/pipes/EOF"),
    (
        'HEALTHCHECK &{["CMD-SHELL" "x"] "5s" "0s" "0s" "1s" \'\\n\'}',
        "HEALTHCHECK --interval=5s --start-interval=1s --retries=10 CMD x",
    ),
    (
        "HEALTHCHECK {Test:[CMD-SHELL a || b c] Interval:5m0s Timeout:3s StartPeriod:0s StartInterval:0s Retries:3}",
        "HEALTHCHECK --interval=5m0s --timeout=3s --retries=3 CMD a || b c",
    ),
    ("HEALTHCHECK {Test:[NONE] Interval:0s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}", "HEALTHCHECK NONE"),
    # the first BuildKits (corpus: snyk nginx.json)
    ("/bin/sh -c set -x     && addgroup --system nginx", "RUN set -x     && addgroup --system nginx"),
]  # fmt: skip

BUILDAH = [
    # buildah 1.28.2 and podman 4.3.1 write the same
    ('/bin/sh -c #(nop) ENV A=1 B="two words" C=$VER', 'ENV A=1 B="two words" C=$VER'),
    ('/bin/sh -c #(nop) CMD ["-c", "x"]', 'CMD ["-c", "x"]'),
    ('/bin/sh -c #(nop) CMD ["sh"]', 'CMD ["sh"]'),
    ('/bin/sh -c #(nop) SHELL ["/bin/sh", "-ec"]', 'SHELL ["/bin/sh", "-ec"]'),
    ('/bin/sh -c #(nop) VOLUME ["/data", "/more"]', 'VOLUME ["/data", "/more"]'),
    ('/bin/sh -c #(nop) CMD echo hello   "world"', 'CMD echo hello   "world"'),
    (
        "/bin/sh -c #(nop) HEALTHCHECK --interval=5s --timeout=90s --retries=3 CMD wget -q localhost || exit 1",
        "HEALTHCHECK --interval=5s --timeout=90s --retries=3 CMD wget -q localhost || exit 1",
    ),
    # it counts the words of the values, not the arguments
    ('|3 TWO=two words VER=2.0 /bin/sh -c ["echo", "exec form"]', 'RUN ["echo", "exec form"]'),
]  # fmt: skip

OTHERS = [
    # corpus, and the sources named in formats.md
    ("jib-gradle-plugin:1.4.1-SNAPSHOT", "classes", "Jib"),
    ("ko build ko://github.com/kyverno/kyverno/cmd/kyverno", "go build output, at /ko-app/kyverno", ""),
    ("bazel build ...", "", "Bazel"),
    ("apko", "This is an apko single-layer image", "apko"),
    ("Layer: 'x', Created by buildpack: id@1.2", "", ""),
    ("KIWI 9.24.43", "", "SUSE LLC <https://www.suse.com/>"),
    ("/bin/sh", "FROM localhost/bb:base", ""),
    ("/bin/sh echo something > last", "", ""),
    ("npm install", "made by hand", ""),
    ("# debian.sh --arch 'amd64' out/ 'bookworm' '@1785715200'", "", ""),
    ("Install update 10.0.17134.165", "", ""),
    ("mkdir /proc, mkdir /sys, mkfile /base/base.txt", "buildkit.exporter.image.v0", ""),
    ("add something", "", ""),
    ("ADDRESS x", "", ""),
]


@pytest.mark.parametrize(("created_by", "line"), CLASSIC)
def test_a_line_of_the_classic_builder_becomes_the_instruction(created_by: str, line: str) -> None:
    assert read(created_by).line == line


@pytest.mark.parametrize(("created_by", "line"), BUILDKIT_LINES)
def test_a_line_of_buildkit_becomes_the_instruction(created_by: str, line: str) -> None:
    assert read(created_by, BUILDKIT).line == line


@pytest.mark.parametrize(("created_by", "line"), BUILDAH)
def test_a_line_of_buildah_or_podman_becomes_the_instruction(created_by: str, line: str) -> None:
    assert read(created_by, "FROM edc636ae856c").line == line


@pytest.mark.parametrize(("created_by", "comment", "author"), OTHERS)
def test_what_is_no_instruction_is_shown_as_it_is(created_by: str, comment: str, author: str) -> None:
    assert read(created_by, comment, author) == Instruction("", created_by)


@pytest.mark.parametrize("comment", ["Imported from -", "store paths: ['/nix/store/qz4b-customisation-layer']"])
def test_the_comment_speaks_where_the_line_is_empty(comment: str) -> None:
    assert read("", comment) == Instruction("", comment)


def test_kaniko_keeps_the_words_of_the_dockerfile() -> None:
    line = "RUN mkdir /home/app && echo -n gem > /home/app/Gemfile"
    assert read(line, author="kaniko").line == line
    assert read("run echo # buildkit", author="kaniko") == Instruction("RUN", "echo # buildkit")


def test_a_record_that_says_nothing_has_no_instruction() -> None:
    assert instruction_of(record("  ", "\n")) is None


def test_flags_are_apart_from_the_text() -> None:
    assert read("COPY --chown=1:1 --parents a /b # buildkit", BUILDKIT).flags == ("--chown=1:1", "--parents")
    assert read("RUN --mount=type=cache,target=/x make", "", "kaniko").text == "make"


def test_only_the_shell_in_force_is_taken_off_a_run() -> None:
    bash = ("/bin/bash", "-o", "pipefail", "-c")
    assert read("RUN /bin/bash -o pipefail -c a | b # buildkit", BUILDKIT, shell=bash).text == "a | b"
    assert read("RUN /bin/sh -c a | b # buildkit", BUILDKIT, shell=bash).text == "/bin/sh -c a | b"
    assert read("/bin/bash -c a | b", shell=("/bin/sh", "-c")).line == "RUN /bin/bash -c a | b"


def test_known_values_tell_where_arguments_end() -> None:
    line = "RUN |3 VER=2.0 NODEF= TWO=two words find / -exec /bin/sh -c x # buildkit"
    found = read(line, BUILDKIT, shell=("/bin/sh", "-c"), arguments={"VER": "1.0", "TWO": "two words"})
    assert found.text == "find / -exec /bin/sh -c x"


def test_a_count_that_does_not_add_up_takes_nothing_off() -> None:
    assert read("RUN |9 A=1 make all # buildkit", BUILDKIT).text == "|9 A=1 make all"
    assert read("|x 1 2").line == "|x 1 2"


def test_bytes_that_are_not_utf_8_survive_the_go_quoting() -> None:
    assert read('CMD ["a\\xff" "\\u00e9\\t"]', BUILDKIT).text == '["a\udcff", "é\\t"]'


@given(
    created_by=st.text(max_size=60),
    comment=st.text(max_size=20),
    author=st.sampled_from(["", "kaniko"]),
    empty=st.booleans(),
)
def test_no_line_breaks_the_reader(created_by: str, comment: str, author: str, *, empty: bool) -> None:
    instruction_of(record(created_by, comment, author, empty=empty))


_WORDS = st.lists(st.text("abc/-.$&|;><'\"=[]{}#", min_size=1, max_size=8), min_size=1, max_size=8)


@given(_WORDS, st.lists(st.from_regex(r"[A-Z]{1,3}=[a-z]{0,4}( [a-z]{1,4})?", fullmatch=True), max_size=4))
def test_the_words_of_a_run_survive(words: list[str], arguments: list[str]) -> None:
    command = " ".join(words)
    prefix = f"|{len(arguments)} {' '.join(arguments)} " if arguments else ""
    lines = [
        (f"{prefix}/bin/sh -c {command}", ""),
        (f"RUN {prefix}/bin/sh -c {command} # buildkit", BUILDKIT),
        (f"RUN {prefix}/bin/sh -c {command}\n # buildkit", BUILDKIT),
    ]
    for line, comment in lines:
        found = read(line, comment, shell=("/bin/sh", "-c"))
        assert (found.keyword, found.text) == ("RUN", command)


HOSTILE = [
    "/" * 1_000_000,
    "sh -a" * 200_000,
    "|9999 " + "A=b " * 250_000,
    "|1 A=b " + "powershell -x " * 70_000,
    "|1 A=b " + "/a/sh -e " * 110_000,
    "COPY " + "--a=b " * 160_000,
    "COPY --a" + "file:" * 200_000,
    'CMD ["' + "\\\\" * 500_000 + '"]',
    "CMD " + "[" * 1_000_000,
    "HEALTHCHECK {Test:[" + "] Interval:" * 90_000 + "}",
    "/bin/sh -c" + " " * 1_000_000 + "#(nop) X",
    "#(nop)" * 160_000,
    "SHELL [" + "a " * 500_000 + "]",
]


@pytest.mark.parametrize("line", HOSTILE, ids=lambda line: str(line[:20]))
def test_a_megabyte_of_hostile_text_is_read_in_linear_time(line: str) -> None:
    def cost(text: str) -> float:
        start = time.process_time()
        instruction_of(record(text, BUILDKIT))
        instruction_of(record(text), shell=("/bin/bash", "-c"))
        return time.process_time() - start

    assert cost(line) < 4.0  # quadratic would be hours
