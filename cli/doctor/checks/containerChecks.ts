import { dnsPort, portsOf } from "../../../components/agent/ports.ts";
import type { ContainerFacts, NodeFacts } from "../facts.ts";
import type { Check, Finding } from "../findings.ts";
import { listed, startAgain } from "./views.ts";

/** A node whose container is not there. */
export const containerGone: Check = {
    id: "container-gone",
    asks: "container",
    holds: "every node has its container",
    explainedBy: [],
    look: ({ nodes }) =>
        nodes.flatMap(({ name, container }) =>
            container !== null
                ? []
                : [
                      {
                          nodes: [name],
                          seen: 'its machine has no container "consul"',
                          why: "Somebody removed it. Its data are still on the volume, if that is there.",
                          fix: `${startAgain}.`,
                      },
                  ],
        ),
};

/** A container that does not run. */
export const containerStopped: Check = {
    id: "container-stopped",
    asks: "container",
    holds: "every node's container runs",
    explainedBy: ["offline-too-long", "several-addresses"],
    look: ({ nodes }) =>
        nodes.flatMap(({ name, container }) =>
            container === undefined || container === null || container.state === "running"
                ? []
                : [stoppedFinding(name, container)],
        ),
};

/** An agent that cannot choose an address, and ends at once. */
export const severalAddresses: Check = {
    id: "several-addresses",
    asks: "container",
    holds: "no agent ended for want of an address to advertise",
    explainedBy: [],
    look: ({ nodes }) =>
        nodes.flatMap(({ name, container, signs, address }) =>
            container?.state === "running" ||
            !signs.some(({ kind }) => kind === "several-addresses")
                ? []
                : [
                      {
                          nodes: [name],
                          seen: 'its agent ended with "Multiple private IPv4 addresses found"',
                          why: "Its container is in several networks, and nobody said which address to advertise.",
                          fix: `Run it with -advertise=${address ?? "its machine's address"}.`,
                      },
                  ],
        ),
};

/** A port that the others need and the container does not publish. */
export const portUnpublished: Check = {
    id: "port-unpublished",
    asks: "container",
    holds: "every container publishes the ports that others need, on its machine's address",
    explainedBy: ["container-stopped", "several-addresses", "offline-too-long"],
    look: ({ nodes }) => nodes.flatMap(portFindings),
};

function stoppedFinding(
    node: string,
    { state, exitCode, error, lastLines }: ContainerFacts,
): Finding {
    if (state === "paused") {
        return {
            nodes: [node],
            seen: "its container is paused",
            why: "Its agent neither answers nor ends; the others call it failed.",
            fix: "`docker unpause consul` on its machine.",
        };
    }
    const said = [error, lastLines.at(-1) ?? ""].filter((text) => text !== "").join("; ");
    return {
        nodes: [node],
        seen: `its container is ${state} (exit code ${exitCode})${said === "" ? "" : `: ${said}`}`,
        why:
            state === "restarting"
                ? "Its agent ends as soon as it starts, and Docker starts it again and again."
                : "A stopped server counts as failed, and the others soon go on without it.",
        fix: `${startAgain}.`,
    };
}

function portFindings({ name, isServer, address, container }: NodeFacts): Finding[] {
    if (container?.state !== "running" || address === undefined) {
        return [];
    }
    const missing = portsOf(isServer ? "server" : "client").filter(
        ({ port, protocol }) =>
            !container.published.some(
                (one) =>
                    // DNS nobody advertises: an image may have it on port 53 inside.
                    (one.port === port || port === dnsPort) &&
                    one.hostPort === port &&
                    one.protocol === protocol &&
                    (one.ip === address || one.ip === "0.0.0.0"),
            ),
    );
    const ports = missing.map(({ port, protocol }) => `${port}/${protocol}`);
    const uses = [...new Set(missing.map(({ purpose }) => purpose))];
    return missing.length === 0
        ? []
        : [
              {
                  nodes: [name],
                  seen: `its container does not publish ${listed(ports)} on ${address}`,
                  why:
                      `Nobody reaches it there for ${listed(uses)}; Consul advertises no other port, ` +
                      "so inside and outside the number is the same.",
                  fix:
                      "Its container is not as the stack made it: remove it, and run `npm start`, or " +
                      "`pulumi up --refresh` in a stack of your own.",
              },
          ];
}
