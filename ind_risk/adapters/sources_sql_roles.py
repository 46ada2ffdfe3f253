"""Whether a login to a database is really kept from protected attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.adapters.sources_apart import not_apart
from ind_risk.core.contracts import PROTECTED_TABLE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ind_risk.adapters.database_address import DatabaseAddress

# Roles that the login is or can become, and that may read such a table anywhere in the database.
_READERS = """
SELECT DISTINCT r.rolname, n.nspname, r.rolname = current_user
FROM pg_roles r, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = :table AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND pg_has_role(current_user, r.oid, 'MEMBER')
  AND has_schema_privilege(r.oid, n.oid, 'USAGE')
  AND has_any_column_privilege(r.oid, c.oid, 'SELECT')
ORDER BY 3 DESC, 1, 2
"""


def refuse_readable(connection: Connection, address: DatabaseAddress) -> None:
    """Refuse a login of the other tables that could read protected attributes too.

    PostgreSQL is asked for its roles and rights; of another database the table may not be seen.

    Raises:
        InputRefused: naming role and schema.
    """
    from sqlalchemy import inspect, text

    if connection.dialect.name != "postgresql":
        if inspect(connection).has_table(PROTECTED_TABLE, schema=address.schema):
            raise not_apart(f"{address.shown} holds it as well")
        return
    found = connection.execute(text(_READERS), {"table": PROTECTED_TABLE}).all()
    if found:
        role, schema, itself = found[0]
        by = "" if itself else f" as {role}"
        raise not_apart(
            f"the role {address.url.username} may read {schema}.{PROTECTED_TABLE} too{by}",
            f"REVOKE that right from {role}, or name another role for the other tables; "
            "docs/postgresql/roles.sql has one for each.",
        )
