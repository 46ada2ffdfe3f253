"""Facts of a home that was never there: small, and with one of everything."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ind_risk.dossier.page.conditions import CONDITIONS
from ind_risk.dossier.page.facts import Facts


def finding(check: str, claim: str, subject: str = "all", **more: Any) -> dict[str, Any]:
    base = {
        "check": check, "claim": claim, "subject": subject, "verdict": "equivalent",
        "estimate": 0.01, "low": -0.02, "high": 0.04, "margin": 0.05, "n": 1_234,
        "required": True, "sentence": f"{claim} of {subject}.", "details": {},
    }  # fmt: skip
    return base | more


FINDINGS = [
    finding("bias_independence", "score_nationality_association"),
    finding("bias_selection_parity", "selection_rate_difference", "IND"),
    finding("bias_selection_parity", "selection_rate_difference", "TUR", verdict="disparity",
            estimate=0.08, low=0.06, high=0.11),
    finding("bias_selection_parity", "selection_rate_ratio", "IND", estimate=1.1, low=0.9, high=1.3,
            margin=2.0, verdict="risk_signalled"),
    finding("bias_selection_parity", "selection_rate_difference_within", "IND × sector=trade",
            estimate=0.08, low=-0.06, high=0.11, verdict="risk_signalled", required=False),
    # Only the verdicts are told: the numbers stand in for them.
    *(finding("bias_selection_parity", "selection_rate_difference_largest_share", g, estimate=0.0,
              low=-0.05, high=0.05, n=None, required=False) for g in ("IND", "CHN")),
    finding("bias_error_parity", "miss_rate_difference", verdict="insufficient_data",
            estimate=None, low=None, high=None, n=None),
    finding("bias_error_parity", "false_positive_rate_difference", "TUR", verdict="disparity",
            estimate=None, low=None, high=None, n=None, required=False),
    finding("bias_error_parity", "false_positive_rate_difference", "IND", required=False),
    finding("bias_funnel", "inspection_rate_difference", "IND"),
    finding("bias_funnel", "inspection_rate_difference", "too small", estimate=None, low=None,
            high=None, verdict="insufficient_data", required=False,
            details={"members": ["FJI", "GHA", "no majority"]}),
    finding("bias_funnel", "intervention_rate_difference", "too small", estimate=None, low=None,
            high=None, verdict="insufficient_data", required=False,
            details={"members": ["FJI", "GHA", "IND"]}),
    finding("bias_coverage", "share_of_migrants_in_assessable_groups", "independence",
            verdict="established", estimate=0.99, low=0.99, high=0.99, margin=0.8,
            details={"groups_judged": 9, "unassessable": ["PER (1.3 %)", "FJI (less than 0.2 %)"]}),
    finding("bias_coverage", "share_of_migrants_in_assessable_groups", "error parity",
            verdict="insufficient_data", estimate=0.0, low=0.0, high=0.0, margin=0.8,
            details={"groups_judged": 0, "unassessable": ["IND (22.8 %)", "TUR (11.8 %)"]}),
    finding("bias_alternatives", "no_reasonable_alternative", verdict="established",
            estimate=0.007, low=-0.019, high=0.033, margin=0.02, details={"gain_excluded": 0.05}),
    finding("bias_alternatives", "alternative", "logistic without sector", verdict="established",
            estimate=0.007, low=-0.019, high=0.033, margin=0.02, required=False),
    finding("accuracy_established", "auc", verdict="established", estimate=0.75, low=0.72,
            high=0.78, margin=0.6),
    finding("usefulness", "more_than_random", verdict="established", estimate=0.2, low=0.1,
            high=0.3, margin=0.0),
    finding("label_assumption", "rests_on_assumption", "verified_only", verdict="established"),
    finding("label_assumption", "never_intervened_failing", "never intervened against",
            verdict="insufficient_data", estimate=None, low=None, high=None, required=False),
    finding("calibration", "calibration_slope", verdict="established", estimate=1.0, low=0.9,
            high=1.1, margin=0.5, details={"at_least": 0.5, "at_most": 2.0}),
    finding("policy_preregistered", "looks_used", "looks", verdict="established", estimate=1.0,
            low=1.0, high=1.0, margin=2.0),
    finding("stability", "band_flips", "all bands", verdict="refuted", estimate=0.3, low=0.27,
            high=0.4, margin=0.25),
    *(finding("drift", "feature_psi", f"f{k}", verdict="established", estimate=k / 1000, low=0.0,
              high=0.03, margin=0.25) for k in range(12)),
    finding("sensitivity", "tipping_point", verdict="insufficient_data", estimate=0.07, low=0.05,
            high=0.1, margin=1.5, required=False),
    finding("backtest", "a_claim_of_tomorrow", "2022-06-30", verdict="established"),
]  # fmt: skip

CLOSED = Facts(
    made_at="2026-11-27T20:00:00+00:00", is_open=False,
    reasons=[
        {"code": "failed", "subject": "bias_evidence:bias_selection_parity", "sentence": "s",
         "opens_with": "o"},
        {"code": "no_statement", "subject": "approval", "sentence": "No statement of approval",
         "opens_with": "sign"},
        {"code": "stale", "subject": "candidate_scores:drift", "sentence": "it is stale",
         "opens_with": "run"},
    ],
    version="3", kind="logistic", rule="the best", in_use="2", synthetic=True,
    policy_name="A policy", source="a folder", as_of="2025-12-31", data_digest="d" * 64,
    rows={"sponsors": 9_539, "permits": 99_000}, digests={"sponsors": "a" * 64},
    warnings=["12 rows had blanks around a key."], minimum=10, findings=FINDINGS,
    windows=[{"as_of": "2022-06-30", "candidate": "logistic", "precision_at_capacity": 0.31,
              "auc": 0.74}],
    importance={"sector": 0.7, "employees": 0.3, "legal_form": 0.0},
    features=[("sector", "Line of business", "Duties differ"), ("legal_form", "Form", "Forms")],
    bands={"high": 954, "middle": 1_908, "low": 6_677},
    provenance=[
        {"as_of": "2024-12-31", "seen_by": route, "compliant": "12", "non_compliant": "<10",
         "unobserved": "0", "total": total, "share": "1 %"}
        for route, total in (("random", "120"), ("signal", "hidden"), ("none", "8000"),
                             ("a_new_route", "11"), ("all", "8907"))
    ],
    plan={"judging": 3_400, "calibrating": 600, "population": 9_539, "assumption": "if so",
          "by_group": {"IND": 428, "region:Asia": 419, "": 3},
          "prices": {"100": 0, "200": 0, "900": 2}, "sentence": "A random sample of 4,000.",
          "claims": [{"check": check, "claim": "auc", "subject": "all", "now": "not judged",
                      "reason": "", "decided_from": 900}
                     for check in ("bias_error_parity", "bias_coverage")]},
    samples=[{"name": "A1", "as_of": "2025-12-31", "drawn": 4_000, "known": 3_500}],
    statements=[{"recorded_at": "2026-11-27T20:00:00", "kind": "approval", "signer": "Anna",
                 "counts": True},
                {"recorded_at": "2026-11-27T20:00:00", "kind": "justification", "signer": "Bram",
                 "counts": False}],
    required_statements=("approval", "impact_assessment", "cbs_advice", "parliament_informed"),
    history=[(1, "2026-11-27T19:00:00", "Took in a folder.")], head="f" * 64,
    decision_before={"at": "2026-10-01T09:00:00", "open": True, "reasons": 0},
    checks=("bias_independence", "bias_selection_parity", "drift"),
)  # fmt: skip
OPEN = replace(
    CLOSED, is_open=True, reasons=[], in_use="3", synthetic=False, warnings=[], statements=[],
    findings=[f for f in FINDINGS if f["verdict"] in ("equivalent", "established")],
    plan=None, samples=[], decision_before=None, required_statements=(), checks=(),
    bands={"high": 954, "middle": 1_908, "low": "<10"},
)  # fmt: skip


def every_condition(verdict: str) -> list[dict[str, Any]]:
    """A required finding of every check."""
    return [
        finding(c, claim or "lineage", verdict=verdict)
        for _, checks, claim in CONDITIONS
        for c in checks
    ]


GREEN = replace(OPEN, findings=every_condition("established"))
SIGNED = replace(
    GREEN, required_statements=("approval", "cbs_advice"),
    statements=[{**CLOSED.statements[0], "kind": kind, "signer": name} for kind, name in (
        ("approval", "Anna"), ("approval", "Bram"), ("cbs_advice", "Carla"))],
)  # fmt: skip
RED = replace(CLOSED, findings=every_condition("refuted"), plan=None)
RISK = replace(CLOSED, findings=every_condition("risk_signalled"), plan=None)
FEW = replace(CLOSED, findings=every_condition("insufficient_data"), plan=None)
# Nothing is shown to be false, and a sample decides the rest.
LACKING = replace(
    CLOSED, samples=[],
    findings=[f for f in FINDINGS if f["verdict"] in ("equivalent", "established")]
    + [f for f in FINDINGS if f["check"] in ("bias_error_parity", "bias_coverage")
       and f["verdict"] == "insufficient_data"],
)  # fmt: skip
assert LACKING.plan is not None
JUDGING = replace(LACKING, plan={**LACKING.plan, "calibrating": 0})
WAITING = replace(LACKING, plan={**LACKING.plan, "outstanding": "Wait for 100 cases."})
LATER = replace(LACKING, plan={**LACKING.plan, "looks_left": 0})
MANY = replace(
    CLOSED,
    findings=[finding("bias_selection_parity", "selection_rate_difference", f"G{k}",
                      verdict="disparity") for k in range(9)]
    + [finding("bias_error_parity", "miss_rate_difference", f"G{k}", verdict="disparity",
               estimate=None, low=None, high=None, n=None) for k in range(7)],
)  # fmt: skip
NOTHING = replace(
    OPEN, is_open=False, in_use=None, findings=[], provenance=[], bands={}, importance={},
    required_statements=("approval", "classification", "impact_assessment", "cbs_advice",
                         "parliament_informed", "justification"),
    reasons=[{"code": "no_statement", "subject": k, "sentence": f"No statement of {k}",
              "opens_with": ""}
             for k in ("approval", "classification", "impact_assessment", "cbs_advice",
                       "parliament_informed", "justification")],
)  # fmt: skip
ALL = {
    "closed": CLOSED, "open": OPEN, "green": GREEN, "signed": SIGNED, "red": RED, "risk": RISK,
    "few": FEW, "lacking": LACKING, "judging": JUDGING, "waiting": WAITING, "later": LATER,
    "many": MANY, "nothing": NOTHING,
}  # fmt: skip
