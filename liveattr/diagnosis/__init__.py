"""Hot in the room, cold in the mall: which product, and why.

`diagnose_products` tells of counts, `diagnose` does it for a lake.
"""

from __future__ import annotations

from liveattr.diagnosis.evidence import EVIDENCE
from liveattr.diagnosis.products import diagnose_products
from liveattr.diagnosis.stage import diagnose

__all__ = ["EVIDENCE", "diagnose", "diagnose_products"]
