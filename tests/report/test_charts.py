"""Charts are SVG with real text and nothing else."""

import re
from xml.etree import ElementTree

import pandas as pd

from liveattr.report.charts import COLOURS, Segment, daily_bars, spark, strip, waterfall

SVG = "{http://www.w3.org/2000/svg}"
STEPS = pd.DataFrame(
    [
        ("支付 GMV", 0.0, 10.0, "surface", "10"),
        ("退款 <b>&", 10.0, 6.0, "out", "−4"),
        ("留存销售额", 0.0, 6.0, "total", "6"),
    ],
    columns=["label", "start", "end", "kind", "text"],
)
KINDS = {"surface": COLOURS["surface"], "out": COLOURS["out"], "total": COLOURS["true"]}


def texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def tags(svg: str) -> set[str]:
    return {node.tag.removeprefix(SVG) for node in ElementTree.fromstring(svg).iter()}


def test_waterfall_has_chinese_as_text() -> None:
    for down in (False, True):
        svg = waterfall(STEPS, unit="万元", colours=KINDS, down=down)
        assert {"支付 GMV", "留存销售额", "万元", "−4"} <= set(texts(svg))
        assert "退款 <b>&" in " ".join(texts(svg))
        assert tags(svg).isdisjoint({"script", "image", "foreignObject", "a"})
        assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]+"', "", svg)
        assert all(colour in svg for colour in KINDS.values())


def test_long_labels_are_folded() -> None:
    steps = STEPS.assign(label=["Commission and fees", "b", "c"])
    assert "Commission and fees" not in texts(waterfall(steps, unit="$", colours=KINDS))


def test_the_same_numbers_give_the_same_bytes() -> None:
    one, two = (waterfall(STEPS, unit="万元", colours=KINDS) for _ in range(2))
    assert one == two


def test_daily_bars_name_their_parts() -> None:
    days = pd.DataFrame(
        {"day": pd.date_range("2026-01-01", periods=40).date, "kept": 2.0, "refunded": 1.0}
    )
    svg = daily_bars(days, unit="支付 GMV（元）", names=("留下的", "退掉的"))
    assert {"留下的", "退掉的", "支付 GMV（元）", "2026-01-01"} <= set(texts(svg))
    tops = {
        colour: float(re.findall(rf'd="M[\d.]+,([\d.]+)h[^"]*" fill="{colour}"', svg)[0])
        for colour in (COLOURS["true"], COLOURS["out"])
    }
    assert tops[COLOURS["out"]] < tops[COLOURS["true"]], "what was refunded lies on top"
    assert "退掉的" not in texts(daily_bars(days, unit="支付 GMV（元）", names=None))


def test_strip_parts_fill_the_whole() -> None:
    parts = [Segment("a", 3, "#111"), Segment("nothing", 0, "#222"), Segment("<b>", 1, "#333")]
    root = ElementTree.fromstring(strip(parts, title="t & t", mark=3))
    rects = root.findall(f"{SVG}rect")
    assert [float(rect.get("width", "")) for rect in rects] == [750, 250]
    line = root.find(f"{SVG}line")
    assert line is not None and float(line.get("x1", "")) == 750


def test_spark_keeps_its_scale_and_its_sign() -> None:
    root = ElementTree.fromstring(
        spark([(100, "#1"), (None, "#2"), (-5, "#3")], most=100, title="")
    )
    wide = [float(rect.get("width", "")) for rect in root.findall(f"{SVG}rect")]
    left = [float(rect.get("x", "")) for rect in root.findall(f"{SVG}rect")]
    assert wide == [96.0, 4.8] and left[1] < left[0]
    assert "rect" not in spark([(None, "#1")], most=0, title="")
