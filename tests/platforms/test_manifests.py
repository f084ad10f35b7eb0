"""What every platform's folder must show of itself, asked of all in the settings."""

import re
from dataclasses import fields
from datetime import date

import pytest
from django.contrib import admin
from django.contrib.staticfiles import finders
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from platforms import registry, terms
from platforms.models import Content, Snapshot
from tests.platforms.connections import SECRET, credentials

VERDICTS = {
    "valid", "expired", "wrong", "not_enabled", "not_approved", "out_of_quota", "out_of_credit",
    "unreachable",
}  # fmt: skip


def test_the_manifest_is_complete(platform):
    assert set(platform.advice) == VERDICTS
    for text in (*platform.advice.values(), *platform.steps, platform.label, platform.entity_noun):
        assert text.strip()
    assert all(15 <= minutes <= 120 for minutes in platform.poll_minutes)
    optional = {"account_id", "again", "search", "rankings", "comments", "text_fields", "steps"}
    for part in fields(platform):
        assert getattr(platform, part.name) is not None or part.name in optional, part.name


def test_its_tables_have_typed_figures_and_snapshots(platform):
    content = platform.content
    assert issubclass(content, Content)
    assert issubclass(content.SNAPSHOT, Snapshot)
    for model in (content, content.SNAPSHOT):
        for column in content.COUNTERS:
            assert model._meta.get_field(column).get_internal_type() in (
                "BigIntegerField",
                "FloatField",
            )
            assert model._meta.get_field(column).null
    for column in (*content.ONCE, *content.WORDS, content.ASK_BY, *platform.text_fields):
        content._meta.get_field(column)
    assert set(platform.text_fields) <= set(content.WORDS)


def test_every_export_column_exists_and_its_engagement_can_be_computed(platform):
    for column, heading in platform.columns.items():
        assert platform.content._meta.get_field(column)
        assert heading
    assert set(platform.content.COUNTERS) <= set(platform.columns)
    query = platform.content.objects.annotate(engagement=platform.engagement).values("engagement")
    assert "SELECT" in str(query.query)


def test_it_stands_in_the_admin_and_has_a_mark(platform):
    assert platform.content in admin.site._registry
    assert finders.find(f"marks/{platform.slug}.svg")


def test_its_terms_are_dated_and_say_where_they_are_from(platform):
    found = terms.load(platform.slug)
    assert date(2026, 1, 1) < found.as_of <= date.today()  # noqa: DTZ011  a date of ours
    assert found.source
    assert found.buckets


def test_each_name_is_looked_up_in_one_pack_and_what_that_costs_is_said(platform):
    known = terms.load(platform.slug)
    handles = [platform.parse_handle(f"name{number}") for number in range(230)]
    packs = platform.packs(known, handles)
    assert sorted(handle for pack in packs for handle in pack) == sorted(handles)
    assert min(map(len, packs)) >= 1
    said = platform.naming.format(batch=known.batch, prices=known.prices)
    assert re.fullmatch(r"[A-Z][^{}]*\.", said)


# --- What people type -----------------------------------------------------------------------------
def test_credentials_show_a_form_and_hide_their_secrets(platform):
    good = credentials(platform)
    secret = [n for n in type(good).model_fields if isinstance(getattr(good, n), SecretStr)]
    assert secret
    for info in type(good).model_fields.values():
        assert info.title
        assert info.description
    values = {name: getattr(good, name) for name in type(good).model_fields}
    plain = {n: v.get_secret_value() if n in secret else v for n, v in values.items()}
    spaced = type(good)(**{name: f"  {value} " for name, value in plain.items()})
    assert spaced == good
    for name in secret:
        assert SECRET not in repr(getattr(good, name)) + str(getattr(good, name))
        for bad in ("two\nlines" * 5, "", "x" * 10_000):
            with pytest.raises(ValidationError) as refusal:
                type(good)(**{**plain, name: bad})
            assert "two\nlines" not in str(refusal.value)


@given(text=st.text(max_size=60) | st.from_regex(r"https?://[a-z./@%]{1,40}"))
@hypothesis_settings(max_examples=150, deadline=None)
def test_any_typed_handle_is_one_or_is_refused_with_a_sentence(text):
    for platform in registry.every():
        sentence, handle = "", None
        try:
            handle = platform.parse_handle(text)
        except ValueError as refusal:
            sentence = str(refusal)
        if handle is None:
            assert re.fullmatch(r"[A-Z][^\n]{10,}\.", sentence)
        else:
            assert handle == platform.parse_handle(handle)
            assert 0 < len(handle) <= 128
            assert handle.isprintable()
