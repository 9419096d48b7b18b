"""What users declare.

pydantic is imported here first, with the standard library's `secrets`, whatever file of that name is beside the
program. The folder of a program is first on the path, in the plugin process too: pydantic's import would run the
program's own `secrets.py` there, which fails, since a plugin has no config to read. The program's `import secrets`
still finds it.
"""

import sys
import sysconfig
from importlib.machinery import PathFinder
from importlib.util import module_from_spec


def _import_pydantic() -> None:
    spec = PathFinder.find_spec("secrets", [sysconfig.get_path("stdlib")])
    if spec is None or spec.loader is None or "secrets" in sys.modules:
        return
    sys.modules["secrets"] = module_from_spec(spec)
    try:
        spec.loader.exec_module(sys.modules["secrets"])
        import pydantic.types  # noqa: F401 imports it
    finally:
        del sys.modules["secrets"]


_import_pydantic()
