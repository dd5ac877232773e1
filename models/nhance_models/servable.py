"""SavedModels with the signatures that the workers call.

`enhance`: luma uint8 [N,H,W,1], chroma uint8 [N,ceil(H/2),ceil(W/2),2], yuv_to_rgb float32 [3,4]
(see `colour.py`), strength float32 [] (0 gives the input back exactly, 1 is the whole change) and,
where the model has one, look float32 [N,K]; returns luma and chroma. `look`: luma, chroma,
yuv_to_rgb; returns look: how to render, and at its end the course of the means (`steering.py`).
`serving_default`: frames float32 [N,H,W,3], RGB 0..1; returns enhanced.
"""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from nhance_models import (
    about,
    canonical,
    colour,
    dped,
    folding,
    look,
    rendering,
    steering,
    warmup,
)
from nhance_models.about import About

LUMA = tf.TensorSpec([None, None, None, 1], tf.uint8, "luma")
CHROMA = tf.TensorSpec([None, None, None, 2], tf.uint8, "chroma")
YUV_TO_RGB = tf.TensorSpec([3, 4], tf.float32, "yuv_to_rgb")
STRENGTH = tf.TensorSpec([], tf.float32, "strength")
FRAMES = tf.TensorSpec([None, None, None, 3], tf.float32, "frames")

# Between them TensorFlow keeps a variable's name in what `export` saves.
_KEY_BEGINS, _KEY_ENDS = "weights/", "/.ATTRIBUTES/VARIABLE_VALUE"

Output = dict[str, tf.Tensor]


@dataclass(frozen=True)
class Servable:
    """The signatures of one model, by name, the variables that they use, and what to know."""

    signatures: Mapping[str, Any]
    variables: Mapping[str, tf.Variable]
    about: About


def _traced(
    enhance: Callable[..., Output],
    serving_default: Callable[..., Output],
    *look_spec: tf.TensorSpec,
) -> dict[str, Any]:
    """The two signatures that every model has."""
    planes = [LUMA, CHROMA, YUV_TO_RGB, STRENGTH, *look_spec]
    return {
        "enhance": tf.function(enhance, input_signature=planes),
        "serving_default": tf.function(serving_default, input_signature=[FRAMES]),
    }


def identity() -> Servable:
    """Planes and frames returned untouched: for tests, and for measuring all but the model."""

    def enhance(
        luma: tf.Tensor, chroma: tf.Tensor, yuv_to_rgb: tf.Tensor, strength: tf.Tensor
    ) -> Output:
        return {"luma": tf.identity(luma), "chroma": tf.identity(chroma)}

    def serving_default(frames: tf.Tensor) -> Output:
        return {"enhanced": tf.identity(frames)}

    return Servable(_traced(enhance, serving_default), {}, About("Any frames, which it leaves.", 0))


def dped_servable(weights: Mapping[str, colour.Array]) -> Servable:
    """DPED, one frame after the other, so that its memory does not depend on how many come."""
    variables = {
        name: tf.Variable(value, name=name, trainable=False) for name, value in weights.items()
    }

    def enhance(
        luma: tf.Tensor, chroma: tf.Tensor, yuv_to_rgb: tf.Tensor, strength: tf.Tensor
    ) -> Output:
        def one(planes: tuple[tf.Tensor, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
            y, uv = planes[0][None], planes[1][None]
            rgb = dped.generate(
                variables, tf.clip_by_value(colour.nv12_to_rgb(y, uv, yuv_to_rgb), 0.0, 1.0)
            )
            enhanced = colour.rgb_to_nv12(rgb, yuv_to_rgb)
            return _blend(y, enhanced[0], strength)[0], _blend(uv, enhanced[1], strength)[0]

        luma, chroma = tf.map_fn(one, (luma, chroma), parallel_iterations=1)
        return {"luma": luma, "chroma": chroma}

    def serving_default(frames: tf.Tensor) -> Output:
        def one(frame: tf.Tensor) -> tf.Tensor:
            return dped.generate(variables, frame[None])[0]

        return {"enhanced": tf.map_fn(one, frames, parallel_iterations=1)}

    note = "SDR frames like those of the phone that it was trained for; each on its own."
    return Servable(_traced(enhance, serving_default), variables, About(note, dped.multiply_adds()))


def _blend(plane: tf.Tensor, enhanced: tf.Tensor, strength: tf.Tensor) -> tf.Tensor:
    before = tf.cast(plane, tf.float32)
    return colour.to_codes(before + strength * (tf.cast(enhanced, tf.float32) - before))


def _share(before: folding.Planes, after: tf.Tensor, strength: tf.Tensor) -> tf.Tensor:
    """Cells a share of the way; the whole way, which is usual, costs nothing."""

    def blend() -> tf.Tensor:
        cells = tf.concat(before, axis=-1)
        return cells + strength * (after - cells)

    return tf.cond(tf.equal(strength, 1.0), lambda: after, blend)


def look_servable(weights: Mapping[str, tf.Tensor], sizes: look.LookConfig) -> Servable:
    """`look`, for frames of any size from 16x16 pixels."""
    variables = {
        name: tf.Variable(value, name=name, trainable=False) for name, value in weights.items()
    }
    length = sizes.size + steering.SIZE

    def glance(luma: tf.Tensor, chroma: tf.Tensor) -> tf.Tensor:
        side = [sizes.thumbnail, sizes.thumbnail]
        small = [tf.image.resize(plane, side, "area") for plane in (luma, chroma)]
        to_rgb = tf.linalg.inv(colour.ycbcr_matrix("bt601"))
        thumbnail = tf.clip_by_value(
            tf.tensordot(tf.concat(small, -1), to_rgb, [[-1], [1]]), 0.0, 1.0
        )
        noise = look.measure_noise(luma, chroma)
        return look.look(variables, thumbnail, noise)

    def enhance(
        luma: tf.Tensor,
        chroma: tf.Tensor,
        yuv_to_rgb: tf.Tensor,
        strength: tf.Tensor,
        look: tf.Tensor,
    ) -> Output:
        codes = rendering.Codes.of(yuv_to_rgb)

        # One after the other, because a look goes into the kernels of its frame.
        def one(frame: tuple[tf.Tensor, tf.Tensor, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
            y, uv, vector = (part[None] for part in frame)
            seen, numbers = vector[:, : sizes.size], vector[:, sizes.size :]
            cells = folding.fold(*canonical.pad(y, uv))
            course = steering.Course.read(numbers)
            rendered = rendering.render(variables, sizes, codes, cells, seen, course)
            new_y, new_uv = folding.unfold(_share(cells, rendered, strength))
            size, half = tf.shape(y), tf.shape(uv)
            return new_y[0, : size[1], : size[2]], new_uv[0, : half[1], : half[2]]

        luma, chroma = tf.map_fn(
            one,
            (luma, chroma, look),
            parallel_iterations=1,
            fn_output_signature=(
                tf.TensorSpec(LUMA.shape[1:], tf.uint8),
                tf.TensorSpec(CHROMA.shape[1:], tf.uint8),
            ),
        )
        return {"luma": luma, "chroma": chroma}

    def glance_at_codes(luma: tf.Tensor, chroma: tf.Tensor, yuv_to_rgb: tf.Tensor) -> Output:
        codes = rendering.Codes.of(yuv_to_rgb)

        def one(frame: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
            y, uv = (part[None] for part in frame)
            seen = glance(*canonical.from_codes(y, uv, yuv_to_rgb))
            cells = folding.fold(*canonical.pad(y, uv))
            rendered = rendering.render(variables, sizes, codes, cells, seen)
            course = steering.Course.of(cells, rendered)
            return tf.concat([seen, course.numbers()], axis=-1)[0]

        spec = tf.TensorSpec([length], tf.float32)
        looks = tf.map_fn(one, (luma, chroma), parallel_iterations=1, fn_output_signature=spec)
        return {"look": looks}

    def serving_default(frames: tf.Tensor) -> Output:
        def one(frame: tf.Tensor) -> tf.Tensor:
            luma, chroma = canonical.from_rgb(frame[None])
            padded = canonical.pad(luma, chroma)
            rendered = look.render(variables, sizes, *padded, glance(luma, chroma))
            size = tf.shape(frame)
            change = canonical.to_rgb(
                *(new - old for new, old in zip(rendered, padded, strict=True))
            )
            return tf.clip_by_value(frame + change[0, : size[0], : size[1]], 0.0, 1.0)

        return {"enhanced": tf.map_fn(one, frames, parallel_iterations=1)}

    signatures = _traced(
        enhance, serving_default, tf.TensorSpec([None, length], tf.float32, "look")
    )
    signatures["look"] = tf.function(glance_at_codes, input_signature=[LUMA, CHROMA, YUV_TO_RGB])
    note = "Frames of any phone from 16x16 pixels on, in any YCbCr matrix and range."
    return Servable(signatures, variables, About(note, rendering.cost(sizes)))


def next_version(servables: Path, name: str) -> int:
    """The version that follows those of a servable that are there."""
    versions = [int(p.name) for p in (servables / name).glob("*") if p.name.isdecimal()]
    return max(versions, default=0) + 1


def check_name(name: str) -> None:
    """Raises ValueError when a servable can't be called that."""
    if not name or name.startswith(".") or set(name) & set("/\\\0"):
        raise ValueError(f"{name!r} can't be the name of a servable: it must be one folder name")


def exported_weights(version: Path) -> dict[str, colour.Array]:
    """The weights of a version that `export` wrote, by name; ValueError when it has none."""
    try:
        saved = tf.train.load_checkpoint(str(version / "variables" / "variables"))
        keys = [key for key in saved.get_variable_to_shape_map() if key.endswith(_KEY_ENDS)]
        return {
            key.removeprefix(_KEY_BEGINS).removesuffix(_KEY_ENDS): saved.get_tensor(key)
            for key in keys
        }
    except (tf.errors.OpError, ValueError) as error:
        raise ValueError(f"{version} holds no weights of a servable") from error


def holds(version: Path, servable: Servable) -> bool:
    """Whether a version that was exported has this servable's weights, to the bit."""
    try:
        saved = exported_weights(version)
    except ValueError:
        return False
    return all(
        name in saved and np.array_equal(saved[name], value)
        for name, value in servable.variables.items()
    )


def export(servable: Servable, servables: Path, name: str, version: int) -> Path:
    """Writes `servables/name/version/` whole or not at all, and returns it.

    A server that watches the folder never sees half a version: it is written beside it under
    another name and renamed. Raises FileExistsError when that version is there, ValueError when the
    name or version can't be one.
    """
    check_name(name)
    if version < 1:
        raise ValueError("versions count from 1")
    target = servables / name / str(version)
    if target.exists():
        raise FileExistsError(
            f"{target} exists: versions are never overwritten, choose another number"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    module = tf.Module()
    module.weights = dict(servable.variables)
    draft = Path(tempfile.mkdtemp(prefix=f".{version}-", dir=target.parent))
    try:
        tf.saved_model.save(module, str(draft), signatures=dict(servable.signatures))
        warmup.write(draft, servable.signatures, name)
        about.write(draft, servable.about)
        draft.chmod(0o755)
        draft.rename(target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return target
