"""What is said when no engine gave the image: who was asked, what each said, and what to do next.

Owns the words. Asks no engine.
"""

from collections.abc import Sequence
from pathlib import Path

from layerscope.errors import EngineError, ImageNotFoundError
from layerscope.sources.engineclient import Answer, Silence

_DEMO = "demo"
_NEAR, _LONGEST_GUESS = 0.75, 8
_SAVE = "or give an archive: docker save NAME -o image.tar; layerscope image.tar"


def nowhere(
    reference: str,
    answers: Sequence[Answer],
    *,
    engine: str | None = None,
    platform: str | None = None,
    pulled: bool = False,
) -> ImageNotFoundError | EngineError:
    """Make the error; `engine` is the one that the user named, if any, `pulled` that it was asked to fetch."""
    lines = "; ".join(answer.line for answer in answers)
    meant = _meant(reference) if engine is None else ""
    refused = [answer for answer in answers if answer.silence is Silence.REFUSED]
    absent = [answer for answer in answers if answer.silence in {Silence.ABSENT, Silence.MISNAMED}]
    if refused:  # it may have the image, or not: that is not known, and must not be said
        text = f"{refused[0].engine} could not say whether it has {reference}"
        return EngineError(f"{text} ({lines})", hint="try again, or look into the engine's own log")
    if absent:
        whose = "no file and no image is" if engine is None else f"{engine} has no image"
        named = f"--platform {platform} " if platform else ""
        named += reference if engine is None else f"{engine}://{reference}"
        hint = None if pulled else _absent_hint(named, answers)
        return ImageNotFoundError(f"{whose} called {reference} ({lines})", hint=f"{meant}{hint or ''}" or None)
    if engine is None:
        aside = " (the directory of that name holds no image)" if Path(reference).is_dir() else ""
        return ImageNotFoundError(
            f"there is no file called {reference}{aside}, and no engine answered ({lines})",
            hint=f"{meant}{_next_step(answers)}",
        )
    return EngineError(f"no engine answered ({lines})", hint=_next_step(answers))


def _meant(reference: str) -> str:
    """Guess that the image was meant which is always there."""
    from difflib import SequenceMatcher

    near = len(reference) <= _LONGEST_GUESS and SequenceMatcher(None, reference, _DEMO).ratio() >= _NEAR
    return f"did you mean {_DEMO}? Else " if near else ""


def _absent_hint(named: str, answers: Sequence[Answer]) -> str | None:
    if any(answer.silence is Silence.FORBIDDEN for answer in answers):  # it may be there, where we may not look
        return _next_step(answers)
    fetching = next((answer.engine for answer in answers if answer.silence is Silence.ABSENT), None)
    return fetching and f"it is not local; {fetching} fetches it first with: layerscope --pull {named}"


def _next_step(answers: Sequence[Answer]) -> str:
    forbidden = [answer for answer in answers if answer.silence is Silence.FORBIDDEN]
    if forbidden and forbidden[0].engine == "podman":
        return f"start your own service (systemctl --user start podman.socket), or use sudo; {_SAVE}"
    if forbidden:
        return f"join the group docker (sudo usermod -aG docker $USER) and log in again, or use sudo; {_SAVE}"
    if any("ssh://" in answer.place for answer in answers):
        return "try: ssh HOST docker version; or pipe it: ssh HOST docker save NAME | layerscope -"
    return f"start the engine, or set DOCKER_HOST or a docker context; {_SAVE}"
