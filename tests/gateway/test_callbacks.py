"""Which URLs a job may name, and which addresses are public."""

from __future__ import annotations

from ipaddress import ip_address

import httpx
import pytest
from pydantic import HttpUrl

from nhance_gateway.callbacks import check_callback, is_public
from nhance_gateway.errors import InvalidFields
from nhance_kit.jobs import LONGEST_URL
from nhance_kit.objects import ObjectStore
from nhance_kit.store import JobStore

from .acting import FORM_END, MULTIPART, NOTHING, field, file_head, left_behind

NOT_PUBLIC = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255"),
    *("192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192"),
    *("168.63.129.16", "198.18.0.1", "224.0.0.251", "239.255.255.250", "240.0.0.1"),
    *("255.255.255.255", "192.0.2.1", "192.88.99.1", "::", "::1", "fe80::1", "fe80::1%eth0"),
    *("fec0::1", "fd00:ec2::254", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"),
    *("::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
    *("64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "3fff::1", "5f00::1"),
]
PUBLIC = [
    *("8.8.8.8", "93.184.216.34", "172.15.255.255", "172.32.0.1", "100.128.0.1", "223.255.255.1"),
    *("2606:4700:4700::1111", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"),
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://10.0.0.1:8443/",
        "https://me:secret@example.com/",
        "https://example.com/" + "ü" * 400,  # six characters each, encoded
    ],
)
def test_what_can_be_told_at_once_is_refused_at_once(url: str) -> None:
    with pytest.raises(InvalidFields, match="callback_url"):
        check_callback(HttpUrl(url), allow_loopback=False)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook?a=b",
        "https://8.8.8.8/",
        "https://example.com:8443/",
        "https://" + "a" * (LONGEST_URL - len("https://")),
    ],
)
def test_what_may_be_named(url: str) -> None:
    check_callback(HttpUrl(url), allow_loopback=False)


def test_this_machine_where_it_is_allowed() -> None:
    for url in ("http://127.0.0.1:9000/", "http://localhost/", "https://[::1]/"):
        check_callback(HttpUrl(url), allow_loopback=True)
    for url in ("http://example.com/", "http://10.0.0.1/"):
        with pytest.raises(InvalidFields):
            check_callback(HttpUrl(url), allow_loopback=True)


@pytest.mark.parametrize(
    "url",
    ["http://example.com", "https://10.0.0.1", "ftp://a.test", "nonsense", "https://a:b@a.test"],
)
async def test_a_job_with_another_url_is_refused_before_its_file(
    client: httpx.AsyncClient, objects: ObjectStore, tenant: str, url: str
) -> None:
    content = field("callback_url", url) + file_head() + b"abc" + FORM_END
    reply = await client.post("/v1/jobs", headers=MULTIPART, content=content)
    assert (reply.status_code, reply.json()["errors"][0]["field"]) == (400, "callback_url")
    assert NOTHING == left_behind(objects, tenant)


async def test_a_job_keeps_its_url(client: httpx.AsyncClient, store: JobStore, tenant: str) -> None:
    url = "https://example.com/hook?a=b"
    content = field("callback_url", url) + file_head() + b"abc" + FORM_END
    reply = await client.post("/v1/jobs", headers=MULTIPART, content=content)
    assert (reply.status_code, reply.json()["options"]["callback_url"]) == (202, url)
    (job,) = await store.newest(tenant, 1)
    assert url == str(job.options.callback_url)
