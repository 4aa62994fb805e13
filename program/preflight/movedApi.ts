import { httpPort } from "../../components/agent/ports.ts";
import type { Settings } from "../settings/settings.ts";
import { problem } from "../settings/problems.ts";
import type { StackOutputs } from "../stackOutputs.ts";

/**
 * Why the API of a cluster that runs cannot have another port: of Consul 0.5.2 each server is asked how it is, at the port
 * of the one that was asked first, so gates would take those for down that are not changed yet.
 *
 * @param recorded the outputs of the last run that succeeded.
 */
export function movedApiProblems(
    recorded: StackOutputs,
    { imageFlavour, ports }: Pick<Settings, "imageFlavour" | "ports">,
): string[] {
    const { httpAddress } = recorded;
    if (
        imageFlavour !== "progrium" ||
        typeof httpAddress !== "string" ||
        !URL.canParse(httpAddress)
    ) {
        return [];
    }
    const before = Number(new URL(httpAddress).port);
    const now = ports.http ?? httpPort;
    const rule =
        `a cluster of Consul 0.5.2 keeps its own: while a change goes on, servers at two ports would not find one another. Set ` +
        `it to ${before}, at which the cluster was made, or make another cluster`;
    return now === before ? [] : [problem("ports.http", now, rule)];
}
