"""What `liveattr demo` and `make report` show: the simulated world, or a public data set.

The world is simulated, read through the ordinary sources, run, and judged by its known truth. It has
its own room above the pipeline, because `simulate` and `sources` know nothing of each other.
"""

from liveattr.demo.load import check_names, folder_of, load
from liveattr.demo.show import read_values, report_broadcasts, report_demo
from liveattr.demo.singles import single_stages, singles_of
from liveattr.demo.truth import known_truth, write_known_truth
from liveattr.demo.world import (
    WORLD,
    demo_world,
    newest_campaigns,
    simulate_once,
    world_of,
    world_stages,
)

__all__ = [
    "WORLD",
    "check_names",
    "demo_world",
    "folder_of",
    "known_truth",
    "load",
    "newest_campaigns",
    "read_values",
    "report_broadcasts",
    "report_demo",
    "simulate_once",
    "single_stages",
    "singles_of",
    "world_of",
    "world_stages",
    "write_known_truth",
]
