"""What a volunteer relies on when something is held under the scanner: the right code is found, or the right words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.codes import LONGEST_CODE, LONGEST_SCAN, CodeRules, code_key, is_own, new_code, own_form, read
from kiosk.domain.ids import ALPHABET
from kiosk.domain.keyboards import LAYOUTS, Layout

RULES = CodeRules.for_conference("plc", 2023, ["plecet.example"])
OWN = "K7Q291XF0042ABYD"

PAYLOADS = json.loads((Path(__file__).parents[1] / "data" / "qr_payloads.json").read_text(encoding="utf-8"))
KNOWN = {
    code_key(code)
    for code in ("000001", "000002", "610000000011880000000001", "k2v5w9m3q7x8c4n6b2z5l9j3h7g8f4d6", "VNNDLJ6DKVK")
}

own_codes = st.binary(min_size=10, max_size=10).map(new_code)


def found(text: str, rules: CodeRules = RULES) -> tuple[str, ...]:
    return read(text, rules).candidates


@pytest.mark.parametrize("payload", PAYLOADS, ids=[payload["id"] for payload in PAYLOADS])
def test_every_sample_payload_is_answered_as_expected(payload: dict[str, str]) -> None:
    reading = read(payload["payload"], RULES)
    known = [code for code in reading.candidates if code_key(code) in KNOWN]
    match payload["expect"]:
        case "ignore":
            assert reading.empty
            assert not reading.candidates
        case "wrong-event":
            assert reading.wrong_conference
            assert not known
        case "unknown":
            assert not any((known, reading.wrong_conference, reading.empty))
            assert reading.looks_like
        case _:
            assert known
            assert not reading.wrong_conference


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("YKCDß", "typed with a German keyboard layout?"),
        ("àààààà&", "typed with a French keyboard layout?"),
        ("CK&)QBAèWYà", "typed with a French keyboard layout?"),
        ("CK1ßABQ7YZ0", "typed with a German keyboard layout?"),
        ("https://example.org/lunch-menu", "a web address"),
        ("https://www.paypal.me/somebody", "a payment link"),
        ("4006381333931", "a product barcode"),
        ("036000291452", "a product barcode"),
        ("000001000001", "two scans run together"),
        ("000001\r000002", "two scans run together"),
        ("000001\t000002", "two scans run together"),
        ("0000", "a scan cut off"),
        ("00\x0000\x1b1", "text with control characters"),
        ("A" * LONGEST_SCAN, "very long text"),
        ("WIFI:T:WPA;S:Hotel;P:secret;;", "a Wi-Fi code"),
        ("BEGIN:VCARD\nFN:Jo\nEND:VCARD", "contact details (vCard)"),
        ("M1MACK/JESSICA MS     EABC123 ATLLAXDL 0123 123M002A0001 100", "a boarding pass"),
        ("@\n\x1e\rANSI 636055090002DL00410278", "a driver's license"),
        ("BCD\n002\n1\nSCT\n\nSomebody", "a payment code"),
        ("somebody@agency.example", "an e-mail address"),
        (OWN, "a badge code that is not on this roster"),
        ("610000000011880000000009", "an Eventbrite ticket that is not on this roster"),
        ('{"menu": 1}', "data of another program"),
    ],
)
def test_an_unknown_code_says_what_it_looks_like(text: str, words: str) -> None:
    assert read(text, RULES).looks_like == words


@pytest.mark.parametrize("text", ["JOSÉ PEÑA", "Müller", "Crème brûlée", "R&D-2023"])
def test_ordinary_words_are_not_blamed_on_the_keyboard(text: str) -> None:
    assert "keyboard" not in read(text, RULES).looks_like


@pytest.mark.parametrize(
    "text",
    [
        "https://plecet.example/b/000001",
        "HTTPS://PLECET.EXAMPLE/b/000001",
        "https://www.plecet.example/b/000001/",
        "plecet.example/b/000001",
        "https://tickets.plecet.example/?code=000001",
        "https://plecet.example/x?secret=000001#top",
        "PLC|000001|José",
        "PLC|000001",
        "PLC-000001",
        "PLC23-000001",
        "plc23-000001",
        "PLC2023-000001",
        "]Q1000001",
        "]C0000001\r",
        "\x1d000001\r\n",
        "\x02000001\x03",
        "\ufeff000001 ",
        "]Q2\\000026000001",
        '{"code": "000001"}',
        '{"SECRET": "000001"}',
        '{"id": "000001", "other": [1, 2]}',
        "BEGIN:VCARD\nVERSION:4.0\nUID:0000\n 01\nEND:VCARD",
        "BEGIN:VCARD\r\nitem1.NOTE;CHARSET=utf-8:000001\r\nEND:VCARD",
        "BEGIN:VCARD\nUID:PLC23-000001\nEND:VCARD",
        "MECARD:N:Mack\\;NOTE:7,J;UID:000001;;",
    ],
)
def test_a_code_is_found_in_whatever_carries_it(text: str) -> None:
    reading = read(text, RULES)
    assert "000001" in reading.candidates
    assert not reading.wrong_conference


@pytest.mark.parametrize(
    "text",
    [
        "PLC22-000001",
        "plc2022-000001",
        "PLC22|000001|José",
        "https://plecet.example/b/000001?e=2022",
        "https://plecet.example/b/PLC22-000001",
        "BEGIN:VCARD\nUID:PLC22-000001\nEND:VCARD",
    ],
)
def test_another_years_badge_is_the_wrong_conference_and_opens_nothing(text: str) -> None:
    reading = read(text, RULES)
    assert reading.wrong_conference
    assert not any(code_key(code) in KNOWN for code in reading.candidates)


@pytest.mark.parametrize(
    "text",
    [
        "https://menu.example/?id=000001",
        "https://example.org/000001",
        "https://plecet.example.evil.example/b/000001",
        "https://evilplecet.example/b/000001",
        "https://plecet.example@evil.example/b/000001",
        '{"id": 1}',
        '{"a": {"code": "000001"}}',
        '{"code": "000001", "code": "000002"}',
        '{"code": "000001", "CODE": "000002"}',
        "XYZ|000001|José",
        "BEGIN:VCARD\nNOTE:call 000001 again\nEND:VCARD",
        "MECARD:N:Mack\\;NOTE:000001;;",
        "000001\x00",
        "0000\x1b01",
    ],
)
def test_a_number_that_means_something_else_is_not_taken_for_a_code(text: str) -> None:
    assert not any(code_key(code) in KNOWN for code in found(text))


def test_long_codes_are_taken_from_a_sellers_address() -> None:
    assert "g-Ab12Cd34Ef" in found("https://luma.example/check-in/evt-9?pk=g-Ab12Cd34Ef")
    assert "610000000011880000000001" in found("https://seller.example/t/610000000011880000000001")


def test_the_text_itself_comes_before_what_is_found_inside() -> None:
    assert found("PLC23-000001")[0] == "PLC23-000001"
    assert found("https://plecet.example/b/000001")[0].startswith("https://")


def test_without_rules_the_usual_shapes_are_understood() -> None:
    """A laptop on which nobody has said what the conference's own codes look like still answers right."""
    assert found("PLC|000001|José", CodeRules()) == ("PLC|000001|José", "000001")
    assert read("PLC22-000001", CodeRules()).wrong_conference
    assert not read("ABC-000001", CodeRules()).wrong_conference
    assert found("https://plecet.example/b/000001", CodeRules()) == ("https://plecet.example/b/000001", "000001")
    assert found("https://menu.example/?id=000001", CodeRules()) == ("https://menu.example/?id=000001",)
    assert found("https://plecet.example/b/00001", CodeRules()) == ("https://plecet.example/b/00001",)


def test_a_code_is_given_back_as_it_was_written() -> None:
    assert found("AbC-007") == ("AbC-007",)
    assert found("610000000011880000000001") == ("610000000011880000000001",)


@pytest.mark.parametrize(
    "text",
    [
        "BEGIN:VCARD\nFN:Jo Doe\nEND:VCARD",
        "WIFI:T:WPA;S:Hotel;P:secret;;",
        "@\n\x1e\rANSI 636055090002DL00410278",
        "jo@x.example",
        "otpauth://totp/x?secret=ABC",
        '{"name": "Jo Doe"}',
    ],
)
def test_somebodys_own_data_leaves_no_excerpt(text: str) -> None:
    assert read(text, RULES).excerpt == ""


def test_an_excerpt_is_short_and_printable() -> None:
    assert read("00\x0000\x1b1" + "x" * 100, RULES).excerpt == "00·00·1" + "x" * 33


def test_a_megabyte_is_not_looked_at() -> None:
    for text in ("A" * 1_000_000, " " * 1_000_000, "{" * 1_000_000, "BEGIN:VCARD\n" * 100_000):
        reading = read(text, RULES)
        assert reading.looks_like == "very long text"
        assert not reading.candidates


@pytest.mark.parametrize("text", ["[" * 2900, '{"a":' * 580, '{"code":' + "[" * 2900, '{"code":' + "9" * 2900 + "}"])
def test_nested_or_endless_json_holds_no_code(text: str) -> None:
    assert not any(len(code) <= LONGEST_CODE for code in found(text) if code != text)


# Keyboards: what a scanner types on a computer with another layout.


def typed_on(layout_typed: str, code: str) -> str:
    return code.translate({ord(meant): typed for meant, typed in zip(ALPHABET, layout_typed, strict=True)})


@given(code=own_codes, layout=st.sampled_from(LAYOUTS))
def test_our_codes_survive_a_wrong_layout(code: str, layout: Layout) -> None:
    typed = typed_on(layout.typed, code)
    if " " not in typed:
        assert code_key(code) in map(code_key, found(typed))


@given(code=own_codes, layout=st.sampled_from([layout for layout in LAYOUTS if layout.typed[1:10].isdigit()]))
def test_our_codes_survive_a_wrong_layout_with_caps_lock(code: str, layout: Layout) -> None:
    typed = typed_on(layout.typed, code).lower()
    if " " not in typed:
        assert code_key(code) in map(code_key, found(typed))


def test_the_code_as_it_stands_comes_before_any_other_layout() -> None:
    assert found(OWN)[0] == OWN
    assert OWN.replace("Y", "Z") in found(OWN)


@given(st.text(alphabet=ALPHABET + "àéèç&\"'(-_§!?,", max_size=15))
def test_short_codes_are_never_undone(text: str) -> None:
    """One lost character of a numbered ticket would otherwise admit somebody else."""
    assert all(code == text for code in found(text, CodeRules()))


# Our own codes and the form codes are compared in.


def test_ten_random_bytes_make_sixteen_characters() -> None:
    assert new_code(bytes(10)) == "0" * 16
    assert new_code(b"\xff" * 10) == "Z" * 16
    assert new_code(b"\x00" * 9 + b"\x01") == "0" * 15 + "1"
    with pytest.raises(ValueError):
        new_code(bytes(9))


@given(st.binary(min_size=10, max_size=10), st.binary(min_size=10, max_size=10))
def test_different_bytes_make_different_codes(one: bytes, other: bytes) -> None:
    assert (new_code(one) == new_code(other)) == (one == other)
    assert is_own(new_code(one))


@pytest.mark.parametrize(
    "spelled",
    [
        "k7q291xf0042abyd",
        "K7Q2-91XF-0042-ABYD",
        "K7Q2 91XF 0042 ABYD",
        "K7Q29IXFOO42ABYD",
        "k7q29lxfoo42abyd",
        " K7Q291XF0042ABYD\r\n",
    ],
)
def test_an_own_code_may_be_spelled_as_people_do(spelled: str) -> None:
    assert code_key(spelled) == code_key(OWN)


@pytest.mark.parametrize(
    "text",
    [
        "K7Q291XF0042ABY",
        "K7Q291XF0042ABYDD",
        "K7Q291XF0042ABYU",
        "K7Q2-91XF0042ABYD-",
        "",
        "\uff10" * 16,
    ],
)
def test_what_does_not_have_the_shape_is_not_ours(text: str) -> None:
    assert not is_own(text)
    assert own_form(text) is None


@given(code=own_codes, place=st.integers(0, 15), character=st.sampled_from(ALPHABET))
def test_a_slip_in_an_own_code_is_another_code(code: str, place: int, character: str) -> None:
    slipped = code[:place] + character + code[place + 1 :]
    assert (code_key(slipped) == code_key(code)) == (slipped == code)


@given(code=own_codes, place=st.integers(0, 15), length=st.integers(1, 15))
def test_a_part_of_an_own_code_never_becomes_a_whole_one(code: str, place: int, length: int) -> None:
    part = code[:place] + code[place + length :]
    assert not any(is_own(candidate) for candidate in found(part) if len(part) < 16)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("VNNDLJ6DKVK", "vnndlj6dkvk", True),
        ("000001", " 000001\r\n", True),
        ("000001", "\ufeff000001\u200b", True),
        ("Jose\u0301-7", "JOSÉ-7", True),
        ("000001", "1", False),
        ("000001", "00001", False),
        ("O00001", "000001", False),
        ("AB-12", "AB12", False),
        ("AB 12", "AB12", False),
        ("610000000011880000000001", "610000000011880000000002", False),
    ],
)
def test_when_two_codes_are_the_same(one: str, other: str, same: bool) -> None:
    assert (code_key(one) == code_key(other)) == same


@given(st.text(max_size=40))
def test_the_key_of_a_key_is_the_key(text: str) -> None:
    assert code_key(code_key(text)) == code_key(text)


anything = st.one_of(
    st.text(st.characters(), max_size=400),
    st.lists(
        st.sampled_from(
            [
                "BEGIN:VCARD",
                "END:VCARD",
                "UID:",
                "NOTE",
                ":",
                ";",
                "\\",
                "\r\n",
                " ",
                "MECARD:",
                "{",
                "}",
                '"code"',
                "[",
                "]Q1",
                "https://",
                "plecet.example/b/",
                "?code=",
                "%00",
                "PLC",
                "22-",
                "|",
                "000001",
                OWN,
                "é",
                "\ud800",
            ]
        ),
        max_size=40,
    ).map("".join),
)


@pytest.mark.parametrize(
    "text",
    [
        '{"code": "0000\\u000001"}',
        '{"code": "0000\\ud80001"}',
        "https://plecet.example/b/0000%0001",
        "https://plecet.example/?code=0000%1b01",
        "BEGIN:VCARD\nUID:0000\x0001\nEND:VCARD",
        "MECARD:UID:0000\x1b01;;",
        "0000\ud80001",
    ],
)
def test_no_code_holds_what_cannot_be_written(text: str) -> None:
    """Neither a file nor a database takes a lone surrogate or, everywhere, a NUL."""
    assert not any("0000" in code and text != code for code in found(text))
    assert not any(c < " " or "\ud800" <= c <= "\udfff" for code in found(text) for c in code)


@given(anything)
def test_nothing_a_scanner_delivers_raises(text: str) -> None:
    reading = read(text, RULES)
    assert len(reading.candidates) <= 6
    assert len({code_key(code) for code in reading.candidates}) == len(reading.candidates)
    assert reading.empty or reading.looks_like
    for code in reading.candidates:
        code.encode("utf-8")
        assert code == code.strip()
        assert 0 < len(code) <= LONGEST_CODE
        assert "\x00" not in code
