"""Pulumi.yaml: what is read, what is refused, which Python runs the program."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from sandbox.engine.config_keys import Key
from sandbox.engine.errors import ProjectNotFoundError, UserError
from sandbox.engine.project import Project
from sandbox.engine.project_config import merged, validate
from sandbox.engine.stack_config import Configuration, StackFile


def project(folder: Path, content: str = "", **more: str) -> Project:
    lines = [content or "name: proj\nruntime: python", *(f"{key}: {value}" for key, value in more.items())]
    (folder / "Pulumi.yaml").write_text("\n".join(lines))
    return Project.find(folder)


def virtualenv(folder: Path) -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    return folder


def test_is_found_from_a_folder_below(tmp_path: Path) -> None:
    project(tmp_path)
    (below := tmp_path / "a" / "b").mkdir(parents=True)
    found = Project.find(below)
    assert (found.name, found.root, found.program_folder) == ("proj", tmp_path, tmp_path)


def test_is_missed_by_name(tmp_path: Path) -> None:
    with pytest.raises(ProjectNotFoundError, match=f"no Pulumi.yaml project file found .*{tmp_path}"):
        Project.find(tmp_path)


def test_main_names_a_folder_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").touch()
    assert project(tmp_path, main="src").program_folder == tmp_path / "src"
    found = project(tmp_path, main="src/app.py")
    assert (found.main, found.program_folder) == (tmp_path / "src" / "app.py", tmp_path / "src")


def test_stack_files_may_be_elsewhere(tmp_path: Path) -> None:
    assert project(tmp_path).stack_file("dev") == tmp_path / "Pulumi.dev.yaml"
    assert project(tmp_path, stackConfigDir="stacks").stack_file("dev") == tmp_path / "stacks" / "Pulumi.dev.yaml"
    assert project(tmp_path, config="old").stack_file("dev") == tmp_path / "old" / "Pulumi.dev.yaml"


def test_the_refresh_option_is_read(tmp_path: Path) -> None:
    assert not project(tmp_path).refresh_always
    assert project(tmp_path, options="{refresh: always}").refresh_always


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("name: [", "invalid YAML file"),
        ("- name", "a map with `name` and `runtime` is expected"),
        ("runtime: python", "missing a non-empty string 'name'"),
        ("name: 5\nruntime: python", "missing a non-empty string 'name'"),
        ("name: a b\nruntime: python", "the name a b is not usable"),
        ("name: p", "runtime section must be"),
        ("name: p\nruntime: nodejs", "runtime nodejs is not supported here"),
        ("name: p\nruntime: {name: python, options: [x]}", "options: a map is expected"),
        ("name: p\nruntime: python\nmain: gone", "project 'main' could not be read"),
        ("name: p\nruntime: python\nconfig: a\nstackConfigDir: b", "use only stackConfigDir"),
        ("name: p\nruntime: python\nconfig: [a]", "config: a map of keys is expected"),
        ("name: p\nruntime: python\nconfig: {k: {default: 1, value: 2}}", "k cannot have both"),
        ("name: p\nruntime: python\nconfig: {k: {type: integer, default: x}}", "expected type 'integer'"),
        ("name: p\nruntime: python\nconfig: {k: {type: array}}", "does not specify the underlying type"),
        ("name: p\nruntime: python\nconfig: {k: {type: number}}", "unknown type number"),
        ("name: p\nruntime: python\nconfig: {'o:k': {type: string}}", "should not define a type"),
        ("name: p\nruntime: python\nconfig: {'o:k': {default: 1}}", "Did you mean to use the 'value'"),
        ("name: p\nruntime: python\nconfig: {'o:k': {}}", "must provide an attribute 'value'"),
        ("name: p\nruntime: python\nconfig: {k: {default: {1: a}}}", "expected only string keys, got 1"),
    ],
)
def test_says_what_is_wrong(tmp_path: Path, content: str, problem: str) -> None:
    with pytest.raises(UserError) as caught:
        project(tmp_path, content)
    assert str(tmp_path / "Pulumi.yaml") in str(caught.value)
    assert problem in str(caught.value)


# Configuration of the project

CONFIG = """\
name: proj
runtime: python
config:
  short: text
  number: 1.5
  day: {default: 2020-01-02}
  object: {default: {a: 1, b: [x, 2020-01-02]}}
  proj:own: {default: 0}
  other:short: zzz
  other:object: {value: {x: 1}}
  deep.inner: {default: "12"}
"""


def values(folder: Path, stack: str) -> Mapping[str, str]:
    (folder / "Pulumi.dev.yaml").write_text(stack)
    found = Project.find(folder)
    file = StackFile(found.stack_file("dev"), found.name)
    return Configuration.of(merged(file.config, found.schema.values), str).values


def test_the_projects_values_stand_where_the_stack_has_none(tmp_path: Path) -> None:
    project(tmp_path, CONFIG)
    assert values(tmp_path, "") == {
        "proj:short": "text",
        "proj:number": "1.5",
        "proj:day": "2020-01-02T00:00:00Z",
        "proj:object": '{"a":1,"b":["x","2020-01-02T00:00:00Z"]}',
        "proj:own": "0",
        "other:short": "zzz",
        "other:object": '{"x":1}',
        "proj:deep": '{"inner":12}',
    }


def test_the_stacks_object_replaces_the_projects_whole(tmp_path: Path) -> None:
    project(tmp_path, CONFIG)
    assert values(tmp_path, "config: {object: {c: 3}, deep: {other: 1}}")["proj:object"] == '{"c":3}'
    assert values(tmp_path, "config: {deep: {other: 1}}")["proj:deep"] == '{"inner":12,"other":1}'


@pytest.mark.parametrize(
    ("schema", "stack", "problem"),
    [
        ("{a: {type: string}, b: {}}", "", "missing configuration values 'a' and 'b'"),
        ("{a: {}}", "", "missing configuration value 'a'"),
        ("{a: {type: integer}}", "{a: x}", "'a' must be of type 'integer'"),
        ("{a: {type: integer}}", "{a: 12}", ""),
        ("{a: {type: boolean}}", "{a: yes}", "'a' must be of type 'boolean'"),
        ("{a: {type: boolean}}", "{a: true}", ""),
        ("{a: {type: object}}", "{a: {b: 1}}", ""),
        ("{a: {type: object}}", "{a: text}", "'a' must be of type 'object'"),
        ("{a: {type: array, items: {type: integer}}}", "{a: [1, 2]}", ""),
        ("{a: {type: array, items: {type: integer}}}", "{a: [1, x]}", "'a' must be of type 'array<integer>'"),
        ("{a: {type: string, secret: true}}", "{a: clear}", "must be encrypted as it's secret"),
        ("{a: {type: string, secret: true}}", "{a: {secure: x}}", ""),
    ],
)
def test_what_the_project_asks_for_has_to_be_there(tmp_path: Path, schema: str, stack: str, problem: str) -> None:
    found = project(tmp_path, config=schema)
    (tmp_path / "Pulumi.dev.yaml").write_text(f"config: {stack}" if stack else "")
    file = StackFile(found.stack_file("dev"), found.name)
    config = merged(file.config, found.schema.values)
    if not problem:
        validate(config, found.schema, "dev", str)
        return
    with pytest.raises(UserError, match=problem):
        validate(config, found.schema, "dev", str)


def test_a_missing_value_of_another_namespace_is_not_asked_for(tmp_path: Path) -> None:
    found = project(tmp_path, config="{'other:a': {value: 1}}")
    assert merged({}, found.schema.values) == {Key("other", "a"): "1"}


# The interpreter


def test_a_virtualenv_is_relative_to_the_project(tmp_path: Path) -> None:
    virtualenv(tmp_path / "env")
    found = project(tmp_path, "name: p\nruntime: {name: python, options: {toolchain: pip, virtualenv: env}}")
    assert found.python == str(tmp_path / "env" / "bin" / "python")
    assert found.interpreter.virtualenv == tmp_path / "env"


def test_uv_means_the_environment_beside_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV_PROJECT_ENVIRONMENT", raising=False)
    (tmp_path / "uv.lock").touch()
    (inner := tmp_path / "inner").mkdir()
    virtualenv(tmp_path / ".venv")
    assert project(inner).python == str(tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", "other")
    virtualenv(tmp_path / "other")
    assert project(inner).python == str(tmp_path / "other" / "bin" / "python")


def test_without_any_it_is_the_python_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (programs := tmp_path / "programs").mkdir()
    for name in ("python", "python3", "python9"):
        (programs / name).symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.delenv("PULUMI_PYTHON_CMD", raising=False)
    found = project(tmp_path)
    assert (found.python, found.interpreter.virtualenv) == (str(programs / "python3"), None)
    monkeypatch.setenv("PULUMI_PYTHON_CMD", "python9")
    assert project(tmp_path).python == str(programs / "python9")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("{virtualenv: gone}", "is no virtual environment; make it:\n    python3 -m venv "),
        ("{virtualenv: 5}", "virtualenv option must be a string"),
        ("{toolchain: uv}", "run `uv sync`"),
        ("{toolchain: poetry}", "toolchain poetry is not supported here"),
        ("{toolchain: conda}", "unsupported toolchain option: conda"),
    ],
)
def test_says_how_to_get_an_interpreter(tmp_path: Path, options: str, problem: str) -> None:
    found = project(tmp_path, f"name: p\nruntime: {{name: python, options: {options}}}")
    with pytest.raises(UserError) as caught:
        _ = found.python
    assert problem in str(caught.value)
