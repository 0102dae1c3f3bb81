"""A million accounts."""

from __future__ import annotations

import json
import subprocess
import sys

SCRIPT = """
import json, resource, httpx2
from zohocrm_mcp.simulator import Simulator

with Simulator(accounts=1_000_000) as sim:
    headers = {"Authorization": f"Zoho-oauthtoken {sim.access_token}"}
    with httpx2.Client(base_url=sim.api_url, headers=headers, trust_env=False, timeout=60) as crm:
        page = crm.get("/crm/v8/Accounts", params={"fields": "Account_Name", "sort_by": "Modified_Time"}).json()
        count = crm.get("/crm/v8/Accounts/actions/count").json()["count"]
        criteria = "((Industry:equals:Technology)and(Annual_Revenue:greater_than:1000000))"
        found = crm.get("/crm/v8/Accounts/search", params={"criteria": criteria, "fields": "id"}).json()
        name = page["data"][-1]["Account_Name"]
        upsert = crm.post("/crm/v8/Accounts/upsert", json={"data": [{"Account_Name": name}]}).json()["data"][0]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({
        "page": len(page["data"]),
        "count": count,
        "found": len(found["data"]),
        "upserted": upsert["details"]["id"] == page["data"][-1]["id"],
        "kilobytes": peak // 1024 if sys.platform == "darwin" else peak,
    }))
"""


def test_a_million_accounts_fit_in_two_gigabytes() -> None:
    program = [sys.executable, "-c", "import sys" + SCRIPT]
    done = subprocess.run(program, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    kilobytes = told.pop("kilobytes")
    assert told == {"page": 200, "count": 1_000_000, "found": 200, "upserted": True}
    assert kilobytes < 2_000_000
