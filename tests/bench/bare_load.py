"""The yardstick of landing: DuckDB loads the file into a table, types as it guesses them."""

import json
import sys
import time

import duckdb

with duckdb.connect() as connection:
    started = time.perf_counter()
    connection.execute(f"create table export as select * from read_csv('{sys.argv[1]}')")
    print(json.dumps({"load": time.perf_counter() - started}))
