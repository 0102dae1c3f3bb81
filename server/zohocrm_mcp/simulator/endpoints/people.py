"""Users, roles, profiles and the organisation."""

from __future__ import annotations

from collections.abc import Callable

from zohocrm_mcp.simulator.routes import route
from zohocrm_mcp.simulator.seed.base import FIRST_CREATED
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store.times import iso
from zohocrm_mcp.simulator.users import PROFILES, ROLES, Profile, Role, User
from zohocrm_mcp.simulator.wire import NOTHING, Answer, Call, Json, Refusal

_TYPES: dict[str, Callable[[User], bool]] = {
    "AllUsers": lambda _: True,
    "ActiveUsers": lambda user: user.status == "active",
    "AllActiveUsers": lambda user: user.status == "active",
    "DeactiveUsers": lambda user: user.status == "inactive",
    "ConfirmedUsers": lambda user: user.confirmed,
    "NotConfirmedUsers": lambda user: not user.confirmed,
    "DeletedUsers": lambda user: user.status == "deleted",
    "ActiveConfirmedUsers": lambda user: user.status == "active" and user.confirmed,
    "AdminUsers": lambda user: user.admin,
    "ActiveConfirmedAdmins": lambda user: user.admin and user.status == "active" and user.confirmed,
    "DeveloperUsers": lambda _: False,
    "ActiveLiteUser": lambda _: False,
}


def chosen(call: Call) -> list[User]:
    kind = call.query.get("type", "AllUsers")
    if kind == "CurrentUser":
        return [call.state.users.by_id[call.user_id]]
    if kind not in _TYPES:
        raise Refusal("INVALID_DATA", "invalid data", {"param_name": "type", "supported_values": [*_TYPES]})
    return [user for user in call.state.users.by_id.values() if _TYPES[kind](user)]


@route("GET", "/crm/v8/users", scopes=("ZohoCRM.users.READ",))
@known("live v2 users answer; Zoho CRM v8 docs, Get Users: types, page, at most 200 a page, ids", 2026)
def list_users(call: Call) -> Answer:
    users = chosen(call)
    if ids := call.query.get("ids"):
        users = [user for user in users if str(user.id) in ids.split(",")]
    page, per_page = call.number("page", 1, 1, 10_000), call.number("per_page", 200, 1, 200)
    shown = users[(page - 1) * per_page : page * per_page]
    if not shown:
        return NOTHING
    info = {"per_page": per_page, "count": len(shown), "page": page, "more_records": len(users) > page * per_page}
    return Answer({"users": [user_json(call, user) for user in shown], "info": info})


@route("GET", "/crm/v8/users/{id}", scopes=("ZohoCRM.users.READ",))
@known("live: a single user comes without info; an unknown one is 204", 2026)
def get_user(call: Call) -> Answer:
    user = next((each for each in call.state.users.by_id.values() if str(each.id) == call.params["id"]), None)
    return Answer({"users": [user_json(call, user)]}) if user else NOTHING


@route("GET", "/crm/v8/users/actions/count", scopes=("ZohoCRM.users.READ",))
@known("Zoho CRM v8 docs, Get Users Count")
def count_users(call: Call) -> Answer:
    return Answer({"count": len(chosen(call))})


def reference(thing: User | Role | Profile) -> Json:
    return {"name": thing.name, "id": str(thing.id)}


def user_json(call: Call, user: User) -> Json:
    admin = reference(call.state.users.current)
    when = iso(FIRST_CREATED, call.zone)
    return {
        **_identity(user),
        **_locale(user),
        "confirm": user.confirmed,
        "created_by": admin,
        "created_time": when,
        "Modified_By": admin,
        "Modified_Time": when,
        "Isonline": False,
        "sandboxDeveloper": False,
        "microsoft": False,
        "type__s": "Regular User",
        "Reporting_To": None,
        "status_reason__s": None,
        "$current_shift": None,
        "$next_shift": None,
        "$shift_effective_from": None,
        "sort_order_preference__s": "First Name,Last Name",
        "name_format__s": "Salutation,First Name,Last Name",
        "image_link": f"https://contacts.zoho.example/file?ID={user.zuid}&fs=thumb",
        "customize_info": {"notes_desc": None, "show_right_panel": None, "bc_view": None, "show_home": False},
        "personal_account": False,
        "default_tab_group": "0",
        "category": "regular_user",
        "territories": [],
    }


def _identity(user: User) -> Json:
    return {
        "id": str(user.id),
        "zuid": str(user.zuid),
        "first_name": user.first_name,
        "last_name": user.last_name,
        "full_name": user.name,
        "email": user.email,
        "role": reference(user.role),
        "profile": reference(user.profile),
        "status": user.status,
        "alias": None,
        "phone": None,
        "mobile": None,
        "fax": None,
        "website": None,
        "dob": None,
        "street": None,
        "city": None,
        "state": None,
        "zip": None,
        "country": None,
        "signature": None,
    }


def _locale(user: User) -> Json:
    return {
        "locale": "en_US",
        "country_locale": "en_US",
        "language": "en_US",
        "time_zone": user.zone,
        "offset": 0,
        "date_format": "MMM d, yyyy",
        "time_format": "hh:mm a",
        "decimal_separator": "Period",
        "number_separator": "Comma",
    }


@route("GET", "/crm/v8/settings/roles", scopes=("ZohoCRM.settings.roles.READ",))
@known("Zoho CRM v8 docs, Get Roles")
def list_roles(call: Call) -> Answer:
    return Answer({"roles": [_role(call, role) for role in ROLES]})


@route("GET", "/crm/v8/settings/roles/{id}", scopes=("ZohoCRM.settings.roles.READ",))
@known("Zoho CRM v8 docs, Get a Role")
def get_role(call: Call) -> Answer:
    found = [_role(call, role) for role in ROLES if str(role.id) == call.params["id"]]
    return Answer({"roles": found}) if found else NOTHING


def _role(call: Call, role: Role) -> Json:
    above = next((each for each in ROLES if each.id == role.reports_to), None)
    when, who = iso(FIRST_CREATED, call.zone), reference(call.state.users.current)
    return {
        "display_label": role.name,
        "created_by__s": who,
        "modified_by__s": who,
        "forecast_manager": None,
        "share_with_peers": True,
        "modified_time__s": when,
        "name": role.name,
        "description": None,
        "reporting_to": reference(above) if above else None,
        "id": str(role.id),
        "created_time__s": when,
    }


@route("GET", "/crm/v8/settings/profiles", scopes=("ZohoCRM.settings.profiles.READ",))
@known("Zoho CRM v8 docs, Get Profiles")
def list_profiles(call: Call) -> Answer:
    return Answer({"profiles": [_profile(call, profile) for profile in PROFILES]})


@route("GET", "/crm/v8/settings/profiles/{id}", scopes=("ZohoCRM.settings.profiles.READ",))
@guessed("a single profile carries an empty list of permissions")
def get_profile(call: Call) -> Answer:
    found = [_profile(call, profile) for profile in PROFILES if str(profile.id) == call.params["id"]]
    return Answer({"profiles": [{**found[0], "permissions_details": [], "sections": []}]}) if found else NOTHING


def _profile(call: Call, profile: Profile) -> Json:
    when, who = iso(FIRST_CREATED, call.zone), reference(call.state.users.current)
    return {
        "display_label": profile.name,
        "created_time": when if profile.custom else None,
        "modified_time": when if profile.custom else None,
        "custom": profile.custom,
        "modified_by": who if profile.custom else None,
        "description": f"The {profile.name} profile",
        "name": profile.name,
        "api_name": profile.name.replace(" ", "_"),
        "id": str(profile.id),
        "created_by": who if profile.custom else None,
        "type": "normal_profile",
    }
