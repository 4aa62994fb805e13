import { clientAt } from "../../scripts/consul/consulClient05.ts";
import {
    adoptionProblems,
    newerDataProblem,
    readForeignAgent,
} from "../../scripts/consul/foreignAgent.ts";
import { refused, said, type Finding } from "../../scripts/hosts/facts/finding.ts";
import type { HostPlan } from "../../scripts/hosts/facts/hostPlan.ts";
import { describeError } from "../../scripts/system/progress.ts";
import { namedImages } from "../settings/imageSettings.ts";
import type { Settings } from "../settings/settings.ts";

/** Port of an open agent's API. */
const apiPort = 8500;

/** Milliseconds that an agent may take to say who it is. */
const timeoutMs = 5000;

/**
 * Asks a host's agent that is adopted whether it is that of the node that is to take its place: in a preview as in an
 * update, and before the host is touched. What runs there, the look at the host tells.
 *
 * @returns nothing where nothing is adopted.
 */
export async function askAdoptedAgent(
    plan: HostPlan,
    { datacenter, image }: Pick<Settings, "datacenter" | "image">,
): Promise<Finding[]> {
    const { name: nodeName, address, reachedAt, adopts, role = "server" } = plan;
    if (adopts === undefined) {
        return [];
    }
    const url = `http://${reachedAt ?? address}:${apiPort}`;
    try {
        const client = clientAt(url);
        const self = await client.get("/v1/agent/self", { timeoutMs, right: "agent" });
        const agent = readForeignAgent(self);
        const problems = adoptionProblems(agent, { nodeName, datacenter, role, address });
        const newer = newerDataProblem(agent, namedImages(image)[0]?.image ?? "");
        const all = newer === undefined ? problems : [...problems, newer];
        return all.length > 0
            ? all.map(({ seen, way }) => refused("adopt", `adopt: ${seen}`, way))
            : [
                  said(
                      "adopted",
                      `"${adopts}" is the ${role} "${nodeName}" of ${datacenter} (Consul ${agent.version})`,
                      `it keeps its node id ${agent.nodeId} and its data (${agent.dataDirectory}).`,
                  ),
              ];
    } catch (error) {
        return [
            refused(
                "adopt",
                `adopt: its agent is not asked at ${url} (${describeError(error)})`,
                "From here it has to be seen whose it is, and what its cluster can do without: publish its port " +
                    `${apiPort} on ${address}. Of agents with ACLs none is adopted.`,
            ),
        ];
    }
}
