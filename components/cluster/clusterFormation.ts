import * as pulumi from "@pulumi/pulumi";
import type { Formation } from "../../scripts/protocol/formation.ts";
import { scriptCommand } from "../pulumi/scriptCommand.ts";
import type { ClusterAddresses } from "./clusterAddresses.ts";
import { securityOf, type ConsulClusterArgs } from "./clusterArgs.ts";
import { parseFormation, type ClusterPlan } from "./clusterPlan.ts";
import { formationProblem } from "./clusterProblems.ts";

/**
 * Records how a cluster is first formed: later inputs are ignored, the first answer stays in the state.
 *
 * @returns the recorded formation; it fails the program where the cluster cannot become what is declared now.
 */
export function recordFormation(
    name: string,
    args: ConsulClusterArgs,
    { formation }: ClusterPlan,
    clusterAddresses: ClusterAddresses,
    parent: pulumi.Resource,
): pulumi.Output<Formation> {
    const { imageFlavour } = args;
    // The request of an open cluster is that of earlier versions.
    const security = securityOf(args) === "open" ? {} : { security: securityOf(args) };
    const request = clusterAddresses
        .toJoinServers()
        .apply((addresses) => ({ ...formation, addresses, imageFlavour, ...security }));
    return scriptCommand(
        `${name}-formation`,
        { up: "formation record", request },
        { parent, ignoreChanges: ["stdin"] },
    ).stdout.apply((answer) => {
        const recorded = parseFormation(answer);
        const problem = formationProblem(recorded, args);
        if (problem !== undefined) {
            throw new pulumi.RunError(problem);
        }
        return recorded;
    });
}
