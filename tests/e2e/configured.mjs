// What Claude Desktop starts for an unpacked bundle: the packer's own reading of the manifest.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [folder, userConfig, modules] = process.argv.slice(2);
const { getMcpConfigForManifest } = createRequire(`${modules}/`)("@anthropic-ai/mcpb");
const manifest = JSON.parse(readFileSync(`${folder}/manifest.json`, "utf8"));
const config = await getMcpConfigForManifest({
  manifest,
  extensionPath: folder,
  systemDirs: {},
  userConfig: JSON.parse(userConfig),
  pathSeparator: "/",
});
console.log(JSON.stringify(config));
