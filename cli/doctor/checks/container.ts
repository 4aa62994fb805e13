import { agentPorts, dnsPort, portsOf } from "../../../components/agent/ports.ts";
import { securedPorts } from "../../../components/agent/securedContract.ts";
import { isLateAddress } from "../../../scripts/machine/lateAddress.ts";
import { consulPorts } from "../consulPorts.ts";
import type { ClusterFacts, ContainerFacts, NodeFacts, PublishedPort } from "../facts.ts";
import type { Check, Finding } from "../findings.ts";
import { isShared, listed, perNode, startAgain } from "./views.ts";

/** What is wrong with the containers of the agents. */
export const containerChecks: readonly Check[] = [
    {
        id: "container-gone",
        asks: "container",
        holds: "every node has its container",
        find: perNode(({ container }) =>
            container !== null
                ? undefined
                : {
                      seen: 'its machine has no container "consul"',
                      why: "It was removed. Its data are still on the volume, if that is there.",
                      fix: `${startAgain}.`,
                  },
        ),
    },
    {
        id: "address-late",
        asks: "container",
        holds: "no agent was left stopped because its machine's address came after Docker",
        find: perNode(({ container, address }) =>
            container?.state !== "exited" || !isLateAddress(container.error)
                ? undefined
                : {
                      seen:
                          `its container did not start: its machine did not have ${address ?? "its address"} when its ` +
                          "Docker started",
                      why: "Docker tries once, as it starts itself, and leaves the container stopped.",
                      fix:
                          "`pulumi up` (or `npm start`) starts it once the machine has its address, and has the machine " +
                          "do that by itself from then on.",
                  },
        ),
    },
    {
        id: "container-stopped",
        asks: "container",
        holds: "every node's container runs",
        explainedBy: ["offline-too-long", "several-addresses", "address-late"],
        find: perNode(({ container }) =>
            container === undefined || container === null || container.state === "running"
                ? undefined
                : stoppedFinding(container),
        ),
    },
    {
        id: "several-addresses",
        asks: "container",
        holds: "no agent ended for want of an address to advertise",
        find: perNode(({ container, signs, address }) =>
            container?.state === "running" ||
            !signs.some(({ kind }) => kind === "several-addresses")
                ? undefined
                : {
                      seen: 'its agent ended with "Multiple private IPv4 addresses found"',
                      why: "Its container is in several networks, and is not told which address to advertise.",
                      fix: `Run it with -advertise=${address ?? "its machine's address"}.`,
                  },
        ),
    },
    {
        id: "port-unpublished",
        asks: "container",
        holds: "every container publishes the ports that others need, on its machine's address",
        explainedBy: ["container-stopped", "several-addresses", "offline-too-long", "address-late"],
        find: perNode(portFinding),
    },
];

function stoppedFinding({ state, exitCode, error, lastLines }: ContainerFacts): Finding {
    if (state === "paused") {
        return {
            seen: "its container is paused",
            why: "Its agent neither answers nor ends; the others call it failed.",
            fix: "`docker unpause consul` on its machine.",
        };
    }
    const said = [error, lastLines.at(-1) ?? ""].filter((text) => text !== "").join("; ");
    return {
        seen: `its container is ${state} (exit code ${exitCode})${said === "" ? "" : `: ${said}`}`,
        why:
            state === "restarting"
                ? "Its agent ends as soon as it starts, and Docker starts it again and again."
                : "A stopped server counts as failed, and the others soon go on without it.",
        fix: `${startAgain}.`,
    };
}

/** A port that others need. */
interface NeededPort extends PublishedPort {
    readonly purpose: string;
}

/** The ports that others need: what the stack has it publish, or where that is not known what every agent does. */
function neededPorts(
    { isServer, declared }: NodeFacts,
    { isSecured }: ClusterFacts,
    address: string,
): readonly NeededPort[] {
    const table = portsOf(isServer ? "server" : "client", isSecured ? securedPorts : agentPorts);
    if (declared !== undefined) {
        return declared.map((one) => {
            const known = table.find(
                ({ port, protocol }) => port === one.port && protocol === one.protocol,
            );
            const purpose =
                known?.purpose ?? consulPorts.get(one.port) ?? "what its settings publish";
            return { ...one, purpose };
        });
    }
    return table.map(({ port, protocol, purpose }) => {
        return { port, hostPort: port, protocol, ip: address, purpose };
    });
}

function portFinding(node: NodeFacts, facts: ClusterFacts): Finding | undefined {
    const { address, container } = node;
    // Where nodes share a machine they reach one another inside, and which one publishes the API is not known here.
    if (container?.state !== "running" || address === undefined || isShared(node)) {
        return undefined;
    }
    const missing = neededPorts(node, facts, address).filter(
        ({ port, hostPort, protocol, ip }) =>
            !container.published.some(
                (one) =>
                    // DNS is not advertised: an image may have it on port 53 inside.
                    (one.port === port || port === dnsPort) &&
                    one.hostPort === hostPort &&
                    one.protocol === protocol &&
                    (one.ip === ip || one.ip === "0.0.0.0"),
            ),
    );
    const where = missing.some(({ ip }) => ip === address) ? address : missing[0]?.ip;
    const there = missing.filter(({ ip }) => ip === where);
    if (where === undefined || there.length === 0) {
        return undefined;
    }
    const ports = there.map(({ hostPort, protocol }) => `${hostPort}/${protocol}`);
    const uses = [...new Set(there.map(({ purpose }) => purpose))];
    const isSame = there.every(({ port, hostPort }) => port === hostPort);
    return {
        seen: `its container does not publish ${listed(ports)} on ${where}`,
        why:
            `It is not reached there for ${listed(uses)}` +
            (isSame
                ? "; Consul advertises no other port, so inside and outside the number is the same."
                : "."),
        fix:
            "Its container is not as the stack made it: remove it, and run `npm start`, or " +
            "`pulumi up --refresh` in a stack of your own.",
    };
}
