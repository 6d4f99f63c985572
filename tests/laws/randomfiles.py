"""Random Dockerfiles that build: few paths and few commands, so that steps meddle with what others made."""

import posixpath
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from laws.modelbuild import Build
from laws.modelshell import BuildError
from layerscope.history.dockerfile import parse_dockerfile

Choose = Callable[[Sequence[str]], str]
CONTEXT = {
    "app/main": b"m" * 2_100,
    "app/lib/part": b"p" * 1_700,
    "app/tests/one": b"t" * 1_300,
    "app/.git/pack": b"g" * 2_900,
    "tool": b"x" * 1_900,
    "conf": b"c" * 1_100,
}
_DIRECTORIES = ("/d", "/d/e", "/srv/app", "/w")
_NAMES = ("a", "b", "tool")
_STEPS = ("RUN", "RUN", "RUN", "RUN", "RUN", "RUN", "COPY", "COPY", "COPY", "WORKDIR")
_COPIES = (
    "COPY app /srv/app", "COPY app/ /srv/app/", "COPY . /w", "COPY tool /d/tool", "COPY tool conf /d/", "COPY . .",
    "COPY app/lib /d", "COPY conf /d/a", "COPY --chown=7:7 app /srv/app", "COPY --chmod=0755 tool /w/tool",
    "COPY conf ./",
)  # fmt: skip
_COMMANDS = (
    "write", "write", "write", "write", "rm", "rm", "rm", "rm -rf", "chown", "chown", "chown -R", "chown -R",
    "chmod", "chmod", "chmod -R", "append", "cat", "cp", "mv", "touch", "make", "mkdir", "user", "update", "install",
    "purge", "rm lists",
)  # fmt: skip


@dataclass(slots=True)
class RandomFile:
    """A Dockerfile that is being thought up, beside the build of what there is of it."""

    choose: Choose
    build: Build
    count: int = 0

    def lines(self, length: int) -> list[str]:
        """Think up instructions until there are enough that work."""
        found = ["FROM base"]
        for _try in range(4 * length):
            if len(found) > length:
                break
            line = self._line()
            if line and self._works(line):
                found.append(line)
        return found

    def _works(self, line: str) -> bool:
        files, directory = dict(self.build.files), self.build.directory
        try:
            self.build.step(parse_dockerfile(f"FROM x\n{line}").instructions[1])
        except BuildError:
            self.build.files, self.build.directory = files, directory
            return False
        return True

    def _line(self) -> str:
        kind = self.choose(_STEPS)
        if kind == "COPY":
            return self.choose(_COPIES)
        if kind == "WORKDIR":
            return f"WORKDIR {self.choose(_DIRECTORIES)}"
        commands = [self._command() for _ in range(int(self.choose("1123")))]
        return f"RUN {' && '.join(filter(None, commands))}" if any(commands) else ""

    def _command(self) -> str:
        kind = self.choose(_COMMANDS)
        files = [path for path, node in self.build.files.items() if not node.is_directory and "/etc/" not in path]
        files = files or ["/d/a"]
        directories = [path for path, node in self.build.files.items() if node.is_directory and path[1] in "dsw"]
        directories = directories or ["/d"]
        place = f"{self.choose(_DIRECTORIES)}/{self.choose(_NAMES)}"
        self.count += 1
        if kind in {"write", "append"}:
            mark = ">" if kind == "write" else ">>"
            return f"printf %0{1000 + 13 * self.count}d {self.count} {mark} {self._word(place)}"
        if kind in {"cat", "cp", "mv"}:
            one = self._word(self.choose(files))
            return f"cat {one} > {self._word(place)}" if kind == "cat" else f"{kind} {one} {self._word(place)}"
        if kind in {"rm", "touch"}:
            return f"{kind} {self._word(self.choose(files))}"
        if kind == "rm -rf":
            return f"rm -rf {self._word(self.choose(directories))}"
        return self._other(kind, files, directories)

    def _other(self, kind: str, files: Sequence[str], directories: Sequence[str]) -> str:
        if kind.startswith(("chown", "chmod")):
            one = self._word(self.choose(directories if kind.endswith("-R") else files))
            values = ("7:7", "9:9", "app") if kind.startswith("chown") else ("0755", "0600", "+x")
            option = "-R " if kind.endswith("-R") else ""
            return f"{kind[:5]} {option}{self.choose(values)} {one}"
        return {
            "make": f"./make {self.choose(_NAMES)}",
            "mkdir": f"mkdir -p {self._word(self.choose(_DIRECTORIES))}",
            "user": "useradd app",
            "update": "apt-get update",
            "install": f"apt-get install -y {self.choose(('gcc', 'curl'))}",
            "purge": f"apt-get purge -y {self.choose(('gcc', 'curl'))}",
            "rm lists": "rm -rf /var/lib/apt/lists/*",
        }[kind]

    def _word(self, path: str) -> str:
        """Name a path, sometimes from the directory where one is."""
        here = self.build.directory
        inside = posixpath.relpath(path, here)
        return inside if here != "/" and not inside.startswith("..") and self.choose("ar") == "r" else path


def random_file(choose: Choose, length: int) -> tuple[str, Build]:
    """Think up a Dockerfile; with its build."""
    found = RandomFile(choose, Build(CONTEXT))
    lines = found.lines(length)
    build = Build(CONTEXT)
    build.run_file("\n".join(lines))
    return "\n".join(lines), build
