"""Related lists, notes and attachments."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest


def related(crm: httpx2.Client, account: str, name: str, **params: str | int) -> httpx2.Response:
    fields = "Last_Name,Account_Name,Note_Title,Note_Content,Parent_Id,Deal_Name,Subject,What_Id,File_Name,Size"
    return crm.get(f"/crm/v8/Accounts/{account}/{name}", params={"fields": fields, **params})


def ids(answer: httpx2.Response) -> list[str]:
    return [record["id"] for record in answer.json()["data"]] if answer.status_code == 200 else []


def test_children_of_all_accounts_are_the_records_that_point_at_them(crm: httpx2.Client) -> None:
    accounts = crm.get("/crm/v8/Accounts", params={"fields": "id"}).json()["data"][:40]
    for account in accounts:
        answer = related(crm, account["id"], "Contacts")
        query = f"select id from Contacts where Account_Name = '{account['id']}'"  # noqa: S608
        rows = crm.post("/crm/v8/coql", json={"select_query": query})
        assert sorted(ids(answer)) == ids(rows)


def test_a_child_moves_with_its_lookup(crm: httpx2.Client, accounts: list[dict[str, Any]]) -> None:
    start = next(each["id"] for each in accounts if ids(related(crm, each["id"], "Contacts")))
    goal = next(each["id"] for each in accounts if each["id"] != start)
    contact = ids(related(crm, start, "Contacts"))[0]
    crm.put(f"/crm/v8/Contacts/{contact}", json={"data": [{"Account_Name": {"id": goal}}]})
    assert contact not in ids(related(crm, start, "Contacts"))
    assert contact in ids(related(crm, goal, "Contacts"))


def test_fields_are_wanted_and_a_wrong_list_or_parent_is_refused(crm: httpx2.Client, account: str) -> None:
    assert crm.get(f"/crm/v8/Accounts/{account}/Contacts").json()["code"] == "REQUIRED_PARAM_MISSING"
    assert related(crm, account, "Nope").json()["details"] == {"resource_path_index": 2}
    gone = related(crm, "5437896100999999999", "Contacts")
    assert gone.json()["message"] == "the related id given seems to be invalid"


def test_a_long_list_comes_in_pages(crm: httpx2.Client, account: str) -> None:
    notes = [{"Note_Content": f"Note {number}"} for number in range(5)]
    crm.post(f"/crm/v8/Accounts/{account}/Notes", json={"data": notes})
    first = related(crm, account, "Notes", per_page=3)
    assert first.json()["info"]["more_records"]
    token = first.json()["info"]["next_page_token"]
    second = related(crm, account, "Notes", per_page=3, page_token=token)
    assert not set(ids(first)) & set(ids(second))


def test_notes_are_made_in_both_ways(crm: httpx2.Client, account: str) -> None:
    parent = {"module": {"api_name": "Accounts"}, "id": account}
    by_module = crm.post("/crm/v8/Notes", json={"data": [{"Note_Title": "A", "Parent_Id": parent}]})
    by_record = crm.post(f"/crm/v8/Accounts/{account}/Notes", json={"data": [{"Note_Content": "B"}]})
    assert (by_module.status_code, by_record.status_code) == (201, 201)
    made = [answer.json()["data"][0]["details"]["id"] for answer in (by_module, by_record)]
    listed = related(crm, account, "Notes").json()["data"]
    assert [note["id"] for note in listed[:2]] == made[::-1]
    assert listed[0]["Parent_Id"]["module"]["api_name"] == "Accounts"
    assert listed[0]["Parent_Id"]["id"] == account


@pytest.mark.parametrize(
    ("note", "code"),
    [
        ({"Note_Title": "No parent"}, "MANDATORY_NOT_FOUND"),
        ({"Parent_Id": {"module": {"api_name": "Accounts"}, "id": "PARENT"}}, "EXPECTED_FIELD_MISSING"),
        ({"Note_Title": "X", "Parent_Id": {"module": {"api_name": "Accounts"}, "id": "5"}}, "INVALID_DATA"),
    ],
)
def test_wrong_notes_are_refused(crm: httpx2.Client, account: str, note: dict[str, Any], code: str) -> None:
    if note.get("Parent_Id", {}).get("id") == "PARENT":
        note = {"Parent_Id": {"module": {"api_name": "Accounts"}, "id": account}}
    answer = crm.post("/crm/v8/Notes", json={"data": [note]})
    assert answer.status_code == 400
    assert answer.json()["data"][0]["code"] == code


def test_an_attachment_comes_back_byte_for_byte(crm: httpx2.Client, account: str) -> None:
    content = bytes(range(256)) * 20 + b"\r\n--end"
    files = {"file": ("all bytes.bin", content, "application/octet-stream")}
    uploaded = crm.post(f"/crm/v8/Accounts/{account}/Attachments", files=files)
    assert uploaded.status_code == 200
    item = uploaded.json()["data"][0]
    assert item["message"] == "attachment uploaded successfully"
    (listed,) = related(crm, account, "Attachments").json()["data"]
    assert (listed["File_Name"], listed["Size"]) == ("all bytes.bin", str(len(content)))
    path = f"/crm/v8/Accounts/{account}/Attachments/{item['details']['id']}"
    answer = crm.get(path)
    assert answer.content == content
    assert answer.headers["content-disposition"] == 'attachment; filename="all bytes.bin"'
    assert crm.delete(path).json()["data"][0]["message"] == "record deleted"
    assert crm.get(path).status_code == 204


def test_a_link_is_attached_but_not_downloaded(crm: httpx2.Client, account: str) -> None:
    url = "https://files.example/contract.pdf"
    uploaded = crm.post(f"/crm/v8/Accounts/{account}/Attachments", params={"attachmentUrl": url})
    file_id = uploaded.json()["data"][0]["details"]["id"]
    answer = crm.get(f"/crm/v8/Accounts/{account}/Attachments/{file_id}")
    assert answer.json()["code"] == "DOWNLOAD_NOT_ALLOWED"


def test_a_photo_is_put_fetched_and_deleted(crm: httpx2.Client, account: str) -> None:
    path = f"/crm/v8/Accounts/{account}/photo"
    assert crm.get(path).status_code == 204
    assert crm.post(path, files={"file": ("face.png", b"\x89PNG")}).status_code == 200
    assert crm.get(path).content == b"\x89PNG"
    crm.delete(path)
    assert crm.get(path).status_code == 204


def test_records_are_linked_and_unlinked(crm: httpx2.Client, accounts: list[dict[str, Any]]) -> None:
    parent = accounts[0]["id"]
    contact = crm.get("/crm/v8/Contacts", params={"fields": "id", "per_page": 60}).json()["data"][59]["id"]
    assert crm.put(f"/crm/v8/Accounts/{parent}/Contacts/{contact}").status_code == 200
    assert contact in ids(related(crm, parent, "Contacts"))
    assert crm.delete(f"/crm/v8/Accounts/{parent}/Contacts/{contact}").status_code == 200
    assert contact not in ids(related(crm, parent, "Contacts"))


def test_the_lookup_of_a_deleted_record_is_empty(crm: httpx2.Client, accounts: list[dict[str, Any]]) -> None:
    parent = next(each["id"] for each in accounts if ids(related(crm, each["id"], "Contacts")))
    contact = ids(related(crm, parent, "Contacts"))[0]
    crm.delete(f"/crm/v8/Accounts/{parent}")
    assert crm.get(f"/crm/v8/Contacts/{contact}").json()["data"][0]["Account_Name"] is None
