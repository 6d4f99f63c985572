"""The image configuration: what a container gets, how the image was made, and the layers' diff IDs.

Owns reading that one document (OCI image-spec config.md, Docker image spec 1.2) into the model. Only diff IDs are
needed to read an image; all else that is wrong in it becomes a note. Whether history fits the layers is judged
elsewhere (`history/align.py`).
"""

from layerscope.frozen import dataclass, replace
from layerscope.model.image import Digest, Healthcheck, HistoryRecord, ImageConfig, Note
from layerscope.sources.manifest import Json, Lenient

MAX_HISTORY_RECORDS = 10_000
"""Real images have tens; a builder stops at 127 layers."""
MAX_RECORD_CHARS = 128 * 1024
"""Of one record's text: Linux takes no longer argument (MAX_ARG_STRLEN), so no shell has run a longer command."""
MAX_HISTORY_CHARS = 1024 * 1024
"""Of all records' text; what is beyond is cut off, with a note: an image can be read without its history."""


@dataclass(frozen=True, slots=True)
class ConfigDocument:
    """What the configuration blob says."""

    diff_ids: tuple[Digest, ...]
    os: str
    architecture: str
    variant: str
    created: str | None
    author: str
    config: ImageConfig
    history: tuple[HistoryRecord, ...]
    notes: tuple[Note, ...]

    @property
    def platform(self) -> str:
        """`os/arch[/variant]`, or "" where the document does not say."""
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


def read_config(document: Json) -> ConfigDocument:
    """Read a configuration; DamagedImageError where its `rootfs` cannot be understood."""
    lenient = Lenient()
    diff_ids = tuple(item.digest() for item in document["rootfs"]["diff_ids"].items())
    history, cut = _cut(_history(document["history"], lenient))
    return ConfigDocument(
        diff_ids=diff_ids,
        os=lenient.text(document["os"]),
        architecture=lenient.text(document["architecture"]),
        variant=lenient.text(document["variant"]),
        created=lenient.text(document["created"]) or None,
        author=lenient.text(document["author"]),
        config=read_container_config(lenient.object(document["config"]), lenient),
        history=history,
        notes=(*lenient.notes, *cut),
    )


def read_container_config(node: Json, lenient: Lenient) -> ImageConfig:
    """Read the `config` object, which the engine's API gives in the same form."""
    return ImageConfig(
        env=lenient.texts(node["Env"]),
        entrypoint=lenient.texts(node["Entrypoint"]),
        cmd=lenient.texts(node["Cmd"]),
        user=lenient.text(node["User"]),
        working_dir=lenient.text(node["WorkingDir"]),
        exposed_ports=lenient.keys(node["ExposedPorts"]),
        volumes=lenient.keys(node["Volumes"]),
        labels=lenient.mapping(node["Labels"]),
        stop_signal=lenient.text(node["StopSignal"]),
        shell=lenient.texts(node["Shell"]),
        onbuild=lenient.texts(node["OnBuild"]),
        healthcheck=_healthcheck(lenient.object(node["Healthcheck"]), lenient),
    )


def _healthcheck(node: Json, lenient: Lenient) -> Healthcheck | None:
    if not node:
        return None
    return Healthcheck(
        test=lenient.texts(node["Test"]),
        interval_ns=lenient.number(node["Interval"]),
        timeout_ns=lenient.number(node["Timeout"]),
        start_period_ns=lenient.number(node["StartPeriod"]),
        retries=lenient.number(node["Retries"]),
    )


def _history(node: Json, lenient: Lenient) -> tuple[HistoryRecord, ...]:
    if isinstance(node.value, list):
        node.at_most(MAX_HISTORY_RECORDS, "records")
    records = []
    for index, item in enumerate(lenient.items(node)):
        record = lenient.object(item)
        records.append(
            HistoryRecord(
                index=index,
                created=lenient.text(record["created"]) or None,
                created_by=lenient.text(record["created_by"]),
                comment=lenient.text(record["comment"]),
                author=lenient.text(record["author"]),
                empty=lenient.truth(record["empty_layer"]),
            )
        )
    return tuple(records)


def _cut(records: tuple[HistoryRecord, ...]) -> tuple[tuple[HistoryRecord, ...], tuple[Note, ...]]:
    """Cut what no builder writes: text without end would be gone through by every rule."""
    left = MAX_HISTORY_CHARS
    kept: list[HistoryRecord] = []
    cut: list[int] = []
    for record in records:
        texts: list[str] = []
        for text in (record.created_by, record.comment, record.author):
            texts.append(text[: min(MAX_RECORD_CHARS, left)])
            left -= len(texts[-1])
        if sum(map(len, texts)) < len(record.created_by) + len(record.comment) + len(record.author):
            cut.append(record.index)
            record = replace(record, created_by=texts[0], comment=texts[1], author=texts[2])  # noqa: PLW2901
        kept.append(record)
    if not cut:
        return records, ()
    text = f"the text of history record {cut[0]} is too long"
    more = f", as of {len(cut) - 1:,} more" if len(cut) > 1 else ""
    limits = f"{MAX_RECORD_CHARS:,} characters are read of one, {MAX_HISTORY_CHARS:,} of all"
    return tuple(kept), (Note("history-cut", f"{text}{more}: {limits}"),)
