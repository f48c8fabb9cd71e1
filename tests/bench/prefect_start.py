"""What Prefect adds: its import, and a flow of nothing on its ephemeral API."""

import json
import os
import tempfile
import time

with tempfile.TemporaryDirectory() as home:
    os.environ |= {"PREFECT_HOME": home, "PREFECT_LOGGING_LEVEL": "CRITICAL"}
    started = time.perf_counter()
    from prefect import flow

    import flows.weekly  # noqa: F401  # sets telemetry off

    imported = time.perf_counter()

    @flow
    def nothing() -> None:
        """Do nothing, inside Prefect."""

    nothing()
    parts = {"import": imported - started, "first flow": time.perf_counter() - imported}
print(json.dumps(parts))
