import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../cli/tools/paths.ts";
import { findProgram } from "../../scripts/system/process.ts";
import { mustPass } from "./support/mustPass.ts";

const go = await findProgram(["go"], ["/usr/local/go/bin", "/usr/lib/go/bin"]);
const skipped = go === undefined ? " (skipped: there is no Go)" : "";

test.skipIf(go === undefined)(
    `the stand-in for registrator passes Go's own checks, and its tests${skipped}`,
    async () => {
        const options = {
            cwd: join(projectRoot, "cli/tools/go/registrator"),
            env: { GOWORK: "off", GOFLAGS: "-mod=readonly" },
        };
        await mustPass(go ?? "", ["vet", "./..."], options);
        expect(await mustPass(go ?? "", ["test", "./..."], options)).toMatch(/^ok\s/);
    },
    120_000,
);
