// A client of the official TypeScript SDK: calls the six tools for accounts and prints what each answered as JSON.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const [command, ...args] = process.argv.slice(2);
const client = new Client({ name: "six-tools", version: "1" });
await client.connect(new StdioClientTransport({ command, args, env: process.env, stderr: "inherit" }));

const seen = {};
const call = async (name, args) => {
  const result = await client.callTool({ name, arguments: args });
  if (result.isError) throw new Error(`${name}: ${result.content[0].text}`);
  return (seen[name] = result.structuredContent);
};

const { records } = await call("get_accounts", { limit: 150, fields: ["Account_Name"] });
await call("get_account", { account_id: records[0].id });
await call("search_accounts", { criteria: "Account_Status:equals:Active" });
await call("update_account", { account_id: records[0].id, values: { Health_Score: 85 } });
await call("bulk_update_accounts", { records: records.map(({ id }) => ({ id, Health_Score: 90 })) });
const { export_uri: uri } = await call("bulk_read_accounts", { criteria: "Health_Score:equals:90" });
seen.export = JSON.parse((await client.readResource({ uri })).contents[0].text);
await client.close();
console.log(JSON.stringify(seen));
