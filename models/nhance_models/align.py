"""Registered patch pairs out of two cameras' photos of the same scenes.

As the authors of DPED made theirs (Ignatov et al., ICCV 2017, section 3): SIFT features matched
between the photos (Lowe, IJCV 2004), a homography by RANSAC (Fischler and Bolles, CACM 1981),
patches of the part that both show, each shifted by a few pixels to where the two agree best, and
rejected where they agree too little.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from skimage.feature import SIFT, match_descriptors, match_template
from skimage.measure import ransac
from skimage.transform import ProjectiveTransform, warp

from nhance_models.data import Pixels, read_photo
from nhance_models.pairs import photos_of

Grey = npt.NDArray[np.float32]

SHIFT = 5  # pixels that a patch may move
_MATCHED_AT = 800  # long side at which features are found
_RATIO = 0.8  # nearest to second-nearest feature, above which a match is ambiguous
_TOLERANCE = 2.0  # pixels by which a match may miss the homography
_LEAST_MATCHES = 20
_FLAT = 0.01  # standard deviation of grey 0..1 below which a patch shows nothing to agree on


@dataclass(frozen=True)
class Patch:
    """A part of a scene as both cameras saw it: uint8 [P,P,3] each."""

    top: int
    left: int
    source: Pixels
    target: Pixels
    correlation: float


def scenes(shots_a: Path, shots_b: Path) -> list[tuple[str, Path, Path]]:
    """Name and photos of every scene that both folders hold; ValueError when there is none."""
    others = {path.stem: path for path in photos_of(shots_b)}
    found = [(p.stem, p, others[p.stem]) for p in photos_of(shots_a) if p.stem in others]
    if not found:
        raise ValueError(f"{shots_a} and {shots_b} share no names: call a scene's photos alike")
    return found


def patches(shot_a: Path, shot_b: Path, side: int, least: float, long_side: int) -> Iterator[Patch]:
    """The patches of one scene, from above and left, side by side without overlap.

    Photos are reduced to `long_side` if larger; the second is brought to the first one's geometry.
    ValueError when the photos can't be matched.
    """
    source, target = read_photo(shot_a, long_side), read_photo(shot_b, long_side)
    to_target = homography(_grey(source), _grey(target))
    target, to_target = _at_scale(target, to_target)
    height, width = source.shape[:2]
    warped = warp(target, to_target, output_shape=(height, width), order=3, cval=np.nan)
    shown = np.isfinite(warped[..., 0])
    warped = np.nan_to_num(warped).clip(0, 1).astype(np.float32)
    seen = _grey(source), warped.mean(axis=-1)
    for top in range(SHIFT, height - side - SHIFT + 1, side):
        for left in range(SHIFT, width - side - SHIFT + 1, side):
            around = (
                slice(top - SHIFT, top + side + SHIFT),
                slice(left - SHIFT, left + side + SHIFT),
            )
            one = seen[0][top : top + side, left : left + side]
            if not shown[around].all() or min(one.std(), seen[1][around].std()) < _FLAT:
                continue
            agreement = match_template(seen[1][around], one)
            down, right = np.unravel_index(int(agreement.argmax()), agreement.shape)
            best = float(agreement[down, right])
            if best < least:
                continue
            part = warped[around][down : down + side, right : right + side]
            pixels = np.round(part * 255).astype(np.uint8)
            yield Patch(top, left, source[top : top + side, left : left + side], pixels, best)


def homography(source: Grey, target: Grey) -> ProjectiveTransform:
    """From the pixels (x, y) of one grey picture to those of another of the same scene.

    ValueError when fewer than twenty features agree on one.
    """
    points, descriptors = _features(source)
    other_points, other_descriptors = _features(target)
    pairs = match_descriptors(descriptors, other_descriptors, max_ratio=_RATIO, cross_check=True)
    if len(pairs) >= _LEAST_MATCHES:
        model, agreeing = ransac(
            (points[pairs[:, 0]], other_points[pairs[:, 1]]),
            ProjectiveTransform,
            min_samples=4,
            residual_threshold=_TOLERANCE,
            max_trials=2000,
            rng=0,
        )
        if isinstance(model, ProjectiveTransform) and agreeing.sum() >= _LEAST_MATCHES:
            return model
    raise ValueError("too few features agree: do both photos show the same scene?")


def _features(grey: Grey) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.uint8]]:
    """Places (x, y) in the picture's own pixels, and their descriptors."""
    height, width = grey.shape
    scale = min(1.0, _MATCHED_AT / max(height, width))
    size = (round(width * scale), round(height * scale))
    small = np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BOX))
    sift = SIFT()
    try:
        sift.detect_and_extract(small)
    except RuntimeError as error:  # a picture without features
        raise ValueError("a photo shows nothing to match") from error
    # A pixel's centre is at a half.
    places = (np.asarray(sift.keypoints)[:, ::-1] + 0.5) * (width / size[0], height / size[1]) - 0.5
    return places, np.asarray(sift.descriptors)


def _at_scale(target: Pixels, to_target: ProjectiveTransform) -> tuple[Pixels, ProjectiveTransform]:
    """A target with more pixels than the source is reduced first, so that none is skipped."""
    scale = 1 / np.sqrt(abs(np.linalg.det(to_target.params[:2, :2])))
    if scale >= 1:
        return target, to_target
    height, width = target.shape[:2]
    size = (round(width * scale), round(height * scale))
    reduced = np.asarray(Image.fromarray(target).resize(size, Image.Resampling.BOX))
    across, down = size[0] / width, size[1] / height
    shrink = np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]])
    return reduced, ProjectiveTransform(shrink @ to_target.params)


def _grey(pixels: Pixels) -> Grey:
    return np.asarray(pixels.mean(axis=-1) / 255, np.float32)
