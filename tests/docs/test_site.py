"""The site builds without a warning, and its reference has every public name."""

import html
import json
import re
import zlib
from pathlib import Path

import pulumi_realtimekit as realtimekit
import pytest
import typing_extensions
from pulumi_realtimekit.declarations.recording import ARGUMENTS
from pulumi_realtimekit.resource import ANSWERED
from pydantic import TypeAdapter

from docs.pictures.draw import FOLDER, pictures
from tests.kit.cli import ROOT

DECLARATIONS = [name for name in realtimekit.__all__ if typing_extensions.is_typeddict(getattr(realtimekit, name))]
OUTPUTS = {"DownloadUrl"}
"""What nobody declares, and nothing validates."""


def test_every_public_name_is_in_the_reference(site: Path) -> None:
    package = realtimekit.__name__
    names = {f"{package}.{name}" for name in realtimekit.__all__}
    for name in DECLARATIONS:
        names |= {f"{package}.{name}.{field}" for field in getattr(realtimekit, name).__annotations__}
    names |= {f"{package}.TrackRecording.{output}" for output in (*ANSWERED, "get")}
    names |= {f"{package}.TrackRecordingArgs.{argument}" for argument in ARGUMENTS}

    assert sorted(names - documented(site)) == []


def test_every_field_has_its_text(site: Path) -> None:
    """Its text in the source, and whether it is required."""
    for name in DECLARATIONS:
        declaration = getattr(realtimekit, name)
        properties = {} if name in OUTPUTS else TypeAdapter(declaration).json_schema()["properties"]
        for field in declaration.__annotations__:
            plain = text_of(site, f"{name}.{field}")
            assert plain, f"{name}.{field}"
            assert plain.startswith("required") == (field in declaration.__required_keys__), f"{name}.{field}"
            assert " ".join(properties.get(field, {}).get("description", "").split()).replace("`", "") in plain


def test_every_output_has_its_text(site: Path) -> None:
    texts = {
        output: text_of(site, f"TrackRecording.{output}")
        for output in (*ANSWERED, "max_seconds", "user_ids", "desired_status")
    }
    assert [output for output, text in texts.items() if not text] == []
    assert [output for output in texts if output.endswith("_time") and "ISO 8601" not in texts[output]] == []


def text_of(site: Path, name: str) -> str:
    """What the reference says of a name, without marks."""
    page = (site / "reference.html").read_text()
    (shown,) = re.findall(rf'id="pulumi_realtimekit\.{name}".*?</dt>\s*<dd>(.*?)</dd>', page, re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "", shown)).replace("\u2019", "'").strip()


def documented(site: Path) -> set[str]:
    """The Python names that the site says it has: the index that other sites link by."""
    header, entries = (site / "objects.inv").read_bytes().split(b"using zlib.\n")
    assert header.startswith(b"# Sphinx inventory version 2")
    lines = (line.split() for line in zlib.decompress(entries).decode().splitlines())
    return {name for name, kind, *_ in lines if kind.startswith("py:")}


def test_the_commands_say_what_they_do(site: Path) -> None:
    text = (site / "reference.html").read_text()
    assert [name for name in ("audit", "schema", "status") if f"python -m pulumi_realtimekit {name}" not in text] == []


def test_the_site_serves_the_schema_of_stack_files_at_its_id(site: Path) -> None:
    schema = ROOT / "provider" / "pulumi_realtimekit" / "stack-config.schema.json"
    address = json.loads(schema.read_text("utf-8"))["$id"]
    (documentation,) = re.findall(r'<link rel="canonical" href="(.*)index\.html"', (site / "index.html").read_text())

    assert address.startswith(documentation)
    assert (site / address.removeprefix(documentation)).read_bytes() == schema.read_bytes()


def test_every_page_is_in_the_site(site: Path) -> None:
    pages = {file.relative_to(ROOT / "docs").with_suffix("") for file in (ROOT / "docs").rglob("*.md")}
    assert {file.relative_to(site).with_suffix("") for file in site.rglob("*.html")} >= pages


@pytest.mark.parametrize(("guide", "example"), [("pipelines", "gitops"), ("webhooks", "webhook")])
def test_a_guide_shows_the_readme_of_its_example(guide: str, example: str, site: Path) -> None:
    """Whole, so that a reader of the site has the setup, and with links that lead somewhere from there."""
    page = (site / "guides" / f"{guide}.html").read_text()
    readme = (ROOT / "examples" / example / "README.md").read_text()
    headings = re.findall(
        r"^## (.+)$", re.sub(r"^```.*?^```$", "", readme, flags=re.MULTILINE | re.DOTALL), re.MULTILINE
    )
    shown = [re.sub(r"<[^>]+>", "", heading) for heading in re.findall(r"<h2>(.+?)<a", page)]
    assert headings
    assert [heading for heading in headings if heading not in html.unescape("\n".join(shown))] == []
    links = {link for link in re.findall(r'href="([^"#:]+)[#"]', page) if not link.startswith("//")}
    assert any("_downloads" in link for link in links)
    assert [link for link in links if not (site / "guides" / link.split("?")[0]).exists()] == []


def test_the_pictures_are_drawn_from_their_data() -> None:
    """`make pictures` draws each again as it is: none is changed by hand, and none is left behind."""
    drawn = pictures()
    assert {file.name: file.read_text() for file in FOLDER.glob("*.svg")} == drawn
