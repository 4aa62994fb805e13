import { refused, said, type Finding } from "../facts/finding.ts";
import type { EngineFacts, HostContainer } from "../facts/hostFacts.ts";
import type { HostPlan } from "../facts/hostPlan.ts";
import { listed } from "./context.ts";

/** The container that a host's node is to take the place of, where there is one that somebody else made. */
export function adoptedContainer(
    { adopts }: Pick<HostPlan, "adopts">,
    { containers }: Pick<EngineFacts, "containers">,
): HostContainer | undefined {
    return containers.find(({ name, owner }) => name === adopts && owner === undefined);
}

/** What will become of the container that is adopted, or why it cannot be. */
export function adoptionFindings(plan: HostPlan, engine: EngineFacts): Finding[] {
    const { adopts, name: node } = plan;
    if (adopts === undefined) {
        return [];
    }
    const found = adoptedContainer(plan, engine);
    if (found === undefined) {
        const foreign = engine.containers.filter(({ owner }) => owner === undefined);
        const others = foreign.map(({ name }) => name);
        const which =
            others.length === 0 ? "It has none of anybody's." : `It has ${listed(others)}.`;
        return [
            refused(
                "adopt",
                `adopt: it has no container "${adopts}" that somebody made by hand`,
                `${which} Name the one that runs Consul, or leave "adopt" out.`,
            ),
        ];
    }
    const unfit = unfitFinding(found, engine);
    if (unfit !== undefined) {
        return [unfit];
    }
    const data =
        found.volumes.length === 0 ? "a folder of the host" : `the volume ${listed(found.volumes)}`;
    return [
        said(
            "adopted",
            `its container "${adopts}" (${found.image}) runs Consul on ${data}`,
            `${node} takes its place, with its data, identity and address: hosts are made machines one after another, while ` +
                "the others keep the quorum; then, one node at a time, a snapshot is taken, leadership transferred, the " +
                `container stopped, and its data copied into the node's own volume. Until ${node} is ready it stays, stopped.`,
        ),
    ];
}

/** Why its data cannot be taken over; undefined where they can. */
function unfitFinding(found: HostContainer, engine: EngineFacts): Finding | undefined {
    const { name } = found;
    if (found.state !== "running") {
        return refused(
            "adopt",
            `adopt: its container "${name}" is ${found.state}`,
            `Start it there first (\`docker start ${name}\`): only a running agent tells whose it is.`,
        );
    }
    if (found.isRemovedWhenStopped) {
        return refused(
            "adopt",
            `adopt: its container "${name}" is removed when it stops (--rm), and with it what has no name`,
            "Its Docker is restarted. Copy its data to a volume (`docker cp`), and run it on that, without --rm.",
        );
    }
    const shared = engine.containers.filter(
        (one) => one !== found && one.volumes.some((volume) => found.volumes.includes(volume)),
    );
    if (shared.length > 0) {
        return refused(
            "adopt",
            `adopt: ${listed(shared.map((one) => one.name))} has a volume of the container "${name}", too`,
            "Its data are to be the node's alone: stop and remove what else uses them.",
        );
    }
    return undefined;
}
