"""Typed readers of the environment. `NAME_FILE` names a file that holds the value of `NAME`."""

from pathlib import Path

from environ import FileAwareEnv

BASE_DIR = Path(__file__).resolve().parent.parent

env = FileAwareEnv()
env.read_env(BASE_DIR / ".env")

VAR_DIR = Path(env.str("TIDEWATCH_VAR", default=str(BASE_DIR / "var"))).resolve()
