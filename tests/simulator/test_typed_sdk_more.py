"""The official Python SDK's typed calls on metadata, related data and bulk jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_metadata_users_and_organisation_are_read(typed: Callable[[str], dict[str, Any]]) -> None:
    said = typed(
        """
        from zohocrmsdk.src.com.zoho.crm.api import (
            custom_views, fields, layouts, modules, org, profiles, related_lists, roles, users
        )
        module = params(module="Accounts")
        answers = {
            "fields": fields.FieldsOperations().get_fields(module).get_object().get_fields(),
            "modules": modules.ModulesOperations().get_modules(ParameterMap(), HeaderMap()).get_object().get_modules(),
            "layouts": layouts.LayoutsOperations().get_layouts(module).get_object().get_layouts(),
            "related": related_lists.RelatedListsOperations(None)
            .get_related_lists(module).get_object().get_related_lists(),
            "views": custom_views.CustomViewsOperations().get_custom_views(module).get_object().get_custom_views(),
            "users": users.UsersOperations().get_users(params(type="ActiveUsers"), HeaderMap())
            .get_object().get_users(),
            "roles": roles.RolesOperations().get_roles().get_object().get_roles(),
            "profiles": profiles.ProfilesOperations().get_profiles(ParameterMap()).get_object().get_profiles(),
        }
        zgid = org.OrgOperations().get_organization().get_object().get_org()[0].get_zgid()
        say(zgid=zgid, **{name: len(found) for name, found in answers.items()})
        """,
    )
    assert said["zgid"] == "690004321"
    assert all(count for count in said.values())
    assert said["users"] == 8


def test_related_records_notes_and_tags_are_read_and_written(typed: Callable[[str], dict[str, Any]]) -> None:
    said = typed(
        """
        from zohocrmsdk.src.com.zoho.crm.api import modules, notes, related_records, tags
        parent = Record()
        parent.set_id(some_id())
        note = notes.Note()
        note.set_note_title("From the SDK")
        note.set_note_content("A note")
        parent_id = notes.ParentId()
        module = modules.MinifiedModule()
        module.set_api_name("Accounts")
        parent_id.set_module(module)
        parent_id.set_id(parent.get_id())
        note.set_parent_id(parent_id)
        body = notes.BodyWrapper()
        body.set_data([note])
        made = notes.NotesOperations().create_notes(body)
        contacts = related_records.RelatedRecordsOperations("Contacts", "Accounts").get_related_records(
            parent.get_id(), params(fields="Last_Name,Email"), HeaderMap()
        )
        tag = tags.Tag()
        tag.set_name("VIP")
        wanted = tags.NewTagRequestWrapper()
        wanted.set_tags([tag])
        tagged = tags.TagsOperations().add_tags("Accounts", parent.get_id(), wanted)
        say(statuses=[made.get_status_code(), contacts.get_status_code(), tagged.get_status_code()])
        """,
    )
    assert said["statuses"][0] == 201
    assert said["statuses"][1] in (200, 204)
    assert said["statuses"][2] == 200


def test_deleted_records_and_mass_update_are_understood(typed: Callable[[str], dict[str, Any]]) -> None:
    said = typed(
        """
        one = some_id()
        accounts.delete_record(one, ParameterMap(), HeaderMap())
        deleted = accounts.get_deleted_records(params(type="all"), HeaderMap()).get_object().get_data()
        change = Record()
        change.add_key_value("Account_Status", Choice("On Hold"))
        body = records.MassUpdateBodyWrapper()
        body.set_data([change])
        body.set_ids([str(some_id())])
        body.set_over_write(True)
        mass = accounts.mass_update_records(body)
        say(deleted=[str(each.get_id()) for each in deleted], one=str(one), mass=mass.get_status_code())
        """,
    )
    assert said["deleted"] == [said["one"]]
    assert said["mass"] == 200


def test_bulk_read_and_bulk_write_go_all_the_way(typed: Callable[[str], dict[str, Any]]) -> None:
    said = typed(
        """
        import io, time, zipfile
        from zohocrmsdk.src.com.zoho.crm.api import bulk_read, bulk_write, modules
        module = modules.MinifiedModule()
        module.set_api_name("Accounts")
        query = bulk_read.Query()
        query.set_module(module)
        query.set_fields(["Account_Name", "Industry"])
        body = bulk_read.BodyWrapper()
        body.set_query(query)
        reading = bulk_read.BulkReadOperations()
        added = reading.create_bulk_read_job(body).get_object().get_data()[0]
        job = int(added.get_details()["id"])
        for _ in range(200):
            state = reading.get_bulk_read_job_details(job).get_object().get_data()[0].get_state().get_value()
            if state == "COMPLETED":
                break
            time.sleep(0.02)
        content = reading.download_result(job).get_object().get_file().get_stream().content
        archive = zipfile.ZipFile(io.BytesIO(content))
        lines = archive.read(archive.namelist()[0]).decode().splitlines()

        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as made:
            made.writestr("a.csv", "Account_Name,Health_Score\\nBulk one,4\\nBulk two,5\\n")
        file = bulk_write.FileBodyWrapper()
        file.set_file(StreamWrapper(name="a.zip", stream=packed.getvalue()))
        headers = HeaderMap()
        headers.add(bulk_write.UploadFileHeader.feature, "bulk-write")
        headers.add(bulk_write.UploadFileHeader.x_crm_org, "690004321")
        writing = bulk_write.BulkWriteOperations()
        uploaded = writing.upload_file(file, headers).get_object()
        mappings = []
        for index, name in enumerate(("Account_Name", "Health_Score")):
            mapping = bulk_write.FieldMapping()
            mapping.set_api_name(name)
            mapping.set_index(index)
            mappings.append(mapping)
        resource = bulk_write.Resource()
        resource.set_type(Choice("data"))
        resource.set_module(module)
        resource.set_file_id(str(uploaded.get_details()["file_id"]))
        resource.set_field_mappings(mappings)
        request = bulk_write.RequestWrapper()
        request.set_operation(Choice("insert"))
        request.set_resource([resource])
        created = writing.create_bulk_write_job(request).get_object()
        job = str(created.get_details()["id"])
        for _ in range(200):
            details = writing.get_bulk_write_job_details(job).get_object()
            if str(details.get_status()) == "COMPLETED":
                break
            time.sleep(0.02)
        file = details.get_resource()[0].get_file()
        say(header=lines[0], rows=len(lines) - 1, added=file.get_added_count(), total=file.get_total_count())
        """,
    )
    assert said == {"header": "Id,Account_Name,Industry", "rows": 250, "added": 2, "total": 2}
