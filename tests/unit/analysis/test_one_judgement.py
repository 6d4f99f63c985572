"""What a fix and a dropped path say of the same file: the same, and of the same reasons."""

import pytest

from builder import ImageBuilder, hardlink
from layerscope.analysis.plan import Planner
from layerscope.analysis.planedits import foresee
from layerscope.model.inspection import Inspection
from layerscope.model.plan import Foreseen, Plan
from layerscope.pipeline import inspect_raw, on_reconstruction


def image(first: str, second: str) -> Inspection:
    """Build an image of a COPY, and RUNs of which the later one removes two files."""
    builder = ImageBuilder("own:1")
    builder.layer(
        {"app/big.bin": b"a" * 50_000, "app/tool": b"b" * 500, "app/h1": b"h" * 40, "app/h2": hardlink("app/h1")}
    )
    builder.run("COPY app /app # buildkit")
    builder.layer({"etc/conf": b"y" * 20}).run(f"RUN {first} # buildkit")
    builder.layer(remove=["app/big.bin", "app/h1"]).run(f"RUN {second} # buildkit")
    return on_reconstruction(inspect_raw(builder.raw_image("own:1")))


def both(inspection: Inspection) -> tuple[Foreseen, Foreseen]:
    """Plan to fix what deletes the file, and to drop it."""
    index = next(at for at, one in enumerate(inspection.findings) if one.rule == "LS102" and "big.bin" in one.title)
    node = inspection.tree.find(b"/app/big.bin")
    assert node is not None
    plans = Plan(fixed=frozenset({index})), Plan(dropped=frozenset({node}))
    planner = Planner(inspection)
    return foresee(inspection, planner, plans[0]), foresee(inspection, planner, plans[1])


def lines(foreseen: Foreseen) -> str:
    assert foreseen.file is not None
    return "\n".join(foreseen.file.lines)


@pytest.mark.parametrize("first", ["chmod +x /app/tool", "chmod +x /app/tool && /app/tool --log && echo y > /etc/conf"])
@pytest.mark.parametrize(
    ("second", "left"),
    [
        ("rm /app/big.bin /app/h1", "RUN rm /app/h1"),
        ("rm /app/big.bin /app/h1 && mkdir /app/logs", "RUN rm /app/h1 \\\n    && mkdir /app/logs"),
        ("rm /app/big.bin /app/h1; mkdir /app/l; /app/tool", "RUN rm /app/big.bin /app/h1; mkdir /app/l; /app/tool"),
        ("mkdir /app/logs; rm /app/big.bin /app/h1", "RUN mkdir /app/logs; rm -f /app/big.bin /app/h1"),
    ],
)  # fmt: skip
def test_what_only_its_removal_names_is_kept_out_of_the_copy_either_way(first: str, second: str, left: str) -> None:
    for foreseen in both(image(first, second)):
        assert foreseen.left_out == (), foreseen.changes
        assert foreseen.file is not None
        assert foreseen.file.ignored == ("app/big.bin",)
        assert " ".join(left.split()) in " ".join(lines(foreseen).split())
        text = "".join((foreseen.changes[0].advice, *foreseen.changes[0].notes))
        assert ("finds nothing then, which is no failure before its `;`" in text) == left.startswith("RUN rm /app/big")
        assert foreseen.built.total_bytes == foreseen.now.total_bytes - 50_000


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("cat /app/big.bin > /etc/conf", "rm /app/big.bin /app/h1"),
        ("cat /app/big.bin; touch /etc/conf", "rm /app/big.bin /app/h1; true"),
        ("touch /etc/conf", "cat /app/big.bin; rm /app/big.bin /app/h1"),
        ("touch /etc/conf", "set -e; rm /app/big.bin /app/h1; true"),
        ("touch /etc/conf", "set -e && rm /app/big.bin /app/h1; true"),
        ("touch /etc/conf", "rm /app/big.bin /app/h1; echo 'not; split'; /app/tool"),
    ],
)
def test_what_a_run_uses_before_is_in_no_dockerfile_either_way(first: str, second: str) -> None:
    for foreseen in both(image(first, second)):
        assert len(foreseen.left_out) == 1, lines(foreseen)
        assert "writes there" not in foreseen.changes[0].left_out


def test_a_part_of_a_chain_with_semicolons_is_never_lost() -> None:
    fixed, _dropped = both(image("touch /etc/conf", "rm /app/big.bin /app/h1; /app/tool"))
    assert "/app/tool" in lines(fixed).splitlines()[-1]
