"""Images in a running container engine: Docker, and Podman through its Docker-compatible socket.

Owns connecting by the Docker SDK (this is the only file that imports it), finding an image, asking for its export,
and turning all that can go wrong into one line that names the endpoint. Knows nothing of what is in the stream:
`stream.py` and `archive.py` read it like any archive.
"""

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from layerscope.errors import AmbiguousImageError, Choice, DamagedImageError, EngineError, ImageNotFoundError
from layerscope.model.image import Note, RawImage
from layerscope.sources.archive import open_store, pass_through
from layerscope.sources.base import Request
from layerscope.sources.blobs import buffered
from layerscope.sources.endpoints import Endpoint, docker_endpoints, podman_endpoints
from layerscope.sources.enginefacts import base_among, preliminary_image, total_bytes
from layerscope.sources.export import ExportStream
from layerscope.sources.metering import Metered

if TYPE_CHECKING:
    from docker import DockerClient

MAX_BASE_CANDIDATES = 500
"""Other images that are asked about when looking for the base; an answer takes some milliseconds."""
_ANSWER_TIMEOUT_S = 30
_CHUNK = 1024 * 1024
_ERROR_IN_STREAM = b'{"errorDetail":'
_NO_IMAGE = "no such image"
_SAVE_HINT = "or give an archive: docker save NAME -o image.tar; layerscope image.tar"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one endpoint said."""

    engine: str
    endpoint: Endpoint | None
    """None where the engine has no endpoint at all."""
    text: str
    reached: bool = False
    """It is the engine that says so."""

    @property
    def line(self) -> str:
        """The answer in an error."""
        return f"{self.engine}: {self.text}" if self.endpoint is None else f"{_place(self)}: {self.text}"


@dataclass(frozen=True, slots=True)
class Found:
    """An image in an engine that answered."""

    engine: str
    endpoint: Endpoint
    client: "DockerClient"
    inspected: dict[str, Any]

    @property
    def image_id(self) -> str:
        """As the engine calls it."""
        return str(self.inspected.get("Id") or "")


@dataclass(frozen=True, slots=True)
class Engine:
    """One kind of engine. Podman differs from Docker by where it listens only."""

    name: str
    list_endpoints: Callable[[], list[Endpoint]]

    @property
    def schemes(self) -> tuple[str, ...]:
        """The scheme is the name."""
        return (self.name,)

    def claims(self, reference: str) -> bool:  # noqa: ARG002  part of the protocol
        """Claim nothing: a bare name is looked up in all engines (`find_in_engines`)."""
        return False

    def load(self, request: Request) -> RawImage:
        """Find the image in this engine and stream it."""
        found, answers = self.look_up(request.reference)
        if found is not None:
            return export(found, request)
        raise _nowhere(request.reference, answers, f"{self.name} has no image called {request.reference}")

    def look_up(self, reference: str) -> tuple[Found | None, list[Answer]]:
        """Ask the endpoints in turn, up to the first that has the image."""
        answers: list[Answer] = []
        for endpoint in self.list_endpoints():
            answer = _ask(self.name, endpoint, reference)
            if isinstance(answer, Found):
                return answer, answers
            answers.append(answer)
        return None, answers or [Answer(self.name, None, "no socket")]


def find_in_engines(request: Request, engines: Sequence[Engine]) -> RawImage:
    """Open a bare name from the engine that has it; a name that means different images is not guessed at."""
    name = request.reference
    every: list[Answer] = []
    found: list[Found] = []
    for engine in engines:
        one, answers = engine.look_up(name)
        every += answers
        found += [one] if one is not None else []
    if not found:
        raise _nowhere(name, every, f"no file and no image is called {name}", bare=True)
    for one in found[1:]:
        one.client.close()
    if len({one.image_id for one in found}) > 1:
        found[0].client.close()
        choices = tuple(f"{one.engine}://{name}" for one in found)
        engines_named = " and ".join(one.engine for one in found)
        raise AmbiguousImageError(
            f"{name} is another image in {engines_named} each",
            choices=choices,
            candidates=tuple(Choice(choice, "reference", choice) for choice in choices),
            hint=f"say {' or '.join(choices)}",
        )
    return export(found[0], request)


def export(found: Found, request: Request) -> RawImage:
    """Stream an image out of its engine, scanning its layers as they pass."""
    from docker.errors import DockerException

    client, place = found.client, f"{found.engine} ({found.endpoint.url})"
    api: Any = client.api
    estimate = total_bytes(found.inspected)
    try:
        with closing(client):
            history = api.history(found.image_id)
            first = preliminary_image(request.reference, found.engine, found.inspected, history)
            request.image_ready(first)
            base = base_among([blob.diff_id for blob in first.layers], _others(api, found.image_id))
            # No limit for the first byte: Docker before 25 writes the whole image to its disk before it sends any.
            api.timeout = None
            target = _export_name(request.reference, found.inspected)
            with ExportStream(lambda: api.get_image(target, chunk_size=_CHUNK)) as stream:
                image = _read(stream, request, place, estimate)
    except (DockerException, OSError) as error:  # what requests raises is an OSError, too
        raise EngineError(
            f"{place} broke off the export of {request.reference}: {explain(error)}", hint="try again"
        ) from error
    # Saved by ID, an image has no name in its archive.
    image = replace(image, source=found.engine, tags=first.tags or image.tags)
    if base is not None:
        count, tag = base
        text = (
            f"the base is {tag}, whose layers are the first {count} of this image"
            if count > 1
            else f"the base is {tag}, 1 layer"
        )
        image = replace(image, base_layer_count=count, notes=(*image.notes, Note("base-known", text)))
    request.image_ready(image)
    return image


def _others(api: Any, image_id: str) -> Iterator[object]:
    """Give what the engine says of its other tagged images; nothing where it will not, since it is only for a score."""
    from docker.errors import DockerException

    try:
        tagged = [one for one in api.images() if one.get("RepoTags") and one.get("Id") != image_id]
        for one in tagged[:MAX_BASE_CANDIDATES]:
            yield api.inspect_image(one["Id"])
    except (DockerException, OSError, AttributeError, KeyError):
        return


def _read(stream: ExportStream, request: Request, place: str, estimate: int | None) -> RawImage:
    name = f"export of {request.reference}"
    meter = Metered(buffered(stream), "export", estimate, request.progress)
    stream.waiting = lambda: request.progress("waiting for the engine", 0, estimate)
    with buffered(meter) as metered:
        try:
            return open_store(pass_through(metered, name, request), request)
        except DamagedImageError as error:
            said = stream.tail.partition(_ERROR_IN_STREAM)
            if said[1]:  # how the engine reports a failure after it began to send
                text = (said[1] + said[2]).decode(errors="replace").strip()
                raise EngineError(f"{place} could not export {request.reference}: {text}") from error
            raise EngineError(f"{place} broke off: {error.message}", hint="try again") from error


def _ask(engine: str, endpoint: Endpoint, reference: str) -> Found | Answer:
    """Connect and look for an image; says what went wrong instead of raising."""
    from docker.errors import APIError, DockerException, ImageNotFound

    client = None
    try:
        client, endpoint = _connect(endpoint)
        api: Any = client.api
        return Found(engine, endpoint, client, api.inspect_image(reference))
    except ImageNotFound:
        answer = Answer(engine, endpoint, _NO_IMAGE, reached=True)
    except APIError as error:
        answer = Answer(engine, endpoint, str(error.explanation or error), reached=True)
    except (DockerException, OSError, ValueError) as error:  # what requests raises is an OSError, too
        answer = Answer(engine, endpoint, explain(error))
    if client is not None:
        client.close()
    return answer


def _connect(endpoint: Endpoint) -> tuple["DockerClient", Endpoint]:
    """Make a client, and complete the endpoint with the address that its context says."""
    import docker

    if endpoint.context is None:
        _knock(endpoint.url)
    if endpoint.origin == "DOCKER_HOST":
        return docker.from_env(timeout=_ANSWER_TIMEOUT_S, version="auto"), endpoint
    tls: Any = False
    if endpoint.context is not None:
        from docker.context import ContextAPI

        context = ContextAPI.get_context(endpoint.context)
        if context is None:
            raise ValueError("there is no such context; see: docker context ls")
        endpoint = replace(endpoint, url=str(context.Host))
        _knock(endpoint.url)
        found_tls: Any = context.TLSConfig  # None where the stubs say it cannot be
        tls = False if found_tls is None else found_tls
    return docker.DockerClient(base_url=endpoint.url, tls=tls, timeout=_ANSWER_TIMEOUT_S, version="auto"), endpoint


def _knock(url: str) -> None:
    """See whether anybody listens on a unix socket: OSError says plainly what the SDK wraps four times."""
    if url.startswith("unix://") and hasattr(socket, "AF_UNIX"):
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(_ANSWER_TIMEOUT_S)
            probe.connect("/" + url.removeprefix("unix://").lstrip("/"))


def _export_name(reference: str, inspected: dict[str, Any]) -> str:
    """Choose what to ask for: the full name, as a bare one would export all its tags; else the ID."""
    tags = inspected.get("RepoTags") or []
    wanted = {reference, f"{reference}:latest"}
    return next((tag for tag in tags if tag in wanted), str(inspected.get("Id") or reference))


def _nowhere(
    reference: str, answers: Sequence[Answer], text: str, *, bare: bool = False
) -> ImageNotFoundError | EngineError:
    """Make the error for an image that no endpoint gave: which were asked, and what they said."""
    lines = "; ".join(answer.line for answer in answers)
    if any(answer.reached for answer in answers):
        absent = next((answer.engine for answer in answers if answer.text == _NO_IMAGE), None)
        return ImageNotFoundError(f"{text} ({lines})", hint=absent and f"fetch it first: {absent} pull {reference}")
    if any("permission denied" in answer.text for answer in answers):
        hint = f"join the group docker (sudo usermod -aG docker $USER) and log in again; {_SAVE_HINT}"
    elif any(answer.endpoint is not None and answer.endpoint.url.startswith("ssh://") for answer in answers):
        hint = f"pipe it: ssh HOST docker save {reference} | layerscope -"
    else:
        hint = f"start the engine or set DOCKER_HOST; {_SAVE_HINT}"
    if bare:
        return ImageNotFoundError(f"there is no file called {reference}, and no engine answered ({lines})", hint=hint)
    return EngineError(f"no engine answered ({lines})", hint=hint)


def _place(answer: Answer) -> str:
    assert answer.endpoint is not None
    parts = [part for part in (answer.endpoint.url, answer.endpoint.origin) if part and part != "the usual socket"]
    return f"{answer.engine} ({', '.join(parts)})"


def explain(error: BaseException) -> str:
    """Reduce the nested exceptions of SDK, requests and urllib3 to what the system said."""
    for cause in _causes(error):
        if isinstance(cause, FileNotFoundError):
            return "not running: there is no such socket"
        if isinstance(cause, PermissionError):
            return "permission denied"
        if isinstance(cause, ConnectionRefusedError):
            return "not running: connection refused"
        if isinstance(cause, TimeoutError):
            return "no answer in time"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
    return " ".join(str(error).split())[:300] or type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Go through an exception, its arguments, and what it came from, to the bottom."""
    left, seen = [error], set()
    while left:
        one = left.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        left += [item for item in (*one.args, one.__cause__, one.__context__) if isinstance(item, BaseException)]


def _docker() -> list[Endpoint]:
    from docker.context.config import get_current_context_name

    return docker_endpoints(os.environ, get_current_context_name())


def _podman() -> list[Endpoint]:
    return podman_endpoints(os.environ)


DOCKER = Engine("docker", _docker)
PODMAN = Engine("podman", _podman)
