"""Settings from the environment: read as meant, or refused with the variable's name."""

import ast
import os
import re
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.env import BASE_DIR, Environment
from tests.servers import neutral

env = Environment()
NAME = "TIDEWATCH_TRIAL"
EXAMPLE = (BASE_DIR / ".env.example").read_text()
FOLDERS = ("accounts", "platforms", "analytics", "collectors", "exports", "feedback", "config")
SHOWN = {"False": "off", "True": "on"}


@pytest.fixture
def given(monkeypatch):
    """Set the variable, as typed."""
    return lambda text, suffix="": monkeypatch.setenv(f"{NAME}{suffix}", text)


def refusal(read):
    with pytest.raises(ImproperlyConfigured) as refused:
        read()
    return str(refused.value)


@pytest.mark.parametrize(
    ("word", "meant"), [("ON", True), ("1", True), ("no", False), (" 0 ", False)]
)
def test_switches_are_words(given, word, meant):
    given(word)
    assert env.bool(NAME) is meant


def test_a_switch_that_is_neither_is_refused(given):
    given("maybe")
    assert refusal(lambda: env.bool(NAME)) == f"{NAME} must be on or off, not 'maybe'."


@pytest.mark.parametrize("text", ["abc", "8000.5", "-1", "70000"])
def test_a_number_that_does_not_fit_is_refused(given, text):
    given(text)
    sentence = refusal(lambda: env.number(NAME, default=8000, most=65535))
    assert sentence.startswith(f"{NAME} must be ")
    assert text in sentence


def test_a_word_out_of_the_choice_is_refused(given):
    given("staging")
    sentence = refusal(lambda: env.one_of(NAME, "local", "production"))
    assert sentence == f"{NAME} must be local or production, not 'staging'."


def test_an_empty_value_counts_as_none(given):
    given("")
    assert env.number(NAME, default=7) == 7
    assert env.str(NAME, default="x") == "x"


def test_spaces_around_items_of_a_list_are_dropped(given):
    given("a.example.org, b.example.org ,")
    assert env.list(NAME) == ["a.example.org", "b.example.org"]


@pytest.mark.parametrize(
    "url",
    ["mysql://tw:hidden1@db/tw", "postgresql://tw:hidden1@db:port/tw", "db.example.org", "://"],
)
def test_a_wrong_address_is_refused_without_showing_its_password(given, url):
    given(url)
    sentence = refusal(lambda: env.database(NAME))
    assert sentence.startswith(f"{NAME} must be an address such as postgresql://")
    assert "hidden1" not in sentence


def test_a_database_address_may_name_several_servers_and_options(given):
    given("postgresql://tw:p%40ss@one:5432,two:5433/tw?sslmode=verify-full&target_session_attrs=rw")
    database = env.database(NAME)
    assert (database["HOST"], database["PORT"]) == ("one,two", "5432,5433")
    assert database["PASSWORD"] == "p@ss"
    assert database["OPTIONS"] == {"sslmode": "verify-full", "target_session_attrs": "rw"}


@pytest.mark.parametrize("scheme", ["redis", "rediss", "unix"])
def test_redis_addresses(given, scheme):
    given(f"{scheme}:///0")
    assert env.redis(NAME, "") == f"{scheme}:///0"


def test_a_secret_may_stand_in_a_file(given, tmp_path):
    path = tmp_path / "secret"
    path.write_text("s3cret\n")
    given(str(path), "_FILE")
    assert env.str(NAME) == "s3cret"


def test_a_secret_file_that_is_not_there_is_refused(given):
    given("/nowhere/secret", "_FILE")
    sentence = refusal(lambda: env.str(NAME, default=""))
    assert sentence.startswith(f"{NAME}_FILE names /nowhere/secret, which cannot be read")


def test_value_and_file_together_are_refused(given):
    given("value")
    given("/some/file", "_FILE")
    assert (
        refusal(lambda: env.str(NAME)) == f"Both {NAME} and {NAME}_FILE are set. Keep one of them."
    )


def test_a_secret_may_begin_with_a_dollar_sign(given):
    given("$ecret")
    assert env.str(NAME) == "$ecret"


def test_a_missing_value_without_default_is_refused():
    assert refusal(lambda: env.str(NAME)) == f"{NAME} is missing. Set {NAME} or {NAME}_FILE."


def run(code, dotenv):
    own = {"TIDEWATCH_DOTENV": str(dotenv), "PORT": "8123"}
    unset = {name: value for name, value in os.environ.items() if name not in neutral()}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=BASE_DIR,
        env=unset | own,
        capture_output=True,
        text=True,
        check=False,
    )


def test_dotenv_fills_in_what_the_environment_does_not_set(tmp_path):
    dotenv = tmp_path / ".env"
    dotenv.write_text(
        "# a comment\n\nPORT=9999\nHEALTH_TOKEN='abc#def'\nexport SITE_URL=http://x\n"
    )
    code = (
        "import os, config.env; print(*map(os.environ.get, ('PORT', 'HEALTH_TOKEN', 'SITE_URL')))"
    )
    assert run(code, dotenv).stdout == "8123 abc#def http://x\n"


def test_a_broken_line_of_dotenv_is_named_and_not_shown(tmp_path):
    dotenv = tmp_path / ".env"
    dotenv.write_text("PORT=1\nSECRET KEY hidden1\n")
    done = run("import config.env", dotenv)
    assert f"{dotenv}, line 2: write NAME=value." in done.stderr
    assert "hidden1" not in done.stderr + done.stdout


def documented():
    """Names and defaults of .env.example, each with a line above that explains it."""
    return dict(re.findall(r"^# .+\n# ([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))


def readings():
    """Every `env.<reader>("NAME", ...)` of the product."""
    for folder in FOLDERS:
        for path in sorted((BASE_DIR / folder).rglob("*.py")):
            yield from filter(reads_a_variable, ast.walk(ast.parse(path.read_text())))


def reads_a_variable(node):
    if not isinstance(node, ast.Call) or not ast.unparse(node.func).startswith("env."):
        return False
    return isinstance(node.args[0], ast.Constant)


def literal_default(call):
    """The default as .env.example would show it, None when it is worked out."""
    if call.func.attr == "one_of":
        choice = call.args[1]
        return choice.value if isinstance(choice, ast.Constant) else None
    for keyword in call.keywords:
        if keyword.arg == "default" and isinstance(keyword.value, ast.Constant):
            return SHOWN.get(str(keyword.value.value), str(keyword.value.value))
    return None


def test_the_example_names_exactly_the_variables_that_are_read():
    assert documented().keys() == {call.args[0].value for call in readings()}
    assert len(documented()) == len(re.findall(r"^#? ?[A-Z_]+=", EXAMPLE, re.MULTILINE))


def test_the_example_shows_the_real_defaults():
    shown = documented()
    for call in readings():
        name, default = call.args[0].value, literal_default(call)
        assert default is None or shown[name] == default, name
