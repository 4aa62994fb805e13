import { it } from "vitest";
import { projectRoot } from "../../cli/tools/paths.ts";
import { mustPass } from "./support/mustPass.ts";

it.concurrent.each(["types", "lint", "format"])("%s", async (script) => {
    await mustPass("npm", ["run", "--silent", script], { cwd: projectRoot });
});
