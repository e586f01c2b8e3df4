"""Intake: files as they came, and what was held back."""

from liveattr.tables.model import table

__all__ = ["TABLES"]

TABLES = (
    table(
        "raw_message",
        "a web-hook body as received (the body itself stays in the raw file until it is encrypted)",
        "source dedupe_key",
        """
        source        text!  preset that read the envelope
        dedupe_key    text!  what makes a repeat a repeat (msg_id, event id, hash)
        event_name    text   the platform's name of the message (tag, type)
        object_id     text   the order or refund that it is about
        received_at   at     when our receiver got it
        event_at      at     when the platform says that it happened
        version       bigint the platform's version of the object; the higher one wins
        verified      bool   signature checked: true, false, or null where it was not checked
        body_sha256   text   of the decrypted body
        parse_status  text!  parsed, or kept
        ingest_id     text   batch; ties the row to a file and its sha256
        source_row    bigint record of the file, counted from 1
        """,
        room="Intake",
        again="keep",
    ),
    table(
        "ingest_batch",
        "one file read with one preset; rows_in = rows_ok + rows_bad + rows_set_aside",
        "ingest_id",
        """
        ingest_id       text!   hash of the file's content, the preset and its version
        path            text!   file, relative to the folder that was ingested
        sha256          text!   of the file
        preset          text!   preset name
        preset_version  int!    version of the preset
        status          text!   loaded; failed (too many bad rows: no table was changed); replaced (the file or its mapping was mended)
        rows_in         bigint! records in the file
        rows_ok         bigint! records that went into tables (repeats of known content among them)
        rows_repeated   bigint! of these, records whose content was known already
        rows_older      bigint! of these, records that an already known newer version outranks
        rows_bad        bigint! records in quarantine because something is wrong with them
        rows_set_aside  bigint! records in quarantine that are expected: totals, orphans
        bad_by_code     text!   JSON: reason code → records
        notes           text!   JSON: unknown statuses, sign of reversals, checks of totals
        legal_basis     text!   contract, consent, research …
        key_id          text    which token key was used (never the key)
        loaded_at       at!     when
        """,
        room="Intake",
    ),
    table(
        "quarantine_row",
        "a record that is in no table, with the reason; release re-reads it from the raw file",
        "ingest_id source_row",
        """
        ingest_id       text!   batch
        source_row      bigint! record of the file, counted from 1
        preset          text!   preset name
        path            text!   file, relative to the folder that was ingested
        reason_code     text!   SIG_BAD, SCHEMA_MISSING, TYPE_BAD, ID_PRECISION, …
        field           text    field of the file
        value_redacted  text    the value, letters and digits masked where it could be personal
        detail          text    what was expected
        waits_for       text    ORPHAN: the order that must come first
        expected        bool!   true for totals and orphans: set aside, not bad
        released_at     at      when it was released into its tables
        """,
        room="Intake",
    ),
)
