"""Windows images: raw paths as their layers have them, a base that is not distributed, and nothing crashes."""

from pathlib import Path

from builder import ImageBuilder, Members, directory, edit_json, file
from layerscope.pipeline import inspect

FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
SECURITY = {"MSWINDOWS.rawsd": b"AQAEgBQAAAAkAAAAAAAAADQ=", "MSWINDOWS.fileattr": b"32"}


def windows_image(folder: Path) -> Path:
    built = ImageBuilder("win:1", platform="windows/amd64").layer({"Files/Windows/base.dll": b"1" * 500})
    built.layer(
        {
            "Hives/": directory(),
            "Hives/System_Delta": b"h" * 50,
            "Files/": directory(pax=SECURITY),
            "Files/app/": directory(pax=SECURITY),
            "Files/app/one.exe": file(b"e" * 100, pax=SECURITY),
            "Files/app/Two.EXE": b"e" * 30,
        }
    )
    built.layer(remove=["Files/app/one.exe"]).layer({"Files/app/two.exe": b"x"})

    def without_base(members: Members) -> Members:
        first = next(name for name, _entry in members if name.endswith("layer.tar"))
        described = {
            "mediaType": FOREIGN,
            "size": 1_234_567,
            "digest": "sha256:" + "0" * 64,
            "urls": ["https://example.com/x"],
        }
        edit_json(
            members, "manifest.json", lambda images: images[0].update(LayerSources={built.diff_ids[0]: described})
        )
        return [(name, entry) for name, entry in members if name != first]

    return built.save(folder / "windows.tar", "legacy", edit=without_base)


def test_a_windows_image_shows_raw_paths_and_its_base_as_absent(tmp_path: Path) -> None:
    inspection = inspect(windows_image(tmp_path))
    assert inspection.image.platform == "windows/amd64"
    assert inspection.partial
    assert "foreign layer" in str(inspection.layers[0].absent_reason)
    assert [layer.content_bytes for layer in inspection.layers] == [0, 180, 0, 1]
    paths = [
        inspection.tree.path(node) for node in range(inspection.tree.node_count) if inspection.tree.live[node] >= 0
    ]
    assert b"/Hives/System_Delta" in paths
    assert b"/Files/app/one.exe" not in paths
    assert {b"/Files/app/Two.EXE", b"/Files/app/two.exe"} <= set(paths), "two names, as the layers have them"
    assert inspection.ledger.deleted_bytes == 100
    assert [note.code for note in inspection.notes if note.code.startswith(("tar-", "entry-"))] == []
