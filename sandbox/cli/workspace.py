"""The project, the backend and the stack that a command is about, each opened when it is needed."""

import os
from functools import cached_property
from pathlib import Path

import click

from sandbox.cli.options import is_interactive
from sandbox.cli.state_documents import salt_of_state
from sandbox.engine.backend import Backend, StackStorage
from sandbox.engine.errors import ProjectNotFoundError, StackNotFoundError, UserError
from sandbox.engine.project import Project
from sandbox.engine.stack_config import StackFile
from sandbox.passphrase import Crypter, PassphraseCrypter, WrongPassphraseError


class Workspace:
    """Of the working directory and the environment."""

    def __init__(self, *, interactive: bool | None = None) -> None:
        self.folder = Path.cwd()
        self.interactive = is_interactive() if interactive is None else interactive

    @cached_property
    def project(self) -> Project:
        return Project.find(self.folder)

    @cached_property
    def backend(self) -> Backend:
        url = os.environ.get("PULUMI_BACKEND_URL", "")
        if not url:
            try:
                url = self.project.backend_url
            except ProjectNotFoundError:
                url = ""
        return Backend.open(url, self.folder)

    def stack(self, name: str | None) -> "Stack":
        """An existing stack; without a name that of PULUMI_STACK, or the one that is chosen at the terminal.

        Raises `StackNotFoundError`.
        """
        name = name or os.environ.get("PULUMI_STACK") or self._chosen_stack()
        stack = self.new_stack(name)
        if not stack.storage.exists:
            raise StackNotFoundError(f"no stack named '{name}' found")
        return stack

    def new_stack(self, name: str) -> "Stack":
        """A stack that may not exist yet."""
        project, stack = self.backend.parse_reference(name, self._project_name() if name.count("/") < 2 else None)
        return Stack(self, self.backend.stack(project, stack))

    def _project_name(self) -> str:
        return self.project.name

    def _chosen_stack(self) -> str:
        names = self.backend.stack_names(self.project.name)
        if self.interactive and names:
            chosen: str = click.prompt("Please choose a stack", type=click.Choice(names), default=names[0])
            return chosen
        known = f"; there {'is' if len(names) == 1 else 'are'} {', '.join(names)}" if names else ""
        raise StackNotFoundError(f"no stack selected; specify a stack name with --stack or PULUMI_STACK{known}")


class Stack:
    """A stack with its file and its passphrase."""

    def __init__(self, workspace: Workspace, storage: StackStorage) -> None:
        self._workspace = workspace
        self.storage = storage
        self.name = storage.name
        self._crypters: dict[str, Crypter] = {}
        self._passphrase: str | None = None

    @cached_property
    def file(self) -> StackFile:
        project = self._workspace.project
        if project.name != self.storage.project:
            raise UserError(
                f"the stack {self.storage.full_name} belongs to another project than {project.path}, {project.name}"
            )
        return StackFile(project.stack_file(self.name), project.name)

    @property
    def asks_for_passphrase(self) -> bool:
        """Whether somebody has to type it."""
        given = "PULUMI_CONFIG_PASSPHRASE" in os.environ or os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE")
        return not given and self._passphrase is None

    def crypter(self, *, keep_file: bool = False) -> Crypter:
        """For the secrets of the stack's file and new ones of its state.

        A file without a salt gets the state's, or a new one where there is none either; with `keep_file` it does not.
        """
        salt = self.file.encryption_salt
        if salt:
            return self.open_crypter(salt)
        if self.file.has_secrets:
            raise UserError(
                f"{self.file.path}: there are encrypted values and no encryptionsalt: they cannot be opened"
            )
        salt = salt_of_state(self.storage)
        if salt:
            crypter = self.open_crypter(salt)
        else:
            crypter = PassphraseCrypter.new(self._new_passphrase())
            self._crypters[crypter.salt] = crypter
        if not keep_file:
            self.file.set_salt(crypter.salt)
        return crypter

    def open_crypter(self, salt: str) -> Crypter:
        """For what was encrypted under this salt; asks for the passphrase where it is not in the environment."""
        if salt not in self._crypters:
            while True:
                passphrase, asked = self._given_passphrase(
                    f"Enter your passphrase to unlock config/secrets for stack {self.name}"
                )
                try:
                    self._crypters[salt] = PassphraseCrypter.open(passphrase, salt)
                    break
                except WrongPassphraseError:
                    if not asked:
                        raise
                    click.echo("error: incorrect passphrase", err=True)
                    self._passphrase = None
        return self._crypters[salt]

    def _new_passphrase(self) -> str:
        while True:
            first, asked = self._given_passphrase("Enter your passphrase to protect config/secrets")
            if not asked or _ask("Re-enter your passphrase to confirm") == first:
                return first
            click.echo("error: passphrases do not match", err=True)
            self._passphrase = None

    def _given_passphrase(self, question: str) -> tuple[str, bool]:
        """The passphrase, and whether somebody had to type it."""
        if "PULUMI_CONFIG_PASSPHRASE" in os.environ:
            return os.environ["PULUMI_CONFIG_PASSPHRASE"], False
        path = os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE")
        if path:
            try:
                return Path(path).read_text().strip(), False
            except (OSError, UnicodeDecodeError) as error:
                raise UserError(f"unable to read PULUMI_CONFIG_PASSPHRASE_FILE: {path}: {error}") from error
        if not self._workspace.interactive:
            raise UserError(
                "passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment"
                " variables"
            )
        if self._passphrase is None:
            self._passphrase = _ask(question)
        return self._passphrase, True


def _ask(question: str) -> str:
    answer: str = click.prompt(question, hide_input=True, default="", show_default=False, err=True)
    return answer
