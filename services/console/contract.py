"""What the console hears and says.

| hears | type | what happens |
|---|---|---|
| plumbline.directory.v1 | Site, PartnerKey, StaffSigner | as in every service (`shared.directory`); its own rows are the original, so nothing changes |

| says | type | key | when |
|---|---|---|---|
| plumbline.directory.v1 | Site | site/{site id} | first start, a change of identity or ratings, every start |
| plumbline.directory.v1 | PartnerKey | partner-key/{key id} | made, revoked, every start |
| plumbline.directory.v1 | StaffSigner | staff-signer/{signer id} | made, revoked, every start |

Told again at a start means: a new event, the same version. Who knows that version already changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp
from plumbline.events.v1 import common_pb2, directory_pb2

from services.console.model.site import DEFAULT_SCHEME, DEFAULT_SCHEME_ID, RatingChoice, SiteIdentity
from shared.directory import TOPIC, PartnerKey, StaffSigner
from shared.events import Outgoing, Version

SAYS = tuple(
    (TOPIC, kind.DESCRIPTOR.full_name)
    for kind in (directory_pb2.Site, directory_pb2.PartnerKey, directory_pb2.StaffSigner)
)


def site_message(site_id: UUID, version: Version, identity: SiteIdentity) -> directory_pb2.Site:
    """A site with the default rating scheme."""
    return directory_pb2.Site(
        site_id=str(site_id),
        version=_wire(version),
        name=identity.name,
        languages=identity.languages,
        publisher=identity.publisher,
        legal_footer=identity.legal_footer,
        mission=identity.mission,
        contact=identity.contact,
        homepage=identity.homepage,
        address=identity.address,
        editor_in_chief=identity.editor_in_chief,
        funding=identity.funding,
        corrections_policy=identity.corrections_policy,
        rating_scheme=directory_pb2.RatingScheme(
            scheme_id=DEFAULT_SCHEME_ID,
            ratings=[directory_pb2.Rating(rating=r.rating, label=r.label, value=r.value) for r in DEFAULT_SCHEME],
        ),
    )


def identity_of(site: directory_pb2.Site) -> SiteIdentity:
    """What a told site said of itself."""
    return SiteIdentity(
        name=site.name,
        languages=tuple(site.languages),
        publisher=site.publisher,
        legal_footer=site.legal_footer,
        mission=site.mission,
        contact=site.contact,
        homepage=site.homepage,
        address=site.address,
        editor_in_chief=site.editor_in_chief,
        funding=site.funding,
        corrections_policy=site.corrections_policy,
    )


def ratings_of(site: directory_pb2.Site | None) -> Sequence[RatingChoice]:
    """The ratings people may choose at a site."""
    if site is None or not site.rating_scheme.ratings:
        return DEFAULT_SCHEME
    return tuple(
        RatingChoice(r.rating, r.label, r.value if r.HasField("value") else None) for r in site.rating_scheme.ratings
    )


def tell_site(site: directory_pb2.Site) -> Outgoing:
    return _outgoing("site", site.site_id, site.site_id, site)


def tell_key(key: PartnerKey, version: Version) -> Outgoing:
    expires = None
    if key.expires_at is not None:
        expires = Timestamp()
        expires.FromDatetime(key.expires_at)
    message = directory_pb2.PartnerKey(
        key_id=key.key_id,
        site_id=str(key.site_id),
        version=_wire(version),
        partner_id=key.partner_id,
        partner_name=key.partner_name,
        secret_sha256=key.secret_sha256,
        scopes=sorted(key.scopes),
        requests_per_minute=key.requests_per_minute,
        revoked=key.revoked,
        expires_at=expires,
    )
    return _outgoing("partner-key", key.key_id, message.site_id, message)


def tell_signer(signer: StaffSigner, version: Version) -> Outgoing:
    message = directory_pb2.StaffSigner(
        signer_id=signer.signer_id,
        site_id=str(signer.site_id),
        version=_wire(version),
        public_key=signer.public_key,
        revoked=signer.revoked,
    )
    return _outgoing("staff-signer", signer.signer_id, message.site_id, message)


def _wire(version: Version) -> common_pb2.Version:
    return common_pb2.Version(epoch=version.epoch, counter=version.counter)


def _outgoing(
    kind: str,
    name: str,
    site_id: str,
    message: directory_pb2.Site | directory_pb2.PartnerKey | directory_pb2.StaffSigner,
) -> Outgoing:
    version = Version(message.version.epoch, message.version.counter)
    return Outgoing(TOPIC, f"{kind}/{name}", name, UUID(site_id), version, message)
