"""Ways to write an address that must not be reached, as URLs towards a port."""

from __future__ import annotations

LOOPBACK_HOSTS = (
    "127.0.0.1",
    "127.0.0.2",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0x7f.1",
    "0x7f.0x0.0x0.0x1",
    "0177.0.0.1",
    "0177.0.0.01",
    "0",
    "0.0.0.0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "127.0.0.1.",
    "①②⑦.⓪.⓪.①",
    "１２７.０.０.１",
    "127。0。0。1",
    "%31%32%37.0.0.1",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001::7f00:1]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[fec0::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
)
OTHER_HOSTS = (
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.169.254",
    "169.254.169.254.",
    "2852039166",
    "0xa9fea9fe",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[2001:db8::1]",
    "[3fff::1]",
    "[100::1]",
    "[5f00::1]",
)
WRONG_URLS = (
    "http://127.0.0.1\\@{host}/",
    "http://user:word@{host}/",
    "http://user@{host}/",
    "//{host}/",
    "ftp://{host}/",
    "file:///etc/passwd",
    "gopher://{host}/",
    "http:///",
    "http://",
    "javascript:alert(1)",
    "data:text/html,hi",
    "http://{host}:22/",
    "http://{host}:6379/",
    "http://{host}:99999/",
    "http://{host}:-1/",
    "http://{host} /",
    "http://{host}\n/",
    "http://{host}/\x00",
    "http://" + "a" * 3_000 + "/",
    "",
)


INNER_ADDRESSES = (
    "127.0.0.1",
    "10.1.2.3",
    "172.20.0.5",
    "192.168.1.1",
    "169.254.169.254",
    "100.100.100.200",
    "168.63.129.16",
    "0.0.0.0",
)


def rewritten(address: str) -> list[str]:
    """One inner IPv4 address in every way resolvers and libraries have been known to read: other bases, fewer or longer
    parts, digits of other scripts, escapes, dots that are no dots, and inside IPv6."""
    parts = [int(part) for part in address.split(".")]
    a, b, c, d = parts
    whole, low = (a << 24) | (b << 16) | (c << 8) | d, (c << 8) | d
    wide = address.translate({ord("0") + n: ord("０") + n for n in range(10)})
    return [
        str(whole),
        f"{whole:#x}",
        f"0X{whole:X}",
        f"0{whole:o}",
        f"{whole + 2**32}",
        ".".join(f"{part:#x}" for part in parts),
        ".".join(f"0{part:o}" for part in parts),
        ".".join(f"{part:04d}" for part in parts),
        f"{a}.{b}.{low}",
        f"{a}.{(b << 16) | low}",
        f"{a:#x}.{b}.0{c:o}.{d}",
        f"{address}.",
        f"{address}..",
        wide,
        address.replace(".", "。"),
        address.replace(".", "．"),
        address.replace(".", "｡"),
        address.replace(".", "%2e"),
        "".join(f"%{ord(character):02x}" for character in address),
        address.replace("1", "①", 1) if "1" in address else address.replace("0", "⓪", 1),
        f"{address}%00",
        f"{address}\u200b",
        f"{a}\u00ad.{b}.{c}.{d}",
        f"[::ffff:{address}]",
        f"[::ffff:{whole >> 16:x}:{low:x}]",
        f"[::FFFF:{address}]",
        f"[0:0:0:0:0:ffff:{whole >> 16:x}:{low:x}]",
        f"[::ffff:0:{address}]",
        f"[::{address}]",
        f"[::{whole >> 16:x}:{low:x}]",
        f"[64:ff9b::{address}]",
        f"[64:ff9b::{whole >> 16:x}:{low:x}]",
        f"[64:ff9b:1::{address}]",
        f"[2002:{whole >> 16:x}:{low:x}::]",
        f"[2002:{whole >> 16:x}:{low:x}::1]",
        f"[2001:0:{whole >> 16:x}:{low:x}::]",
        f"[2001::{~whole >> 16 & 0xFFFF:x}:{~low & 0xFFFF:x}]",
        f"[fe80::5efe:{address}]",
        f"[::ffff:{address}%25lo]",
    ]


def hosts() -> list[str]:
    """Every spelling of a forbidden host, each once."""
    spelled = (spelling for address in INNER_ADDRESSES for spelling in rewritten(address))
    return list(dict.fromkeys([*LOOPBACK_HOSTS, *OTHER_HOSTS, *spelled]))


def urls(port: int) -> list[str]:
    """Every spelling of a forbidden host, towards a port; the addresses themselves with tricks around them."""
    plain = [f"http://{host}:{port}/secret" for host in hosts()]
    tricks = (
        "HTTP://{0}:{1}/secret", "http://{0}:{1}?.example.org/", "http://{0}:{1}#@example.org/", "http:////{0}:{1}/secret",
        "http://example.org@{0}:{1}/", "http://{0}:{1}\\@example.org/", "http://{0}:000{1}/secret", "http:\\\\{0}:{1}/secret",
        "https://{0}:{1}/secret",
    )  # fmt: skip
    return plain + [trick.format(address, port) for address in INNER_ADDRESSES for trick in tricks]
