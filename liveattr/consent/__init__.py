"""Consent: who agreed to what, what holds for a person, and what may pass which gate.

The merchant's record `consent_act` and the requests of people go into the ledger `consent`
(`stage.py`); its acts make states (`states.py`); states open or shut gates (`gates.py`), and every
gate leaves a row in `audit`. A purpose without an impact assessment in force is refused as a whole.
"""

from __future__ import annotations

from liveattr.consent.assessments import find_assessment, require_assessment
from liveattr.consent.audit import audit_row, read_audit, write_audit
from liveattr.consent.checking import LedgerCheck, check_ledger
from liveattr.consent.gates import GATES, REASONS, pass_gate
from liveattr.consent.keeper import Keeper, open_gates
from liveattr.consent.ledger import chain, verify
from liveattr.consent.passed import Passed
from liveattr.consent.purposes import ACTIONS, PURPOSES, covers, provided_to
from liveattr.consent.samples import sample_assessments
from liveattr.consent.stage import grant, record_consents, withdraw
from liveattr.consent.states import (
    acts_of_record_sql,
    create_own_state,
    person_states,
    strictest_sql,
)
from liveattr.consent.status import consent_history, consent_status
from liveattr.consent.suppress import small_cells, suppress_small

__all__ = [
    "ACTIONS",
    "GATES",
    "PURPOSES",
    "REASONS",
    "Keeper",
    "LedgerCheck",
    "Passed",
    "acts_of_record_sql",
    "audit_row",
    "chain",
    "check_ledger",
    "consent_history",
    "consent_status",
    "covers",
    "create_own_state",
    "find_assessment",
    "grant",
    "open_gates",
    "pass_gate",
    "person_states",
    "provided_to",
    "read_audit",
    "record_consents",
    "require_assessment",
    "sample_assessments",
    "small_cells",
    "strictest_sql",
    "suppress_small",
    "verify",
    "withdraw",
    "write_audit",
]
