"""Images in a running container engine: Docker, and Podman through its Docker-compatible socket or its own command.

Owns which endpoints are asked for an image, and the choice between several that have it. Knows neither how they are
reached (`dockersdk.py`, `podmancommand.py`) nor what they send (`engineexport.py`).
"""

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from layerscope.errors import AmbiguousImageError, Choice
from layerscope.frozen import dataclass
from layerscope.model.image import Note, RawImage
from layerscope.sources.base import Request
from layerscope.sources.endpoints import USUAL, Endpoint, docker_endpoints, podman_endpoints, podman_sockets
from layerscope.sources.engineanswers import nowhere
from layerscope.sources.engineclient import Answer, Client, Found, NoAnswerError, Silence
from layerscope.sources.engineexport import export, pull
from layerscope.sources.enginefacts import preliminary_image, same_image
from layerscope.sources.waiting import patiently

Connect = Callable[[], Client]
Door = tuple[Endpoint, Connect]
"""A place where an engine may be, and how to get there."""


@dataclass(frozen=True, slots=True)
class Engine:
    """One kind of engine."""

    name: str
    doors: Callable[[bool], Iterator[Door]]
    """Where to ask, in order, first what the engine's own command would. Takes whether the user named the engine."""
    nobody: Callable[[], str]
    """What to say when there is no door."""
    switch: str
    """The environment variable that names an endpoint."""

    @property
    def schemes(self) -> tuple[str, ...]:
        """The scheme is the name."""
        return (self.name,)

    def claims(self, reference: str) -> bool:  # noqa: ARG002  part of the protocol
        """Claim nothing: a bare name is looked up in all engines (`find_in_engines`)."""
        return False

    def load(self, request: Request) -> RawImage:
        """Find the image in this engine and stream it."""
        return _opened(request, (self,), named=True)


@dataclass(frozen=True, slots=True)
class _Without:
    """An engine that answered and has no such image: one that could fetch it."""

    client: Client
    answer: Answer


@dataclass(frozen=True, slots=True)
class _Asked:
    """What came of asking the engines."""

    found: tuple[Found, ...]
    """One of each engine that has the image; of an engine whose own command has none, of every place that has."""
    answers: tuple[Answer, ...]
    without: tuple[_Without, ...] = ()

    def close(self) -> None:
        """End all connections."""
        for client in (*(one.client for one in self.found), *(one.client for one in self.without)):
            client.close()


def find_in_engines(request: Request, engines: Sequence[Engine]) -> RawImage:
    """Open a bare name from the engine that has it; a name that means different images is not guessed at."""
    return _opened(request, engines, named=False)


def _opened(request: Request, engines: Sequence[Engine], *, named: bool) -> RawImage:
    def waiting() -> None:
        request.progress("asking " + " and ".join(engine.name for engine in engines), 0, None)

    waiting()
    asked: _Asked = patiently(lambda: _ask_all(engines, request, named=named), waiting, discard=_Asked.close)
    if not asked.found and request.pull and asked.without:
        asked = _pulled(asked, request)
    try:
        if not asked.found:
            only = engines[0].name if named else None
            raise nowhere(request.reference, asked.answers, engine=only, platform=request.platform, pulled=request.pull)
        chosen, *others = asked.found
        if any(not same_image(chosen.inspected, one.inspected) for one in others):
            raise _several(request.reference, asked.found, engines)
        return export(chosen, request, _where(chosen, asked.answers))
    finally:
        asked.close()


def _ask_all(engines: Sequence[Engine], request: Request, *, named: bool) -> _Asked:
    found: list[Found] = []
    without: list[_Without] = []
    answers: list[Answer] = []
    for engine in engines:
        said: list[Answer] = []
        for endpoint, connect in engine.doors(named):
            one = _ask(engine.name, endpoint, connect, request)
            if isinstance(one, Found):
                found.append(one)
                if not said:  # what the engine's own command would take, too
                    break
                continue
            if isinstance(one, _Without):
                without.append(one)
            said.append(one.answer if isinstance(one, _Without) else one)
        answers += said
        if not said and not any(one.engine == engine.name for one in found):
            answers.append(Answer(engine.name, "", Silence.UNREACHED, engine.nobody()))
    return _Asked(tuple(found), tuple(answers), tuple(without))


def _ask(engine: str, endpoint: Endpoint, connect: Connect, request: Request) -> Found | _Without | Answer:
    """Connect and look for an image; says what went wrong instead of raising."""
    if endpoint.trouble is not None:
        return Answer(engine, endpoint.text, Silence.UNREACHED, endpoint.trouble)
    client = None
    try:
        client = connect()
        inspected = client.inspect(request.reference, request.platform)
        there = preliminary_image("", "", inspected, []).platform
        if not _fits(there, request.platform):
            text = f"no such image for {request.platform}, but for {there}"
            return _Without(client, Answer(engine, client.endpoint.text, Silence.ABSENT, text))
        return Found(engine, client, inspected)
    except NoAnswerError as error:
        place = endpoint if client is None else client.endpoint
        answer = Answer(engine, place.text, error.silence, error.text)
        if client is None:
            return answer
        if error.silence is Silence.ABSENT:
            return _Without(client, answer)
        client.close()
        return answer


def _fits(there: str, wanted: str | None) -> bool:
    """Compare `os/arch[/variant]`, as far as the engine and the user say it."""
    return wanted is None or not there or f"{there}/".startswith(f"{wanted}/") or f"{wanted}/".startswith(f"{there}/")


def _pulled(asked: _Asked, request: Request) -> _Asked:
    """Have the first engine that answered fetch the image."""
    first = asked.without[0]
    try:
        inspected = pull(first.answer.engine, first.client, request)
    except BaseException:
        asked.close()
        raise
    return _Asked((Found(first.answer.engine, first.client, inspected),), (), asked.without[1:])


def _where(found: Found, answers: Sequence[Answer]) -> tuple[Note, ...]:
    """Say where the image was found, when that is not where the engine's own command would look."""
    said = [answer.line for answer in answers if answer.engine == found.engine]
    return (Note("engine-endpoint", f"found in {found.place}, since {'; '.join(said)}"),) if said else ()


def _several(name: str, found: Sequence[Found], engines: Sequence[Engine]) -> AmbiguousImageError:
    """Make the question which engine, or which place of one, is meant."""
    places = [one.engine for one in found]
    if len(set(places)) == len(places):
        choices = tuple(f"{one.engine}://{name}" for one in found)
        candidates = tuple(Choice(choice, "reference", choice) for choice in choices)
    else:  # no reference says which
        switches = {engine.name: engine.switch for engine in engines}
        choices = tuple(f"{switches[one.engine]}={one.client.endpoint.url} layerscope {name}" for one in found)
        places, candidates = [one.place for one in found], ()
    return AmbiguousImageError(
        f"{name} is another image in {' and '.join(places)} each",
        choices=choices,
        candidates=candidates,
        hint=f"say {' or '.join(choices)}",
    )


def _docker_doors(_named: bool) -> Iterator[Door]:  # noqa: FBT001  of the signature of all
    from layerscope.sources.dockersdk import SdkClient

    for endpoint in docker_endpoints(os.environ):
        yield endpoint, partial(SdkClient, endpoint)


def _podman_doors(named: bool) -> Iterator[Door]:  # noqa: FBT001  of the signature of all
    """Ask sockets, the user's own first; Podman's command where that does not answer, and for another machine."""
    from layerscope.sources.dockersdk import SdkClient
    from layerscope.sources.podmancommand import COMMAND, CommandClient, has_storage, podman_installed

    answered = False

    def socket_client(endpoint: Endpoint) -> SdkClient:
        nonlocal answered
        client = SdkClient(endpoint)
        answered = True
        return client

    installed = podman_installed()
    own = Endpoint(f"unix://{podman_sockets(os.environ)[0]}", USUAL)
    elsewhere = bool(os.environ.get("CONTAINER_HOST") or os.environ.get("CONTAINER_CONNECTION"))
    command = installed and not elsewhere and (named or has_storage(os.environ))
    for endpoint in sorted(podman_endpoints(os.environ), key=lambda one: one != own):
        if command and endpoint != own and not answered:
            command = False
            yield COMMAND, CommandClient
        if endpoint.url.startswith("ssh://") and installed:
            yield endpoint, partial(CommandClient, endpoint)
        else:
            yield endpoint, partial(socket_client, endpoint)
    if command and not answered:
        yield COMMAND, CommandClient


def _no_podman() -> str:
    from layerscope.sources.podmancommand import podman_installed

    sockets = " or ".join(map(str, podman_sockets(os.environ)))
    return f"no socket at {sockets}, and no {'image of its own' if podman_installed() else 'podman command'}"


DOCKER = Engine("docker", _docker_doors, lambda: "no socket", "DOCKER_HOST")
PODMAN = Engine("podman", _podman_doors, _no_podman, "CONTAINER_HOST")
