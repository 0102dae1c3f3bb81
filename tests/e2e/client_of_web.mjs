// A client of the official TypeScript SDK over HTTP: node client_of_web.mjs v1|v2 http|sse legacy|modern URL
// Takes a few steps and prints what it saw as JSON.
const [sdk, transport, era, url] = process.argv.slice(2);
const from = sdk === "v1" ? "@modelcontextprotocol/sdk/client" : "@modelcontextprotocol/client";
const load = (name) => import(sdk === "v1" ? `${from}/${name}.js` : from);
const { Client } = await load("index");
const { StreamableHTTPClientTransport } = await load("streamableHttp");
const { SSEClientTransport } = await load("sse");

const Transport = transport === "sse" ? SSEClientTransport : StreamableHTTPClientTransport;
const options = era === "modern" ? { versionNegotiation: { mode: { pin: "2026-07-28" } } } : {};
const client = new Client({ name: "e2e", version: "1" }, options);
const seen = { progress: [], logs: [] };
await client.connect(new Transport(new URL(url)));

const call = async (name, args, more) => {
  const rest = sdk === "v1" ? [undefined, more] : [more];
  const result = await client.callTool({ name, arguments: args }, ...rest);
  return { isError: result.isError ?? false, structured: result.structuredContent, text: result.content[0].text };
};
const refusal = (promise) => promise.then(() => 0, (error) => error.code);
const template = (uri) => ({ type: "ref/resource", uri });

if (era === "legacy") {
  if (sdk === "v1") {
    const { LoggingMessageNotificationSchema } = await import("@modelcontextprotocol/sdk/types.js");
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => seen.logs.push(params));
  } else client.setNotificationHandler("notifications/message", ({ params }) => seen.logs.push(params));
  seen.level = await client.setLoggingLevel("info");
}
seen.server = client.getServerVersion().name;
seen.tools = (await client.listTools()).tools.map((tool) => tool.name);
const { records } = (await call("get_accounts", { limit: 120, fields: ["Account_Name"] })).structured;
seen.read = (await call("get_account", { account_id: records[0].id })).structured.record;
seen.bulk = await call(
  "bulk_update_accounts",
  { records: records.map(({ id }) => ({ id, Health_Score: 42 })) },
  { onprogress: ({ progress }) => seen.progress.push(progress) },
);
seen.refused = await call("update_account", { account_id: records[0].id, values: { Account_Statu: "Active" } });
seen.unknownTool = await refusal(client.callTool({ name: "nope", arguments: {} }));
seen.schema = JSON.parse((await client.readResource({ uri: "crm://accounts/schema" })).contents[0].text).required;
seen.unknownResource = await refusal(client.readResource({ uri: "crm://nowhere" }));
seen.prompts = (await client.listPrompts()).prompts.map((prompt) => prompt.name);
seen.prompt = (await client.getPrompt({ name: "account_review", arguments: { account: "Acme" } })).messages[0].content;
seen.unknownPrompt = await refusal(client.getPrompt({ name: "nope" }));
const complete = (ref, name, value) => client.complete({ ref, argument: { name, value } });
const account = { type: "ref/prompt", name: "account_review" };
seen.completed = {
  module: (await complete(template("crm://modules/{module}/schema"), "module", "acc")).completion,
  field: (await complete(template("crm://modules/{module}/fields/{field}"), "field", "account_")).completion,
  account: (await complete(account, "account", records[0].Account_Name.slice(0, 5))).completion,
  unknown: await refusal(complete(template("crm://nowhere/{x}"), "x", "")),
};
seen.name = records[0].Account_Name;
await client.close();
console.log(JSON.stringify(seen));
