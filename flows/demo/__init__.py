"""A synthetic service, in several export formats, with its hidden truth beside it.

Everything here is simulated: nobody's data, and no norm for anybody's data.
"""

from flows.demo.deliveries import IN_PARTS
from flows.demo.generation import DemoSummary, write_demo
from flows.demo.simulation import SYNTHETIC_NOW

__all__ = ["IN_PARTS", "SYNTHETIC_NOW", "DemoSummary", "write_demo"]
