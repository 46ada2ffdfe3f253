"""Who may log in to MLflow's screen: made once for each home, never with a default password.

MLflow's own authentication (`--app-name basic-auth`) has an `admin`, and a `reader` who sees
everything and changes nothing of what is there. The platform writes to MLflow's database itself
and needs no login.
"""

from __future__ import annotations

import json
import os
import secrets
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from ind_risk.adapters.home import private_folder, write_text
from ind_risk.core.errors import IndRiskError

if TYPE_CHECKING:
    from pathlib import Path

    from ind_risk.adapters.home import Home

ADMIN, READER = "admin", "reader"
ADMIN_VARIABLE = "MLFLOW_AUTH_ADMIN_PASSWORD"  # MLflow's own
_SECONDS = 30
_SETTINGS = """[mlflow]
default_permission = READ
database_uri = sqlite:///{users}
admin_username = {admin}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
"""


@dataclass(frozen=True)
class MlflowLogins:
    """The files behind the logins of one home, all in a folder that nobody else may enter."""

    folder: Path

    @classmethod
    def of(cls, home: Home) -> MlflowLogins:
        """Those of a home."""
        return cls(home.servers)

    @property
    def users(self) -> Path:
        """MLflow's database of users; it holds salted hashes."""
        return self.folder / "mlflow_users.db"

    def password_file(self, user: str) -> Path:
        """The file with a user's password and nothing else."""
        return self.folder / f"mlflow_{user}_password"

    def prepare(self) -> dict[str, str]:
        """Make at first what is not there yet, and say what MLflow's server must be told.

        Returns:
            Environment variables for that process alone.
        """
        private_folder(self.folder)
        settings = self.folder / "mlflow_auth.ini"
        write_text(settings, _SETTINGS.format(users=self.users, admin=ADMIN), private=True)
        told = {
            "MLFLOW_AUTH_CONFIG_PATH": str(settings),
            "MLFLOW_FLASK_SERVER_SECRET_KEY": self._kept(self.folder / "mlflow_secret_key"),
        }
        self._kept(self.password_file(READER))
        password = self._admin_password()
        return told if password is None else told | {ADMIN_VARIABLE: password}

    def ensure_reader(self, address: str) -> None:
        """Let MLflow's server know the reader, if it does not.

        Args:
            address: of the running server.

        Raises:
            IndRiskError: if neither the reader nor the admin can log in.
        """
        password = self._kept(self.password_file(READER))
        if _asks(address, "users/current", READER, password):
            return
        body = {"username": READER, "password": password}
        admin = self._admin_password()
        if admin is None or not _asks(address, "users/create", ADMIN, admin, body):
            raise IndRiskError(
                f"MLflow knows neither the {READER} nor the {ADMIN} of {self.folder}. Give the "
                f"admin's password in {ADMIN_VARIABLE}, or remove {self.users} to make both anew."
            )

    def _admin_password(self) -> str | None:
        """Of the environment, else of the file; None if MLflow knows one that is kept nowhere."""
        if given := os.environ.get(ADMIN_VARIABLE):
            return given
        file = self.password_file(ADMIN)
        if self.users.exists() and not file.exists():
            return None
        return self._kept(file)

    def _kept(self, file: Path) -> str:
        """The secret of a file, drawn at first use."""
        if not file.exists():
            write_text(file, secrets.token_urlsafe(24), private=True)
        return file.read_text(encoding="utf-8").strip()


def _asks(
    address: str, what: str, user: str, password: str, body: dict[str, str] | None = None
) -> bool:
    """Whether MLflow answers a question of a user; IndRiskError if nobody is there."""
    request = Request(  # noqa: S310 - our own address on loopback
        f"{address}/api/2.0/mlflow/{what}",
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}",
            "Content-Type": "application/json",
        },
    )
    try:
        with urlopen(request, timeout=_SECONDS):  # noqa: S310
            return True
    except HTTPError:
        return False
    except (URLError, OSError) as error:
        raise IndRiskError(f"MLflow does not answer at {address}: {error}.") from error
