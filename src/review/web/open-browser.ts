import { spawn } from "node:child_process";

/** Opens an address with what the system opens addresses with; quietly does nothing where there is nothing. */
export function openBrowser(url: string, platform: NodeJS.Platform = process.platform): void {
  const [program, args] = opener(url, platform);
  // No shell: the address is one argument.
  const child = spawn(program, args, { stdio: "ignore", detached: true });
  child.on("error", () => undefined);
  child.unref();
}

function opener(url: string, platform: NodeJS.Platform): [string, string[]] {
  if (platform === "darwin") return ["open", [url]];
  if (platform === "win32") return ["rundll32", ["url.dll,FileProtocolHandler", url]];
  return ["xdg-open", [url]];
}
