#!/usr/bin/env node
/** The command `consul-machines` of the package: see docs/commands.md. */
import { runCommand } from "./commands/run.ts";

await runCommand(process.argv.slice(2), {
    calling: { program: "consul-machines", isClone: false },
    door: async () => (await import("./commands/packageDoor.ts")).packageDoor,
});
