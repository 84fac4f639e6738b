"""S3: which addresses may be reached, decided before any socket exists."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.verification.address_guard import Allowed, forbidden_address, forbidden_url

PUBLIC = ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001:80b::200e", "::ffff:1.1.1.1"]
INSIDE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.8.8.8", "168.63.129.16",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.8", "192.0.0.9", "192.0.2.1", "192.88.99.1",
    "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.9", "224.0.0.1", "239.255.255.255",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:7f00:1::", "2001:10::1", "2001:20::1",
    "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0",
    "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_S3_public_addresses_may_be_reached(address: str) -> None:
    assert forbidden_address(address) == ""


@pytest.mark.parametrize("address", INSIDE)
def test_S3_addresses_inside_networks_may_not(address: str) -> None:
    assert forbidden_address(address)


@given(some.ip_addresses(v=4))
def test_S3_an_address_in_ipv6_clothes_is_judged_as_what_it_is(address: ipaddress.IPv4Address) -> None:
    assert forbidden_address(f"::ffff:{address}") == forbidden_address(str(address))
    assert forbidden_address(f"64:ff9b::{address}")
    assert forbidden_address(f"::{address}")


@given(some.ip_addresses(v=6))
def test_S3_of_ipv6_only_global_unicast_passes(address: ipaddress.IPv6Address) -> None:
    if forbidden_address(str(address)) == "" and address.ipv4_mapped is None:
        assert address in ipaddress.IPv6Network("2000::/3")
        assert address.is_global


@pytest.mark.parametrize("word", ["", "localhost", "127.1", "0x7f000001", "2130706433", "1.2.3.4.5"])
def test_S3_what_is_no_address_never_passes(word: str) -> None:
    assert forbidden_address(word)


@pytest.mark.parametrize("port", [80, 443, 8080, 8443])
def test_S3_web_ports_pass(port: int) -> None:
    assert forbidden_address("1.1.1.1", port) == ""
    assert forbidden_url(f"https://a.example:{port}/") == ""


@pytest.mark.parametrize("port", [1, 21, 22, 25, 5432, 6379, 9092, 65535])
def test_S3_other_ports_do_not(port: int) -> None:
    assert "port" in forbidden_address("1.1.1.1", port)
    assert "port" in forbidden_url(f"https://a.example:{port}/")


def test_S3_an_exception_opens_its_own_door_and_no_other() -> None:
    allowed = Allowed.parse(["127.0.0.1:8099", " [::1]:8098 ", ""])
    assert forbidden_address("127.0.0.1", 8099, allowed) == ""
    assert forbidden_address("::ffff:127.0.0.1", 8099, allowed) == ""
    assert forbidden_address("::1", 8098, allowed) == ""
    for address, port in (
        ("127.0.0.1", 8098),
        ("127.0.0.2", 8099),
        ("::1", 8099),
        ("10.0.0.1", 8099),
        ("1.1.1.1", 8099),
    ):
        assert forbidden_address(address, port, allowed), (address, port)


def test_S3_a_further_port_opens_no_inner_address() -> None:
    allowed = Allowed.parse(["*:8000"])
    assert forbidden_address("1.1.1.1", 8000, allowed) == ""
    assert forbidden_address("127.0.0.1", 8000, allowed)


@pytest.mark.parametrize("entry", ["127.0.0.1", "localhost:80", "example.org:80", "127.0.0.1:x", "10.0.0.0/8:80"])
def test_an_exception_that_is_not_understood_is_an_error(entry: str) -> None:
    with pytest.raises(ValueError):
        Allowed.parse([entry])


@pytest.mark.parametrize("host", ["127%2e0%2e0%2e1", "%31%32%37.0.0.1", "a%00b.example", "exa%6dple.org%2f"])
def test_S3_a_host_that_is_no_name_is_not_even_looked_up(host: str) -> None:
    assert forbidden_url(f"http://{host}/") in {"the address names no host", "not a web address"}
    assert forbidden_url("http://bücher.example/") == ""
    assert forbidden_url("http://[2606:4700::1]/") == ""
