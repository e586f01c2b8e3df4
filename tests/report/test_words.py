"""Every word is there in both languages, and Chinese is punctuated as Chinese."""

import re
import string

import pytest

from liveattr.errors import ParameterError
from liveattr.profit import LINES, TIERS
from liveattr.report.parameters import Rule
from liveattr.report.words import LANGS, WORDS, word

HAN = r"[\u3400-\u9fff]"


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_say_everything() -> None:
    for key, (zh, en) in WORDS.items():
        assert zh.strip() and en.strip(), key
        assert fields(zh) == fields(en), key
        assert not re.search(HAN, en) or key == "index.other", key


def test_chinese_has_chinese_punctuation() -> None:
    for key, (zh, _) in WORDS.items():
        assert not re.search(rf"{HAN}[,;:!?(]|[,;:!?)]{HAN}", zh), key


def test_every_statement_line_has_a_label() -> None:
    for line in LINES:
        for lang in LANGS:
            assert word(f"line.{line.line}", lang)
            assert word(f"section.{line.section}", lang)


def test_every_rule_and_tier_has_a_label() -> None:
    for name in Rule.__args__:
        assert word(f"rule.{name}", "en")
    for tier in (*TIERS, "rule"):
        assert word(f"tier.{tier}", "zh")


def test_unknown_words_are_an_error() -> None:
    with pytest.raises(ParameterError, match=r"line\.cogs"):
        word("line.cog", "zh")
    with pytest.raises(ParameterError, match="language"):
        word("line.cogs", "fr")
