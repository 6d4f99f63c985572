"""Engines by the Docker SDK: Docker, and Podman through its Docker-compatible socket.

The only file that imports the SDK. Owns connecting (sockets, TLS, contexts, ssh), the calls of the Docker Engine API,
and turning the nested exceptions of SDK, requests and urllib3 into what the system or the engine said. Knows nothing
of what is in an export.
"""

import json
import socket
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from layerscope.frozen import replace
from layerscope.sources.chunked import body
from layerscope.sources.dockercontext import Tls
from layerscope.sources.endpoints import Endpoint
from layerscope.sources.engineclient import NoAnswerError, Silence
from layerscope.sources.enginefacts import variants
from layerscope.sources.export import Feed
from layerscope.sources.sshforward import SshForward

if TYPE_CHECKING:
    import requests
    from docker import APIClient

MAX_OTHERS = 500
"""Other images that are asked about when looking for the base; an answer takes some milliseconds."""
_ANSWER_TIMEOUT_S = 30
_NO_ENGINE = "this is no container engine, by what it answers"
_ELSEWHERE = "it names another address, which was not asked for"
_MAX_SAID = 200
_PLATFORM_SINCE = (1, 48)
"""The version of the API whose export and history take a platform."""


class SdkClient:
    """An engine behind a socket."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Connect, and agree on a version of the API; NoAnswerError where nobody answers."""
        with ExitStack() as stack, _answering():
            url = endpoint.url
            self._endpoint = endpoint
            self._forward = None
            self._version = ""
            if url.startswith("ssh://"):
                self._forward = stack.enter_context(SshForward(url, endpoint.identity))
                url = self._forward.url
            else:
                _knock(url)
            with _answering(self._forward):
                self._api: Any = _session(url, endpoint.tls)
                stack.callback(self._api.close)
                self._version = self._agree()
            self._stack = stack.pop_all()

    @property
    def endpoint(self) -> Endpoint:
        """Where it answers."""
        return self._endpoint

    def inspect(self, reference: str, platform: str | None = None) -> dict[str, Any]:
        """Describe an image; engines since Docker 28 also say which platforms they have of it."""
        path = f"/images/{_quoted(reference)}/json"
        found = _as_object(self._json(path, manifests="1"))
        if not found:
            raise NoAnswerError(Silence.REFUSED, _NO_ENGINE)
        there = [one.platform for one in variants(found)]
        if platform is None or not found.get("Manifests"):
            return found
        wanted = next((one for one in there if f"{one}/".startswith(f"{platform}/")), None)
        if wanted is None:
            raise NoAnswerError(
                Silence.ABSENT, f"no such image for {platform}, but for {' and '.join(there) or 'none'}"
            )
        # Asked for one platform, it says nothing of the others, and calls the image by that one's manifest.
        return {**found, **_as_object(self._json(path, platform=_platform_json(wanted))), "Id": found.get("Id")}

    def history(self, image_id: str, platform: str | None = None) -> object:
        """Give the history."""
        params = {"platform": _platform_json(platform)} if platform and self._speaks(_PLATFORM_SINCE) else {}
        return self._json(f"/images/{_quoted(image_id)}/history", **params)

    def others(self, image_id: str) -> Iterator[dict[str, Any]]:
        """Describe the other images that have a tag, up to a number of them."""
        listed = self._json("/images/json")
        tagged = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        wanted = [one["Id"] for one in tagged if one.get("RepoTags") and one.get("Id") not in {None, image_id}]
        for identifier in wanted[:MAX_OTHERS]:
            yield self.inspect(str(identifier))

    def export(self, target: str, platform: str | None) -> Feed:
        """Begin to send an image; without a time limit, as engines may prepare for minutes."""
        wanted = {"platform": _platform_json(platform)} if platform and self._speaks(_PLATFORM_SINCE) else {}
        # That the connection ends with the image tells its end at once; nothing else is asked on it
        feed = self._feed("get", f"/images/{_quoted(target)}/get", wanted, {"Connection": "close"})
        return replace(feed, ends_alone=self._forward is None)  # else it would lose what it goes through

    def pull(self, reference: str, platform: str | None) -> Feed:
        """Begin to fetch an image, with the credentials that `docker login` has stored for its registry."""
        from docker import auth
        from docker.utils import parse_repository_tag

        with _answering(self._forward):
            repository, tag = parse_repository_tag(reference)
            registry, _name = auth.resolve_repository_name(repository)
            credentials = auth.get_config_header(self._api, registry)
        params = {"fromImage": repository, "tag": tag or "latest", **({"platform": platform} if platform else {})}
        headers = {"X-Registry-Auth": credentials.decode()} if credentials else {}
        return self._feed("post", "/images/create", params, headers)

    def close(self) -> None:
        """End the connection, and what it went through."""
        self._stack.close()

    def _agree(self) -> str:
        """Ask which version of the API it speaks."""
        try:
            version = _as_object(self._json("/version")).get("ApiVersion")
        except NoAnswerError as error:
            if error.silence in {Silence.ABSENT, Silence.MISNAMED}:  # that is how web servers say no
                raise NoAnswerError(Silence.UNREACHED, f"{_NO_ENGINE}: {error.text}") from error
            raise
        if not isinstance(version, str) or not version:
            raise NoAnswerError(Silence.UNREACHED, _NO_ENGINE)
        return version

    def _json(self, path: str, **params: str) -> object:
        with _answering(self._forward):
            response = self._checked("get", path, timeout=_ANSWER_TIMEOUT_S, params=params)
            try:
                return response.json()
            except ValueError as error:
                raise NoAnswerError(Silence.REFUSED, _NO_ENGINE) from error

    def _feed(self, method: str, path: str, params: dict[str, str], headers: dict[str, str]) -> Feed:
        with _answering(self._forward):
            response = self._checked(method, path, timeout=None, params=params, headers=headers, stream=True)
        return Feed(_pieces(response, self._forward), _stopper(response))

    def _checked(self, method: str, path: str, **options: Any) -> "requests.Response":
        from docker.errors import create_api_error_from_http_exception
        from requests import HTTPError

        version = f"/v{self._version}" if self._version else ""
        url = f"{self._api.base_url}{version}{path}"
        response: requests.Response = self._api.request(method, url, allow_redirects=False, **options)
        if response.is_redirect:  # requests would follow it to whatever machine it names
            response.close()
            raise NoAnswerError(Silence.REFUSED, f"{_ELSEWHERE}: {response.headers['Location'][:_MAX_SAID]}")
        try:
            response.raise_for_status()
        except HTTPError as error:
            create_api_error_from_http_exception(error)
        return response

    def _speaks(self, least: tuple[int, int]) -> bool:
        return tuple(int(part) for part in self._version.split(".") if part.isdigit()) >= least


def _pieces(response: "requests.Response", forward: SshForward | None) -> Generator[bytes | memoryview, None, None]:
    with _answering(forward), response:
        yield from body(response)


def _stopper(response: "requests.Response") -> Callable[[], None]:
    def stop() -> None:
        # Closing the response would wait for the reading that this is to end. urllib3 before 2.3 has no `shutdown`.
        with suppress(AttributeError, ValueError, RuntimeError, OSError):
            response.raw.shutdown()

    return stop


def _session(url: str, files: Tls | None) -> "APIClient":
    """Make the SDK's client; it asks for nothing yet."""
    import docker
    from docker.constants import MINIMUM_DOCKER_API_VERSION
    from docker.tls import TLSConfig
    from docker.transport import UnixHTTPAdapter
    from requests.utils import get_environ_proxies

    class OnePool(UnixHTTPAdapter):
        """Keeps connections for the next call: the SDK has a pool of its own for each address, path and all."""

        def get_connection(self, url: Any, proxies: Any = None) -> Any:  # noqa: ARG002  any of them
            return super().get_connection("http+docker://localhost", proxies)

    tls: Any = False
    if files is not None:
        missing = next((file for file in (files.ca, files.cert, files.key) if file and not file.is_file()), None)
        if missing is not None:
            raise ValueError(f"TLS: there is no {missing}")
        pair = (str(files.cert), str(files.key)) if files.cert and files.key else None
        tls = TLSConfig(client_cert=pair, ca_cert=str(files.ca) if files.ca else None, verify=files.verify)
    api = docker.APIClient(base_url=url, tls=tls, timeout=_ANSWER_TIMEOUT_S, version=MINIMUM_DOCKER_API_VERSION)
    if url.startswith("unix://"):
        api.mount("http+docker://", OnePool(f"http+{url}", _ANSWER_TIMEOUT_S))
    elif files is not None:  # else REQUESTS_CA_BUNDLE in the environment would win over the engine's own authority
        api.proxies.update(get_environ_proxies(str(api.base_url)))
        api.trust_env = False
    return api


def _knock(url: str) -> None:
    """See whether anybody listens on a unix socket: OSError says plainly what the SDK wraps four times."""
    if url.startswith("unix://") and hasattr(socket, "AF_UNIX"):
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(_ANSWER_TIMEOUT_S)
            probe.connect("/" + url.removeprefix("unix://").lstrip("/"))


def _quoted(name: str) -> str:
    return quote(name, safe="/:@")


def _as_object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _platform_json(platform: str) -> str:
    parts = dict(zip(("os", "architecture", "variant"), platform.split("/"), strict=False))
    return json.dumps(parts)


@contextmanager
def _answering(forward: SshForward | None = None) -> Iterator[None]:
    """Turn all that the SDK and what is below it raise into a `NoAnswerError`."""
    from docker.errors import APIError, DockerException

    try:
        yield
    except NoAnswerError:
        raise
    except APIError as error:
        raise _refusal(error) from error
    except (
        DockerException,
        OSError,
        ValueError,
        KeyError,
        TypeError,
    ) as error:  # what requests raises is an OSError, too
        said = forward.said() if forward is not None else ""
        forbidden = any(isinstance(cause, PermissionError) for cause in _causes(error))
        raise NoAnswerError(Silence.FORBIDDEN if forbidden else Silence.UNREACHED, said or explain(error)) from error


def _refusal(error: Any) -> NoAnswerError:
    """Tell "no such image" from all else that an engine says no with; what is not found may also be the whole API."""
    text = " ".join(str(error.explanation or error).split())[:500]
    if error.status_code == 404 and "image" in text.lower():
        known = ("no such image", "image not known")
        return NoAnswerError(Silence.ABSENT, "no such image" if any(word in text.lower() for word in known) else text)
    if error.status_code == 400:
        return NoAnswerError(Silence.MISNAMED, text)
    return NoAnswerError(Silence.REFUSED, f"error {error.status_code}: {text}")


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
