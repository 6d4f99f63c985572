"""Untrusted JSON."""

import json

import pytest

from layerscope.errors import DamagedImageError, LimitError
from layerscope.sources.manifest import MAX_JSON_BYTES, Json, Lenient, parse_json


def parsed(text: str) -> Json:
    return parse_json(text.encode(), "x.tar: manifest.json")


def test_an_error_says_where_it_is() -> None:
    document = parsed('[{"Layers": ["a", 7]}]')
    with pytest.raises(
        DamagedImageError, match=r"x.tar: manifest.json\[0\].Layers\[1\] should be text and is a number"
    ):
        document.items()[0]["Layers"].texts()


def test_keys_match_exactly_or_else_in_any_case() -> None:
    assert parsed('{"layers": ["a"]}')["Layers"].texts() == ("a",)
    assert parsed('{"LAYERS": ["a"], "Layers": ["b"]}')["Layers"].texts() == ("b",)


def test_a_missing_field_is_null_all_the_way_down() -> None:
    missing = parsed("{}")["a"]["b"]
    assert not missing
    assert (missing.text(), missing.items(), missing.texts(), missing.number(), missing.truth()) == (
        "",
        [],
        (),
        None,
        False,
    )


@pytest.mark.parametrize(
    ("text", "read", "wanted"),
    [
        ("null", "items", []),
        ("{}", "items", "a list and is an object"),
        ("[]", "fields", "an object and is a list"),
        ('"x"', "number", "a whole number and is text"),
        ("1.5", "number", "a whole number and is a number"),
        ("true", "number", "a whole number and is a boolean"),
        ("0", "truth", "a boolean and is a number"),
    ],
)
def test_types_are_checked(text: str, read: str, wanted: object) -> None:
    if not isinstance(wanted, str):
        assert getattr(parsed(text), read)() == wanted
        return
    with pytest.raises(DamagedImageError, match=wanted):
        getattr(parsed(text), read)()


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" + b"1" * 5000 + b"]", b'{"a": 1} x'])
def test_what_is_not_json_is_said_in_one_line(data: bytes) -> None:
    with pytest.raises(DamagedImageError, match="x is not JSON") as caught:
        parse_json(data, "x")
    assert "\n" not in str(caught.value)


def test_json_nested_too_deeply_is_refused() -> None:
    with pytest.raises(LimitError, match="nested too deeply"):
        parse_json(b"[" * 100_000, "x")


def test_json_above_the_limit_is_refused() -> None:
    with pytest.raises(LimitError, match="4,194,305 bytes"):
        parse_json(b" " * (MAX_JSON_BYTES + 1), "x")


def test_a_byte_order_mark_does_no_harm() -> None:
    assert parse_json(b"\xef\xbb\xbf[]", "x").items() == []


@pytest.mark.parametrize(
    "text", ["", "sha256:", "sha256:../../etc/passwd", "md5:" + "0" * 32, "sha256:" + "A" * 64, "sha256:" + "0" * 63]
)
def test_only_digests_are_digests(text: str) -> None:
    with pytest.raises(DamagedImageError, match="is not a digest"):
        Json(text, "x").digest()


def test_lenient_readers_leave_out_what_is_odd_and_say_so() -> None:
    lenient = Lenient()
    document = parsed('{"Env": ["A=1", 7], "User": [], "Labels": {"a": "b", "c": 1}, "Cmd": "sh", "Ports": ["80"]}')
    assert lenient.texts(document["Env"]) == ("A=1", "")
    assert lenient.text(document["User"]) == ""
    assert lenient.mapping(document["Labels"]) == {"a": "b", "c": ""}
    assert lenient.texts(document["Cmd"]) == ("sh",)
    assert lenient.keys(document["Ports"]) == ("80",)
    assert lenient.object(document["Env"]).value is None
    assert {note.code for note in lenient.notes} == {"odd-field"}
    assert len(lenient.notes) == 4
    assert "manifest.json.Env[1] should be text and is a number" in lenient.notes[0].text


def test_very_much_that_is_odd_does_not_become_very_many_notes() -> None:
    lenient = Lenient()
    lenient.texts(Json([1] * 1000, "x"))
    assert len(lenient.notes) == 11
    assert lenient.notes[-1].text == "990 more fields left out"


@pytest.mark.parametrize("text", ["[" * 101 + "]" * 101, '{"a":' * 101 + "1" + "}" * 101, "[" * 1_000_000])
def test_documents_nested_deeper_than_the_limit_are_refused(text: str) -> None:
    with pytest.raises(LimitError, match="nested too deeply"):
        parse_json(text.encode(), "x")


def test_depth_is_that_of_lists_and_objects_and_not_of_their_texts() -> None:
    parse_json(b"[" * 100 + b"]" * 100, "x")
    assert parse_json(json.dumps(["[" * 500, '\\"{', {"{": "]"}] * 60).encode(), "x").items()


@pytest.mark.parametrize("value", [-1, 1 << 63, 10**30])
def test_what_can_be_no_size_is_damage(value: int) -> None:
    with pytest.raises(DamagedImageError, match="is no size"):
        Json(value, "x").size()
