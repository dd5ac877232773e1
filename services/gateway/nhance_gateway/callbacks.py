"""Where results may be told to: which URLs and which addresses, as pure functions."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from pydantic import HttpUrl

from nhance_gateway.errors import FieldError, InvalidFields
from nhance_kit.jobs import LONGEST_URL

Address = IPv4Address | IPv6Address

CALLBACK_FIELD = "callback_url"

# What is no part of the public Internet: IANA's special-purpose registries (RFC 6890 and later),
# multicast, and what is reserved. Written out, since Python's own list differs between versions.
_NOT_PUBLIC_V4 = tuple(
    map(
        ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
            *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24"),
            *("192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
            *("224.0.0.0/4", "240.0.0.0/4"),
            "168.63.129.16/32",  # Azure's platform, metadata among it, at a public address
        ),
    )
)
_PUBLIC_V6 = ip_network("2000::/3")
_NOT_PUBLIC_V6 = tuple(
    map(
        ip_network,
        (
            "2001::/23",  # protocol assignments, Teredo and ORCHID among them
            "2001:db8::/32",
            "2002::/16",  # 6to4
            "3fff::/20",
        ),
    )
)
_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address


def is_public(address: Address) -> bool:
    """Whether anybody on the Internet could have this address; one inside another decides."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    if address.scope_id is not None:
        return False
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    return address in _PUBLIC_V6 and not any(address in network for network in _NOT_PUBLIC_V6)


def check_callback(url: HttpUrl | None, *, allow_loopback: bool) -> None:
    """Raises InvalidFields unless a job may be told of at ``url``.

    Where a name leads is looked at when it is used, since that may change; an address that is
    written out is refused at once.
    """
    if url is None:
        return
    if url.username or url.password:
        raise InvalidFields([FieldError(CALLBACK_FIELD, "must not hold a user name or password")])
    # As it is kept: with other characters than ASCII's encoded, and a slash after a bare name.
    if len(str(url).removesuffix("/")) > LONGEST_URL:
        message = f"must not be longer than {LONGEST_URL} characters"
        raise InvalidFields([FieldError(CALLBACK_FIELD, message)])
    host = (url.host or "").strip("[]")
    try:
        address = ip_address(host)
    except ValueError:
        address = None
    loopback = host == "localhost" or (address is not None and address.is_loopback)
    if loopback and allow_loopback:
        return
    if loopback or (address is not None and not is_public(address)):
        raise InvalidFields([FieldError(CALLBACK_FIELD, "names no public address")])
    if url.scheme != "https":
        raise InvalidFields([FieldError(CALLBACK_FIELD, "must begin with https://")])
