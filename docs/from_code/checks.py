"""Every check of every asset, as Dagster knows it, and which of them the gate asks for."""

from __future__ import annotations

from itertools import groupby

from docs.from_code.markdown import code, plain, table
from ind_risk.adapters.settings import shipped_policy_text
from ind_risk.core.policy import parse_policy
from ind_risk.core.policy_limits import ALWAYS_REQUIRED


def checks() -> str:
    """One section an asset, in the order of the data."""
    from ind_risk.definitions import ASSETS

    shipped = parse_policy(shipped_policy_text(), source="policy.toml")
    required = {(c.asset, c.check) for c in shipped.required_checks}
    specs = [s for asset in ASSETS for s in asset.check_specs]
    parts = []
    for asset, of_asset in groupby(specs, key=lambda s: s.asset_key.to_user_string()):
        rows = [
            [
                code(s.name), plain(s.description or ""),
                "yes" if (asset, s.name) in required else "reported",
                "by every policy" if s.name in ALWAYS_REQUIRED else "",
            ]
            for s in of_asset
        ]  # fmt: skip
        made = table(["check", "what it means", "the gate asks", "required"], rows)
        parts.append(f"## `{asset}`\n\n{made}")
    return "\n\n".join(parts)
