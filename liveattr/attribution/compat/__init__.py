"""Other packages' calls, answered by this one: change the import, keep the script.

>>> from liveattr.attribution.compat import channelattribution as ca
>>> from liveattr.attribution.compat.mam import MAM

`docs/migrating.md` says which numbers change and why. For new work take `liveattr.attribution`
itself: it has intervals, and money to the cent.
"""

from __future__ import annotations
