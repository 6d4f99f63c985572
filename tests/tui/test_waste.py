"""The waste pane: what is planned from its rows, of which several may tell of one path."""

from builder import ImageBuilder
from layerscope.tui.rows import PLANNED, PLANNED_TOO
from tui.driver import Session, opened
from tui.looked_at import go, said


def twice_dead_image() -> ImageBuilder:
    """Build an image of which one path is overwritten, and then deleted."""
    return (
        ImageBuilder("twice:1")
        .layer({"etc/os": b"os"})
        .run("ADD rootfs.tar / # buildkit")
        .layer({"srv/cache.bin": b"\1" * 60_000})
        .run("RUN fill # buildkit")
        .layer({"srv/cache.bin": b"\2" * 50_000})
        .run("RUN fill again # buildkit")
        .layer({"etc/done": b"1"}, remove=["srv/cache.bin"])
        .run("RUN rm /srv/cache.bin # buildkit")
    )


def marked_rows(session: Session, mark: str) -> list[str]:
    return [line for line in session.pane_lines("waste") if f"B{mark}" in line]


async def test_a_second_row_of_a_planned_path_says_so_and_takes_nothing_back() -> None:
    async with opened(twice_dead_image(), size=(80, 24)) as session:
        await go(session, "waste", "p")
        (first,) = marked_rows(session, PLANNED)
        assert "60.0 kB" in first
        assert "Planned: to leave out /srv/cache.bin." in said(session)
        (second,) = marked_rows(session, PLANNED_TOO)
        assert "50.0 kB" in second
        await session.press("j", "p")
        assert len(session.app.view.plan.dropped) == 1
        assert f"/srv/cache.bin is planned already, from its row marked {PLANNED}." in said(session)


async def test_p_on_the_row_that_was_planned_takes_it_back_and_says_so() -> None:
    async with opened(twice_dead_image(), size=(80, 24)) as session:
        await go(session, "waste", "p", "j", "p", "k", "p")
        assert not session.app.view.plan
        assert "No longer planned: to leave out /srv/cache.bin." in said(session)
        assert not marked_rows(session, PLANNED)
        await session.press("j", "p")
        (second,) = marked_rows(session, PLANNED)
        assert "50.0 kB" in second


async def test_what_was_planned_in_files_is_marked_in_waste_and_taken_back_from_any_row() -> None:
    async with opened(twice_dead_image(), size=(80, 24)) as session:
        await go(session, "waste", "enter", "p")
        await go(session, "waste")
        assert len(marked_rows(session, PLANNED)) == 2
        await session.press("j", "p")
        assert not session.app.view.plan
