import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { rosterFileName, storeLayout } from "../machine/storeLayout.ts";
import type { AccessRequest } from "../protocol/security.ts";
import { clusterOf, nextAccess, writeAccess } from "./accessFile.ts";

/**
 * Writes the rights to ask a cluster where they are missing in a store that their program has opened, as after their
 * folder was lost. What is there is left alone.
 */
export async function restoreAccess(request: AccessRequest): Promise<void> {
    const { rosters } = storeLayout(dirname(dirname(request.access)));
    const roster = join(rosters, rosterFileName(`${clusterOf(request.access)}-store`));
    if (existsSync(roster) && !existsSync(request.access)) {
        // Loaded by hardly any run.
        const { certifiedAccess } = await import("./clientCertificates.ts");
        const restored = { ...nextAccess(request, undefined), restored: true };
        await writeAccess(request.access, await certifiedAccess(restored));
    }
}
