"""The HTML report, opened and used in Chromium: with hostile names, and with 100,000 files."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from builder import ImageBuilder
from golden.browser import Page, browser, opened
from layerscope.model.inspection import Inspection
from layerscope.pipeline import inspect_raw
from layerscope.reports.base import Dockerfile
from layerscope.reports.base import Page as Sheet
from layerscope.reports.counts import levels_said
from layerscope.reports.html_report import write_html
from layerscope.units import format_size
from unit.reports.hostile import NAMES, hostile
from unit.reports.samples import with_much_waste

pytestmark = [
    pytest.mark.skipif(browser() is None, reason="no Chromium on this machine"),
    pytest.mark.xdist_group("browser"),  # one that stays open
]
_ROWS = "document.querySelectorAll('#{} tbody tr').length"


def _saved(inspection: Inspection, folder: Path) -> Path:
    path = folder / "report.html"
    lines = ("FROM scratch", "# </script><script>window.hacked=1</script>", "RUN echo \\", " two")
    with path.open("w", encoding="utf-8") as stream:
        write_html(inspection, stream, Sheet(dockerfile=Dockerfile("Dockerfile", lines)))
    return path


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("html")
    with opened(_saved(hostile(), folder), folder / "profile") as found:
        yield found


def test_it_is_drawn_without_an_error_and_asks_nobody_for_anything(page: Page) -> None:
    assert page.errors == []
    assert [url for url in page.requests if not url.startswith("file://")] == []
    assert len(page.requests) == 1
    assert page.run("document.getElementById('verdict').textContent") == "FAILED"


def test_nothing_in_a_name_becomes_markup_or_runs(page: Page) -> None:
    assert page.run("window.hacked") is None
    assert page.run("document.querySelectorAll('script').length") == 2
    assert page.run("document.querySelectorAll('img, iframe, object, link, a[href^=http]').length") == 0
    text = page.run("document.getElementById('waste').textContent")
    assert "<img src=x onerror=window.hacked=1>" in text
    assert "<_script><script>window.hacked=1<_script>" in text
    assert len(NAMES) <= page.run(_ROWS.format("waste"))


def test_findings_are_counted_by_level_in_the_words_of_the_other_reports(page: Page) -> None:
    assert page.run("document.getElementById('findings-count').textContent") == levels_said(hostile().findings)


def test_tables_are_sorted_by_a_click_on_their_head(page: Page) -> None:
    sizes = "[...document.querySelectorAll('#waste tbody tr td:first-child')].map(cell => parseInt(cell.textContent))"
    before = page.run(sizes)
    assert before == sorted(before, reverse=True)
    page.run("document.querySelector('#waste thead button').click()")
    assert page.run(sizes) == sorted(before)


def test_a_search_leaves_what_matches(page: Page) -> None:
    told = "box.dispatchEvent(new Event('input'));"
    search = "(() => {{ const box = document.getElementById('search'); box.value = '{}'; " + told + " }})()"
    page.run(search.format("onerror"))
    assert page.run(_ROWS.format("waste")) == 1
    page.run(search.format(""))
    assert page.run(_ROWS.format("waste")) > 1


def test_a_layer_picks_its_rows_and_a_finding_shows_its_fix(page: Page) -> None:
    page.run("document.querySelectorAll('#layers tbody tr')[1].click()")
    assert page.run("document.getElementById('selected').hidden") is False
    assert page.run("document.querySelector('#files tbody').textContent").count("keep/") == 1
    page.run("document.querySelector('#selected button').click()")
    page.run("document.querySelector('#findings tbody tr').click()")
    assert "RUN `x` ```" in page.run("document.querySelector('#findings tr.detail').textContent")


def test_the_dockerfile_stands_beside_the_layers(page: Page) -> None:
    assert "window.hacked=1</script>" in page.run("document.getElementById('source').textContent")
    assert page.run("document.querySelectorAll('#source .src').length") == 4


def test_the_map_opens_a_directory_and_goes_back(page: Page) -> None:
    page.run("document.querySelector('[data-mode=dead]').click()")
    page.run("document.querySelector('#map button').click()")
    assert page.run("document.getElementById('crumbs').textContent").startswith("/d")
    page.run("document.querySelector('#crumbs button').click()")
    assert page.run("document.querySelectorAll('#map button').length") > 1


def test_it_is_light_or_dark_as_the_reader_prefers_and_a_click_changes_it(page: Page) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    page.media("dark")
    dark = page.run(colour)
    page.media("light")
    assert page.run(colour) != dark
    page.run("document.getElementById('theme').click()")
    assert page.run(colour) == dark


def test_a_hundred_thousand_files_make_a_small_page_that_works(tmp_path: Path) -> None:
    builder = ImageBuilder("big:1")
    for layer in range(2):
        builder.layer(
            {f"d{index % 300}/e{index % 7}/file-{layer}-{index}": b"x" * (index % 50 + 1) for index in range(50_000)}
        )
    inspection = inspect_raw(builder.raw_image("big:1"))
    assert inspection.tree.node_count > 100_000
    path = _saved(replace(inspection, waste=with_much_waste(100_000).waste), tmp_path)
    assert path.stat().st_size < 2_000_000
    with opened(path, tmp_path / "profile") as page:
        assert page.errors == []
        assert page.run(_ROWS.format("files")) == 100
        assert "100,000 shown" in page.run("document.querySelector('#files-section .more').textContent")
        assert page.run("document.querySelectorAll('#map button').length") > 10
        drawn_ms = page.run("performance.now()")
        typed = "box.value = 'file-1-4'; box.dispatchEvent(new Event('input'));"
        search_ms = page.run(
            "(() => { const start = performance.now(), box = document.getElementById('search'); "
            + typed
            + " return performance.now() - start; })()"
        )
        assert 0 < page.run(_ROWS.format("files")) <= 100
        print(
            f"{path.stat().st_size:,} bytes, drawn and asked after {drawn_ms:.0f} ms, a search takes {search_ms:.0f} ms"
        )
        assert drawn_ms < 10_000  # a busy machine's; it is about one second
        assert search_ms < 1_000


def test_sizes_are_rounded_as_everywhere(tmp_path: Path) -> None:
    sizes = (999, 1_250, 999_949, 999_950, 6_250_000, 6_350_000, 99_950_000, 100_500_000, 101_500_000, 999_500_000)
    inspection = hostile()
    worst = inspection.waste[0]
    many = replace(inspection, waste=tuple(replace(worst, wasted_bytes=size) for size in sizes))
    with opened(_saved(many, tmp_path), tmp_path / "profile") as page:
        cells = "[...document.querySelectorAll('#waste tbody tr')].map((row) => row.textContent).join('|')"
        rows = str(page.run(cells)).split("|")
    assert len(rows) == len(sizes)
    assert [size for size in sizes if not any(format_size(size) in row for row in rows)] == []
