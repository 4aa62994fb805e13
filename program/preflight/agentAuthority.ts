import { authorityProblems, authorityUse } from "../../components/cluster/broughtAuthority.ts";
import { describeEnd, endOf } from "../../scripts/machine/certificates.ts";
import { accessFileOf, clusterName } from "../../scripts/protocol/names.ts";
import { readAccess } from "../../scripts/security/accessFile.ts";
import type { Settings } from "../settings/settings.ts";
import type { StackMachines } from "./stackMachines.ts";

/** How long before its end the CA of the agents' certificates is warned of, in milliseconds: 90 days. */
const warnBefore = 90 * 24 * 60 * 60 * 1000;

/**
 * What to do about the CA of the agents' certificates, where it ends soon. Its agents' certificates are renewed by
 * themselves; for the CA an operator decides when, because what was given its certificate by hand needs the new one.
 *
 * @param isBrought whether the settings bring it. @default it is made here
 * @returns nothing for a cluster that is open, or that has no access file here yet.
 */
export async function authorityWarnings(
    { store, owner }: Pick<StackMachines, "store" | "owner">,
    isBrought = false,
): Promise<string[]> {
    const access = await readAccess(accessFileOf(store.path, owner, clusterName)).catch(
        () => undefined,
    );
    if (access === undefined) {
        return [];
    }
    const end = endOf(access.ca.certificate);
    const way = isBrought
        ? 'Bring another one with the setting "authority"'
        : `Raise the number "ca" of the setting "rotate" (it is ${access.rotation.ca})`;
    return end.getTime() - Date.now() > warnBefore
        ? []
        : [
              `The CA of the agents' certificates ${describeEnd(end)}. ${way}, then \`pulumi up\`: nothing restarts.`,
          ];
}

/** Why the CA that the settings bring cannot sign the certificates of the cluster's agents, a line each. */
export async function broughtAuthorityProblems({
    authority,
    nodes,
    datacenter,
    agentConfig,
}: Pick<Settings, "authority" | "nodes" | "datacenter" | "agentConfig">): Promise<string[]> {
    if (authority === undefined) {
        return [];
    }
    const use = authorityUse({ ...nodes, datacenter, agentConfig });
    const problems = await authorityProblems(authority, use);
    return problems.map((problem) => `authority.${problem}`);
}
