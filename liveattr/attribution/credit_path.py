"""What is to be credited, and the touches before it: temporary tables that `money` shares out.

A unit is what gets one set of shares: an order, or an order line where touches must match its goods.
A touch that belongs to a unit only with a probability makes scenarios: all such links hold that are
at least as probable as some level, and the level is spread evenly from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from liveattr.attribution.model_shares import check_models, model_version
from liveattr.errors import ParameterError, did_you_mean
from liveattr.journeys.paths import window_sql
from liveattr.settings import MATCHES, MODEL_KEYS, RULES, RuleParameters, Settings
from liveattr.units import day_end_at

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["NANO", "CreditPlan", "create_credit_path"]

NANO = 1_000_000_000
"""Parts of an order, or of a scenario, that are summed: whole numbers add up the same in any order."""


@dataclass(frozen=True)
class CreditPlan:
    """Which models give credit, and how.

    Attributes
    ----------
    models, parameters
        Names of models, and the parameters of rules.
    model_key
        Dimension of a touch that chains and Shapley values take for one.
    sku_match
        none, product or category.
    lookback_days, touch_windows
        Shorter windows than those that the journeys were made with; None: those.
    end_us
        [µs] End of the business date; later touches of people who bought nothing do not count.
        None: all count.
    """

    models: tuple[str, ...] = RULES
    parameters: RuleParameters = field(default_factory=RuleParameters)
    model_key: str = "channel"
    sku_match: str = "none"
    lookback_days: float | None = None
    touch_windows: Mapping[str, float] | None = None
    end_us: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "models", check_models(self.models))
        for name, known in (("model_key", MODEL_KEYS), ("sku_match", MATCHES)):
            value = getattr(self, name)
            if value not in known:
                raise ParameterError(f"{name}: there is no {value!r}; {did_you_mean(value, known)}")

    @classmethod
    def of(
        cls,
        settings: Settings,
        *,
        as_of: date | None = None,
        models: Sequence[str] | None = None,
        model_key: str | None = None,
        sku_match: str | None = None,
        lookback_days: float | None = None,
        touch_windows: Mapping[str, float] | None = None,
    ) -> CreditPlan:
        """Return the plan that settings make, with what is asked for otherwise; None: as they say."""
        chosen = settings.models if models is None else tuple(models)
        if models is None and settings.share_rule not in chosen:
            chosen = (settings.share_rule, *chosen)
        return cls(
            models=chosen,
            parameters=settings.rules,
            model_key=settings.model_key if model_key is None else model_key,
            sku_match=settings.sku_match if sku_match is None else sku_match,
            lookback_days=lookback_days,
            touch_windows=touch_windows,
            end_us=None if as_of is None else _end_us(as_of, settings.zone),
        )

    def versions(self) -> dict[str, str]:
        """Return the version of each model."""
        notes = []
        if self.sku_match != "none":
            notes.append(f"match={self.sku_match}")
        if self.lookback_days is not None:
            notes.append(f"lookback_days={self.lookback_days:g}")
        if self.touch_windows:
            windows = ",".join(f"{k}:{self.touch_windows[k]:g}" for k in sorted(self.touch_windows))
            notes.append(f"touch_windows={windows}")
        found = {}
        for model in self.models:
            fitted = model not in RULES and self.model_key != "channel"
            key = [f"model_key={self.model_key}"] if fitted else []
            found[model] = model_version(model, self.parameters, " ".join([*key, *notes]))
        return found


_ORDER = """
CREATE OR REPLACE TEMP TABLE credit_order AS
SELECT row_number() OVER (ORDER BY o.code, l.platform, l.shop_id, l.order_id) AS order_no,
       o.code AS order_key, l.platform, l.shop_id, l.order_id, l.n_lines, l.net_fen
FROM (
    SELECT platform, shop_id, order_id,
           sum(CASE WHEN counted AND paid_at IS NOT NULL THEN 1 ELSE 0 END) AS n_lines,
           sum(net_fen) AS net_fen
    FROM line_ledger GROUP BY platform, shop_id, order_id
) AS l
LEFT JOIN (SELECT code, value FROM dimension WHERE kind = 'order') AS o
  ON o.value = l.platform || chr(9) || l.shop_id || chr(9) || l.order_id"""

_JOURNEY = """
CREATE OR REPLACE TEMP {kind} credit_journey AS
SELECT j.journey_id, j.order_key, j.person, {places}, j.touch_id, j.ts_us, j.order_ts_us, j.weight
FROM journey AS j {joins}
WHERE {holds}"""

_RECOUNTED = (
    "CAST(row_number() OVER (PARTITION BY j.journey_id ORDER BY j.pos) AS INTEGER) AS pos, "
    "CAST(count(*) OVER (PARTITION BY j.journey_id) AS INTEGER) AS n"
)

_ORDER_ROW = """
SELECT o.order_no AS unit, j.pos, j.n, j.ts_us, j.touch_id, j.weight
FROM credit_journey AS j
JOIN credit_order AS o ON o.order_key = j.order_key"""

_LINE_ROW = """
SELECT l.line AS unit, p.pos, p.n, p.ts_us, p.touch_id, p.weight
FROM line_path AS p
JOIN match_line AS m ON m.line_key = p.line_key
JOIN credit_line AS l ON l.platform = m.platform AND l.line_id = m.line_id"""

_PATH = f"""
CREATE OR REPLACE TEMP TABLE {{name}} AS
WITH given AS (
    SELECT r.unit, r.pos, r.n, r.ts_us, r.touch_id, r.weight, coalesce(t.{{key}}, -1) AS key,
           k.code IS NOT NULL AS skipped
    FROM ({{rows}}) AS r
    JOIN touch AS t ON t.touch_id = r.touch_id
    LEFT JOIN (SELECT code FROM dimension WHERE kind = 'channel' AND value IN ({{skip}})) AS k
      ON k.code = t.channel
), unsure AS (
    SELECT DISTINCT unit FROM given WHERE weight < 1
), level AS (
    SELECT unit, weight AS least, row_number() OVER w_ AS scenario,
           CAST(round(weight * {NANO}) AS BIGINT)
               - coalesce(lead(CAST(round(weight * {NANO}) AS BIGINT)) OVER w_, 0) AS mass
    FROM (SELECT g.unit, g.weight FROM given AS g JOIN unsure AS u ON u.unit = g.unit
          UNION SELECT unit, 1.0 FROM unsure)
    WINDOW w_ AS (PARTITION BY unit ORDER BY weight DESC)
)
SELECT g.unit, CAST(0 AS BIGINT) AS scenario, CAST({NANO} AS BIGINT) AS mass, g.pos, g.n, g.ts_us,
       g.touch_id, g.key, g.skipped
FROM given AS g
LEFT JOIN unsure AS u ON u.unit = g.unit
WHERE u.unit IS NULL
UNION ALL
SELECT g.unit, l.scenario, l.mass,
       CAST(row_number() OVER (PARTITION BY g.unit, l.scenario ORDER BY g.pos) AS INTEGER),
       CAST(count(*) OVER (PARTITION BY g.unit, l.scenario) AS INTEGER),
       g.ts_us, g.touch_id, g.key, g.skipped
FROM given AS g
JOIN level AS l ON l.unit = g.unit AND g.weight >= l.least
WHERE l.mass > 0"""

_LINE = """
CREATE OR REPLACE TEMP TABLE credit_line AS
SELECT CAST(row_number() OVER (ORDER BY o.order_no, l.platform, l.line_id) AS BIGINT) AS line,
       o.order_no, l.platform, l.line_id, l.net_fen,
       CASE WHEN l.counted AND l.paid_at IS NOT NULL THEN 1 ELSE 0 END AS counts
FROM line_ledger AS l
JOIN credit_order AS o
  ON o.platform = l.platform AND o.shop_id = l.shop_id AND o.order_id = l.order_id"""

_UNIT = """
CREATE OR REPLACE TEMP TABLE credit_unit AS
SELECT l.unit, l.order_no, o.n_lines, l.counted, l.net_fen,
       coalesce(p.person, -o.order_no) AS person
FROM (
    SELECT {unit} AS unit, order_no, CAST(sum(counts) AS BIGINT) AS counted,
           CAST(sum(net_fen) AS BIGINT) AS net_fen
    FROM credit_line GROUP BY 1, 2
) AS l
JOIN credit_order AS o ON o.order_no = l.order_no
LEFT JOIN (SELECT DISTINCT order_key, person FROM credit_journey WHERE order_key IS NOT NULL) AS p
  ON p.order_key = o.order_key"""


def create_credit_path(con: DuckDBPyConnection, plan: CreditPlan) -> None:
    """Create `credit_order, credit_journey, credit_line, credit_unit, order_path, credit_path`.

    Parameters
    ----------
    con
        Connection on which `line_ledger, journey, touch, dimension` can be read; for a match of
        goods also `sku_map` and `product`.
    plan
        Windows and match.

    Notes
    -----
    `order_path` and `credit_path` have one row a touch: `unit, scenario, mass, pos, n, ts_us,
    touch_id, key, skipped`. `mass` is the probability of the scenario in 10⁻⁹; those of a unit
    sum to 1, less what no touch precedes. `credit_unit` says which order a unit is of, how many of
    its lines count, and who bought it: below 0 where nobody knows.
    """
    con.execute(_ORDER)
    con.execute(_LINE)
    _create_journey(con, plan)
    skip = ", ".join("'" + name.replace("'", "''") + "'" for name in plan.parameters.skip) or "NULL"
    made = {"key": plan.model_key, "skip": skip}
    con.execute(_PATH.format(name="order_path", rows=_ORDER_ROW, **made))
    if plan.sku_match == "none":
        con.execute(_UNIT.format(unit="order_no"))
        con.execute("CREATE OR REPLACE TEMP VIEW credit_path AS FROM order_path")
        return
    from liveattr.attribution.sku_match import create_line_path

    create_line_path(con, plan.sku_match, journey="credit_journey")
    con.execute(_UNIT.format(unit="line"))
    con.execute("DROP VIEW IF EXISTS credit_path")
    con.execute(_PATH.format(name="credit_path", rows=_LINE_ROW, **made))


def _create_journey(con: DuckDBPyConnection, plan: CreditPlan) -> None:
    """Create `credit_journey`: the journeys within the plan's windows, as they are if it has none."""
    conditions, joins = [], ""
    if plan.lookback_days is not None or plan.touch_windows:
        longest = 3650.0 if plan.lookback_days is None else plan.lookback_days
        window = window_sql(longest, plan.touch_windows or {})
        joins = "JOIN touch AS t ON t.touch_id = j.touch_id"
        end = "coalesce(j.order_ts_us, e.end_us)"
        joins += f" CROSS JOIN ({_end_sql(plan)}) AS e"
        conditions.append(f"j.ts_us >= {end} - ({window})")
    if plan.end_us is not None:
        conditions.append(f"(j.order_key IS NOT NULL OR j.ts_us < {plan.end_us})")
    cut = bool(conditions) and _any_outside(con, joins, conditions)
    con.execute("DROP VIEW IF EXISTS credit_journey; DROP TABLE IF EXISTS credit_journey")
    con.execute(
        _JOURNEY.format(
            kind="TABLE" if cut else "VIEW",
            places=_RECOUNTED if cut else "j.pos, j.n",
            joins=joins if cut else "",
            holds=" AND ".join(conditions) if cut else "true",
        )
    )


def _any_outside(con: DuckDBPyConnection, joins: str, conditions: Sequence[str]) -> bool:
    holds = " AND ".join(conditions)
    return bool(
        con.execute(f"SELECT 1 FROM journey AS j {joins} WHERE NOT ({holds}) LIMIT 1").fetchall()
    )


def _end_sql(plan: CreditPlan) -> str:
    """Write SQL for the end of journeys without an order: of the day, else of the data."""
    data = "SELECT max(greatest(ts_us, coalesce(order_ts_us, ts_us))) AS end_us FROM journey"
    return (
        data
        if plan.end_us is None
        else f"SELECT least(end_us, {plan.end_us}) AS end_us FROM ({data})"
    )


def _end_us(as_of: date, zone: str) -> int:
    return int(day_end_at(as_of, zone).timestamp()) * 1_000_000
