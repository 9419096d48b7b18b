"""How the site is built: `make docs`. Pages are Markdown, the reference comes from the docstrings."""

import os
import re
import subprocess
import sys
from importlib.metadata import metadata
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import pulumi_realtimekit as package
import typing_extensions
from sphinx.pycode import ModuleAnalyzer

project = "Pulumi provider for RealtimeKit track recordings"
author = "the contributors"
copyright = "the contributors, Apache-2.0"  # noqa: A001 Sphinx's name for it
version = release = version_of("pulumi-realtimekit")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["substitution"]
myst_heading_anchors = 3

default_role = "literal"
smartquotes = False  # messages are quoted as they are printed
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 80

html_theme = "furo"
html_title = f"{project} {version}"
URLS = dict(url.split(", ") for url in metadata("pulumi-realtimekit").get_all("Project-URL", []))
html_baseurl = URLS["Documentation"]
html_theme_options = {
    "source_repository": URLS["Repository"],
    "source_branch": "main",
    "source_directory": "docs/",
    "footer_icons": [{"name": "Repository", "url": URLS["Repository"], "html": "Repository", "class": ""}],
}
html_static_path = ["static"]
html_extra_path = ["../provider/pulumi_realtimekit/stack-config.schema.json"]  # served at its $id
html_css_files = ["site.css"]
html_favicon = "pictures/icon.svg"
copybutton_exclude = ".linenos, .gp, .go"  # of a session, only the commands
copybutton_prompt_text = "$ "
html_copy_source = False
pygments_style = "friendly"

MODULES = ("resource", "declarations.layers", "declarations.storages")
SOURCES = [ModuleAnalyzer.for_module(f"pulumi_realtimekit.{name}") for name in MODULES]
for _source in SOURCES:
    _source.analyze()
TERM = re.compile(r"([a-z_]+(?:, [a-z_]+)*|Raises|Returns): (.+)")


def _help(*words: str) -> str:
    """What a command says of itself."""
    command = [sys.executable, "-m", "pulumi_realtimekit", *words, "--help"]
    environment = {"COLUMNS": "100", "NO_COLOR": "1", "PYTHON_COLORS": "0"}
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return f"```text\n{run.stdout}```"


myst_substitutions = {name: _help(name) for name in ("audit", "schema", "status")}


def _plain_types() -> None:
    """Shows types as a reader thinks of them: without what pydantic is told."""
    for name in package.__all__:
        public = getattr(package, name)
        if typing_extensions.is_typeddict(public):
            public.__annotations__ = typing_extensions.get_type_hints(public)
        elif get_origin(public) is Annotated:
            alias = type("Alias", (), {"__module__": package.__name__, "__annotations__": {"alias": public}})
            setattr(package, name, typing_extensions.get_type_hints(alias)["alias"])
    for (owner, name), annotation in SOURCES[0].annotations.items():
        if owner == "TrackRecording":
            package.TrackRecording.__annotations__[name] = annotation


def _field_texts() -> None:
    """Adds to the text of each field of a declaration whether it is required, and its one value where it has one."""
    for name in package.__all__:
        declaration = getattr(package, name)
        if typing_extensions.is_typeddict(declaration):
            analyzer = ModuleAnalyzer.for_module(declaration.__module__)
            analyzer.analyze()
            for field, annotation in typing_extensions.get_type_hints(declaration).items():
                required = ["required"] if field in declaration.__required_keys__ else []
                always = [f"always {value!r}" for value in get_args(annotation) if get_origin(annotation) is Literal]
                written = " ".join(analyzer.attr_docs.get((name, field), [])).strip()
                text = "; ".join([*required, *filter(None, [written]), *always])
                analyzer.attr_docs[name, field] = [text, ""]


def _described(_app: object, what: str, name: str, _object: object, _options: object, lines: list[str]) -> None:
    """Makes of docstrings, which are written for editors, what a page shows."""
    *_, owner, own = name.split(".")
    if what == "data":
        (text,) = [source.attr_docs["", own] for source in SOURCES if ("", own) in source.attr_docs]
        lines[:] = text
    elif what != "attribute" or not typing_extensions.is_typeddict(getattr(package, owner)):
        lines[:] = _terms(lines)


def _terms(lines: list[str]) -> list[str]:
    """A list of terms instead of the lines `name, name: text` in which docstrings describe arguments."""
    shown: list[str] = []
    inside = False
    for line in lines:
        term = TERM.fullmatch(line)
        if term:
            names = ", ".join(f"``{name}``" for name in term[1].split(", "))
            shown += ["", term[1] if term[1].istitle() else names, f"    {term[2]}"]
        else:
            shown += [line] if line.startswith("    ") or not inside else ["", line]
        inside = bool(term) or (inside and line.startswith("    "))
    return shown


EXAMPLES = Path(__file__).parent.parent / "examples"
GUIDES = Path(__file__).parent / "guides"
PAGES = {
    EXAMPLES / "gitops" / "README.md": "pipelines.md",
    EXAMPLES / "policies" / "README.md": "policies.md",
    EXAMPLES / "webhook" / "README.md": "webhooks.md",
}
"""The examples whose README is, or is part of, a guide."""
LINK = re.compile(r"\[([^\]]*)\]\((?!#|[a-z]+:)([^)\s]+)\)")


def _links_of_examples(app: Any, path: Path, _page: str, content: list[str]) -> None:
    """Makes the links of an example's README lead on from its guide: to another guide, to a file; a folder has none."""
    readme = (Path(app.srcdir) / path).resolve()

    def on_the_site(link: re.Match[str]) -> str:
        text, target = link[1], (readme.parent / link[2]).resolve()
        if target in PAGES:
            return f"[{text}]({PAGES[target]})"
        return f"[{text}]({os.path.relpath(target, GUIDES)})" if target.is_file() else text

    if readme in PAGES:
        content[0] = LINK.sub(on_the_site, content[0])


def _links_to_examples(app: Any, page: str, content: list[str]) -> None:
    """Makes a page's links to a README of the repository lead to its guide, or to the repository."""
    folder = (Path(app.srcdir) / page).parent

    def on_the_site(link: re.Match[str]) -> str:
        target = (folder / link[2]).resolve()
        if target in PAGES:
            return f"[{link[1]}]({os.path.relpath(GUIDES / PAGES[target], folder)})"
        if target.name == "README.md" and target.is_file():
            return f"[{link[1]}]({URLS['Repository']}/blob/main/{target.relative_to(EXAMPLES.parent).as_posix()})"
        return link[0]

    content[0] = LINK.sub(on_the_site, content[0])


def setup(app: Any) -> None:
    _plain_types()
    _field_texts()
    app.connect("autodoc-process-docstring", _described)
    app.connect("include-read", _links_of_examples)
    app.connect("source-read", _links_to_examples)
