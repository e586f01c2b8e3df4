from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from liveattr.errors import ConfigError
from liveattr.settings import CONFIG_ENV, RULES, Settings, load_settings


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(CONFIG_ENV, raising=False)


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "liveattr.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_defaults_where_there_is_no_file() -> None:
    settings = load_settings()
    assert settings == Settings()
    assert settings.zone == "Asia/Shanghai"
    assert settings.bad_share_limit == 0.05
    assert settings.session_gap_minutes == 30
    assert settings.touch_windows.model_dump() == {"view": 7, "click": 30, "live_watch": 30}
    assert settings.rules.position_weights == (0.4, 0.2, 0.4)
    assert settings.threads >= 1


def test_file_in_the_working_folder(tmp_path: Path) -> None:
    text = 'memory_limit = "1GB"\n[touch_windows]\nview = 3\n[clock_offset_s]\nmall = -2.5\n'
    settings = load_settings(written(tmp_path, text))
    assert settings == load_settings()
    assert settings.memory_limit == "1GB"
    assert settings.touch_windows.model_dump() == {"view": 3, "click": 30, "live_watch": 30}
    assert settings.clock_offset_s == {"mall": -2.5}


def test_file_of_the_environment_and_of_the_argument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "liveattr.toml").write_text("buckets = 1\n")
    (tmp_path / "a.toml").write_text("buckets = 2\n")
    (tmp_path / "b.toml").write_text("\ufeffbuckets = 3\n", encoding="utf-8")  # as Notepad writes
    monkeypatch.setenv(CONFIG_ENV, "a.toml")
    assert load_settings().buckets == 2
    assert load_settings("b.toml").buckets == 3
    monkeypatch.setenv(CONFIG_ENV, "c.toml")
    with pytest.raises(ConfigError, match=r"there is no settings file 'c\.toml'"):
        load_settings()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("lookback = 3", "unknown setting 'lookback'; did you mean 'lookback_days'"),
        ("[rules]\nhalf_life = 3", r"'rules\.half_life'; did you mean 'half_life_days'"),
        ("[touch_windows]\nwatch = 3", r"'touch_windows\.watch'; did you mean 'live_watch'"),
        ("token_key = 'secret'", "unknown setting 'token_key'"),
        ("lookback_days = 0", "lookback_days = 0: Input should be greater than"),
        ("bad_share_limit = 5", "bad_share_limit = 5"),
        ("memory_limit = '2'", "memory_limit = '2'"),
        ("zone = 'China'", "'China' is no time zone; one is 'Asia/Shanghai'"),
        ("share_rule = 'lasst'", "there is no rule 'lasst'; did you mean 'last'"),
        ("[rules]\nposition_weights = [0.5, 0.5, 0.5]", "not negative and sum to 1"),
        ("[rules]\nhalf_life_days = 0", r"rules\.half_life_days = 0"),
        ("[clock_offset_s]\nmall = 'x'", r"clock_offset_s\.mall = 'x'"),
        ("zone = ", "is no TOML file"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        load_settings(written(tmp_path, text))


def test_settings_do_not_change(tmp_path: Path) -> None:
    settings = Settings()
    with pytest.raises(ValidationError):
        settings.buckets = 3  # type: ignore[misc]
    assert settings.model_copy(update={"buckets": 3}).buckets == 3


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_can_share_out(rule: str) -> None:
    assert Settings(share_rule=rule).share_rule == rule


def test_settings_as_json_come_back() -> None:
    values: dict[str, Any] = Settings(threads=2).model_dump(mode="json")
    assert Settings.model_validate(values) == Settings(threads=2)
