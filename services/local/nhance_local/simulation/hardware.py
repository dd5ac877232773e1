"""What nodes are like: their speed, their price, how long they take to come, how soon they go.

Prices are the providers' lists for on-demand Linux in AWS us-east-1 (EC2 "On-Demand Pricing", as of
2025); spot prices and interruptions move, so SPOT_PRICE and PREEMPTIONS_PER_HOUR are assumptions on
the careful side of EC2's "Spot Instance Advisor". Starting times are assumptions as well: a node
that boots and joins, an image that is pulled once on each node, a pod that becomes ready.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SPOT_PRICE = 0.4
"""Share of the list price."""

PREEMPTIONS_PER_HOUR = 0.02
"""Of one spot node."""

SPOT_NOTICE_S = 120.0
"""EC2 User Guide, "Spot Instance interruption notices": two minutes."""

NODE_IDLE_S = 600.0
"""Cluster Autoscaler's ``--scale-down-unneeded-time``."""


class Card(StrEnum):
    T4 = "t4"
    L4 = "l4"
    A10G = "a10g"


@dataclass(frozen=True)
class NodeKind:
    """One instance type: ``room`` is what its pods share, GPUs where it has any, else cores.

    ``of_h100`` is what its card does for one of an H100; 0 where it has none.
    """

    name: str
    room: float
    price_per_hour: float
    boot_s: float
    pull_s: float
    pod_start_s: float
    of_h100: float = 0.0


CPU_NODE = NodeKind("c7i.4xlarge", 15.5, 0.714, boot_s=60.0, pull_s=30.0, pod_start_s=10.0)
"""Sixteen cores, half of one kept for the node's own agents."""


def _of_h100(tflops: float, gigabytes_s: float) -> float:
    """By peak float32 or by the bandwidth of the memory, whichever falls further behind."""
    return min(tflops / 67.0, gigabytes_s / 3350.0)


GPU_NODES = {
    # NVIDIA's datasheets of H100 SXM, T4, L4 and A10 (the A10G's own has none).
    # Eight cores each: a pod that requests four does not fit on a node of four.
    Card.T4: NodeKind("g4dn.2xlarge", 1, 0.752, 120.0, 180.0, 30.0, _of_h100(8.1, 320.0)),
    Card.L4: NodeKind("g6.2xlarge", 1, 0.978, 120.0, 180.0, 30.0, _of_h100(30.3, 300.0)),
    Card.A10G: NodeKind("g5.2xlarge", 1, 1.212, 120.0, 180.0, 30.0, _of_h100(31.2, 600.0)),
}
