"""Which addresses a watch may call."""

import contextlib
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.errors import HasPassword, NotAnAddress, NotHttps, NotPublic, WebhookError, WebhooksOff
from web.guard import check_url, host_of, is_public


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/alerts?key=a%20b",
        "HTTPS://EXAMPLE.ORG",
        "https://example.org:8443/",
        "https://münchen.example/ö",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
        "https://[::ffff:8.8.8.8]/",
        "https://[64:ff9b::808:808]/",
    ],
)
def test_public_https_addresses_may_be_called(url):
    assert check_url(url, "public").scheme == "https"


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "255.255.255.255"),
        *("169.254.169.254", "100.64.0.1", "224.0.0.1", "240.0.0.1", "192.0.2.1", "198.18.0.1"),
        *("[::1]", "[::]", "[fe80::1]", "[fe80::1%eth0]", "[fe80::1%25eth0]", "[fd00::1]", "[ff02::1]", "[fec0::1]"),
        *("[::ffff:127.0.0.1]", "[::ffff:a00:1]", "[::127.0.0.1]", "[2002:7f00:1::]", "[2002:c0a8:101::1]"),
        *("[64:ff9b::7f00:1]", "[64:ff9b::10.0.0.1]", "[64:ff9b:1::a00:1]", "[2001:0:808:808:0:0:f5ff:fffe]"),
        *("[2606:4700::1111%1]", "[2606:4700::1111%25lo]", "[::ffff:8.8.8.8%1]"),
        *("[2001:db8::1]", "[100::1]", "１２７.0.0.1", "①②⑦.0.0.1", "127。0。0。1"),
    ],
)
def test_addresses_of_ones_own_network_may_not_in_whatever_form(host):
    with pytest.raises(NotPublic):
        check_url(f"https://{host}/", "public")


@pytest.mark.parametrize(
    "host",
    [
        *("2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "127.1", "127.0.0.1.", "0", "1.2.3.4.5"),
        *(
            "%31%32%37.0.0.1",
            "example.org:0",
            "example.org:99999",
            "example.org:x",
            "",
            ".",
            "a..b",
            "a" * 64,
            "[::1",
            "[]@",
        ),
        *("exa mple.org", "example.org\\@127.0.0.1", "example.org/\n", "example.org/\0", "[v1.x]%0d%0a"),
        "example.org/" + "a" * 2048,
    ],
)
def test_what_is_not_plainly_an_address_is_none(host):
    with pytest.raises(NotAnAddress):
        check_url(f"https://{host}", "public")


@pytest.mark.parametrize("text", ["", "example.org", "ftp://example.org", "javascript:alert(1)", "//example.org", "火"])
def test_other_things_are_no_addresses(text):
    with pytest.raises(NotAnAddress):
        check_url(text, "any")


def test_what_is_wrong_is_told_apart():
    with pytest.raises(NotHttps):
        check_url("http://example.org", "public")
    for who in ("ada:secret@", "ada@", ":@"):
        with pytest.raises(HasPassword):
            check_url(f"https://{who}example.org", "any")
    with pytest.raises(WebhooksOff):
        check_url("https://example.org", "off")


def test_where_anything_is_allowed_ones_own_network_is():
    for url in ("http://127.0.0.1:8123/api", "http://[::1]/", "http://nas/hook", "https://192.168.1.1/"):
        assert str(check_url(url, "any")) == url


@given(st.ip_addresses(v=4))
def test_an_address_within_another_counts_as_itself(address):
    for form in (
        f"::ffff:{address}",
        f"64:ff9b::{address}",
        f"2002:{int(address) >> 16:x}:{int(address) & 0xFFFF:x}::",
    ):
        assert is_public(ip_address(form)) == is_public(address)
    assert not is_public(ip_address(f"::{address}"))


@given(st.text())
def test_no_text_is_too_odd_to_be_judged(text):
    with contextlib.suppress(WebhookError):
        check_url(f"https://{text}", "public")
    assert isinstance(host_of(text), str)


def test_of_an_address_only_its_host_is_told():
    assert host_of("https://ada:pw@example.org:1/secret?token=1") == "example.org"
    assert host_of("https://[::1") == host_of("https://[]@") == "?"
