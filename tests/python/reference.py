"""A slow and obvious event-stream parser: the second opinion that the fast one must agree with.

It takes the three steps of the standard one after the other, each over the whole body: bytes to lines, lines to
fields, fields to frames. "Point N" is a point of the standard as numbered in docs/explanation/sse-standard.md. Nothing here is
shared with the library, and nothing here may become clever.
"""

BOM = b"\xef\xbb\xbf"
MAX_RETRY_MS = 2**64 - 1


def lines_of(body: bytes) -> list[tuple[str, int]]:
    """Every finished line, decoded, with the offset of the byte behind its end.

    Line ends are ASCII, and an ASCII byte always breaks a UTF-8 sequence, so that splitting first and decoding
    afterwards gives what the standard gets by decoding first (points 3, 4). What follows the last line end is no
    line (point 8).
    """
    start = at = len(BOM) if body.startswith(BOM) else 0  # point 2
    lines = []
    while at < len(body):
        if body[at : at + 2] == b"\r\n":
            size = 2
        elif body[at : at + 1] in (b"\r", b"\n"):
            size = 1
        else:
            at += 1
            continue
        lines.append((body[start:at].decode("utf-8", errors="replace"), at + size))  # points 1, 3, 5, 6
        start = at = at + size
    return lines


def field_of(line: str) -> tuple[str, str]:
    """Name and value (points 11 to 13). A comment (point 10) comes out with an empty name, which no field has."""
    name, _, value = line.partition(":")
    return name, value.removeprefix(" ")


def retry_of(value: str) -> int | None:
    """Milliseconds, or None for a value to be ignored (point 18)."""
    if not (value.isascii() and value.isdigit()):
        return None
    digits = value.lstrip("0") or "0"  # int() refuses more than 4300 digits, zeros included
    return int(digits) if len(digits) <= 20 and int(digits) <= MAX_RETRY_MS else None


def parse(body: bytes) -> tuple[list[dict], dict]:
    """The frames of a whole body and its end, as the answers in tests/streams/ write them."""
    frames, last_event_id, retry_ms, behind_blank_line = [], "", None, 0
    event, data, id_buffer, retry = "", None, "", None
    for line, offset in lines_of(body):
        if line == "":  # point 9
            last_event_id = id_buffer  # point 19
            if data is not None:  # points 20 to 22
                frames.append({"event": event or "message", "data": data[:-1], "id": last_event_id, "retry": retry})
            event, data, retry, behind_blank_line = "", None, None, offset  # point 24
            continue
        name, value = field_of(line)
        if name == "event":
            event = value  # point 15
        elif name == "data":
            data = (data or "") + value + "\n"  # point 16
        elif name == "id" and "\0" not in value:
            id_buffer = value  # point 17
        elif name == "retry" and retry_of(value) is not None:
            retry = retry_ms = retry_of(value)  # point 18; any other name: point 14
    tail_bytes = len(body) - behind_blank_line  # point 23
    return frames, {"last_event_id": last_event_id, "retry_ms": retry_ms, "tail_bytes": tail_bytes}
