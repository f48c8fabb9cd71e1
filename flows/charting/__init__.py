"""`opkoers chart` and `opkoers funnel`: a csv file read as the trusted R packages read theirs."""

from flows.charting.chart_command import ChartRequest, chart_file
from flows.charting.funnel_command import FunnelRequest, funnel_file

__all__ = ["ChartRequest", "FunnelRequest", "chart_file", "funnel_file"]
