"""Names of resources: `urn:pulumi:<stack>::<project>::<parent type>$<type>::<name>`."""

STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_PREFIX = "pulumi:providers:"


def new(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """The URN of a resource; `parent` is the parent's URN or empty.

    The stack as a parent does not show in it, nor does a resource without a parent.
    """
    parent_type = qualified_type(parent) if parent else ""
    qualified = f"{parent_type}${type_}" if parent_type and parent_type != STACK_TYPE else type_
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


def qualified_type(urn: str) -> str:
    """The type with those of its parents: `a:b:C$d:e:F`."""
    return urn.split("::", 3)[2]


def type_of(urn: str) -> str:
    return qualified_type(urn).rsplit("$", 1)[-1]


def name_of(urn: str) -> str:
    return urn.split("::", 3)[3]


def stack_of(urn: str) -> str:
    return urn.split("::", 3)[0].removeprefix("urn:pulumi:")


def project_of(urn: str) -> str:
    return urn.split("::", 3)[1]


def is_valid(urn: str) -> bool:
    return urn.startswith("urn:pulumi:") and len(urn.split("::", 3)) == 4


def is_provider(type_: str) -> bool:
    return type_.startswith(PROVIDER_PREFIX)


def is_default_provider(urn: str) -> bool:
    """Whether the engine made the provider, not the program."""
    return is_provider(type_of(urn)) and name_of(urn).startswith("default")


def provider_urn(reference: str) -> str:
    """The URN in a provider reference, `<urn>::<id>`; empty for an empty reference."""
    return reference.rsplit("::", 1)[0] if reference else ""


def provider_id(reference: str) -> str:
    return reference.rsplit("::", 1)[1] if reference else ""
