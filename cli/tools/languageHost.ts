import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { findProgram } from "../../scripts/system/process.ts";
import type { Attempt, Tool } from "./obtain.ts";
import type { Pulumi } from "./pulumi.ts";
import { versions } from "./versions.ts";

const program = "pulumi-language-nodejs";

/**
 * What runs a Node program for `pulumi up`. Every release of Pulumi brings it, only a CLI built from
 * its Go module lacks it; `npm start` needs none, as it runs the program itself.
 */
export function languageHostTool({ path }: Pulumi): Tool<string> {
    return {
        name: "Pulumi's host for Node programs",
        ways: [
            {
                kind: "find",
                how: "beside the CLI",
                attempt: () => look([dirname(path), dirname(realpathSync(path))]),
            },
            { kind: "find", how: "on PATH", attempt: () => look() },
        ],
        advice:
            `Install a release of Pulumi ${versions.pulumi.minimum} or later, ` +
            "https://www.pulumi.com/docs/install/: it brings the host along.",
    };
}

async function look(folders?: readonly string[]): Promise<Attempt<string>> {
    const found = await findProgram([program], folders);
    return found === undefined ? { missed: `no ${program} there` } : { got: found, note: found };
}
