import type * as pulumi from "@pulumi/pulumi";
import type { Formation } from "../../scripts/protocol/formation.ts";
import { refuse } from "../pulumi/refusal.ts";
import { scriptCommand } from "../pulumi/scriptCommand.ts";
import type { ClusterAddresses } from "./clusterAddresses.ts";
import { securityOf, type ConsulClusterArgs } from "./clusterArgs.ts";
import { parseFormation, type ClusterPlan } from "./clusterPlan.ts";
import { formationProblem } from "./clusterProblems.ts";

/** What is recorded of a cluster, and by what. */
export interface RecordedFormation {
    /** It fails the program where the cluster cannot become what is declared now. */
    readonly formation: pulumi.Output<Formation>;
    /** What comes after it goes by the record. */
    readonly command: pulumi.Resource;
}

/**
 * Records how a cluster is first formed: later inputs are ignored, the first answer stays in the state. Only one thing
 * is changed in it ever: an open cluster that is declared as a secured one is recorded as such, before anything of it
 * is touched. From then on it is never again taken for an open one, whatever becomes of the run.
 */
export function recordFormation(
    name: string,
    args: ConsulClusterArgs,
    plan: ClusterPlan,
    clusterAddresses: ClusterAddresses,
    parent: pulumi.Resource,
): RecordedFormation {
    const { imageFlavour } = args;
    // The request of an open cluster is that of earlier versions.
    const security = securityOf(args) === "open" ? {} : { security: securityOf(args) };
    // A cluster of before is not secured because nothing is said of it.
    const isStated = args.security === "full";
    const request = clusterAddresses
        .toJoinServers()
        .apply((addresses) => ({ ...plan.formation, addresses, imageFlavour, ...security }));
    const command = scriptCommand(
        `${name}-formation`,
        {
            up: "formation record",
            request,
            ...(isStated ? { change: "formation secure", givePreviousAnswer: true } : {}),
        },
        {
            parent,
            // Declared as open, a cluster that was secured stays recorded as what it is.
            ignoreChanges: ["stdin", ...(isStated ? [] : ["update", "addPreviousOutputInEnv"])],
        },
    );
    const formation = command.stdout.apply((answer) => {
        const parsed = parseFormation(answer);
        const problem = formationProblem(parsed, args);
        return problem === undefined ? parsed : refuse(`${name}-refused`, problem, parent);
    });
    return { formation, command };
}
