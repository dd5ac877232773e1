"""The sizes that `look` comes in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LookConfig:
    """Sizes of the network."""

    size: int = 48  # K, what a look knows of how to render; `steering.py` adds to it in a servable
    thumbnail: int = 64
    channels: int = 16
    context_channels: int = 48
    blocks: int = 2
    curve: int = 3  # coefficients of the tone curve
    tail: int = 3  # kernel of the last convolution
    smooth: bool = True  # whether places can be smoothed


PRESETS = {
    "look": LookConfig(),
    "look-live": LookConfig(context_channels=24, blocks=0, curve=2, tail=1, smooth=False),
}
