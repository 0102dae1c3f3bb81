"""The people of the organisation: users in several roles, with profiles and time zones."""

from __future__ import annotations

from dataclasses import dataclass

from zohocrm_mcp.simulator.metadata.ids import org_id


@dataclass(frozen=True, slots=True)
class Role:
    id: int
    name: str
    reports_to: int | None


@dataclass(frozen=True, slots=True)
class Profile:
    id: int
    name: str
    custom: bool


@dataclass(slots=True)
class User:
    """One user; ``zone`` has no summer time, so an offset says it all."""

    id: int
    zuid: int
    first_name: str
    last_name: str
    role: Role
    profile: Profile
    zone: str
    offset: str
    status: str = "active"
    confirmed: bool = True

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def email(self) -> str:
        return f"{self.first_name}.{self.last_name}@northwind-supply.example".lower()

    @property
    def admin(self) -> bool:
        return self.profile.name == "Administrator"


CEO = Role(org_id(26005), "CEO", None)
MANAGER = Role(org_id(26008), "Manager", CEO.id)
SALES = Role(org_id(480_501), "Sales Representative", MANAGER.id)
SUCCESS = Role(org_id(480_502), "Customer Success", MANAGER.id)
ROLES = (CEO, MANAGER, SALES, SUCCESS)
ADMINISTRATOR = Profile(org_id(26011), "Administrator", custom=False)
STANDARD = Profile(org_id(26014), "Standard", custom=False)
READ_ONLY = Profile(org_id(480_503), "Read Only", custom=True)
PROFILES = (ADMINISTRATOR, STANDARD, READ_ONLY)

_INDIA, _KENYA, _ARIZONA = ("Asia/Kolkata", "+05:30"), ("Africa/Nairobi", "+03:00"), ("America/Phoenix", "-07:00")
_PEOPLE = (
    ("Meera", "Iyer", CEO, ADMINISTRATOR, _INDIA, "active"),
    ("Daniel", "Otieno", MANAGER, ADMINISTRATOR, _KENYA, "active"),
    ("Laura", "Becker", MANAGER, STANDARD, _ARIZONA, "active"),
    ("Tomas", "Novak", SALES, STANDARD, _INDIA, "active"),
    ("Grace", "Mwangi", SALES, STANDARD, _KENYA, "active"),
    ("Hiroshi", "Tanaka", SALES, STANDARD, _INDIA, "active"),
    ("Priya", "Sharma", SUCCESS, STANDARD, _INDIA, "active"),
    ("Omar", "Haddad", SUCCESS, READ_ONLY, _KENYA, "active"),
    ("Vera", "Petrov", SALES, STANDARD, _INDIA, "inactive"),
    ("Noah", "Walker", SALES, STANDARD, _ARIZONA, "deleted"),
)


class Users:
    """All users by id; ``current`` is the administrator whose tokens exist from the start."""

    def __init__(self) -> None:
        made = [
            User(org_id(480_600 + place), 690_000_100 + place, first, last, role, profile, *zone, status)
            for place, (first, last, role, profile, zone, status) in enumerate(_PEOPLE)
        ]
        self.by_id = {user.id: user for user in made}
        self.current = made[0]

    @property
    def active(self) -> list[User]:
        return [user for user in self.by_id.values() if user.status == "active"]

    def offset_of(self, user_id: int) -> str:
        return self.by_id[user_id].offset
