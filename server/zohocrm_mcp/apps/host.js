// The view's half of MCP Apps (ext-apps, revision 2026-01-26): JSON-RPC by postMessage with the host around this page.
const REVISION = "2026-01-26";
const waiting = new Map();
const host = { capabilities: {}, context: {} };
let lastId = 0;

const send = (message) => window.parent.postMessage({ jsonrpc: "2.0", ...message }, "*");
const tell = (method, params = {}) => send({ method, params });

function ask(method, params) {
  return new Promise((resolve, reject) => {
    lastId += 1;
    waiting.set(lastId, { resolve, reject });
    send({ id: lastId, method, params });
  });
}

/** The facts of a tool's result; its sentences as an Error where it is one. */
function facts(result) {
  const text = (result.content ?? []).map((block) => block.text ?? "").join("\n");
  if (result.isError) throw new Error(text || "The call failed.");
  return result.structuredContent ?? JSON.parse(text);
}

/** Call a tool of the server through the host, which may ask the person first. */
const callTool = async (name, args) => facts(await ask("tools/call", { name, arguments: args }));

/** Whether the host passes calls on at all: without it there is nothing to press. */
const canCall = () => Boolean(host.capabilities.serverTools);

/** Tell the model what the person has done here, where the host passes that on. */
function tellModel(text) {
  if (!host.capabilities.updateModelContext) return;
  ask("ui/update-model-context", { content: [{ type: "text", text }] }).catch(() => {});
}

function settle(message) {
  const { resolve, reject } = waiting.get(message.id) ?? {};
  waiting.delete(message.id);
  if (message.error) reject?.(new Error(message.error.message));
  else resolve?.(message.result);
}

function answer(message) {
  const known = ["ping", "ui/resource-teardown"].includes(message.method);
  send({ id: message.id, ...(known ? { result: {} } : { error: { code: -32601, message: "Method not found" } }) });
}

/** Take over theme, fonts and colours of the host. */
function dress(context) {
  Object.assign(host.context, context);
  const root = document.documentElement;
  if (context.theme) root.dataset.theme = context.theme;
  for (const [name, value] of Object.entries(context.styles?.variables ?? {})) {
    if (name.startsWith("--") && typeof value === "string") root.style.setProperty(name, value);
  }
}

/** Tell the host how high the page is, whenever that changes. */
function watchSize() {
  const body = document.body;
  let told = "";
  const measure = () => {
    const size = { width: Math.ceil(body.scrollWidth), height: Math.ceil(body.getBoundingClientRect().height) };
    if (told === JSON.stringify(size)) return;
    told = JSON.stringify(size);
    tell("ui/notifications/size-changed", size);
  };
  new ResizeObserver(measure).observe(body);
  measure();
}

/** Shake hands and hand over what comes: `show` gets the facts of the result, `fail` a sentence. */
async function connect(name, { show, fail }) {
  const noticed = {
    "ui/notifications/tool-result": (result) => {
      try {
        show(facts(result));
      } catch (error) {
        fail(error.message);
      }
    },
    "ui/notifications/tool-cancelled": () => fail("The call was cancelled."),
    "ui/notifications/host-context-changed": dress,
  };
  window.addEventListener("message", ({ source, data }) => {
    if (source !== window.parent || data?.jsonrpc !== "2.0") return;
    if (!data.method) settle(data);
    else if (data.id !== undefined) answer(data);
    else noticed[data.method]?.(data.params ?? {});
  });
  const appInfo = { name, version: "1" };
  const greeted = await ask("ui/initialize", { appInfo, appCapabilities: {}, protocolVersion: REVISION });
  host.capabilities = greeted.hostCapabilities ?? {};
  dress(greeted.hostContext ?? {});
  tell("ui/notifications/initialized");
  watchSize();
}
