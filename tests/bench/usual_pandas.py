"""The usual way of the same scores: read, pivot, sum, baseline, reliable change in pandas."""

import json
import sys
import time

import pandas

from flows.instruments import load_instruments

scale = load_instruments()["phq-9"].scale[0]
assert scale.reliable_change is not None

started = time.perf_counter()
answers = pandas.read_csv(sys.argv[1], parse_dates=["measured_on"])
keys = ["clinic", "patient", "therapist", "session", "measured_on"]
wide = answers.pivot_table(index=keys, columns="item", values="answer").reset_index()
items = list(scale.items)
wide["score"] = wide[items].sum(axis=1).where(wide[items].notna().all(axis=1))
wide = wide.sort_values(["clinic", "patient", "measured_on"])
wide["baseline"] = wide.groupby(["clinic", "patient"])["score"].transform("first")
change = wide.groupby(["clinic", "patient"]).agg(first=("score", "first"), last=("score", "last"))
change["reliable"] = (change["last"] - change["first"]).abs() >= scale.reliable_change.value
print(json.dumps({"scores and change": time.perf_counter() - started}))
