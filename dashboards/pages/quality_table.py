"""The tables without small counts, as a file for the quality officer."""

import csv
import io

from django.http import Http404, HttpResponse

from dashboards.access import ViewerRequest
from dashboards.pages.quality_points import rows_of

TABLES = ("shown_indicator", "shown_funnel", "shown_missing_outcome", "shown_loop_audit")


def table_file(request: ViewerRequest, table: str) -> HttpResponse:
    """The route `quality_table`: a csv file; 404 for any other table."""
    if table not in TABLES:
        raise Http404
    rows = rows_of(request, f"quality_table_{table}")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(rows[0].keys() if rows else [])
    writer.writerows(row.values() for row in rows)
    answer = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{table}.csv"'
    return answer
