"""Which of the images in an archive is meant.

Owns the choice by tag and platform, and what is said about the ones not chosen; where somebody can be asked, nothing
is guessed. Knows nothing of how a layout names its files: `dockersave.py` and `oci.py` make the candidates.
"""

from collections.abc import Sequence
from typing import Literal

from layerscope.errors import AmbiguousImageError, Choice, ImageNotFoundError
from layerscope.frozen import replace
from layerscope.model.image import Note
from layerscope.sources.base import Request
from layerscope.sources.candidates import Candidate, Configs, is_there_in_part
from layerscope.sources.store import Store, missing

_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386", "i386": "386"}
_LISTED = 10
_DIGITS = 12
"""Of a digest: what Docker shows, and enough to find it again."""


def choose(
    candidates: Sequence[Candidate], store: Store, request: Request, configs: Configs, *, in_part: bool = False
) -> tuple[Candidate, tuple[Note, ...]]:
    """Pick the image that `--tag` and `--platform` ask for, or the most likely one with a note on the others.

    `in_part` takes one without some of its layers where none is whole. Raises `AmbiguousImageError` instead of guessing
    when the request says that somebody can be asked.
    """
    left = list(candidates)
    if request.tag is not None:
        left = [one for one in left if _has_name(one, request.tag)]
        if not left:
            raise _nothing(store, f"no image called {request.tag}", [_title(one) for one in candidates], "--tag")
    if request.platform is not None:
        platforms = [(one, _platform(one, configs)) for one in left]
        exact = [one for one, found in platforms if found == request.platform]
        left = exact or [one for one, found in platforms if _fits(found, request.platform)]
        if not left:
            found = [found for _one, found in platforms]
            raise _nothing(store, f"no image for {request.platform}", found, "--platform")
    there = [one for one in left if one.absent is None]
    if not there and in_part:
        there = [one for one in left if is_there_in_part(one, store)]
    if not there:
        raise missing(store, left[0].absent or "")
    chosen, notes = _preferred(_bases(there, request, configs), store, request, configs)
    if hidden := [one.platform or _title(one) for one in left if one.absent is not None and one not in there]:
        # Docker saves the whole index of an image that it pulled for one platform (moby/moby#49473).
        notes.append(Note("not-in-archive", f"listed, with files that are not in the archive: {_listed(hidden)}"))
    return chosen, tuple(notes)


def _bases(there: list[Candidate], request: Request, configs: Configs) -> list[Candidate]:
    """Keep the images that another one is built on, those with the most layers first; all where there is none."""
    wanted = request.base_of
    fitting = [(configs.diff_ids(one.config_path), one) for one in there] if wanted and len(there) > 1 else []
    found = [(len(ids), one) for ids, one in fitting if ids and wanted[: len(ids)] == ids]
    most = max((count for count, _one in found), default=0)
    return [one for count, one in found if count == most] or there


def _preferred(
    there: list[Candidate], store: Store, request: Request, configs: Configs
) -> tuple[Candidate, list[Note]]:
    """Choose among images that are all there, and all that was asked for."""
    notes: list[Note] = []
    images = {(one.config_path, tuple(layer.path for layer in one.layers)): one for one in reversed(there)}
    if len(images) == 1:
        return replace(there[0], tags=tuple(dict.fromkeys(tag for one in there for tag in one.tags))), notes
    first = there[0]
    siblings = [one for one in there if set(one.tags) == set(first.tags)]
    strangers = [one for one in there if set(one.tags) != set(first.tags)]
    platforms = {_platform(one, configs): one for one in reversed(siblings)}
    chosen = first
    if len(platforms) > 1:
        platform = _platform_here(list(platforms), _platform(first, configs))
        chosen = platforms[platform]
        others = _listed(sorted(found or "unknown" for found in platforms if found != platform))
        text = f"the image for {platform} of several; others: {others} (choose with --platform)"
        notes.append(Note("several-platforms", text))
    several = bool(strangers) or len(siblings) > len(platforms)
    if request.ask and (several or notes):
        raise _ambiguous(store, chosen, list(reversed(images.values())), platforms if not several else {})
    if several:
        others = _listed([_title(one) for one in strangers or siblings if one is not first])
        notes.append(
            Note("several-images", f"{_title(first)} of {len(there)} images; others: {others} (choose with --tag)")
        )
    return chosen, notes


def _platform_here(found: list[str], first: str) -> str:
    """Prefer the platform of this machine."""
    import platform as machine

    name = machine.machine().lower()
    here = f"linux/{_MACHINES.get(name, name)}"
    return next((one for one in found if _fits(one, here)), first)


def _ambiguous(
    store: Store, likely: Candidate, images: list[Candidate], platforms: dict[str, Candidate]
) -> AmbiguousImageError:
    """Make the question: which platform, where only those differ; else which image, by a name that is its alone."""
    option: Literal["tag", "platform"] = "platform" if platforms and "" not in platforms else "tag"
    if option == "platform":
        choices = [
            Choice(name, option, name) for name in sorted(platforms, key=lambda name: (platforms[name] != likely, name))
        ]
    else:
        choices = []
        for tags in dict.fromkeys(one.tags for one in [likely, *images]):
            group = [one for one in images if one.tags == tags]
            name = next((tag for tag in tags if all(one in group for one in images if _has_name(one, tag))), None)
            if name is not None and len(group) < len(images):  # its platforms, if several, are the next question
                choices.append(Choice(_names(group[0]), option, name))
            else:
                choices += [Choice(f"{_names(one)} {_short(one)}".strip(), option, _digest(one)) for one in group]
    what = f"{option}s" if option == "platform" else "images"
    return AmbiguousImageError(
        f"{store.name} holds {len(choices)} {what}",
        choices=tuple(choice.value for choice in choices),
        candidates=tuple(choices),
        hint=f"choose with --{option}",
    )


def _platform(candidate: Candidate, configs: Configs) -> str:
    if candidate.platform or not candidate.config_path:
        return candidate.platform
    return configs.platform(candidate.config_path)


def _fits(found: str, wanted: str) -> bool:
    """Compare `os/arch[/variant]`; a wish without variant fits every variant."""
    return found == wanted or found.startswith(wanted + "/")


def _has_name(candidate: Candidate, wanted: str) -> bool:
    names = set(candidate.tags) | {_full_name(tag) for tag in candidate.tags}
    if wanted in names or _full_name(wanted) in names or any(tag.endswith(f":{wanted}") for tag in candidate.tags):
        return True
    wanted_hex = wanted.removeprefix("sha256:")
    digests = (candidate.manifest_digest or "", candidate.config_path.rpartition("/")[2])
    return len(wanted_hex) >= 7 and any(digest.removeprefix("sha256:").startswith(wanted_hex) for digest in digests)


def _full_name(name: str) -> str:
    """Complete a name as Docker does: `alpine` is `docker.io/library/alpine:latest`."""
    if ":" not in name.rpartition("/")[2]:
        name += ":latest"
    first, slash, _rest = name.partition("/")
    if not slash:
        return f"docker.io/library/{name}"
    return name if "." in first or ":" in first or first == "localhost" else f"docker.io/{name}"


def _names(candidate: Candidate) -> str:
    return ", ".join(tag for tag in candidate.tags if ":" in tag or "/" in tag) or ", ".join(candidate.tags)


def _digest(candidate: Candidate) -> str:
    digest = candidate.manifest_digest or candidate.config_path.rpartition("/")[2].removesuffix(".json")
    return digest.removeprefix("sha256:")


def _short(candidate: Candidate) -> str:
    return _digest(candidate)[:_DIGITS]


def _title(candidate: Candidate) -> str:
    return candidate.tags[0] if candidate.tags else _short(candidate) or "an image without a name"


def _listed(names: Sequence[str]) -> str:
    shown = list(dict.fromkeys(name or "unknown" for name in names))
    return ", ".join(shown[:_LISTED]) + (f" and {len(shown) - _LISTED} more" if len(shown) > _LISTED else "")


def _nothing(store: Store, what: str, there: Sequence[str], option: str) -> ImageNotFoundError:
    return ImageNotFoundError(f"{store.name} holds {what}", hint=f"it holds {_listed(there)}; choose with {option}")
