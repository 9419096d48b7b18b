"""`stack init`, `rm`, `output`, `export` and `import`."""

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from sandbox.cli import state_documents, states
from sandbox.cli.failures import CommandFailure
from sandbox.cli.options import Verbs, flag, non_interactive_option, only_one, text_of, workspace_options, yes_option
from sandbox.cli.workspace import Stack, Workspace
from sandbox.display.jsons import blinded
from sandbox.engine import checkpoint, signatures
from sandbox.engine import urn as urns
from sandbox.engine.config_values import go_json
from sandbox.engine.errors import ProjectNotFoundError, UserError
from sandbox.engine.integrity import IntegrityError, verify
from sandbox.engine.state import Snapshot
from sandbox.engine.values import PropertyMap, without_outputs, without_secrets


@click.group(cls=Verbs)
@workspace_options
@non_interactive_option
def stack(stack_name: str | None, non_interactive: bool) -> None:
    """Make and remove stacks, show their outputs, export and import their state."""


@stack.command()
@click.argument("name", required=False)
@workspace_options
@non_interactive_option
def init(name: str | None, stack_name: str | None, non_interactive: bool) -> None:
    """Make an empty stack.

    A Pulumi.<stack>.yaml that is there is kept; where it has no `encryptionsalt` it gets one, made with the
    passphrase.
    """
    workspace = Workspace(interactive=False if non_interactive else None)
    name = only_one(name, stack_name) or os.environ.get("PULUMI_STACK")
    if not name and workspace.interactive:
        name = click.prompt("stack name", default="dev")
    if not name:
        raise CommandFailure("missing stack name")
    new = workspace.new_stack(name)
    with new.storage.lock():
        if new.storage.exists:
            raise CommandFailure(f"stack '{new.storage.full_name}' already exists")
        crypter = new.crypter()
        new.storage.write(checkpoint.dump(Snapshot(stack=new.storage.full_name, deployed=True), crypter))
    click.echo(f"Created stack '{new.name}'")


@stack.command()
@click.argument("name", required=False)
@flag("-f", "--force", help="Even if there are resources, which then are in nobody's state.")
@flag("--preserve-config", help="Keep Pulumi.<stack>.yaml.")
@workspace_options
@yes_option
@non_interactive_option
def rm(
    name: str | None, force: bool, preserve_config: bool, stack_name: str | None, yes: bool, non_interactive: bool
) -> None:
    """Remove a stack and its Pulumi.<stack>.yaml. Backups of its state stay."""
    workspace = Workspace(interactive=False if non_interactive else None)
    old = workspace.stack(only_one(name, stack_name))
    if not yes:
        if not workspace.interactive:
            raise CommandFailure("non-interactive mode requires --yes flag")
        click.echo(f"This will permanently remove the '{old.name}' stack!")
        if click.prompt("Please confirm that this is what you'd like to do by typing its name") != old.name:
            raise CommandFailure("confirmation declined")
    with old.storage.lock():
        if not force and _has_resources(old):
            raise CommandFailure(
                f"'{old.name}' still has resources; removal rejected. Possible actions:\n"
                f"- Make sure that '{old.name}' is the stack that you want to destroy\n"
                "- Run `python -m sandbox destroy` to delete the resources, then run `python -m sandbox stack rm`\n"
                "- Run `python -m sandbox stack rm --force` to override this error"
            )
        old.storage.remove()
    if not preserve_config:
        with contextlib.suppress(ProjectNotFoundError):
            if workspace.project.name == old.storage.project:
                workspace.project.stack_file(old.name).unlink(missing_ok=True)
    click.echo(f"Stack '{old.name}' has been removed!")


@stack.command()
@click.argument("name", required=False)
@flag("-j", "--json", "as_json", help="Print JSON.")
@flag("--show-secrets", help="Print secrets in clear.")
@workspace_options
def output(name: str | None, as_json: bool, show_secrets: bool, stack_name: str | None) -> None:
    """Print the stack's outputs, or the one called NAME."""
    outputs = _outputs(Workspace().stack(stack_name), show_secrets=show_secrets)
    if name is not None:
        if name not in outputs:
            raise CommandFailure(f"current stack does not have output property '{name}'")
        click.echo(_as_json(outputs[name]) if as_json else _as_text(outputs[name]))
    elif as_json:
        click.echo(_as_json(outputs))
    elif not outputs:
        click.echo("Current stack outputs (0):\n    No output values currently in this stack")
    else:
        width = max(len("OUTPUT"), *map(len, outputs))
        click.echo(f"Current stack outputs ({len(outputs)}):")
        for title, value in [("OUTPUT", "VALUE"), *((key, _as_text(outputs[key])) for key in sorted(outputs))]:
            click.echo(f"    {title:<{width}}  {value.replace(chr(10), chr(10) + ' ' * (width + 6))}")


@stack.command()
@click.option("--file", "path", type=click.Path(dir_okay=False, path_type=Path), help="Write there instead.")
@flag("--show-secrets", help="Write secrets in clear.")
@workspace_options
def export(path: Path | None, show_secrets: bool, stack_name: str | None) -> None:
    """Print the stack's state as JSON, for reading, editing and `stack import`."""
    chosen = Workspace().stack(stack_name)
    where = str(chosen.storage.path)
    document = state_documents.parse(chosen.storage.read() or b"", where)
    deployment = (document.get("checkpoint") or {}).get("latest")
    if show_secrets and deployment:
        deployment = _in_clear(deployment, states.StateCrypter(chosen, state_documents.salt_of(deployment)))
    features = {"features": document["features"]} if document.get("features") else {}
    exported = {"version": document.get("version"), **features, "deployment": deployment}
    text = json.dumps(exported, ensure_ascii=False, indent=4)
    if path:
        path.write_text(f"{text}\n", encoding="utf-8")
    else:
        click.echo(text)


@stack.command("import")
@click.option("--file", "path", type=click.Path(path_type=Path), help="Read this instead of standard input.")
@flag("-f", "--force", help="Even if the state is another stack's, or contradicts itself.")
@workspace_options
def import_(path: Path | None, force: bool, stack_name: str | None) -> None:
    """Replace the stack's state by an exported one.

    Operations that the state says are pending are dropped: make sure of what became of them first.
    """
    chosen = Workspace().stack(stack_name)
    where = str(path or "standard input")
    with path.open("rb") if path else contextlib.nullcontext(sys.stdin.buffer) as source:
        exported = state_documents.parse(text_of(source, where).encode(), where)
    deployment = exported.get("deployment", ...)
    if deployment is None:
        # What the CLI exports of a stack that nothing was deployed to yet.
        deployment = {}
    if not isinstance(deployment, dict):
        raise UserError(f"{where}: a deployment is expected, as `stack export` writes")
    document: dict[str, Any] = {
        **{key: exported[key] for key in ("version", "features") if key in exported},
        "checkpoint": {"stack": chosen.storage.full_name, "latest": deployment},
    }
    salt = state_documents.salt_of(deployment)
    with chosen.storage.lock():
        try:
            snapshot = checkpoint.load(json.dumps(document).encode(), states.StateCrypter(chosen, salt))
        except checkpoint.CheckpointError as error:
            raise UserError(f"{where}: {error}") from error
        _check_import(chosen, snapshot, where, force=force)
        for operation in snapshot.pending_operations:
            _warn(f"removing pending operation '{operation.type}' on '{operation.resource.urn}' from snapshot")
        snapshot.pending_operations = []
        # Secrets that came in clear are sealed, all others sealed anew.
        crypter = chosen.open_crypter(salt) if salt else chosen.crypter()
        chosen.storage.write(checkpoint.dump(snapshot, crypter))
    click.echo("Import complete.")


def _check_import(chosen: Stack, snapshot: Snapshot, where: str, *, force: bool) -> None:
    """Raises `UserError` where the state cannot be this stack's; with `force` what may be wrong is a warning."""
    problems = []
    for state in snapshot.resources:
        if not urns.is_valid(state.urn):
            raise UserError(f"{where}: {state.urn!r} is no URN")
        stack_name, project = urns.stack_of(state.urn), urns.project_of(state.urn)
        if (stack_name, project) != (chosen.name, chosen.storage.project):
            problems.append(
                f"resource {state.urn} is another stack's, {project}/{stack_name}"
                f" instead of {chosen.storage.project}/{chosen.name}"
            )
    try:
        verify(snapshot)
    except IntegrityError as error:
        problems.append(f"state file contains errors: {error}")
    if problems and not force:
        told = "\n".join(problems)
        raise UserError(f"{where}: {told}\n--force imports it all the same, which could be dangerous")
    for problem in problems:
        _warn(problem)


def _warn(message: str) -> None:
    click.echo(f"warning: {message}", err=True)


def _has_resources(old: Stack) -> bool:
    document = state_documents.parse(old.storage.read() or b"", str(old.storage.path))
    resources = ((document.get("checkpoint") or {}).get("latest") or {}).get("resources") or []
    return len(resources) > 1 or any(resource.get("type") != urns.STACK_TYPE for resource in resources)


def _outputs(chosen: Stack, *, show_secrets: bool) -> PropertyMap:
    """Of the stack resource; secrets stay sealed unless they are to be shown, so that no passphrase is asked for."""
    where = str(chosen.storage.path)
    document = state_documents.parse(chosen.storage.read() or b"", where)
    latest = (document.get("checkpoint") or {}).get("latest") or {}
    for resource in latest.get("resources") or []:
        if resource.get("type") == urns.STACK_TYPE and not resource.get("delete"):
            crypter = states.StateCrypter(chosen, state_documents.salt_of(latest)) if show_secrets else _Sealed()
            found = without_outputs(checkpoint.read_resource(resource, crypter).outputs)
            shown: PropertyMap = without_secrets(found) if show_secrets else blinded(found)
            return shown
    return {}


class _Sealed:
    """Stands for a passphrase that is not needed."""

    salt = ""

    def encrypt(self, plaintext: str) -> str:
        raise NotImplementedError(plaintext)

    def decrypt(self, ciphertext: str) -> str:  # noqa: ARG002 - nothing of it is used
        return '"[secret]"'


def _in_clear(value: Any, crypter: states.StateCrypter) -> Any:
    """The JSON with the plaintext in place of each ciphertext, as the CLI exports it."""
    if isinstance(value, list):
        return [_in_clear(member, crypter) for member in value]
    if not isinstance(value, dict):
        return value
    if value.get(signatures.KEY) == signatures.SECRET and "ciphertext" in value:
        return {signatures.KEY: signatures.SECRET, "plaintext": crypter.decrypt(value["ciphertext"])}
    return {key: _in_clear(member, crypter) for key, member in value.items()}


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else go_json(value, html=False)


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
