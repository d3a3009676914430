"""Valid files made wrong, by the number of a case: the same number gives the same bytes on every machine."""

import json
import random
from typing import Any

_WORDS = (
    *(b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1b[2J", b"\r\n", b"{", b"}", b"[", b'"', b"'", b"\\", b"=", b"#", b",", b"\t"),
    *(b"[" * 3_000, b"{'a':" * 500, b"9" * 5_000, b"A" * 3_000, b"../" * 9, b"/etc/passwd", b"%s%n", b"\xe2\x80\xae", b"null"),
    *(
        b"NaN",
        b"-1",
        b"1e999",
        b"-0.0",
        b"true",
        b"[[a]]\n",
        b"[a.b]\n",
        b"a = 1\n",
        b'""',
        b"18446744073709551616",
        b"\xed\xa0\x80",
    ),
)
_VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        2**31,
        2**63,
        2**64,
        -(2**63),
        10**400,
        0.5,
        -0.0,
        1e308,
        float("nan"),
        float("inf"),
        -1e-320,
    ),
    *("", " ", "a", "../../x", "/etc/passwd", "a\0b", "\x1b[31m", "\u202e", "\ud800", "A" * 5_000, "=1+1", "con", "dog", "1"),
    *([], {}, [[]], [None], {"": None}, {"a": {"b": {}}}, [0] * 300, "2026-02-30", "9" * 5_000, "<script>", "${x}", "%", "é"),
)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Bytes of a file with one to six changes; of JSON, half of the time, changes of its values."""
    if data[:1] == b"{" and rng.random() < 0.5:
        lines = data.split(b"\n") if b"\n{" in data else [data]
        at = rng.randrange(len(lines))
        try:
            lines[at] = json.dumps(_changed(json.loads(lines[at]), rng)).encode("utf-8", "surrogatepass")
            return b"\n".join(lines)
        except (ValueError, RecursionError):
            pass
    found = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        _CHANGES[rng.randrange(len(_CHANGES))](found, rng)
    return bytes(found)


def _changed(record: Any, rng: random.Random) -> Any:
    """A JSON value with one to three of its parts, at any depth, replaced, removed, doubled or exchanged."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        parts = list(_parts(record))
        if not parts:
            return rng.choice(_VALUES)
        holder, key = rng.choice(parts)
        match rng.randrange(6):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, dict):
                holder[rng.choice(("", "a", "\x1b", "name", "x" * 300, "1"))] = holder[key]
            case 1:
                holder.append(holder[key])
            case 2:
                other, its = rng.choice(parts)
                if its in other if isinstance(other, dict) else its < len(other):
                    holder[key] = json.loads(json.dumps(other[its]))
            case 3:
                inner: Any = holder[key]
                for _ in range(rng.choice((2, 50, 400))):
                    inner = [inner] if rng.random() < 0.5 else {"a": inner}
                holder[key] = inner
            case _:
                holder[key] = rng.choice(_VALUES)
    return record


def _parts(value: Any) -> Any:
    """(holder, key or index) of every part."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _parts(value[key])


def _flip(data: bytearray, rng: random.Random) -> None:
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _set(data: bytearray, rng: random.Random) -> None:
    if data:
        data[rng.randrange(min(len(data), rng.choice((64, 1_000_000))))] = rng.choice(
            (0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256))
        )


def _insert(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data) + 1)
    data[at:at] = rng.choice(_WORDS)


def _overwrite(data: bytearray, rng: random.Random) -> None:
    at, word = rng.randrange(len(data) + 1), rng.choice(_WORDS)
    data[at : at + len(word)] = word


def _cut(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data) + 1)
    del data[at : at + rng.choice((1, 2, 8, 100, 1_000_000))]


def _zero(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data) + 1)
    end = min(len(data), at + rng.choice((4, 100, 2_000)))
    data[at:end] = bytes(end - at)


def _repeat(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data) + 1)
    part = bytes(data[at : at + rng.choice((1, 16, 500))])
    data[at:at] = part * rng.choice((1, 2, 50))


def _exchange(data: bytearray, rng: random.Random) -> None:
    lines = bytes(data).split(b"\n")
    first, second = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    data[:] = b"\n".join(lines)


_CHANGES = (_flip, _set, _insert, _overwrite, _cut, _zero, _repeat, _exchange)
