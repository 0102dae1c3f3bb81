"""GET /crm/v8/org."""

from __future__ import annotations

from zohocrm_mcp.simulator.routes import route
from zohocrm_mcp.simulator.sources import known
from zohocrm_mcp.simulator.wire import Answer, Call, Json


@route("GET", "/crm/v8/org", scopes=("ZohoCRM.org.READ",))
@known("Zoho CRM v8 docs, Get Organization Data")
def get_org(call: Call) -> Answer:
    return Answer({"org": [_org(call)]})


def _org(call: Call) -> Json:
    org, admin = call.state.org, call.state.users.current
    return {
        "id": str(org.id),
        "zgid": org.zgid,
        "company_name": org.company_name,
        "alias": None,
        "domain_name": f"org{org.zgid}",
        "primary_email": admin.email,
        "primary_zuid": str(admin.zuid),
        "time_zone": admin.zone,
        "iso_code": org.currency,
        "currency": "US Dollar - USD",
        "currency_symbol": org.currency_symbol,
        "currency_locale": "en_US",
        "country_code": "IN",
        "country": "India",
        "street": None,
        "city": None,
        "state": None,
        "zip": None,
        "phone": None,
        "mobile": None,
        "fax": None,
        "website": "https://www.northwind-supply.example",
        "description": None,
        "employee_count": str(len(call.state.users.active)),
        "type": org.kind,
        "mc_status": False,
        "max_per_page": 200,
        "gapps_enabled": False,
        "photo_id": None,
        "deletable_org_account": False,
        "hierarchy_preferences": {"type": "Role_Hierarchy"},
        "license_details": _license(call),
        **_switches(),
    }


def _license(call: Call) -> Json:
    return {
        "paid_expiry": "2027-11-01T00:00:00+05:30",
        "users_license_purchased": len(call.state.users.active),
        "trial_type": None,
        "trial_expiry": None,
        "paid": call.state.settings.profile != "free",
        "paid_type": call.state.settings.profile,
        "portal_users_license_purchased": 0,
        "trial_action": None,
    }


def _switches() -> Json:
    return {
        "privacy_settings": False,
        "translation_enabled": False,
        "hipaa_compliance_enabled": False,
        "lite_users_enabled": False,
        "oauth_presence": True,
        "zia_portal_id": None,
        "ezgid": "9f2c7d0b5a1e4c3d",
    }
