import * as pulumi from "@pulumi/pulumi";
import { describeError } from "../../scripts/system/progress.ts";
import type { MachineLook } from "./deadMachines.ts";
import { neededProvisioning, type Provisioning, type ProvisioningMeans } from "./provisioning.ts";
import { starterOf, type Starters } from "./stoppedMachines.ts";
import type { PublishingNode, StackMachines } from "./takenPorts.ts";

/** What may be done about machines that do not answer. */
export interface Silence {
    readonly machines: StackMachines;
    readonly means: ProvisioningMeans;
    readonly starters: Starters;
    /** Whether those that are stopped are started. */
    readonly mayStart: boolean;
}

/** What came of it. */
export interface Minded {
    /** What is worth saying before anything else is done. */
    readonly warnings: readonly string[];
    /** Why machines are provisioned again, by node. */
    readonly reasons: Readonly<Record<string, string>>;
}

/**
 * Starts the machines that are stopped, and looks at those again, for a machine may come back at another
 * address; of others that do not answer it tells, and of what this run does about certificates.
 *
 * @param looks one for each node.
 */
export async function mindSilent(
    nodes: readonly PublishingNode[],
    looks: readonly MachineLook[],
    found: Provisioning,
    { machines, means, starters, mayStart }: Silence,
): Promise<Minded> {
    const started: PublishingNode[] = [];
    const explained: Readonly<Record<string, string>> = { ...found.notices, ...found.problems };
    const mind = async (node: PublishingNode, { warning, silence }: MachineLook) => {
        // Whoever is at a new address does not answer at the old one, and is not dead.
        if (warning === undefined || explained[node.name] !== undefined) {
            return [];
        }
        const start = silence === undefined ? undefined : await starterOf(node, machines, starters);
        if (start === undefined || silence === undefined) {
            return [warning];
        }
        if (!mayStart) {
            return [`${node.name}: ${silence}, for it is stopped; \`pulumi up\` starts it.`];
        }
        void pulumi.log.info(`${node.name}: its machine is stopped; starting it.`);
        try {
            await start();
            started.push(node);
            return [];
        } catch (error) {
            return [`${warning} It is stopped, and does not start: ${describeError(error)}`];
        }
    };
    const said = await Promise.all(nodes.map((node, index) => mind(node, looks[index] ?? {})));
    const again = await neededProvisioning(started, machines, means);
    return {
        warnings: [
            ...said.flat(),
            ...Object.values({ ...found.notices, ...again.notices, ...again.problems }),
        ],
        reasons: { ...found.reasons, ...again.reasons },
    };
}
