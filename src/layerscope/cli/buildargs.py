"""What the arguments of `docker build`, buildx and `podman build` say: context, Dockerfile, names, where it goes.

Owns which options take a value in the next word: only so is it known which word is the context. Builds nothing.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from layerscope.frozen import dataclass

_OF_DOCKER = (
    "--add-host --allow --annotation --attest --build-arg --build-context --builder --cache-from --cache-to --call "
    "--cgroup-parent -c --cpu-period --cpu-quota --cpu-shares --cpuset-cpus --cpuset-mems -f --file --iidfile "
    "--isolation --label -m --memory --memory-swap --metadata-file --network --no-cache-filter -o --output "
    "--platform --policy --progress --provenance --sbom --secret --security-opt --shm-size --ssh -t --tag --target "
    "--ulimit "
)
_OF_PODMAN = (
    "--arch --authfile --cache-ttl --cap-add --cap-drop --cert-dir --cpp-flag --creds --decryption-key --device "
    "--dns --dns-option --dns-search --env --format --from --group-add --hooks-dir --ignorefile --ipc --jobs "
    "--layer-label --logfile --manifest --os --os-feature --os-version --pid --retry --retry-delay --runtime "
    "--runtime-flag --sign-by --timestamp --unsetenv --unsetlabel --userns --userns-gid-map "
    "--userns-gid-map-group --userns-uid-map --userns-uid-map-user --uts --variant -v --volume"
)
_TAKES_VALUE = frozenset(_OF_DOCKER.split()) | frozenset(_OF_PODMAN.split())
_FILE, _TAG, _ID_FILE, _OUTPUT = ("-f", "--file"), ("-t", "--tag"), ("--iidfile",), ("-o", "--output")
_SCHEMES = {"docker": "docker-archive", "oci": "oci-archive"}


@dataclass(frozen=True, slots=True)
class BuildArguments:
    """Words after `docker build`, and what they mean."""

    words: tuple[str, ...]

    @property
    def contexts(self) -> list[str]:
        """The words that are neither an option nor its value; a build has one."""
        return [word for name, word in self._read() if name is None and word is not None]

    @property
    def tag(self) -> str | None:
        """The first name that the image gets."""
        return next(self._values(_TAG), None)

    @property
    def id_file(self) -> Path | None:
        """The file that the user wants the image's id in."""
        return next((Path(name) for name in self._values(_ID_FILE)), None)

    @property
    def says_where(self) -> bool:
        """Whether the user says where the image goes."""
        return any(name in {*_OUTPUT, "--load", "--push"} for name, _ in self._read())

    @property
    def archive(self) -> str | None:
        """The reference of the file that the image is written to instead of into the engine."""
        for value in self._values(_OUTPUT):
            parts = dict(part.partition("=")[::2] for part in value.split(","))
            if parts.get("type") in _SCHEMES and parts.get("dest", "-") != "-":
                scheme = "oci" if parts.get("tar") == "false" else _SCHEMES[parts["type"]]
                return f"{scheme}://{parts['dest']}"
        return None

    def dockerfile(self, usual: Sequence[str] = ("Dockerfile",)) -> Path | None:
        """Find the file that the build reads; None where it is no file here."""
        context = Path(self.contexts[0]) if self.contexts else None
        if context is None or not context.is_dir():
            return None
        named = next(reversed(list(self._values(_FILE))), None)
        places = [context / name for name in usual] if named is None else [Path(named), context / named]
        return next((place for place in places if place.is_file()), None)

    def _values(self, names: Sequence[str]) -> Iterator[str]:
        return (value for name, value in self._read() if name in names and value is not None)

    def _read(self) -> Iterator[tuple[str | None, str | None]]:
        """Give (option, value) for each option, and (None, word) for each other word."""
        words = iter(self.words)
        for word in words:
            if word == "--":
                yield from ((None, rest) for rest in words)
            elif not word.startswith("-") or word == "-":
                yield None, word
            elif word.startswith("--"):
                name, equals, value = word.partition("=")
                yield name, value if equals else next(words, None) if name in _TAKES_VALUE else None
            else:
                yield from self._short(word, words)

    @staticmethod
    def _short(word: str, words: Iterator[str]) -> Iterator[tuple[str, str | None]]:
        """Read `-qt NAME`, `-tNAME`, `-t=NAME`."""
        for index in range(1, len(word)):
            name, rest = f"-{word[index]}", word[index + 1 :]
            if name in _TAKES_VALUE:
                yield name, rest.removeprefix("=") if rest else next(words, None)
                return
            yield name, None
