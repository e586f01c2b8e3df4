"""Lists with addresses: the right column, every identifier of a person, nothing where nobody is met."""

import csv
from pathlib import Path

import pandas as pd
import pytest

from liveattr.audience.address import _write, address_list, read_contacts, tokenise
from liveattr.audience.build import build_audience
from liveattr.errors import ParameterError
from liveattr.lake import Lake
from tests.audience.test_lists import KNOWN, MORNING, phone_of, record, token_map, write_world
from tests.rows import Rows, at

pytestmark = pytest.mark.usefixtures("secrets")
PEOPLE = 24


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEATTR_TOKEN_KEY", "t" * 40)
    monkeypatch.setenv("LIVEATTR_HOLDOUT_SALT", "s" * 40)


def contacts(file: Path, head: str, rows: list[str]) -> Path:
    file.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    return file


def sent(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def agreed(lake: Lake, purpose: str) -> None:
    record(lake, [(token, purpose, "granted") for token in token_map(lake).values()])


def with_wechat(lake: Lake, path: Path, people: int) -> Lake:
    """Give everybody a UnionID and an OpenID too."""
    values = [(kind, f"{kind}{n}") for n in range(people) for kind in ("unionid", "openid")]
    file = contacts(
        path / "wechat.csv", "unionid,openid", [f"unionid{n},openid{n}" for n in range(people)]
    )
    known = tokenise(lake, read_contacts(file, "wecom")).set_index(["kind", "value"])["token"]
    rows = Rows()
    for kind, value in values:
        person = f"p{value.removeprefix(kind)}"
        rows.add("person_member", kind=kind, id=known[kind, value], person_id=person,
                 known_from_at=at("01-01 00:00"))  # fmt: skip
    lake.write("person_member", rows.frame("person_member"), mode="append")
    return lake


def test_a_text_message_goes_to_a_phone_whatever_else_the_file_holds(tmp_path: Path) -> None:
    lake, phones = write_world(tmp_path / "lake", PEOPLE)
    agreed(lake, "recall_sms")
    build_audience(lake, "high_intent", "B", settings=KNOWN)
    rows = [f"{phone},wm{n}" for n, phone in enumerate(phones.values())]
    file = contacts(tmp_path / "c.csv", "手机号,外部联系人ID", rows)
    address_list(lake, "high_intent-v2-B-sms", file, tmp_path / "s.csv", at=MORNING, settings=KNOWN)
    told = sent(tmp_path / "s.csv")
    assert told and {row["手机号"] for row in told} <= set(phones.values())


def test_wecom_finds_people_by_any_of_their_identifiers_and_writes_its_own_id(
    tmp_path: Path,
) -> None:
    lake, _ = write_world(tmp_path / "lake", PEOPLE)
    lake = with_wechat(lake, tmp_path, PEOPLE)
    unionid = lake.sql("SELECT id FROM person_member WHERE kind = 'unionid'")["id"]
    acts = Rows()
    for n, token in enumerate(unionid):
        acts.add("consent_act", seq=str(n), subject_kind="unionid", subject_token=token,
                 purpose="recall_wecom", action="granted", at=at("01-02 00:00"))  # fmt: skip
    lake.write("consent_act", acts.frame("consent_act"))
    from liveattr.consent import record_consents

    record_consents(lake)
    build_audience(lake, "high_intent", "B", channel="wecom", settings=KNOWN)
    name = "high_intent-v2-B-wecom"
    listed = lake.sql("SELECT DISTINCT kind FROM audience_member WHERE audience_id = $n", n=name)
    assert listed["kind"].tolist() == ["unionid"], "the file below knows nobody by it"
    rows = [f"openid{n},{'' if n % 2 else f'wm{n}'}" for n in range(PEOPLE)]
    file = contacts(tmp_path / "c.csv", "OpenID,外部联系人ID", rows)
    address_list(lake, name, file, tmp_path / "s.csv", at=MORNING, settings=KNOWN)
    told = sent(tmp_path / "s.csv")
    to_write = lake.sql(
        "SELECT person_id FROM audience_member WHERE audience_id = $n AND arm = 'contact'", n=name
    )["person_id"]
    even = {f"wm{p[1:]}" for p in to_write if int(p[1:]) % 2 == 0}
    assert {row["外部联系人ID"] for row in told} == even, "who has no id of WeCom is left out"
    plain = contacts(tmp_path / "d.csv", "OpenID", [f"openid{n}" for n in range(PEOPLE)])
    address_list(lake, name, plain, tmp_path / "t.csv", at=MORNING, settings=KNOWN)
    assert len(sent(tmp_path / "t.csv")) == len(to_write)
    assert "UnionID/OpenID" in sent(tmp_path / "t.csv")[0]


def test_contacts_of_other_people_write_nothing_and_name_nobody(tmp_path: Path) -> None:
    lake, _ = write_world(tmp_path / "lake", PEOPLE)
    agreed(lake, "recall_sms")
    build_audience(lake, "high_intent", "B", settings=KNOWN)
    stranger = phone_of(PEOPLE + 5)
    file = contacts(tmp_path / "c.csv", "手机号", [stranger])
    with pytest.raises(ParameterError, match="goes by phone") as refused:
        address_list(
            lake, "high_intent-v2-B-sms", file, tmp_path / "s.csv", at=MORNING, settings=KNOWN
        )
    assert stranger not in str(refused.value) and not (tmp_path / "s.csv").exists()


def test_a_file_is_its_owners_and_a_failure_leaves_no_part_of_it(tmp_path: Path) -> None:
    class Breaks:
        def __str__(self) -> str:
            raise OSError("no space left")

    whole = pd.DataFrame({"手机号": [phone_of(n) for n in range(3)]})
    _write(tmp_path / "whole.csv", whole)
    assert (tmp_path / "whole.csv").stat().st_mode & 0o777 == 0o600
    cut = pd.DataFrame({"手机号": [*(phone_of(n) for n in range(5000)), Breaks()]})
    with pytest.raises(OSError, match="no space"):
        _write(tmp_path / "cut.csv", cut)
    assert not (tmp_path / "cut.csv").exists()
