"""People and consent."""

from liveattr.tables.model import table

__all__ = ["TABLES"]

TABLES = (
    table(
        "consent",
        "who agreed to what, as the merchant recorded it (the hash-chained ledger is built on it)",
        "seq",
        """
        seq          text! entry
        subject_kind text! kind of identifier
        subject_token text! identifier
        purpose      text! attribution, recall, fuzzy_match …
        action       text! granted or withdrawn
        at           at!   when
        channel      text  where it was asked
        version      text  version of the text that was agreed to
        """,
        room="People and consent",
        canonical=True,
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
        "person_member",
        "which identifier belongs to which person",
        "kind id known_from_at",
        """
        kind          text! kind of identifier
        id            text! identifier (token)
        person_id     text! person
        known_from_at at!   since when we know
        known_to_at   at    until when we thought so
        valid_from_at at    since when it is so
        valid_to_at   at    until when it is so
        """,
        room="People and consent",
    ),
)
