/** The same commands in a clone of this project, as `npm run NAME`: see docs/commands.md. */
import { runCommand } from "./commands/run.ts";

await runCommand(process.argv.slice(2), {
    calling: { program: "npm run", separator: "--", isClone: true },
    door: async () => (await import("./clone/cloneDoor.ts")).cloneDoor,
});
