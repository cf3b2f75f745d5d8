"""What the exports of ticket sellers and forms call their columns. Headers are compared without case and punctuation.

Sellers rename columns now and then, so what is not found here is still guessed by the words of its header.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PRIVATE = frozenset(
    {
        "home address",
        "home address 1",
        "home address 2",
        "home city",
        "home zip",
        "home postcode",
        "home postal code",
        "address",
        "address 1",
        "address 2",
        "address line 1",
        "address line 2",
        "street",
        "street address",
        "zip",
        "zip code",
        "postcode",
        "postal code",
        "billing address",
        "billing address 1",
        "billing address 2",
        "billing zip",
        "shipping address",
        "mailing address",
        "date of birth",
        "birth date",
        "birthday",
        "ssn",
        "social security number",
        "ip address",
        "ip",
    }
)
"""Columns that are left out unless somebody maps them: where people live is nothing a check-in needs."""


@dataclass(frozen=True, slots=True)
class Preset:
    """One seller's export."""

    name: str
    title: str
    signature: frozenset[str] = frozenset()
    """Headers that tell this export from others."""
    enough: int = 2
    """How many of them must be there."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Header → field."""
    last_wins: bool = False
    """A form: whoever answers again replaces their answer."""
    named_ids: tuple[str, ...] = ()
    """Fields that together name a registration in the seller's system, tried in order."""


def _columns(**targets: str) -> dict[str, str]:
    """`email="e mail|mail"` → one entry for each header."""
    return {header: target for target, headers in targets.items() for header in headers.split("|")}


GENERIC = Preset(
    name="generic",
    title="a list",
    columns={
        **dict.fromkeys(PRIVATE, "ignore"),
        **_columns(
            first="first name|first|attendee first name|given name|given names|forename|firstname|given|"
            "preferred first name",
            last="last name|last|attendee last name|surname|family name|lastname|family|second name",
            middle="middle name|middle|middle initial|mi",
            suffix="suffix|name suffix",
            full_name="full name|name|attendee|attendee name|participant|participant name|guest name|guest|"
            "person|delegate|delegate name|"
            "registrant|registrant name",
            badge_name="badge name|name on badge|name for badge|name badge|preferred name|display name|nickname",
            pronoun="pronoun|pronouns|preferred pronouns|gender pronouns",
            title="rank|title rank|rank title|rank or title|prefix|salutation|rank if any|honorific",
            job_title="job title|position|title|role|job|occupation",
            agency="agency|organization|organisation|agency or organization|company|company name|company "
            "organization|affiliation|"
            "department|employer|institution|institute|agency name|organization name|org",
            agency_type="agency type|type of agency|organization type|category|sector",
            sworn="sworn|sworn or non sworn|sworn status|sworn non sworn|are you sworn or non sworn|sworn y n",
            registration_type="registration type|attendee type|ticket type|ticket|ticket name|type|reg type|"
            "ticket class|pass|pass type|"
            "registration category|attendee category|admission type",
            status="status|attendee status|registration status|rsvp|rsvp status|order status|payment status|"
            "approval status|attendance status",
            email="email|e mail|email address|e mail address|mail|email addr|attendee email|work email|"
            "contact email|e mail addr|"
            "primary email",
            phone="phone|phone number|cell|cell phone|mobile|mobile phone|telephone|tel|work phone|mobile "
            "number|contact number|"
            "cell number|phone no",
            access_need="access need|access needs|accessibility|accessibility needs|accommodation|"
            "accommodations|special needs|ada needs|"
            "special accommodations",
            note="note for the desk|desk note|note|notes|remark|remarks|internal note|comments for staff",
            attention="vip|attention|flag|flagged",
            language="language|preferred language|spoken language",
            number="badge|badge number|badge no|badge id|attendee number|attendee no|attendee id|"
            "registration number|reg no|reg id|"
            "id|id number|no|number|registrant id|participant id|member number",
            code="barcode|barcode number|ticket code|qr code|qr|ticket secret|secret|ticket number|ticket id|"
            "ticket no|confirmation number|"
            "confirmation code|confirmation|code|registration code|ticket reference|scan code",
            buyer_email="buyer email|purchaser email|order email|booker email|billing email",
            quantity="quantity|qty|number of tickets|tickets|seats|guests|number of guests|party size",
            paid="paid|payment received|has paid|fee paid",
            to_sign="to sign|waiver|document to sign",
        ),
    },
)

EVENTBRITE = Preset(
    name="eventbrite",
    title="Eventbrite",
    signature=frozenset(
        {
            "order",
            "order id",
            "barcode",
            "barcode number",
            "attendee",
            "attendee id",
            "attendee status",
            "order type",
            "total paid",
            "price tier",
            "ticket type",
        }
    ),
    enough=4,
    columns=_columns(
        source_id="attendee|attendee id",
        code="barcode|barcode number|barcode 1",
        first="first name|attendee first name",
        last="last name|attendee surname|attendee last name|surname",
        title="prefix",
        email="email|attendee email",
        buyer_email="buyer email",
        status="attendee status",
        registration_type="ticket type",
        quantity="quantity|ticket quantity",
        phone="cell phone",
        job_title="job title",
        extra="order|order id|total paid|group|price tier|order type|order date|home state|work phone|home phone",
    ),
)

PRETIX = Preset(
    name="pretix",
    title="pretix",
    signature=frozenset(
        {
            "order code",
            "position id",
            "ticket secret",
            "pseudonymization id",
            "attendee email",
            "event slug",
            "attendee name given name",
            "product",
        }
    ),
    enough=4,
    columns=_columns(
        code="ticket secret|secret",
        order="order code",
        position="position id",
        full_name="attendee name",
        first="attendee name given name",
        last="attendee name family name",
        title="attendee name title|attendee name salutation",
        email="attendee email",
        buyer_email="email|e mail",
        agency="attendee company|company",
        status="status|order status",
        product="product|item",
        ignore="event slug|event name|tax rate|tax rule|tax value|product id|variation id|address|zip code|"
        "attendee address",
        extra="pseudonymization id|variation|phone number|city|country|state|order date|order time|price|voucher",
    ),
    named_ids=("order", "position"),
)

CVENT = Preset(
    name="cvent",
    title="Cvent",
    signature=frozenset(
        {
            "confirmation number",
            "invitee status",
            "registration type",
            "admission item",
            "company name",
            "agenda items",
            "registration date",
        }
    ),
    enough=4,
    columns=_columns(
        code="confirmation number",
        number="badge number",
        first="first name",
        middle="middle name",
        last="last name",
        suffix="suffix|designation",
        title="prefix",
        job_title="title|job title",
        email="email address|email",
        agency="company name|company",
        registration_type="registration type",
        status="invitee status|status",
        phone="mobile phone|work phone",
        note="internal note",
        extra="agenda items|admission item|registration date",
    ),
    named_ids=("code",),
)

GOOGLE_FORMS = Preset(
    name="google_forms",
    title="Google Forms",
    signature=frozenset({"timestamp", "email address", "username", "zeitstempel", "marca temporal", "horodateur"}),
    enough=2,
    columns=_columns(email="email address|username", extra="timestamp|zeitstempel|marca temporal|horodateur|score"),
    last_wins=True,
)

LUMA = Preset(
    name="luma",
    title="Luma",
    signature=frozenset(
        {"api id", "approval status", "qr code url", "checked in at", "custom source", "ticket name", "utm source"}
    ),
    enough=3,
    columns=_columns(
        source_id="api id|guest id",
        code="qr code url",
        full_name="name",
        first="first name",
        last="last name",
        email="email",
        phone="phone number",
        status="approval status",
        registration_type="ticket name",
        extra="created at|checked in at|custom source|amount|amount tax|amount discount|currency|coupon code|"
        "utm source",
    ),
)

TITO = Preset(
    name="tito",
    title="Tito",
    signature=frozenset(
        {
            "ticket reference",
            "ticket full name",
            "ticket first name",
            "ticket email",
            "order reference",
            "order email",
            "void status",
            "unique ticket url",
            "ticket company name",
        }
    ),
    enough=4,
    columns=_columns(
        code="ticket reference",
        full_name="ticket full name",
        first="ticket first name",
        last="ticket last name",
        email="ticket email",
        buyer_email="order email",
        agency="ticket company name",
        job_title="ticket job title",
        phone="ticket phone number",
        registration_type="ticket",
        status="void status",
        extra="order reference|order name|unique ticket url|unique order url|ticket created date|tags",
    ),
    named_ids=("code",),
)

MEETUP = Preset(
    name="meetup",
    title="Meetup",
    signature=frozenset(
        {
            "user id",
            "event host",
            "rsvp",
            "rsvped on",
            "joined group on",
            "url of member profile",
            "guests",
            "member id",
        }
    ),
    enough=4,
    columns=_columns(
        source_id="user id|member id",
        full_name="name",
        status="rsvp",
        quantity="guests",
        job_title="title",
        extra="event host|rsvped on|joined group on|url of member profile",
    ),
)

INDICO = Preset(
    name="indico",
    title="Indico",
    signature=frozenset(
        {
            "registration date",
            "registration state",
            "checked in",
            "checked in at",
            "affiliation",
            "registration id",
            "ticket reference number",
        }
    ),
    enough=2,
    columns=_columns(
        source_id="id|registration id",
        full_name="name",
        first="first name",
        last="last name",
        email="email address|email",
        agency="affiliation",
        job_title="position",
        phone="phone",
        status="registration state|state|status",
        extra="registration date|checked in|checked in at|paid",
    ),
)

WHOVA = Preset(
    name="whova",
    title="Whova",
    signature=frozenset(
        {
            "ticket code",
            "ticket type",
            "affiliation",
            "attendee category",
            "order number",
            "registration status",
            "registration id",
            "whova profile",
            "check in status",
        }
    ),
    enough=4,
    columns=_columns(
        source_id="registration id|order number",
        code="ticket code|qr code",
        first="first name",
        last="last name",
        email="email",
        agency="affiliation|company",
        job_title="position|title",
        registration_type="ticket type|attendee category",
        status="registration status",
        phone="phone",
        extra="check in status|whova profile",
    ),
)

PRESETS: tuple[Preset, ...] = (EVENTBRITE, PRETIX, CVENT, GOOGLE_FORMS, LUMA, TITO, MEETUP, INDICO, WHOVA)
