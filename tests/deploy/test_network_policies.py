"""Who may reach whom. What is not named is refused; what opens strangers' videos has no way out."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from tests.deploy.rendered import Object, named, overlay

POLICIES = named(overlay("prod-example"), "NetworkPolicy")
PODS = {
    name: found["spec"]["template"]["metadata"]["labels"]
    for name, found in named(overlay("prod-example"), "Deployment").items()
}
STORES = [
    {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "seaweedfs"}}},
    {"podSelector": {"matchLabels": {"cnpg.io/cluster": "nhance-database"}}},
]
DNS = {
    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
    "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
}
EXAMPLE_S3 = {"ipBlock": {"cidr": "10.20.255.0/28"}}


def selects(policy: Object, labels: dict[str, str]) -> bool:
    selector = policy["spec"]["podSelector"]
    return all(
        labels.get(key) == value for key, value in selector.get("matchLabels", {}).items()
    ) and all(
        labels.get(each["key"]) in each["values"] for each in selector.get("matchExpressions", [])
    )


def rules(name: str, direction: str) -> list[dict[str, Any]]:
    """All that any policy lets the pods of a workload do."""
    found: list[dict[str, Any]] = []
    for policy in POLICIES.values():
        if selects(policy, PODS[name]) and direction.capitalize() in policy["spec"]["policyTypes"]:
            found += policy["spec"].get(direction, [])
    return found


def test_what_no_policy_names_is_refused() -> None:
    spec = POLICIES["nothing"]["spec"]
    assert {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} == spec


@pytest.mark.parametrize("name", ["gateway", "ingest", "enhance-cpu", "enhance-gpu", "mux"])
def test_there_is_no_way_out_but_to_the_stores_and_to_names(name: str) -> None:
    reached = [peer for rule in rules(name, "egress") for peer in rule["to"]]
    assert sorted(map(str, [*STORES, DNS, EXAMPLE_S3])) == sorted(map(str, reached))
    ports = {port["port"] for rule in rules(name, "egress") for port in rule["ports"]}
    assert {53, 443, 5432, 8333} == ports


def test_webhooks_reach_the_public_and_nobody_private() -> None:
    blocks = [
        peer["ipBlock"] for rule in POLICIES["webhooks"]["spec"]["egress"] for peer in rule["to"]
    ]

    def reached(address: str) -> bool:
        found = ip_address(address)
        return any(
            found in ip_network(block["cidr"])
            and not any(found in ip_network(each) for each in block.get("except", []))
            for block in blocks
        )

    for public in ("1.1.1.1", "93.184.216.34", "2606:4700::1111"):
        assert reached(public)
    for private in (
        *("10.0.0.1", "172.16.9.9", "192.168.1.1", "127.0.0.1", "169.254.169.254"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "fd00::1", "fe80::1"),
    ):
        assert not reached(private)


def test_the_gateway_is_reached_by_all_and_the_others_for_their_figures_alone() -> None:
    monitoring = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}
    }
    for name in PODS:
        open_to_all = [rule for rule in rules(name, "ingress") if "from" not in rule]
        assert (name == "gateway") == bool(open_to_all)
        peers = [peer for rule in rules(name, "ingress") for peer in rule.get("from", [])]
        assert [monitoring] == peers
    (rule,) = (rule for rule in rules("gateway", "ingress") if "from" not in rule)
    assert [{"port": "http"}] == rule["ports"], "and its figures by nobody but those"
