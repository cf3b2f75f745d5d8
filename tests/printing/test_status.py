"""What printers' answers mean, byte by byte, and that what is no answer is taken for none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.printers import Media, PrinterState
from kiosk.printing.status import brother, dymo, escpos, ipp, snmp, zebra
from kiosk.printing.transports.ipp_wire import Operation, Tag, Value, collection, parse, request

S = PrinterState


def hs(first: str, second: str) -> bytes:
    return b"".join(b"\x02" + text.encode() + b"\x03\r\n" for text in (first, second, "1234,0"))


@pytest.mark.parametrize(
    "first, second, waiting, fault",
    [
        ("030,0,0,1245,000,0,0,0,000,0,0,0", "000,0,0,0,0,2,4,0,00000000,1,000", 0, None),
        ("030,0,0,1245,002,0,0,0,000,0,0,0", "000,0,0,0,0,2,4,0,00000003,1,000", 5, None),
        ("030,0,0,1245,000,0,0,1,000,0,0,0", "000,0,0,0,0,2,4,0,00000000,1,000", 1, None),
        ("030,1,0,1245,001,0,0,0,000,0,0,0", "000,0,1,0,0,2,4,0,00000001,1,000", 2, S.PAPER_OUT),
        ("030,0,1,1245,000,0,0,0,000,0,0,0", "000,0,0,0,0,2,4,0,00000000,1,000", 0, S.PAUSED),
        ("030,0,0,1245,000,0,0,0,000,0,0,1", "000,0,0,0,0,2,4,0,00000000,1,000", 0, S.COOLING),
        ("030,0,0,1245,000,0,0,0,000,0,0,0", "000,0,1,0,0,2,4,0,00000000,1,000", 0, S.COVER_OPEN),
        ("030,0,0,1245,000,0,0,0,000,0,0,0", "000,0,0,1,0,2,4,0,00000000,1,000", 0, S.RIBBON_OUT),
    ],
)
def test_a_zebras_memory(first: str, second: str, waiting: int, fault: PrinterState | None) -> None:
    assert zebra.parse_hs(hs(first, second)) == zebra.Memory(waiting, fault)
    assert zebra.parse_hs(hs(first, second)[:-12]) is None, "not whole yet"


@pytest.mark.parametrize(
    "errors, warnings, state",
    [
        ("0 00000000 00000000", "0 00000000 00000000", S.READY),
        ("0 00000000 00000000", "1 00000000 00000008", S.PAPER_LOW),
        ("1 00000000 00000001", "0 00000000 00000000", S.PAPER_OUT),
        ("1 00000000 00000005", "0 00000000 00000000", S.PAPER_OUT),
        ("1 00000000 00000002", "0 00000000 00000000", S.RIBBON_OUT),
        ("1 00000000 00000004", "0 00000000 00000000", S.COVER_OPEN),
        ("1 00000000 00000008", "0 00000000 00000000", S.CUTTER_JAM),
        ("1 00000000 00000020", "0 00000000 00000000", S.COOLING),
        ("1 00000000 00010000", "0 00000000 00000000", S.PAUSED),
        ("1 00000001 00000000", "0 00000000 00000000", S.ERROR),
    ],
)
def test_a_zebras_faults(errors: str, warnings: str, state: PrinterState) -> None:
    answer = f"\x02\r\n\r\n  PRINTER STATUS\r\n   ERRORS:         {errors}\r\n   WARNINGS:       {warnings}\r\n\x03"
    status = zebra.parse_hqes(answer.encode())
    assert status is not None
    assert status.state is state


def a_packet(**bytes_at: int) -> bytes:
    packet = bytearray(32)
    packet[0:8] = b"\x80\x20B4A0\x00\x00"
    packet[10], packet[11] = 62, 0x0A
    for place, value in bytes_at.items():
        packet[int(place[1:])] = value
    return bytes(packet)


@pytest.mark.parametrize(
    "bytes_at, state",
    [
        ({}, S.READY),
        ({"b8": 0x01}, S.PAPER_OUT),
        ({"b8": 0x02, "b18": 2}, S.PAPER_OUT),
        ({"b8": 0x04}, S.CUTTER_JAM),
        ({"b9": 0x01}, S.WRONG_MEDIA),
        ({"b9": 0x10}, S.COVER_OPEN),
        ({"b9": 0x10, "b8": 0x02}, S.PAPER_OUT),
        ({"b9": 0x40}, S.PAPER_OUT),
        ({"b9": 0x80}, S.ERROR),
        ({"b19": 1, "b18": 6}, S.BUSY),
        ({"b18": 5, "b22": 3}, S.COOLING),
        ({"b18": 5, "b22": 4}, S.READY),
        ({"b18": 4}, S.OFFLINE),
    ],
)
def test_a_brothers_32_bytes(bytes_at: dict[str, int], state: PrinterState) -> None:
    packet = brother.parse(a_packet(**bytes_at))
    assert packet is not None
    assert packet.status.state is state


@pytest.mark.parametrize(
    "bytes_at, loaded",
    [
        ({}, Media(62)),
        ({"b11": 0x0B, "b17": 100}, Media(62, 100)),
        ({"b10": 0, "b11": 0}, None),
    ],
)
def test_what_a_brother_says_is_loaded(bytes_at: dict[str, int], loaded: Media | None) -> None:
    packet = brother.parse(a_packet(**bytes_at))
    assert packet is not None
    assert packet.status.loaded == loaded


def test_packets_are_found_in_what_came() -> None:
    stream = b"\x00" + a_packet() + a_packet(b18=1) + a_packet()[:20]
    found, rest = brother.packets(stream)
    assert [packet.kind for packet in found] == [brother.Kind.REPLY, brother.Kind.PRINTED]
    assert rest == a_packet()[:20]


@pytest.mark.parametrize(
    "four, state",
    [
        ("12 12 12 12", S.READY),
        ("12 12 12 1e", S.PAPER_LOW),
        ("1a 32 12 7e", S.PAPER_OUT),
        ("1a 16 12 12", S.COVER_OPEN),
        ("1a 52 1a 12", S.CUTTER_JAM),
        ("1a 52 52 12", S.COOLING),
        ("1a 52 32 12", S.ERROR),
        ("1a 1a 12 12", S.BUSY),
        ("1a 12 12 12", S.ERROR),
    ],
)
def test_a_receipt_printers_four_answers(four: str, state: PrinterState) -> None:
    answers = bytes.fromhex(four)
    status = escpos.parse(answers)
    assert status is not None
    assert status.state is state
    mixed = answers[:2] + b"\x00" + answers[2:]
    assert escpos.parse(mixed) == status, "an answer in order may come between"
    assert escpos.parse(answers[:3]) is None


@pytest.mark.parametrize("byte, is_ordered", [(0x00, True), (0x03, True), (0x0F, True), (0x12, False), (0x1E, False)])
def test_answers_in_order_are_told_from_those_in_real_time(byte: int, is_ordered: bool) -> None:
    assert escpos.has_ordered(bytes([byte])) is is_ordered


@pytest.mark.parametrize(
    "byte, state", [(0x03, S.READY), (0x02, S.BUSY), (0xA3, S.PAPER_OUT), (0xC3, S.CUTTER_JAM), (0x83, S.ERROR)]
)
def test_a_dymos_byte(byte: int, state: PrinterState) -> None:
    assert dymo.parse(byte).state is state


@pytest.mark.parametrize(
    "reasons, main, state",
    [
        (["none"], ipp.IDLE, S.READY),
        (["none"], ipp.PROCESSING, S.BUSY),
        (["none"], ipp.STOPPED, S.ERROR),
        (["media-empty-report"], ipp.IDLE, S.PAPER_OUT),
        (["media-needed-warning"], ipp.PROCESSING, S.PAPER_OUT),
        (["door-open-error", "media-low-warning"], ipp.STOPPED, S.COVER_OPEN),
        (["cover-open-report"], ipp.IDLE, S.READY),
        (["media-low"], ipp.IDLE, S.PAPER_LOW),
        (["paused"], ipp.STOPPED, S.PAUSED),
        (["something-new-error"], ipp.IDLE, S.ERROR),
        (["something-new-warning"], ipp.IDLE, S.READY),
        (["offline"], ipp.IDLE, S.OFFLINE),
    ],
)
def test_an_ipp_printers_reasons(reasons: list[str], main: int, state: PrinterState) -> None:
    assert ipp.parse({"printer-state": [main], "printer-state-reasons": reasons}).state is state


def test_one_empty_tray_of_several_keeps_nobody_waiting() -> None:
    printer = {"printer-state-reasons": ["media-empty-report"], "media-source-supported": ["main", "manual"]}
    assert ipp.parse(printer).state is S.READY


def test_a_size_is_found_by_its_millimetres() -> None:
    sizes = [{"x-dimension": [x], "y-dimension": [y]} for x, y in ((10160, 7620), (10200, 7600), (6200, 10000))]
    printer = {"media-size-supported": [*sizes, {"x-dimension": [(100, 2000)], "y-dimension": [(100, 9000)]}]}
    assert ipp.size_for(printer, Media(101.6, 76.2)) == (10160, 7620)
    assert ipp.size_for(printer, Media(61.5, 100.4)) == (6200, 10000)
    assert ipp.size_for(printer, Media(50, 50)) == (5000, 5000)


def test_ipp_values_survive_the_way() -> None:
    size = collection({"x-dimension": Value(Tag.INTEGER, 10160), "y-dimension": Value(Tag.INTEGER, -1)})
    sent = request(
        Operation.PRINT_JOB,
        7,
        {"names": [Value(Tag.NAME, "é"), Value(Tag.NAME, "b")], "yes": Value(Tag.BOOLEAN, True)},
        {"media-col": collection({"media-size": size})},
    )
    message = parse(sent)
    assert message.group(1) == {"names": ["é", "b"], "yes": [True]}
    assert message.group(2) == {"media-col": [{"media-size": [{"x-dimension": [10160], "y-dimension": [-1]}]}]}


@given(st.binary(max_size=200))
def test_no_bytes_upset_a_parser(data: bytes) -> None:
    zebra.parse_hs(data)
    zebra.parse_hqes(data)
    brother.packets(b"\x80\x20" + data)
    escpos.parse(data)
    for junk in (data, b"\x02\x00\x00\x00\x00\x00\x00\x01\x04" + data):
        try:
            parse(junk)
        except ValueError:
            continue


@contextmanager
def an_agent(answer: Callable[[bytes], bytes]) -> Iterator[int]:
    """An SNMP agent that says what it is told to."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as agent:
        agent.bind(("127.0.0.1", 0))

        def serve() -> None:
            while len(question := (received := agent.recvfrom(2048))[0]):
                agent.sendto(answer(question), received[1])

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port: int = agent.getsockname()[1]
        try:
            yield port
        finally:
            agent.sendto(b"", ("127.0.0.1", port))
            thread.join(10)


@pytest.mark.parametrize(
    "answer",
    [
        lambda _question: b"",
        lambda _question: b"\x30\x84\xff\xff\xff\xff",
        lambda question: question,  # no response but our own question
        lambda question: question.replace(b"\xa0", b"\xa2", 1)[:-4],
        lambda question: (
            b"\x30\x20\x02\x01\x01\x04\x06public\xa2\x13\x02\x04\x00\x00\x00\x01"
            + b"\x02\x01\x00" * 2
            + b"\x30\x03\x30\x01\x05"
        ),
    ],
)
def test_what_is_no_answer_to_our_question_is_none(answer: Callable[[bytes], bytes]) -> None:
    with an_agent(answer) as port:
        assert snmp.get("127.0.0.1", ("1.3.6.1.2.1.1.1.0",), port, one_try_s=2) is None


def test_an_answer_to_another_question_is_none() -> None:
    def late(question: bytes) -> bytes:
        at = question.index(b"\xa0")
        number = at + 4
        other = bytes(byte ^ 0x01 for byte in question[number : number + question[at + 3]])
        return question[:at] + b"\xa2" + question[at + 1 : number] + other + question[number + len(other) :]

    with an_agent(late) as port:
        assert snmp.get("127.0.0.1", ("1.3.6.1.2.1.1.1.0",), port, one_try_s=2) is None
    with an_agent(lambda question: question.replace(b"\xa0", b"\xa2", 1)) as port:
        assert snmp.get("127.0.0.1", ("1.3.6.1.2.1.1.1.0",), port, one_try_s=2) == {}, "the same with our number"


def test_a_host_that_is_none_does_not_answer() -> None:
    assert snmp.get("", ("1.3.6.1.2.1.1.1.0",)) is None
    assert snmp.get("127.0.0.1", ("1.3.6.1.2.1.1.1.0",), port=1, one_try_s=0.05) is None
