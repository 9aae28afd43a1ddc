"""Every setting of a server or a command, each also an environment variable `DAODI_…`."""

import re
from pathlib import Path
from typing import Final

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from ledger.errors import FormError

BODY_BYTES_MAX: Final = 4 * 1024 * 1024  # a thousand statements with openings


_HOST: Final = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
_WEB_ADDRESS: Final = re.compile(
    rf"https?://{_HOST}(?::[0-9]{{1,5}})?(?:/[A-Za-z0-9._~-]+)*/?", re.IGNORECASE
)


class Settings(BaseSettings):
    """What differs from one installation to the next. Identity never depends on any of it."""

    model_config = SettingsConfigDict(env_prefix="DAODI_", extra="ignore")

    data: Path = Field(default=Path(".daodi"), description="folder of a small ledger")
    database: str = Field(default="", description="database URL; SQLite in the folder when empty")
    base_url: str = Field(default="", description="what is printed on labels before /t/CODE")
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8000, description="port to listen on")
    tls_cert: str = Field(
        default="", description="file of the certificate with its chain (PEM); HTTP when empty"
    )
    tls_key: str = Field(default="", description="file of its private key (PEM)")
    log_keys: SecretStr = Field(
        default=SecretStr(""), description="the log's private keys as PEM, instead of files"
    )
    body_bytes_max: int = Field(default=BODY_BYTES_MAX, description="largest body of statements")
    requests_per_minute: int = Field(
        default=6_000, description="requests of one address in a minute; 0 for no limit"
    )
    statements_per_day: int = Field(
        default=20_000,
        description="statements that one key may record in a day, with what it left of the last "
        "week; an actor's keys together three times as many; 0 for no limit",
    )
    outside_per_day: int = Field(
        default=6,
        description="statements that an actor may put in a day, with what it left of the last "
        "week, on a crowded chain of a thing that is not its own; 0 for no limit",
    )
    metrics_token: SecretStr = Field(
        default=SecretStr(""),
        description="bearer token by which Prometheus reads /metrics; only from this machine "
        "itself when empty",
    )
    province_header: str = Field(
        default="", description="header in which the operator's proxy names the scanner's province"
    )
    witnesses: str = Field(
        default="",
        description="vkeys of witnesses (type 04) that readers' phones know, with blanks",
    )
    witness_quorum: int = Field(
        default=0, description="how many of the witnesses must have cosigned, or phones stay grey"
    )
    known_ledgers: str = Field(
        default="",
        description="other ledgers for second opinions: registrar's key id and log vkeys with "
        "blanks, commas between ledgers",
    )
    decisions: str = Field(
        default="",
        description="file of what officers confirmed (JSON, as `daodi credit` reads it); "
        "`decisions.json` in the folder when empty",
    )
    heartbeat_s: int = Field(default=3_600, description="a state leaf at least this often")
    prints_kept_days: int = Field(
        default=30, description="days that a print job's file is kept; 0 keeps them all"
    )
    uploads_kept_days: int = Field(
        default=10, description="days that an upload waits to be named by a statement; 0 for ever"
    )
    upload_bytes_per_day: int = Field(
        default=2 * 1024**3,
        description="bytes of files that one actor may upload in a day; 0 for no limit",
    )
    tokens_enrol: bool = Field(
        default=True,
        description="whether an actor's token may enrol a device while the registrar's key is here",
    )

    @property
    def database_url(self) -> str:
        """The database, by default SQLite in the folder."""
        return self.database or f"sqlite:///{self.data / 'ledger.db'}"

    @property
    def decisions_file(self) -> Path:
        """What officers confirmed, by default in the folder. It may be missing."""
        return Path(self.decisions) if self.decisions else self.data / "decisions.json"

    @property
    def printed_base_url(self) -> str:
        """What a label's code begins with. Raises FormError for what no phone could open."""
        if not self.base_url:
            scheme = "https" if self.tls_cert else "http"
            return f"{scheme}://{self.host}:{self.port}"
        if not _WEB_ADDRESS.fullmatch(self.base_url):
            raise FormError(
                "bad_uri",
                f"the base URL of labels is {self.base_url!r}: expected "
                "http(s)://HOST[:PORT][/PATH] in plain ASCII (a Chinese name as xn--…), no query",
            )
        return self.base_url.rstrip("/")
