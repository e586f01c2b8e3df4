"""What a campaign costs as a whole: its cost rows and the ad spend on its broadcasts.

These amounts belong to the campaign wholly, in every variant; they are never cut.

Ad spend names a broadcast, or else a room. Where several broadcasts used one room, the spend of an
hour goes to the broadcast on air in that hour, else to one of the same business date, else to the
one that began nearest (then the latest begin, then broadcast_id).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from liveattr import units

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["cost_rows"]

_COST = """
SELECT campaign_id, line, 'campaign_cost' AS source_table, cost_id AS source_key,
       -amount_fen AS amount_fen
FROM campaign_cost WHERE incurred_at < $end_at
"""

_ADS = """
WITH spent AS (
    SELECT account, ad_id, hour_at, spend_fen, broadcast_id, room_id FROM ad_spend
    WHERE hour_at < $end_at
), named AS (
    SELECT s.account, s.ad_id, s.hour_at, s.spend_fen, b.broadcast_id, b.campaign_id, b.start_at,
           b.end_at, b.business_on
    FROM spent AS s JOIN broadcast AS b ON b.broadcast_id = s.broadcast_id
    UNION ALL
    SELECT s.account, s.ad_id, s.hour_at, s.spend_fen, b.broadcast_id, b.campaign_id, b.start_at,
           b.end_at, b.business_on
    FROM spent AS s JOIN broadcast AS b ON b.platform_room_id = s.room_id
    WHERE s.broadcast_id IS NULL
), best AS (
    SELECT account, ad_id, hour_at, spend_fen, campaign_id,
           row_number() OVER (
               PARTITION BY account, ad_id, hour_at
               ORDER BY epoch_us(start_at) < epoch_us(hour_at) + 3600000000
                            AND end_at > hour_at DESC,
                        business_on = CAST(timezone($zone, hour_at) AS DATE) DESC,
                        abs(epoch_us(start_at) - epoch_us(hour_at)),
                        start_at DESC, broadcast_id) AS turn
    FROM named
)
SELECT campaign_id, 'ads' AS line, 'ad_spend' AS source_table,
       account || '/' || ad_id || '/'
           || strftime(timezone('UTC', hour_at), '%Y-%m-%dT%H:%M:%SZ') AS source_key,
       -spend_fen AS amount_fen
FROM best WHERE turn = 1
"""


def cost_rows(con: DuckDBPyConnection, *, as_of: date, zone: str) -> None:
    """Create the temporary table `cost_row`: amounts that belong to one campaign wholly.

    Parameters
    ----------
    con
        Connection with `campaign_cost, ad_spend` and `broadcast`.
    as_of, zone
        Business date and the shop's zone; what counts was due (costs) or began (hours of ad
        spend) before the end of that date.

    Notes
    -----
    Columns: `campaign_id, line, source_table, source_key, amount_fen` (negative).
    """
    end = {"end_at": units.day_end_at(as_of, zone)}
    con.execute(f"CREATE OR REPLACE TEMP TABLE cost_row AS {_COST}", end)
    con.execute(f"INSERT INTO cost_row {_ADS}", {**end, "zone": zone})
