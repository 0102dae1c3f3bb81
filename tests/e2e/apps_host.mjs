// A host of MCP Apps, made of the official bridge: it shows a page in a sandbox and passes its calls on to a server.
import { AppBridge, PostMessageTransport } from "@modelcontextprotocol/ext-apps/app-bridge";

const seen = { calls: [], contexts: [], sizes: [], app: null };
let bridge;

async function call(params) {
  seen.calls.push(params);
  const answer = await fetch("/call", { method: "POST", body: JSON.stringify(params) });
  return answer.json();
}

/** Show an app with the result of a call; resolved when it has said that it is ready and has got the result. */
async function show({ html, args, result, theme, capabilities }) {
  document.documentElement.dataset.theme = theme;
  const frame = document.querySelector("iframe");
  bridge = new AppBridge(null, { name: "test host", version: "1" }, capabilities, {
    hostContext: { theme, locale: "en-GB", displayMode: "inline", platform: "web" },
  });
  bridge.oncalltool = call;
  bridge.onupdatemodelcontext = async (params) => (seen.contexts.push(params), {});
  bridge.onsizechange = ({ height }) => {
    seen.sizes.push(height);
    frame.style.height = `${height}px`;
  };
  const ready = new Promise((resolve) => (bridge.oninitialized = resolve));
  await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
  frame.srcdoc = html;
  await ready;
  seen.app = bridge.getAppVersion();
  await bridge.sendToolInput({ arguments: args });
  await bridge.sendToolResult(result);
}

Object.assign(window, {
  seen,
  show,
  sendResult: (result) => bridge.sendToolResult(result),
  cancel: () => bridge.sendToolCancelled({ reason: "by the person" }),
  setTheme: (theme) => bridge.setHostContext({ theme, locale: "en-GB" }),
  tearDown: () => bridge.teardownResource({}),
});
