"""Settings every service shares. Each service adds its own beside its `app.py`.

Values come from the environment (`PLUMBLINE_...`); a `..._FILE` variable may name a file that holds a secret.
"""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

Port = Annotated[int, Field(ge=0, le=65_535)]


class WrongSettings(ValueError):
    """Settings nothing can run on: each variable with what is wrong about it, without its value."""

    def __init__(self, *problems: tuple[str, str]) -> None:
        super().__init__("; ".join(f"{variable}: {why}" for variable, why in problems))
        self.problems = problems


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


class FromEnvironment(BaseSettings):
    """Settings from variables and from the files that ..._FILE variables name. Raises WrongSettings, and nothing else."""

    def __init__(self, **given: Any) -> None:
        try:
            super().__init__(**given)
        except ValidationError as error:
            found = error.errors(include_input=False, include_url=False)
            problems = [
                (type(self).variable(str(one["loc"][0])), one["msg"].removeprefix("Value error, ")) for one in found
            ]
        except SettingsError as error:  # names the field and nothing more
            name = re.search('"([^"]+)"', str(error))
            problems = [(type(self).variable(name[1] if name else ""), 'is no JSON, such as ["...", "..."]')]
        except UnicodeDecodeError:
            problems = [("settings", "a file that a ..._FILE variable names is not UTF-8")]
        except OSError as error:
            names = (f"{type(self).variable(name)}_FILE" for name in type(self).model_fields)
            variable = next((name for name in names if os.environ.get(name) == error.filename), "settings")
            problems = [(variable, f"{error.filename} cannot be read: {error.strerror}")]
        else:
            return
        raise WrongSettings(*problems)

    @classmethod
    def variable(cls, field: str) -> str:
        """The variable a field is read from; what is a variable's name already stays."""
        return field if field.isupper() else f"{cls.model_config.get('env_prefix', '')}{field}".upper()

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


class KitSettings(FromEnvironment):
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
    http_port: Port = 8080
    trusted_proxies: str = Field(
        default="", description="Addresses and networks, comma-separated, whose X-Forwarded-For counts."
    )
    partner_port: Port = 50051
    staff_host: str = Field(default="127.0.0.1", description="Address of the staff door; never a public one.")
    staff_port: Port = 50052
    ops_host: str = Field(default="127.0.0.1", description="Address of readiness and metrics; never a public one.")
    ops_port: Port = 8090
    otlp_port: Port = 4317

    session_timeout_ms: int = Field(default=30_000, gt=0)
    max_poll_interval_ms: int = Field(default=300_000, gt=0)
    watch_seconds: float = Field(default=5.0, gt=0, description="How often lag and outbox are measured.")
    stuck_after_seconds: float = Field(default=120.0, gt=0)
    stop_within_seconds: float = Field(default=20.0, gt=0)
    pool_size: int = Field(default=6, ge=1)

    @field_validator("database_url")
    @classmethod
    def _is_postgres(cls, url: str) -> str:
        if url and not url.startswith(("postgresql://", "postgres://")):
            raise ValueError("is no address such as postgresql://user:password@host:5432")
        return url

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, listed: str) -> str:
        for entry in filter(None, (part.strip() for part in listed.split(","))):
            try:
                ipaddress.ip_network(entry, strict=False)
            except ValueError as error:
                raise ValueError("lists addresses or networks, such as 10.0.0.2, 10.0.1.0/24") from error
        return listed
