"""The rules: records, search, schema, bulk. No MCP, no SDK, no SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zohocrm_mcp.observe.audit import Audit
    from zohocrm_mcp.services.bulk.jobs import JobService
    from zohocrm_mcp.services.bulk.service import BulkService
    from zohocrm_mcp.services.confirmations import Confirmations
    from zohocrm_mcp.services.coql.service import QueryService
    from zohocrm_mcp.services.exports.service import ExportService
    from zohocrm_mcp.services.health.readiness import Readiness
    from zohocrm_mcp.services.health.service import HealthService
    from zohocrm_mcp.services.imports.service import ImportService
    from zohocrm_mcp.services.mirror.service import MirrorService
    from zohocrm_mcp.services.previews import PreviewService
    from zohocrm_mcp.services.records.overview import OverviewService
    from zohocrm_mcp.services.records.related import RelatedService
    from zohocrm_mcp.services.records.service import RecordService
    from zohocrm_mcp.services.rest import RestService
    from zohocrm_mcp.services.schema.service import SchemaService
    from zohocrm_mcp.services.search.service import SearchService
    from zohocrm_mcp.zoho.api import CrmApi


@dataclass(frozen=True)
class Services:
    """Everything that tools and resources call. Built by the composition root, once a process."""

    api: CrmApi
    schema: SchemaService
    records: RecordService
    search: SearchService
    query: QueryService
    related: RelatedService
    overview: OverviewService
    rest: RestService
    previews: PreviewService
    confirmations: Confirmations
    bulk: BulkService
    jobs: JobService
    exports: ExportService
    imports: ImportService
    mirror: MirrorService
    health: HealthService
    readiness: Readiness
    audit: Audit
