"""The page `docs/world.md`: how the simulated world works, and every parameter of it."""

from __future__ import annotations

import inspect
from dataclasses import fields

from liveattr.simulate.knobs import describe_blocks
from liveattr.simulate.parameters import PRESETS, Parameters

__all__ = ["markdown"]

_HEAD = """# The simulated world

`la.simulate.simulate(...)` (or `liveattr simulate`) writes the raw files of a shop that never was: a
skin-care brand with an own room on Douyin, a room on WeChat Channels, KOL shows, feed ads, short
videos, WeCom messages and a mall on Youzan. What the files do not say is in `truth/` beside them.

## How a day goes

1. **Intent.** Each person wants the goods more or less: `u = affinity + need + mood`. The need is
   `need × tanh(slope × (e - 1))`; the supply clock `e` is 0 after a purchase and 1 when it is used up.
   The mood keeps `carry` of itself from day to day. Nobody sees intent: it is in no raw file.
2. **Exposure.** A person meets a channel if `logit(uniform) < alpha + kappa × gamma × u`; followers
   only, on days on air only. Who saw a broadcast searches more (`mediation`); who visited sees more
   feed ads (`retargeting`). `kappa` is the strength of confounding: at 0 exposure is random.
3. **Wish.** `p = 1 / (1 + exp(-(base + u + Σ beta × memory + season)))`, where each channel's memory
   keeps `rho` from day to day. A second mechanism, `additive`, adds hazards in place of log-odds.
4. **Way and place.** The buyer orders through a room, a message, an ad, or comes by himself (search,
   shelf, directly: the visit is then an effect of the wish). He buys in the room's shop or in the mall.
5. **Stock.** One pool serves all shops, first come first served. Who finds nothing takes another SKU,
   comes back within a week, or leaves. Faults of a SKU in the mall drive buyers away.
6. **What becomes of it.** Paid or not, cancelled, sent, brought back, settled, with coupons, subsidies,
   commission and fees that are taken back with the goods.
7. **What is seen.** Events as the platforms give them (few, lossy, late, twice), links that lose their
   parameter, accounts that are never linked, shared and sold devices, bots, fake orders, tests.

## What is true

Everything that chance decides has an address (seed, purpose, day, person), so a course of the world
without a show reads the same numbers as the factual one and differs only where it must.

- **gross**: orders of the factual course that would not have come on their day without it.
- **net**: the factual course less one without it from its first day on, in which people who did not
  buy then may buy later. `net_14` counts 14 days, `net` all days of the files.
- **oracle**: p(buy | on) - p(buy | off) of the world itself, summed. It errs as chance does.

Orders are paid orders; money is final, with refunds that come after the last day of the files. A
gross effect is of orders that vanish; what the others would have paid without the room it leaves as it
was. Fake, test and injected orders are in no effect.

| file in `truth/` | what |
|---|---|
| `effects` | channels, sets of rooms, campaigns, some single broadcasts: gross and net |
| `oracle`, `shapley` | the world's own probabilities; Shapley values of the rooms |
| `demand` | wishes for each SKU and day, with those that the stock cut off |
| `next_purchase`, `intent` | each buyer's next order after the end; intent on each seventh day |
| `orders`, `people`, `identifiers` | who placed which order and through what; whose each identifier is |
| `planted` | rows that are bad on purpose, each with the code that quarantine must give |
| `faults`, `messages`, `injected`, `clocks`, `parameters` | what was put in, and what decided |

`python benchmarks/world.py` measures whether the default world is of the size it should be.

## Where it is wrong

- One brand, one currency, one person a buyer. People do not talk to each other.
- A person meets a channel at most once a day and orders at most once a day.
- A room has at most one broadcast a day. Prices move sales only through the discount of a show.
- Buyers of a room order through it less often than a platform would claim; most of a room's effect
  comes on later days by other ways. That is a choice, set so that last click credits about half of the
  rooms' true net orders.
- Many parameters are guesses of ours: the table says which.

"""


def markdown() -> str:
    """Return the text of `docs/world.md`."""
    table = describe_blocks(Parameters())
    parts = [_HEAD, "## Presets\n\n", "| preset | differs from the defaults by |\n|---|---|\n"]
    for name, values in PRESETS.items():
        said = ", ".join(f"`{k}` {v}" for k, v in values.items()) or "nothing"
        parts.append(f"| `{name}` | {said} |\n")
    parts.append("\n## Parameters\n\nEach block has `on`; false switches the mechanism off.\n")
    for block in fields(Parameters):
        kind = type(getattr(Parameters(), block.name))
        about = (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")
        parts.append(f"\n### {block.name}\n\n{about}\n\n")
        parts.append(
            "| parameter | default | range | unit | meaning | source |\n|---|---|---|---|---|---|\n"
        )
        mine = table[table["parameter"].str.startswith(f"{block.name}.")]
        for one in mine[~mine["parameter"].str.endswith(".on")].to_dict("records"):
            low, high = one["low"], one["high"]
            span = f"{low} to {high}" if high != "" else str(low)
            name = str(one["parameter"]).partition(".")[2]
            parts.append(
                f"| `{name}` | {one['value']} | {span} | {one['unit']} | {one['meaning']} | {one['source']} |\n"
            )
    return "".join(parts)
