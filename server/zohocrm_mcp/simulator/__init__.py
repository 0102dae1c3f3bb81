"""A Zoho CRM v8 that speaks HTTP and runs on a laptop: seeded data, real error bodies, limits, faults on demand.

What it is not: Zoho. No workflow, approval, blueprint, assignment rule or validation rule runs; territories, sharing,
webhooks, e-mail, conversion of leads and the composite API are not there; one organisation has one layout per module.
Every behaviour is tagged as known, with its source, or as guessed; ``sources.behaviours("guessed")`` lists the guesses.
"""

from zohocrm_mcp.simulator.service import Simulator

__all__ = ["Simulator"]
