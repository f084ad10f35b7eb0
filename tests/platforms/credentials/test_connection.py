"""From a stored credential to a client that speaks: opened late, shared fairly, shown to nobody."""

import json
from contextlib import suppress

import pytest

from accounts.crypto import SealError
from accounts.tenancy import tenant
from platforms import registry
from platforms.credentials import sealing
from platforms.credentials.connection import connect, valkey
from platforms.credentials.tokens import SealedTokens
from platforms.errors import QuotaSpent, RateLimited, Refused
from platforms.http import HttpClient
from platforms.local_http import local_session
from platforms.models import ApiProfile
from platforms.simulation.wire import Answer, as_json
from tests.factories.platforms import CREDENTIALS, profile_of
from tests.platforms.connections import Board, serving

KEY = CREDENTIALS["youtube"]["api_key"]
HOSTS = ("www.googleapis.com", "id.twitch.tv", "api.twitch.tv", "api.x.com")


@pytest.fixture(autouse=True)
def fresh():
    valkey().flushdb()


def answering(handler):
    return HttpClient(session=local_session(handler, HOSTS), pause=lambda _: None)


def no_channel(call):
    return as_json({"kind": "youtube#channelListResponse", "items": []})


def test_a_row_holds_no_secret_and_the_end_by_which_it_is_known(alice):
    profile = profile_of(alice)
    row = json.dumps([profile.sealed, profile.hints, profile.fingerprint])
    assert KEY not in row
    assert KEY[:-4] not in row
    assert profile.hints == {"api_key": KEY[-4:]}


def test_a_sealed_value_opens_nowhere_else(alice, bob):
    mine, other, bobs = profile_of(alice), profile_of(alice), profile_of(bob)
    assert sealing.unseal(mine) == {"api_key": KEY}
    for thief in (other, bobs):
        thief.sealed = mine.sealed
        with pytest.raises(SealError):
            sealing.unseal(thief)
    mine.sealed = {"client_secret": mine.sealed["api_key"]}
    with pytest.raises(SealError):
        sealing.unseal(mine)


def test_the_client_speaks_with_what_was_sealed(alice):
    seen = []

    def answer(call):
        seen.append(call)
        return no_channel(call)

    client = connect(profile_of(alice), http=answering(answer))
    registry.get("youtube").probe(client)
    assert seen[0].host == "www.googleapis.com"
    assert KEY in (seen[0].param("key"), seen[0].headers.get("x-goog-api-key"))


def test_nothing_that_is_printed_shows_a_secret(alice):
    profile = profile_of(alice)
    client = connect(profile, http=answering(no_channel))
    shown = [repr(thing) for thing in (profile, client, *vars(client).values())]
    assert KEY not in "".join(shown)


def test_one_credential_has_one_quota_whoever_holds_it(alice, bob, settings, tmp_path):
    (tmp_path / "youtube.toml").write_text("[buckets.units]\nper_day = 20\n")
    settings.TERMS_DIR = str(tmp_path)
    alices, bobs = profile_of(alice), profile_of(bob)
    assert alices.fingerprint == bobs.fingerprint
    count, probe = 0, registry.get("youtube").probe
    with suppress(QuotaSpent):
        while count < 100:
            probe(connect((alices, bobs)[count % 2], http=answering(no_channel)))
            count += 1
    assert count == 19, "95 % of 20"
    probe(connect(bobs, reserve=True, http=answering(no_channel)))


def test_another_secret_has_limits_of_its_own_and_a_demo_too(alice):
    one = profile_of(alice)
    other = profile_of(alice, given={"api_key": KEY[::-1]})
    demo = profile_of(alice, simulated=True)
    assert len({one.fingerprint, other.fingerprint, demo.fingerprint}) == 3


def test_a_client_id_alone_does_not_spend_its_owners_limits(alice, bob):
    given = CREDENTIALS["twitch"]
    alices = profile_of(alice, platform="twitch")
    bobs = profile_of(bob, platform="twitch", given=given | {"client_secret": "guessed" * 4})
    assert alices.fingerprint != bobs.fingerprint


def test_a_credential_whose_key_is_gone_has_to_be_replaced(alice, settings, caplog):
    profile = profile_of(alice)
    settings.CREDENTIAL_KEYS = "other:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    with pytest.raises(Refused, match="can no longer open the credential"):
        connect(profile)
    assert "'local' is not in the keyring" in caplog.text


def test_a_credential_that_lacks_a_part_has_to_be_replaced(alice):
    profile = profile_of(alice)
    profile.sealed = {}
    with pytest.raises(Refused, match=r"not complete \(api_key\)") as refused:
        connect(profile)
    assert refused.value.__cause__ is refused.value.__context__ is None


def test_workers_share_a_token_and_valkey_does_not_know_it(alice):
    profile = profile_of(alice, platform="twitch")
    mine, theirs = (SealedTokens(valkey(), profile.fingerprint) for _ in range(2))
    mine.put("a-very-secret-token", seconds=3600)
    assert theirs.get() == "a-very-secret-token"
    (key,) = valkey().keys("tw:token:*")
    assert b"secret" not in valkey().get(key)
    assert 3000 < valkey().ttl(key) <= 3300, "given up five minutes early"
    theirs.forget()
    assert mine.get() is None


def test_a_token_under_another_name_is_no_token():
    one, other = SealedTokens(valkey(), "one"), SealedTokens(valkey(), "other")
    one.put("token", seconds=100)
    valkey().rename("tw:token:one", "tw:token:other")
    assert other.get() is None


def test_a_token_is_fetched_once_for_all_workers(alice):
    profile = profile_of(alice, platform="twitch")
    fetched = []

    def answer(call):
        if call.host == "id.twitch.tv":
            fetched.append(call)
            return as_json(
                {"access_token": "t" * 30, "expires_in": 5_000_000, "token_type": "bearer"}
            )
        return as_json({"data": []})

    for _ in range(3):
        connect(profile, http=answering(answer)).users(ids=["1"])
    assert len(fetched) == 1


def test_a_demo_profile_leads_to_the_simulator(alice, settings):
    profile, calls = profile_of(alice, simulated=True), []

    def answer(call):
        calls.append(call)
        return no_channel(call)

    with serving(Board(answer)) as server:
        settings.SIMULATOR_URL = server.address
        registry.get("youtube").probe(connect(profile))
    assert calls[0].host == "www.googleapis.com"


def test_a_429_stops_all_who_hold_the_credential(alice, bob):
    def limited(call):
        reasons = {
            "error": {"code": 403, "message": "", "errors": [{"reason": "rateLimitExceeded"}]}
        }
        return as_json(reasons, status=403)

    def unreachable(call):
        return Answer(fault="refused")

    probe = registry.get("youtube").probe
    with pytest.raises(RateLimited):
        probe(connect(profile_of(alice), http=answering(limited)))
    with pytest.raises(RateLimited) as wait:
        probe(connect(profile_of(bob), http=answering(unreachable)))
    assert wait.value.retry_after > 0


def test_profiles_are_their_owners_alone(alice, bob):
    profile_of(alice)
    with tenant(bob.pk):
        assert not ApiProfile.objects.exists()
