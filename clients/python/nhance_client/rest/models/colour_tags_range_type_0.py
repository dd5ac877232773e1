from typing import Literal

ColourTagsRangeType0 = Literal["full", "limited"]

COLOUR_TAGS_RANGE_TYPE_0_VALUES: set[ColourTagsRangeType0] = {
    "full",
    "limited",
}


def check_colour_tags_range_type_0(value: str) -> ColourTagsRangeType0:
    if value in COLOUR_TAGS_RANGE_TYPE_0_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {COLOUR_TAGS_RANGE_TYPE_0_VALUES!r}"
    )
