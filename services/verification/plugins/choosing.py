"""Which plug-ins an operator switched on: none until an address or a model file is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.verification.engine.proposals import Refusal
from services.verification.plugins.consulting import Consulting, Plugins, Refused, Spend
from services.verification.plugins.llm import LanguageModel, Post, Prices
from services.verification.plugins.nli import Inference
from services.verification.spending import Purse
from shared.settings import FromEnvironment
from shared.telemetry.metrics import Metrics
from shared.telemetry.names import PLUGIN_REFUSED

NAMES = ("llm", "nli")


class PluginSettings(FromEnvironment):
    """Models that may propose, and what they may cost."""

    model_config = SettingsConfigDict(env_prefix="PLUMBLINE_VERIFICATION_", frozen=True, extra="ignore")

    llm_url: str = Field(default="", description="Chat-completions address of a language model, up to /v1.")
    llm_model: str = Field(default="", description="Its model name.")
    llm_key: SecretStr = Field(default=SecretStr(""), description="Its key, where it needs one.")
    llm_outside: bool = Field(default=True, description="Whether asking it tells somebody else what is checked.")
    llm_seconds: float = Field(default=30.0, description="Seconds one question may take.")
    llm_tokens: int = Field(default=800, description="Most tokens of one answer.")
    llm_price_asked: int = Field(default=0, description="Millionths of the currency for 1,000 tokens asked.")
    llm_price_answered: int = Field(default=0, description="Millionths of the currency for 1,000 tokens answered.")
    llm_round_cost: int = Field(default=1_000_000, description="Millionths one round of checks may cost.")
    llm_round_claims: int = Field(default=40, description="Claims of one round it is asked about.")
    day_budget: int = Field(
        default=5_000_000,
        ge=0,
        description="Millionths of the currency a site's paid providers may cost in a day (UTC); 0: none is asked.",
    )
    nli_folder: Path | None = Field(
        default=None, description="Folder with model.onnx, tokenizer.json and config.json of an inference model."
    )
    nli_seconds: float = Field(default=30.0, description="Seconds one question may take.")


def counted(metrics: Metrics) -> Refused:
    """Counts what the gate refused; each count stands at zero from the start."""
    for name in NAMES:
        for why in Refusal:
            metrics.add(PLUGIN_REFUSED, 0, plugin=name, reason=why.value)
    return lambda plugin, why, count: metrics.add(PLUGIN_REFUSED, count, plugin=plugin, reason=why.value)


def plugins(
    settings: PluginSettings,
    door: Post,
    off_loop: Callable[..., Awaitable[Any]],
    refused: Refused,
    *,
    drafts: bool = False,
    purse: Purse | None = None,
) -> Plugins:
    """The chosen plug-ins, each behind its limits and the gate."""
    chosen: list[Consulting] = []
    if settings.nli_folder is not None:
        spend = Spend(seconds=settings.nli_seconds)
        chosen.append(Consulting(Inference(settings.nli_folder, off_loop), spend, refused=refused))
    if settings.llm_url and settings.llm_model:
        model = LanguageModel(
            door,
            settings.llm_url,
            settings.llm_model,
            key=settings.llm_key,
            most_tokens=settings.llm_tokens,
            prices=Prices(settings.llm_price_asked, settings.llm_price_answered),
            outside=settings.llm_outside,
        )
        spend = Spend(settings.llm_seconds, settings.llm_round_claims, settings.llm_round_cost)
        chosen.append(Consulting(model, spend, drafts=drafts, refused=refused, purse=purse))
    return Plugins(chosen)
