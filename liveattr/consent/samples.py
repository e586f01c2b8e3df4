"""Impact assessments of the demos: samples that say what one has to say, about public data only."""

from __future__ import annotations

from datetime import date

import pandas as pd

from liveattr.tables import get_table

__all__ = ["SAMPLE_TEXTS", "sample_assessments"]

_FROM, _TO = date(2010, 1, 1), date(2099, 12, 31)
"""Of samples: a demo works on any day."""

SAMPLE_TEXTS = {
    "attribution": (
        "样例：把直播间账号与商城账号对应起来才能知道一场直播带来了多少订单；只看平台后台看不到商城成交。"
        " Sample: without joining room and mall accounts nobody knows what a broadcast sold in the mall.",
        "样例：跨平台画像可能超出用户预期；错误合并会把他人订单算到本人。"
        " Sample: a profile across platforms may surprise people; a wrong merge shows one person's "
        "orders as another's.",
        "样例：密钥令牌代替原文；只凭硬证据合并；撤回次日生效；报告小于 5 人不显示。"
        " Sample: keyed tokens; merges on hard evidence only; withdrawals hold from the next run; "
        "cells under 5 people are hidden.",
    ),
    "fuzzy_match": (
        "样例：没有链接和登录的观众只能按时间和商品的巧合推测，用于汇总归因。"
        " Sample: viewers without link or login can only be guessed, for sums over many people.",
        "样例：可能猜错人。 Sample: the guess may be wrong.",
        "样例：默认关闭；须单独同意；不合并、不触达；错配率用诱饵估计并公布。"
        " Sample: off by default; asked on its own; merges and addresses nobody; the rate of false "
        "links is bounded by decoys and shown.",
    ),
    "recall": (
        "样例：提醒同意接收的会员补货或查看新品。 Sample: remind members who agreed.",
        "样例：打扰；差别对待。 Sample: nuisance; unequal treatment.",
        "样例：随时可退订；未成年人不触达；不按画像加价；保留不触达的对照组。"
        " Sample: refusal at any time; no children; no higher prices by profile; a control group that "
        "is left alone.",
    ),
}
"""Purpose → necessity, risk and measures."""


def sample_assessments() -> pd.DataFrame:
    """Return the sample assessments of a demo lake, for the table `impact_assessment`.

    Each is marked `is_sample`: it is an example of form and no assessment of any shop. Write it with
    `lake.write("impact_assessment", sample_assessments())`.

    Examples
    --------
    >>> sample_assessments().purpose.tolist()
    ['attribution', 'fuzzy_match', 'recall']
    """
    rows = [
        {
            "purpose": purpose,
            "version": "sample-1",
            "necessity": necessity,
            "risk": risk,
            "measures": measures,
            "assessed_on": _FROM,
            "valid_to_on": _TO,
            "assessor": "样例 sample",
            "is_sample": True,
            "source": "sample",
        }
        for purpose, (necessity, risk, measures) in SAMPLE_TEXTS.items()
    ]
    return pd.DataFrame(rows).reindex(columns=get_table("impact_assessment").names)
