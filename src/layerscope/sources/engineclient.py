"""What is asked of a container engine, whichever way it is reached, and how it says no.

Owns the contract between `engine.py` and the clients: the Docker SDK (`dockersdk.py`) and Podman's own command
(`podmancommand.py`). Knows neither.
"""

import enum
from collections.abc import Iterable
from typing import Any, Protocol

from layerscope.frozen import dataclass
from layerscope.sources.endpoints import Endpoint
from layerscope.sources.export import Feed


class Silence(enum.Enum):
    """Why an engine gave nothing."""

    ABSENT = "absent"
    """It answered that it has no such image."""
    MISNAMED = "misnamed"
    """It answered that no image can have such a name."""
    REFUSED = "refused"
    """It answered with an error of its own."""
    UNREACHED = "unreached"
    """Nobody answered."""
    FORBIDDEN = "forbidden"
    """The system does not let this user ask."""


class NoAnswerError(Exception):
    """A client did not get what it asked for; the text is one line, in the words of whoever said no."""

    def __init__(self, silence: Silence, text: str) -> None:
        super().__init__(text)
        self.silence = silence
        self.text = text


class Client(Protocol):
    """A connection to an engine. All methods may block, and raise `NoAnswerError` and nothing else."""

    @property
    def endpoint(self) -> Endpoint:
        """Where it answers."""
        ...

    def inspect(self, reference: str, platform: str | None = None) -> dict[str, Any]:
        """Describe an image by any of its names, as `GET /images/NAME/json` of the Docker Engine API does.

        `platform` counts only where the engine has several of the image.
        """
        ...

    def history(self, image_id: str, platform: str | None = None) -> object:
        """Give the history, as `GET /images/NAME/history` does."""
        ...

    def others(self, image_id: str) -> Iterable[dict[str, Any]]:
        """Describe the other images that have a tag."""
        ...

    def export(self, target: str, platform: str | None) -> Feed:
        """Begin to send an image as an archive; `platform` only where the engine has several, and one is wanted."""
        ...

    def pull(self, reference: str, platform: str | None) -> Feed:
        """Begin to fetch an image; what comes are the JSON lines of `POST /images/create`."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What one endpoint said."""

    engine: str
    place: str
    """Where it was asked; "" where the engine has no place at all."""
    silence: Silence
    text: str

    @property
    def line(self) -> str:
        """The answer in an error."""
        return f"{self.engine} ({self.place}): {self.text}" if self.place else f"{self.engine}: {self.text}"


@dataclass(frozen=True, slots=True)
class Found:
    """An image in an engine that answered."""

    engine: str
    client: Client
    inspected: dict[str, Any]

    @property
    def image_id(self) -> str:
        """As the engine calls it."""
        return str(self.inspected.get("Id") or "")

    @property
    def place(self) -> str:
        """How messages call the engine."""
        return f"{self.engine} ({self.client.endpoint.url or self.client.endpoint.text})"
