"""Nothing is written to an organisation that nobody has offered for it."""

from __future__ import annotations

import pytest

from live.sandbox import RefusedError, lacking, sign_in

GIVEN = {"LIVE_ZOHO_CLIENT_ID": "1000.X", "LIVE_ZOHO_CLIENT_SECRET": "s", "LIVE_ZOHO_REFRESH_TOKEN": "1000.r"}


def test_what_is_missing_is_named() -> None:
    assert lacking(GIVEN) == []
    assert lacking({**GIVEN, "LIVE_ZOHO_REFRESH_TOKEN": ""}) == ["LIVE_ZOHO_REFRESH_TOKEN"]


def test_the_credentials_of_the_product_are_not_taken() -> None:
    assert lacking({name.replace("LIVE_ZOHO_", "ZOHO_SDK_"): value for name, value in GIVEN.items()}) == [*GIVEN]


def test_a_sandbox_is_meant_unless_another_environment_is_named() -> None:
    assert sign_in(GIVEN)["ZOHO_SDK_ENVIRONMENT"] == "sandbox"
    assert sign_in({**GIVEN, "LIVE_ZOHO_ENVIRONMENT": "developer"})["ZOHO_SDK_ENVIRONMENT"] == "developer"


@pytest.mark.parametrize("consent", [{}, {"LIVE_ZOHO_PRODUCTION": "no"}])
@pytest.mark.parametrize("name", ["production", "Production"])
def test_production_is_refused(name: str, consent: dict[str, str]) -> None:
    with pytest.raises(RefusedError, match="LIVE_ZOHO_PRODUCTION=yes"):
        sign_in({**GIVEN, **consent, "LIVE_ZOHO_ENVIRONMENT": name})


def test_production_is_taken_from_somebody_who_says_so() -> None:
    given = sign_in({**GIVEN, "LIVE_ZOHO_ENVIRONMENT": "production", "LIVE_ZOHO_PRODUCTION": "yes"})
    assert given["ZOHO_SDK_ENVIRONMENT"] == "production"
    assert "ZOHO_SDK_PRODUCTION" not in given
