"""Who may do what, and who is who: the table and the list of people, read strictly."""

import os
from pathlib import Path

import pytest

from engine.errors import BadSetting
from engine.model.access import AccessSettings, LoginSettings
from engine.model.roles import Role
from engine.response.permissions import LADDER, permissions_from
from engine.response.staff import Claims, Staff, claims_from, staff_from
from engine.settings import ApiSettings
from engine.usecases.room.permissions import load_permissions, load_staff

NO_KEYS = {"operators_only": []}


def table(**least: list[str]) -> dict[str, object]:
    return {"least": {role.value: least.get(role, []) for role in LADDER}, "keys": NO_KEYS}


def test_whoever_stands_higher_may_do_all_that_lower_ones_may() -> None:
    permissions = load_permissions()
    for verb, least in permissions.least.items():
        allowed = [permissions.allows(role, verb) for role in LADDER]
        assert allowed == sorted(allowed), "a role lost what a lower one has"
        assert allowed.index(True) == LADDER.index(least)
        assert not permissions.allows(None, verb)
    assert not permissions.allows(Role.ADMIN, "no_such_verb"), "what the table does not know, nobody may do"


def test_an_analyst_changes_nothing() -> None:
    looking = [verb for verb, least in load_permissions().least.items() if least is Role.ANALYST]
    assert all(verb.startswith(("preview", "replay")) for verb in looking), "an analyst looks at what would be"


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (table(operator=["a"], manager=["a"]), "names a twice"),
        ({"least": {"operator": []}, "keys": NO_KEYS}, "must list the verbs of each of"),
        ({**table(), "more": {}}, "section nobody reads"),
        (table(operator=["a", 1]), "list of words"),  # type: ignore[list-item]
        ({"least": table()["least"]}, "operators_only"),
    ],
)
def test_a_table_that_is_wrong_says_what_would_be_right(rules: dict[str, object], said: str) -> None:
    with pytest.raises(BadSetting, match=said):
        permissions_from(rules)


def staff(**entries: list[str]) -> Staff:
    return staff_from({"admin": ["boss@brand.cn"], **entries}, file="people.toml")


def test_the_highest_entry_that_fits_counts() -> None:
    people = staff(operator=["Li@Brand.cn"], manager=["group:night"], analyst=["sub:42"])
    assert people.role_of(Claims("1", "li@brand.cn", frozenset())) is Role.OPERATOR
    assert people.role_of(Claims("1", "li@brand.cn", frozenset({"night"}))) is Role.MANAGER
    assert people.role_of(Claims("42", None, frozenset())) is Role.ANALYST
    assert people.role_of(Claims("7", "someone@brand.cn", frozenset({"day"}))) is None


def test_an_address_that_the_provider_did_not_verify_opens_nothing() -> None:
    said = {"sub": "9", "email": "boss@brand.cn", "email_verified": False}
    claims = claims_from(said, groups_claim="groups")
    assert claims is not None
    assert staff().role_of(claims) is None
    assert claims.audited_as == "sub:9", "nor does it sign what is done"


def test_a_claim_cannot_pass_for_a_group_or_a_subject() -> None:
    people = staff(manager=["group:night@brand.cn"], operator=["sub:42"])
    for email in ("group:night@brand.cn", "sub:42"):
        claims = claims_from({"sub": "1", "email": email}, groups_claim="groups")
        assert claims is not None
        assert people.role_of(claims) is None
    for said in ({"sub": "1", "groups": {"night": True}}, {"sub": "1", "groups": [["night"]]}):
        claims = claims_from(said, groups_claim="groups")
        assert claims is not None
        assert people.role_of(claims) is None
    assert claims_from({"email": "boss@brand.cn"}, groups_claim="groups") is None, "nobody without a subject"


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ({"admin": ["boss"]}, "must be an address"),
        ({"admin": []}, "names no admin"),
        ({"owner": ["a@b"]}, "a role that the room does not have: owner"),
        ({"admin": "a@b"}, "must be a list"),
    ],
)
def test_a_list_of_people_that_is_wrong_says_what_would_be_right(listed: dict[str, object], said: str) -> None:
    with pytest.raises(BadSetting, match=said):
        staff_from(listed, file="people.toml")


def test_a_change_of_the_list_counts_at_once(tmp_path: Path) -> None:
    file, li = tmp_path / "people.toml", Claims("1", "li@brand.cn", frozenset())
    file.write_text('admin = ["boss@brand.cn"]\nmanager = ["li@brand.cn"]')
    assert load_staff(file).role_of(li) is Role.MANAGER
    file.write_text('admin = ["boss@brand.cn"]\nanalyst = ["li@brand.cn"]')
    os.utime(file, ns=(1, 1))
    assert load_staff(file).role_of(li) is Role.ANALYST
    file.unlink()
    with pytest.raises(BadSetting, match="cannot be read"):
        load_staff(file)


def test_half_a_login_and_roles_that_do_not_exist_are_refused() -> None:
    with pytest.raises(BadSetting, match="client_secret"):
        LoginSettings(server_metadata_url="u", client_id="c", redirect_uri="r", cookie_secret="s")
    with pytest.raises(BadSetting, match="elsewhere"):
        AccessSettings(elsewhere="everybody")
    with pytest.raises(BadSetting, match="others"):
        AccessSettings(others="admin")
    with pytest.raises(BadSetting, match="'tablet', which has no key"):
        ApiSettings(keys="wms:0123456789abcdef", operators="tablet")
