"""New keys without joining again: a station's, and the hub's authority, while some stations are away."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.domain.trust import AUTHORITY_SIGNED_AS, DeviceRole, fingerprint
from kiosk.errors import BadInput, HubUnavailable
from kiosk.hub.console import Console
from kiosk.hub.identity import _new_authority, begin_rotation, end_rotation
from kiosk.services.hub_link import HubLink
from kiosk.services.verify import verify
from kiosk.sync import loop as loop_module
from kiosk.sync.renewal import followed
from kiosk.wire.renewal import AuthorityTold
from tests.builders import Desk, enrol, some_attendees
from tests.hub.conftest import KEY, LiveHub, Serve
from tests.sync.conftest import Stationed, let_in
from tests.sync.test_loop import Watched, all_sent, wait_for, watch
from tests.sync.test_round import rounds, unsent

__all__ = ["watch"]

pytestmark = [pytest.mark.timeout(120), pytest.mark.expect_log]


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_module, "BEAT_S", 0.1)
    monkeypatch.setattr(loop_module, "IDLE_S", 0.1)


@pytest.fixture
def database_url() -> None:
    """Keys do not depend on the hub's database."""


def link_of(desk: Desk) -> HubLink:
    link = HubLink.read(desk.store)
    assert link is not None
    return link


def known_as(live: LiveHub) -> dict[str, str]:
    """The fingerprint under which the hub knows each station for good."""
    live.hub.devices.forget()
    return {device.name: device.fingerprint for device in live.hub.devices.all()}


def own_fingerprint(desk: Desk) -> str:
    return fingerprint(bytes.fromhex(link_of(desk).certificate))


def again(serve: Serve, live: LiveHub, *desks: Desk) -> LiveHub:
    """The hub is started again, elsewhere."""
    live.server.stop()
    live.hub.close()
    fresh = serve(folder=live.hub.folder)
    for desk in desks:
        replace(link_of(desk), addresses=(f"127.0.0.1:{fresh.server.port}",)).write(desk.store)
    return fresh


def test_a_station_renews_its_key_and_the_old_one_is_good_no_more(
    live: LiveHub, stationed: Stationed, watch: Callable[[Desk], Watched]
) -> None:
    desk = stationed("Desk 1")
    before = let_in(live, desk)
    enrol(desk.store, some_attendees(3))
    Console(live.hub).renew("Desk 1")
    watch(desk)
    wait_for(lambda: link_of(desk).certificate != before.certificate)
    wait_for(lambda: known_as(live)["Desk 1"] == own_fingerprint(desk))
    assert desk.scan("000001").admitted
    wait_for(lambda: unsent(desk) == 0)  # not what was said before the scan
    assert live.ask("GET", "/v1/news", before).status == 401
    assert live.ask("POST", "/v1/beat", before, {"app": "1", "unsent": 0}).status == 401
    assert link_of(desk).tls_key_pem != before.tls_key_pem
    assert verify(desk.store).problems == ()
    other = stationed("Desk 2")
    let_in(live, other)
    rounds(other)
    assert not other.scan("000001").admitted, "what was written before and after counts"


def test_a_lost_answer_locks_nobody_out(live: LiveHub, stationed: Stationed) -> None:
    desk = stationed("Desk 1")
    link = let_in(live, desk)
    for _try in range(3):  # the station never heard what came back
        key = ec.generate_private_key(ec.SECP256R1()).public_key()
        told = live.ask("POST", "/v1/renew", link, {"tls_key": spki(key), "generation": 0})
        assert told.status == 200
    rounds(desk)
    assert known_as(live)["Desk 1"] == own_fingerprint(desk)


def spki(key: ec.EllipticCurvePublicKey) -> str:
    from cryptography.hazmat.primitives import serialization

    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return key.public_bytes(*form).hex()


def test_a_hub_that_came_back_from_a_backup_knows_the_key_from_before(
    live: LiveHub, stationed: Stationed, watch: Callable[[Desk], Watched], serve: Serve, tmp_path: Path
) -> None:
    desk = stationed("Desk 1")
    let_in(live, desk)
    live.hub.database.compact()
    shutil.copytree(live.hub.folder, tmp_path / "old", ignore=shutil.ignore_patterns("board"))
    Console(live.hub).renew("Desk 1")
    watched = watch(desk)
    wait_for(lambda: link_of(desk).former is not None)
    wait_for(lambda: known_as(live)["Desk 1"] == own_fingerprint(desk))
    old = serve(folder=tmp_path / "old")
    watched.loop.close()
    replace(link_of(desk), addresses=(f"127.0.0.1:{old.server.port}",)).write(desk.store)
    enrol(desk.store, some_attendees(3))
    watch(desk).until(all_sent)


def rotated(serve: Serve, live: LiveHub, *desks: Desk) -> LiveHub:
    Console(live.hub).rotate()
    return again(serve, live, *desks)


def test_stations_follow_the_hub_to_a_new_authority_and_who_was_away_comes_back(
    live: LiveHub, stationed: Stationed, watch: Callable[[Desk], Watched], serve: Serve
) -> None:
    here, away = stationed("Desk 1"), stationed("Desk 2")
    old = let_in(live, here)
    let_in(live, away)
    enrol(here.store, some_attendees(3))
    live = rotated(serve, live, here, away)
    assert sorted(Console(live.hub).behind()) == ["Desk 1", "Desk 2"]
    watched = watch(here)
    wait_for(lambda: link_of(here).generation == 1)
    wait_for(lambda: Console(live.hub).behind() == ["Desk 2"])
    watched.until(all_sent)
    late = watch(away)  # it has heard of nothing, and both authorities are good
    late.until(all_sent)
    wait_for(lambda: Console(live.hub).behind() == [])
    for each in (watched, late):
        each.loop.close()
    Console(live.hub).end_rotation()
    live = again(serve, live, here, away)
    for desk in (here, away):
        last = watch(desk)
        last.until(all_sent)
        wait_for(lambda desk=desk: link_of(desk).ca_pem == live.hub.identity.ca_pem)
        assert link_of(desk).former is None
        last.loop.close()
    with pytest.raises(OSError, match=r"certificate|alert|closed|reset"):
        live.ask("POST", "/v1/beat", replace(old, addresses=()), {"app": "1", "unsent": 0})


def test_who_missed_all_of_it_is_told_to_join_again_and_sends_nothing(
    live: LiveHub, stationed: Stationed, serve: Serve
) -> None:
    away = stationed("Desk 2")
    let_in(live, away)
    live = rotated(serve, live, away)
    Console(live.hub).end_rotation()
    live = again(serve, live, away)
    with pytest.raises(HubUnavailable, match="not this hub"):
        rounds(away)


def test_whoever_joins_meanwhile_follows_too(live: LiveHub, stationed: Stationed, serve: Serve) -> None:
    live = rotated(serve, live)
    desk = stationed("Desk 3")
    let_in(live, desk)
    rounds(desk)
    heard = live.ask("POST", "/v1/beat", link_of(desk), {"app": "1", "unsent": 0}).json
    assert [each["generation"] for each in heard["authorities"]] == [0, 1]


def test_one_rotation_at_a_time_and_the_hub_is_still_itself(live: LiveHub, tmp_path: Path) -> None:
    before = live.hub.identity
    with pytest.raises(BadInput, match="No new authority"):
        end_rotation(live.hub.folder, KEY)
    begun = begin_rotation(live.hub.folder, KEY)
    with pytest.raises(BadInput, match="already"):
        begin_rotation(live.hub.folder, KEY)
    assert (begun.id, begun.ca_fingerprint) == (before.id, before.ca_fingerprint)
    ended = end_rotation(live.hub.folder, KEY)
    assert ended.device.public == before.device.public
    assert ended.ca_fingerprint != before.ca_fingerprint
    assert begin_rotation(live.hub.folder, KEY).authorities[-1].generation == 2


@pytest.mark.parametrize("forged", ["nobody", "hub only", "authority only", "hub for another", "garbage"])
def test_an_authority_nobody_vouches_for_is_never_pinned(live: LiveHub, stationed: Stationed, forged: str) -> None:
    link, identity = let_in(live, stationed("Desk 1")), live.hub.identity
    mallory = _new_authority(identity.id, 1)
    signed = AUTHORITY_SIGNED_AS + mallory.der

    def by(key: ec.EllipticCurvePrivateKey) -> str:
        return key.sign(signed, ec.ECDSA(hashes.SHA256())).hex()

    hub, own = identity.device.key.sign(signed).hex(), by(mallory.key)
    told = {
        "nobody": AuthorityTold(1, mallory.pem, secrets.token_hex(64), own),
        "hub only": AuthorityTold(1, mallory.pem, hub, own),
        "authority only": AuthorityTold(1, mallory.pem, secrets.token_hex(64), by(identity.authority.key)),
        "hub for another": AuthorityTold(
            1, mallory.pem, identity.device.key.sign(mallory.der).hex(), by(identity.authority.key)
        ),
        "garbage": AuthorityTold(1, "-----BEGIN CERTIFICATE-----\nxx", "zz", "zz"),
    }[forged]
    first = AuthorityTold(0, identity.ca_pem, "", "")
    assert followed(link, [first, told]) == link
    assert followed(link, [told]) == link


def test_a_renewed_certificate_is_for_who_asked_and_nobody_else(live: LiveHub, stationed: Stationed) -> None:
    desk = stationed("Desk 1")
    link = let_in(live, desk)
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    told = live.ask("POST", "/v1/renew", link, {"tls_key": spki(key), "generation": 0}).json["certificate"]
    certificate = x509.load_der_x509_certificate(bytes.fromhex(told))
    [name] = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    assert name.value == desk.store.journal.device.id
    assert live.ask("POST", "/v1/renew", link, {"tls_key": "00", "generation": 0}).status == 400
    assert live.ask("POST", "/v1/renew", link, {"tls_key": spki(key), "generation": 7}).status == 400
    gone = live.enrol(DeviceRole.DESK, "gone")
    Console(live.hub).revoke("gone")
    live.hub.devices.forget()
    assert live.ask("POST", "/v1/renew", gone, {"tls_key": spki(key), "generation": 0}).status == 403
