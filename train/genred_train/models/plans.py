"""The layers of networks that others published, in order."""

from genred_train.models.plan import Plan, Pool, Stage

_THIRD = Pool((3, 3), (2, 2), same=True)
_HALF = Pool((2, 2), (2, 2), same=True)
_SQUARE = Pool((2, 2), (2, 2))
_TIME = Pool((2, 1), (2, 1))

CNN_48_32_16 = Plan(
    (
        Stage(48, 4, Pool((4, 4), (2, 2), same=True)),
        Stage(32, 3, _THIRD),
        Stage(16, 2, _HALF),
    ),
    normalised="after pooling",
    dense=32,
    dropout=0.3,
)
CNN_32_32_32 = Plan(
    (Stage(32, 3, _THIRD), Stage(32, 3, _THIRD), Stage(32, 2, _HALF)),
    normalised="after pooling",
    dense=64,
    dropout=0.3,
)
CNN_3CONV_2DENSE = Plan(
    (Stage(32, 3, _SQUARE), Stage(64, 3, _SQUARE), Stage(128, 3, _SQUARE)),
    normalised="at the end",
    dense=128,
)


def _five(pool: Pool, *, same: bool) -> Plan:
    """Five convolutions, the last without pooling."""
    pools = (pool, pool, pool, pool, None)
    stages = [
        Stage(width, 3, after, same=same)
        for width, after in zip((8, 16, 32, 64, 128), pools, strict=True)
    ]
    return Plan(tuple(stages), normalised="before ReLU", dropout=0.3)


CNN_8_TO_128 = _five(_SQUARE, same=False)
CNN_8_TO_128_SAME = _five(_SQUARE, same=True)
"""for windows of fewer frames than five plain convolutions use up"""
CNN_8_TO_128_TIME = _five(_TIME, same=True)
"""for 13 rows, which four poolings would leave none of"""
