"""Runs the benchmarks named on the command line, or all, on servers of their own."""

import os
import sys
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

from tests.servers import neutral, temporary_folder

FOLDER = Path(__file__).parent
PLUMBING = {"__init__", "__main__", "report", "limit_worker", "governor_worker", "periodic_tasks"}


def names() -> list[str]:
    """All benchmarks there are."""
    return sorted({path.stem for path in FOLDER.glob("*.py")} - PLUMBING)


def main(wanted: list[str]) -> int:
    unknown = set(wanted) - set(names())
    if unknown:
        print(f"No benchmark named {', '.join(sorted(unknown))}. There are: {', '.join(names())}.")
        return 2
    with ExitStack() as cleaning:
        var = temporary_folder(cleaning)
        own = {"TIDEWATCH_VAR": str(var), "DJANGO_SETTINGS_MODULE": "config.settings"}
        os.environ |= neutral() | own
        return serve_and_run(var, wanted or names())


def serve_and_run(var: Path, wanted: list[str]) -> int:
    from config.embedded.layout import Layout
    from config.embedded.servers import embedded_servers

    with embedded_servers(Layout(var)):
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0)
        scale = float(os.environ.get("BENCH_SCALE", "1"))
        reports = [import_module(f"tests.benchmarks.{name}").run(scale) for name in wanted]
        connections.close_all()
        connections["default"].close_pool()
    for report in reports:
        print(report.table(), report.line(), sep="\n", flush=True)
    return 0 if all(report.met for report in reports) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
