"""People and consent."""

from liveattr.tables.model import table

__all__ = ["TABLES"]

TABLES = (
    table(
        "consent_act",
        "who agreed to what, as the merchant recorded it; the ledger `consent` is written from it",
        "seq",
        """
        seq          text! entry of the merchant's record
        subject_kind text! kind of identifier
        subject_token text! identifier
        purpose      text! attribution, fuzzy_match, recall …
        action       text! granted, withdrawn, objected, expired or minor
        at           at!   when
        channel      text  where it was asked
        version      text  version of the text that was agreed to
        notice_sha256 text of that text
        separate_consent bool asked on its own, not within other terms
        recipient    text  who gets the data (provide_to_platform)
        guardian     bool  given by a guardian
        """,
        room="People and consent",
        canonical=True,
    ),
    table(
        "consent",
        "the ledger of consent: append-only, every entry carries the hash of the one before",
        "seq",
        """
        seq             bigint! entry, counted from 1
        subject_kind    text!   kind of identifier
        subject_token   text    identifier; null once it was erased
        subject_digest  text!   SHA-256 of nonce and identifier: the chain holds without the identifier
        nonce           text    of the digest; null once the identifier was erased
        purpose         text!   attribution, fuzzy_match, recall, recall_sms …
        action          text!   granted, withdrawn, objected, expired or minor
        legal_basis     text!   consent, contract, guardian …
        effective_at    at!     from when it counts
        recorded_at     at!     when it came into the ledger
        channel         text    where it was asked
        notice_version  text    version of the text that was agreed to
        notice_sha256   text    of that text
        separate_consent bool   asked on its own, not within other terms
        recipient       text    who gets the data (provide_to_platform)
        guardian        bool    given by a guardian
        proof           text    where the proof is: preset, batch and record, or a reference
        operator        text    who wrote it here
        prev_sha256     text!   hash of the entry before
        sha256          text!   of this entry and prev_sha256
        """,
        room="People and consent",
    ),
    table(
        "consent_state",
        "what holds for an identifier now: its own word, and the strictest of the person's",
        "kind id purpose",
        """
        kind     text!  kind of identifier
        id       token! identifier
        purpose  text!  purpose
        own      text!  granted, withdrawn or none: what was said for this identifier
        state    text!  the strictest of all identifiers of the person: a withdrawal wins, then a grant
        since_at at     since when its own word holds
        seq      bigint entry of the ledger that says it
        why      text   why the state is not granted: withdrawn, opted_out, minor, expired
        """,
        room="People and consent",
    ),
    table(
        "impact_assessment",
        "why a purpose is needed, what it risks and what protects; without one its runs are refused",
        "purpose version",
        """
        purpose     text! attribution, fuzzy_match, recall …
        version     text! version of the assessment
        necessity   text! what it is for, and why less would not do
        risk        text! what could happen to the people
        measures    text! what protects them
        assessed_on on!   when it was made
        valid_to_on on!   last day on which it holds
        assessor    text  who made it
        is_sample   bool! a sample of the demo: no assessment of a real shop
        """,
        room="People and consent",
        canonical=True,
        again="restate",
    ),
    table(
        "audit",
        "what passed a gate and what was refused, by reason",
        "seq",
        """
        seq           bigint! counted from 1
        run_id        text!   run
        gate          text!   G1 ingest, G2 edge, G3 cluster, G4 join, G5 audience, G6 report, G7 training, or a request: withdraw, export, correct, erase
        purpose       text!   purpose
        rows_in       bigint! what came to the gate
        rows_out      bigint! what passed
        rows_refused  bigint! what did not
        refused       text!   JSON: reason → rows
        actor         text    who or what ran it
        at            at!     when
        code_version  text!   version of the code
        output_sha256 text    of what passed, where it is a file or a frame
        """,
        room="People and consent",
    ),
    table(
        "tombstone",
        "identifiers that were erased, as a second keyed hash: a later ingest does not bring them back",
        "kind digest",
        """
        kind       text! kind of identifier
        digest     text! HMAC-SHA256 of the token under the suppression key
        request_id text! the erasure
        at         at!   when
        """,
        room="People and consent",
    ),
    table(
        "test_account",
        "accounts of the brand's own people; their orders are kept apart",
        "kind id_token",
        """
        kind     text! kind of identifier
        id_token text! identifier
        label    text  who
        """,
        room="People and consent",
        canonical=True,
        again="restate",
    ),
    table(
        "identity_evidence",
        "two identifiers seen together, and how it is known; append-only",
        "evidence_id",
        """
        evidence_id   text!   of both identifiers, evidence, batch and rule version
        left_kind     text!   kind of the left identifier
        left_id       token!  left identifier
        right_kind    text!   kind of the right identifier
        right_id      token!  right identifier
        evidence      text!   login, phone_verified, unionid, link_login, order_phone, not_same …
        tier          text!   A, A-, B, C, X (docs/identity.md)
        weight        double! log2 of how much likelier the pair is one person
        n_seen        bigint! times seen in this batch
        first_at      at      first seen
        last_at       at      last seen
        source        text    preset, or who said it
        ingest_id     text    batch
        source_row    bigint  first record of it in the batch
        basis         text!   contract, consent, research; or row: the record itself says that the person agreed
        consent_id    text    entry of the ledger that carried it when it was recorded
        rule_version  text!   version of the rules that made it
        recorded_at   at!     when we learned it
        valid_from_at at      since when it holds
        valid_to_at   at      until when it held
        """,
        room="People and consent",
    ),
    table(
        "merge_refused",
        "evidence that joins nobody, with the reason and what clashes",
        "run_id evidence_id",
        """
        run_id      text!  the resolution that refused it
        evidence_id text!  evidence
        left_kind   text!  kind of the left identifier
        left_id     token! left identifier
        right_kind  text!  kind of the right identifier
        right_id    token! right identifier
        reason      text!  exclusive, not_same, shared, capped, no_consent, withdrawn …
        kind        text   kind of the two values that clash
        value_a     token  one of them
        value_b     token  the other
        """,
        room="People and consent",
    ),
    table(
        "identifier_quarantine",
        "identifiers that join nobody: too many neighbours, or several owners by turns",
        "kind id",
        """
        kind       text!  kind of identifier
        id         token! identifier
        reason     text!  capped, shared, blocked
        neighbours bigint how many others it was seen with
        cap        bigint how many are allowed
        """,
        room="People and consent",
    ),
    table(
        "candidate_link",
        "scored coincidence (tier C): never merges people and never addresses a message",
        "run_id left_kind left_id",
        """
        run_id             text!   the scoring
        left_kind          text!   kind of the platform's identifier
        left_id            token!  platform's identifier
        right_kind         text!   kind of the mall's identifier
        right_id           token!  mall's identifier
        weight             double! log2 weight, summed over broadcasts
        margin             double! how far the second best is behind
        broadcasts         int!    broadcasts in which they met
        probability        double! that they are one person
        false_match_bound  double! share of false links among those accepted, from decoys
        model_version      text!   rules, weights and training
        """,
        room="People and consent",
    ),
    table(
        "person_member",
        "which identifier belongs to which person",
        "kind id known_from_at",
        """
        kind          text!  kind of identifier
        id            token! identifier
        person_id     text!  person
        known_from_at at!    since when we know
        known_to_at   at     until when we thought so
        valid_from_at at     since when it is so (a phone or device that had another owner before)
        valid_to_at   at     until when it is so
        protected_id  text   who is protected together, as of the last run: the evidence says one person, whether they agreed to be joined or not; a withdrawal or an erasure reaches all of them
        """,
        room="People and consent",
    ),
    table(
        "person",
        "one row a person: how many identifiers on each side, and how well the sides are tied",
        "person_id",
        """
        person_id   text! person
        identifiers int!  identifiers of any kind
        platforms   int!  of these, UIDs of live platforms
        malls       int!  of these, mall accounts
        tier        text  the weakest tier that is needed to tie a UID to a mall account; null: they are not tied
        """,
        room="People and consent",
    ),
    table(
        "identity_count",
        "how many people are known how well, in the whole lake and among the viewers of a campaign",
        "grain value measure",
        """
        grain   text!   all, campaign
        value   text!   campaign
        measure text!   identifiers, people, viewers, linked, linked_A, linked_A-, linked_B, refused_…, quarantined_…, withdrawn, candidates, false_match_bound_ppm
        n       bigint! how many
        """,
        room="People and consent",
    ),
    table(
        "person_alias",
        "what became of a person: merged into another, split from one, or erased",
        "old_person_id person_id why",
        """
        old_person_id text! person; for split_from the new one
        person_id     text! the survivor; for split_from the one it was a part of; itself where erased
        why           text! merge, split_from, erased
        at            at!   when we learned it
        """,
        room="People and consent",
    ),
)
