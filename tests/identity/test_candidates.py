"""The stage `score_candidates`: off by default, gated by consent, and it merges nobody."""

from datetime import timedelta
from pathlib import Path

import pytest

from liveattr.errors import ConsentError
from liveattr.identity import resolve, score_candidates
from liveattr.settings import Settings
from tests.rows import Rows, at

ON = Settings(fuzzy_match=True)
N, TRACKED = 120, 40


@pytest.fixture(scope="module")
def world() -> Rows:
    """Viewers who click a product and open it in the mall four seconds later; half of them tracked."""
    rows = Rows()
    for n in range(N):
        moment = at("01-22 20:00") + timedelta(seconds=30 * n)
        traits = {"ip24_token": f"net{n}", "ua_class": f"phone{n % 7}", "city": "c"}
        rows.add("event", event_id=f"l{n}", source="live_events", platform="douyin", name="live_like",
                 account_token=f"u{n}", broadcast_id="b", event_at=moment, **traits)  # fmt: skip
        rows.add("event", event_id=f"m{n}", name="view_item", visitor_token=f"v{n}",
                 event_at=moment + timedelta(seconds=4), **traits)  # fmt: skip
        if n != N - 1:  # the last one did not agree
            rows.add("consent_act", seq=f"f{n}", subject_kind="visitor", subject_token=f"v{n}",
                     purpose="fuzzy_match", action="granted", at=at("01-01 10:00"))  # fmt: skip
        if n < TRACKED:
            rows.add("consent_act", seq=f"a{n}", subject_kind="visitor", subject_token=f"v{n}",
                     purpose="attribution", action="granted", at=at("01-01 10:00"))  # fmt: skip
            rows.bound(f"uid_douyin:u{n}", f"visitor:v{n}", "link_login")
    return rows


def test_links_who_agreed_and_nobody_else(world: Rows, tmp_path: Path) -> None:
    lake = world.lake(tmp_path)
    with pytest.raises(ConsentError, match="fuzzy_match = true"):
        score_candidates(lake, settings=Settings())
    resolve(lake)
    people = lake.table("person_member")
    done = score_candidates(lake, settings=ON, false_match_rate=0.05)
    links = lake.table("candidate_link")
    assert len(links) > 0, done
    assert (links.left_id.str[1:] == links.right_id.str[1:]).all()
    assert set(links.right_id) <= {f"v{n}" for n in range(TRACKED, N - 1)}
    assert links.probability.between(0, 1).all()
    assert (links.false_match_bound <= 0.05).all()
    assert lake.table("person_member").equals(people)
    assert done.rows_refused == 1
    assert score_candidates(lake, settings=ON, false_match_rate=0.05).skipped
