"""Settings every service shares. Each service adds its own beside its `app.py`.

Values come from the environment (`PLUMBLINE_...`); a `..._FILE` variable may name a file that holds a secret.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict


class FromFiles(PydanticBaseSettingsSource):
    """Values of variables with _FILE at their end: what the named file holds, without the space around it.

    Raises OSError for a file that cannot be read: a secret that was meant to be there is never passed over.
    """

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(f"{self.config.get('env_prefix', '')}{field_name}_file".upper())
        value = Path(path).read_text(encoding="utf-8").strip() if path else None
        return value, field_name, False

    def __call__(self) -> dict[str, Any]:
        found = ((name, self.get_field_value(field, name)[0]) for name, field in self.settings_cls.model_fields.items())
        return {name: value for name, value in found if value is not None}


class KitSettings(BaseSettings):
    """How one process is connected to the world."""

    model_config = SettingsConfigDict(env_prefix="PLUMBLINE_", frozen=True, extra="ignore", populate_by_name=True)

    home: Path = Field(default=Path(".plumbline"), description="Folder for embedded parts, keys and built models.")
    database_url: str = Field(default="", description="Postgres server; empty starts the embedded one.")
    kafka_bootstrap_servers: str = Field(
        default="",
        description="Kafka; empty starts one beside the process.",
        validation_alias=AliasChoices("PLUMBLINE_KAFKA_BOOTSTRAP_SERVERS", "KAFKA_BOOTSTRAP_SERVERS"),
    )
    otlp_endpoint: str = Field(default="", description="OTLP gRPC collector; empty sends spans to the console.")
    instance: str = Field(default="0", description="Stable name of this replica; static group membership uses it.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    telemetry: bool = Field(default=True, description="Spans, metrics and logs on or off.")
    master_key: SecretStr = Field(default=SecretStr(""), description="32 bytes, base64; empty uses HOME/master.key.")

    host: str = Field(default="127.0.0.1", description="Address of the public doors.")
    http_port: int = 8080
    trusted_proxies: str = Field(
        default="", description="Addresses and networks, comma-separated, whose X-Forwarded-For counts."
    )
    partner_port: int = 50051
    staff_host: str = Field(default="127.0.0.1", description="Address of the staff door; never a public one.")
    staff_port: int = 50052
    ops_host: str = Field(default="127.0.0.1", description="Address of readiness and metrics; never a public one.")
    ops_port: int = 8090
    otlp_port: int = 4317

    session_timeout_ms: int = 30_000
    max_poll_interval_ms: int = 300_000
    watch_seconds: float = Field(default=5.0, description="How often lag and outbox are measured.")
    stuck_after_seconds: float = 120.0
    stop_within_seconds: float = 20.0
    pool_size: int = 6

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is passed in beats a variable, and a variable beats the file a _FILE variable names."""
        return init_settings, env_settings, FromFiles(settings_cls)
