"""The event catalogue says what the code says, and what is sent fits it."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema
from google.protobuf import json_format, symbol_database
from jsonschema import Draft202012Validator

from services.__main__ import all_specs
from shared.catalogue.built import on_paper
from shared.catalogue.comments import read_comments
from shared.catalogue.json_schema import PREFIX, Schema
from shared.catalogue.pages import ASYNCAPI, CONTRACTS, ROOT, drifted, topics_table, write
from shared.catalogue.topics import topics_of
from shared.hears import ANY_TYPE
from shared.service import Service
from tests.contract.test_golden_bytes import GOLDEN

ALL = all_specs()
TOPICS = ROOT / "deploy" / "kafka" / "topics.yaml"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / ASYNCAPI).read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def services() -> list[Service]:
    return [on_paper(spec) for spec in all_specs()]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The pages and what they are made from, to be spoiled at will."""
    for name in ("proto/plumbline", "deploy/kafka"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / CONTRACTS).parent.mkdir(parents=True)
    for page in (CONTRACTS, ASYNCAPI, Path("pyproject.toml")):
        shutil.copy(ROOT / page, tmp_path / page)
    return tmp_path


def test_the_catalogue_is_what_the_services_say_today() -> None:
    assert drifted(all_specs()) == [], "run `make docs`"


def test_a_changed_page_a_changed_topic_and_a_changed_comment_are_drift(copy: Path) -> None:
    assert drifted(all_specs(), copy) == []
    with (copy / ASYNCAPI).open("a") as page:
        page.write("x: y\n")
    assert drifted(all_specs(), copy) == [str(ASYNCAPI)]
    assert write(all_specs(), copy) == [str(ASYNCAPI)]
    topics = copy / "deploy/kafka/topics.yaml"
    topics.write_text(topics.read_text().replace("key: article id\n", "key: colour\n", 1))
    assert drifted(all_specs(), copy) == [str(ASYNCAPI), str(CONTRACTS)]
    write(all_specs(), copy)
    article = copy / "proto/plumbline/events/v1/article.proto"
    article.write_text(article.read_text().replace("// Article is", "// Article, we think, is"))
    assert drifted(all_specs(), copy) == [str(ASYNCAPI)]


def test_a_topic_nobody_declared_is_refused(services: list[Service]) -> None:
    stray = replace(services[0], says=(("plumbline.stray.v1", "plumbline.events.v1.Article"),))
    with pytest.raises(ValueError, match=r"does not declare plumbline\.stray\.v1"):
        topics_of([stray], TOPICS)


def test_every_topic_is_used_and_whatever_is_heard_is_said(services: list[Service]) -> None:
    for topic in topics_of(services, TOPICS):
        assert topic.said or topic.heard, topic.name
        heard = {type_ for types in topic.heard.values() for type_ in types} - {ANY_TYPE}
        said = {type_ for types in topic.said.values() for type_ in types}
        assert heard <= said, f"{topic.name}: nobody says {heard - said}"
        assert len(topic.said) <= 1, f"{topic.name} has more than one writer"


def test_the_table_names_speaker_and_listener_of_each_type(services: list[Service]) -> None:
    table = topics_table(services, topics_of(services, TOPICS))
    assert "ClaimSheet | claim_extraction | publish, verification |" in table
    assert (
        "| `cms.article.v1` | the CMS's id of the article | 7 days | CloudEvents in JSON | the CMS | ingest |" in table
    )
    assert "StaffSigner | console | every service |" in table


def test_the_document_is_asyncapi_3(document: dict[str, Any]) -> None:
    assert document["asyncapi"] == "3.0.0"
    # FastStream's model asks for a server's path, which the specification leaves out where there is none.
    document = document | {"servers": {n: s | {"pathname": ""} for n, s in document["servers"].items()}}
    ApplicationSchema.model_validate(document)
    for part in document["components"].values():
        assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in part)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = list(_references(document))
    assert len(found) > 100
    for reference in found:
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            assert step in place, reference
            place = place[step]


def test_an_operation_speaks_of_its_own_channel(document: dict[str, Any]) -> None:
    for name, operation in document["operations"].items():
        channel = operation["channel"]["$ref"]
        assert operation["messages"], name
        assert all(message["$ref"].startswith(channel + "/messages/") for message in operation["messages"]), name


def test_every_event_type_has_golden_bytes_that_fit_its_schema(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name, message in document["components"]["messages"].items():
        if message["name"] == "CloudEvent":
            continue
        meant = json.loads((GOLDEN / f"{name}.json").read_text())
        kind = symbol_database.Default().GetSymbol(message["name"])
        assert json_format.ParseDict(meant, kind())
        assert misfits(document, name, meant) == []
        assert len(meant) == len(schemas[name]["properties"]), f"{name}: the golden event fills every field"


def test_a_misfit_is_noticed(document: dict[str, Any]) -> None:
    article = json.loads((GOLDEN / "Article.json").read_text())
    for field, wrong in (
        ("title", 3),
        ("status", "ARTICLE_STATUS_LOST"),
        ("bylines", "one"),
        ("version", {"epoch": 1}),
    ):
        (misfit,) = misfits(document, "Article", article | {field: wrong})
        assert misfit.startswith(field)


def test_comments_of_the_contract_reach_the_reader(document: dict[str, Any]) -> None:
    comments = read_comments(ROOT / "proto")
    assert comments["plumbline.events.v1.Anchor"].startswith("Anchor places exact words")
    schema = document["components"]["schemas"]["Claim"]["properties"]["successor"]
    assert schema["description"] == comments["plumbline.events.v1.Claim.successor"]
    assert all(m["summary"] for m in document["components"]["messages"].values())


def misfits(document: dict[str, Any], name: str, event: dict[str, Any]) -> list[str]:
    """Where `event` breaks the schema of that name; there a field nobody described counts as well."""
    strict: dict[str, Schema] = {
        other: schema | {"additionalProperties": False} if "properties" in schema else schema
        for other, schema in document["components"]["schemas"].items()
    }
    schema = {"$ref": PREFIX + name, "components": {"schemas": strict}}
    found = Draft202012Validator(schema).iter_errors(event)
    return ["/".join(str(step) for step in error.absolute_path) or error.message for error in found]


def _references(node: Any) -> Any:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
