// A client of the official TypeScript SDK: works through the main job and prints what it saw as JSON.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const [command, ...args] = process.argv.slice(2);
const transport = new StdioClientTransport({ command, args, env: process.env, stderr: "inherit" });
const client = new Client({ name: "e2e", version: "1" });
await client.connect(transport);

const seen = { server: client.getServerVersion(), progress: [] };
const call = async (name, args, options) => {
  const result = await client.callTool({ name, arguments: args }, undefined, options);
  return { isError: result.isError ?? false, text: result.content[0].text, structured: result.structuredContent };
};

seen.tools = (await client.listTools()).tools.map((tool) => tool.name);
const ids = [];
for (let cursor = ""; ids.length < 150; ) {
  const page = (await call("get_accounts", { limit: 100, cursor, fields: ["Account_Name"] })).structured;
  ids.push(...page.records.map((record) => record.id));
  cursor = page.next_cursor;
}
ids.length = 150;
seen.changed = await call("update_account", {
  account_id: ids[0],
  values: { Account_Status: "Active", Health_Score: 85, Last_Engagement_Date: "2025-10-18" },
});
seen.bulk = await call(
  "bulk_update_accounts",
  { records: ids.map((id) => ({ id, Health_Score: 90 })) },
  { onprogress: (progress) => seen.progress.push(progress.progress) },
);
seen.after = await call("get_account", { account_id: ids[149], fields: ["Health_Score"] });
seen.refused = await call("update_account", { account_id: ids[0], values: { Account_Statu: "Active" } });
seen.schema = (await client.readResource({ uri: "crm://accounts/schema" })).contents[0].text;
seen.unknown = await client.callTool({ name: "nope", arguments: {} }).catch((error) => error.code);
await client.close();
console.log(JSON.stringify(seen));
