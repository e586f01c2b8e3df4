"""`liveattr consent`: one command takes back, and what was typed is seen nowhere again."""

import io
import sys
from pathlib import Path

import pytest

from liveattr.cli import main
from liveattr.consent import check_ledger
from liveattr.lake import open_lake

KEY = "a-key-for-tests-that-is-long-enough-0123456789"
PHONE = "13800138006"
SHEET = "序号,标识类型,标识,用途,动作,时间\n"


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    """Run the command in an empty folder with a lake; return exit code, stdout and stderr."""
    monkeypatch.setenv("LIVEATTR_TOKEN_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data" / "lake").mkdir(parents=True)

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["liveattr", "consent", *words])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return run


def test_one_person(say, tmp_path, monkeypatch):
    everything = []

    def heard(*words: str) -> str:
        everything.append(say(*words))
        return everything[-1][1]

    granted = heard("grant", "--phone", PHONE, "--purpose", "recall")
    assert granted == "entry 1 of the ledger: granted for recall, by a phone\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"+86 138-{PHONE[3:]}\n"))
    taken = heard("withdraw", "--phone", "-", "--channel", "短信")
    assert taken == "entry 2 of the ledger: withdrawn for all, by a phone\n"
    assert (
        "the next `liveattr run` leaves this person out / 下次运行即排除此人" in everything[-1][2]
    )
    shown = heard("status", "--phone", PHONE).splitlines()
    assert [line.split()[:3] for line in shown[1:3]] == [
        ["attribution", "withdrawn", "withdrawn"],
        ["fuzzy_match", "withdrawn", "withdrawn"],
    ]
    assert "短信" in shown[-1]
    assert heard("log", "--gate", "withdraw").count("withdraw") == 2
    assert heard("verify") == "the ledger is whole: 2 entries, of 0 the person is erased\n"
    # What was typed was said by no command and is in no file.
    assert not any(PHONE in out + err for _, out, err in everything)
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert files and not any(PHONE.encode() in p.read_bytes() for p in files)
    lake = open_lake(tmp_path / "data" / "lake")
    ledger = lake.table("consent")
    assert PHONE not in ledger.to_csv() and ledger.subject_token.str.len().eq(64).all()
    lake.write("consent", ledger.assign(action="granted"))
    assert say("verify")[::2] == (2, "liveattr: entry 2 of the ledger is not what was written\n")


def test_many_at_once(say, tmp_path):
    sheet = tmp_path / "back.csv"
    rows = [f"W{n},手机号,{int(PHONE) + n},全部,撤回,2026-02-0{n + 1} 10:00\n" for n in range(3)]
    sheet.write_text(SHEET + "".join(rows), encoding="utf-8")
    code, out, err = say("withdraw", "--file", str(sheet))
    assert code == 0 and "→ consent" in out and "the next `liveattr run`" in err
    assert say("withdraw", "--file", str(sheet))[1].count("up to date") == 2
    lake = open_lake(tmp_path / "data" / "lake")
    assert lake.table("consent").action.tolist() == ["withdrawn"] * 3 and check_ledger(lake).ok


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("withdraw",), "say who: --phone"),
        (("withdraw", "--phone", PHONE, "--kind", "phone"), "say who: --phone"),
        (("withdraw", "--phone", PHONE, "--file", "a.csv"), "give --file, or one person"),
        (("withdraw", "--kind", "fone", "--id", PHONE), "no kind of identifier 'fone'"),
        (("withdraw", "--phone", PHONE + "0"), "the value given is no phone"),
        (("withdraw", "--phone", PHONE, "--purpose", "recal"), "did you mean 'recall'"),
        (("withdraw", "--phone", PHONE, "--at", "yesterday"), "'yesterday' is no moment"),
        (("withdraw", "--phone", PHONE, "--at", "2026-01-22T20:15"), "needs a zone"),
    ],
)
def test_what_is_wrong_is_said_without_the_identifier(say, tmp_path, words, message):
    code, out, err = say(*words)
    assert code == 2 and message in err and not out
    assert PHONE not in err and open_lake(tmp_path / "data" / "lake").versions() == {}
