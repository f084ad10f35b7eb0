"""Which passwords are taken, and what is said of the others."""

import time

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.module_loading import import_string

User = get_user_model()


def complaints(password, **about):
    try:
        validate_password(password, User(**about))
    except ValidationError as error:
        return {one.code: " ".join(one.messages) for one in error.error_list}
    return {}


@pytest.mark.parametrize(
    "password",
    [
        "crab tide lantern seven",
        "Xk9#vQ2m",  # eight random characters
        "корабль луна семь",
        "🦀🌊 lantern seven",
        "x7" + "q9Zt" * 31 + "Ü!",  # 128 characters
    ],
)
def test_good_passwords_are_taken(password):
    assert complaints(password, email="dora@example.org") == {}


@pytest.mark.parametrize(
    ("password", "code", "sentence"),
    [
        ("Xk9#vQ2", "password_too_short", "at least 8 characters"),
        ("x7" + "q9Zt" * 31 + "Ü!?", "password_too_long", "at most 128 characters"),
        ("trustno1", "password_too_common", "too common"),
        ("dora.miller", "password_too_similar", "too similar to the e-mail address"),
        ("Wilhelmina!", "password_too_similar", "too similar to the name"),
        ("password1!", "password_too_weak", "similar to a commonly used password"),
        ("tidewatch2", "password_too_weak", "Try a few unrelated words"),
        ("miller2024", "password_too_weak", "Try a few unrelated words"),
        ("aaaaaaaaaaaa", "password_too_weak", "Repeats like"),
    ],
)
def test_each_rule_has_its_sentence(password, code, sentence):
    said = complaints(password, email="dora.miller@example.org", name="Wilhelmina Fox")
    assert sentence.lower() in said[code].lower()


def test_a_password_made_to_keep_the_processor_busy_does_not():
    hostile = "4@8({[36#!1|$+5%2" * 7  # each sign stands for several letters
    complaints("warm up the dictionaries")
    before = time.process_time()
    complaints(hostile)
    assert time.process_time() - before < 1


def test_a_very_long_password_is_refused_and_breaks_nothing(visitor):
    form = {"email": "dora@example.org", "password1": "long " * 20_000}
    answer = visitor.post("/register/", form)
    assert answer.status_code == 200
    assert "Use at most 128 characters." in answer.context["form"].errors["password1"]


def test_every_rule_can_say_what_it_wants(settings):
    for rule in settings.AUTH_PASSWORD_VALIDATORS:
        validator = import_string(rule["NAME"])(**rule.get("OPTIONS", {}))
        assert validator.get_help_text().endswith(".")
