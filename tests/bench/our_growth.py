"""Fit the growth model of three levels to the clinic of the oracles, timed without reading it."""

import json
import sys
import time
from pathlib import Path

from flows.statistics.mixed_model import fit
from tests.oracles.mixed_model_inputs import models


def main(reference: Path) -> None:
    """Print the seconds of sums and fit together."""
    data = models(reference)["growth_s1"]
    started = time.perf_counter()
    fit(data)
    print(json.dumps({"sums and fit": time.perf_counter() - started}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
