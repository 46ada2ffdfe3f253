"""Every check of every asset, as Dagster knows it, and which of them the gate asks for."""

from __future__ import annotations

from docs.from_code.markdown import code, codes, plain, table
from ind_risk.adapters.settings import shipped_policy_text
from ind_risk.core.policy import parse_policy
from ind_risk.core.policy_limits import ALWAYS_REQUIRED


def checks() -> str:
    """One row a check, in the order of the data; once where it means the same on several assets."""
    from ind_risk.definitions import ASSETS

    shipped = parse_policy(shipped_policy_text(), source="policy.toml")
    required = {(c.asset, c.check) for c in shipped.required_checks}
    alike: dict[tuple[str, str, str, str], list[str]] = {}
    for spec in (s for asset in ASSETS for s in asset.check_specs):
        on = spec.asset_key.to_user_string()
        asked = "yes" if (on, spec.name) in required else "no"
        always = "yes" if spec.name in ALWAYS_REQUIRED else "no"
        alike.setdefault((spec.name, spec.description or "", asked, always), []).append(on)
    rows = [
        [code(name), plain(meaning), codes(on), asked, always]
        for (name, meaning, asked, always), on in alike.items()
    ]
    return table(["check", "what it means", "on", "required as shipped", "by every policy"], rows)
