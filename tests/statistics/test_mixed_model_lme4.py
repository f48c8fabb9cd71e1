"""Random models of many kinds, held against lme4 on this machine (make statistics runs more)."""

from pathlib import Path

import numpy as np

from tests.statistics.lme4_comparison import faults, ours, theirs
from tests.statistics.lme4_designs import KINDS, TWISTS, design

TRIED = ("plain", "no spread", "correlation -1", "weights, ML", "small")


def test_no_model_differs_from_lme4(tmp_path: Path) -> None:
    asked = [
        design(f"{kind}, {TRIED[place % len(TRIED)]}", kind, TWISTS[TRIED[place % len(TRIED)]], rng)
        for place, kind in enumerate(kind for kind in KINDS if kind != "three levels")
        for rng in [np.random.default_rng([3, place])]
    ]
    found = {
        one.name: faults(ours(one), other)
        for one, other in zip(asked, theirs(asked, tmp_path), strict=True)
    }
    assert len(found) == len(asked)
    assert not {name: wrong for name, wrong in found.items() if wrong}
