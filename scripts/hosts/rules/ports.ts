import { refused, said, type Finding } from "../facts/finding.ts";
import type { HostContainer, HostFacts, Listener } from "../facts/hostFacts.ts";
import { defaultEnginePort, type HostPlan, type PlannedPort } from "../facts/hostPlan.ts";
import { listed, type Looked } from "./context.ts";

/** The programs of Docker itself: the daemon, whose own ports change, and what listens for containers. */
const ofDocker = /^(dockerd|docker-proxy|docker-p.*)$/;

/** Who has a port, and how it lets go of it. */
interface Holder {
    readonly who: string;
    readonly stop: string;
}

/** What else has the ports that the node needs; one finding for all ports of one holder. */
export function portFindings({ plan, facts }: Looked): Finding[] {
    const engine: PlannedPort = {
        port: plan.enginePort ?? defaultEnginePort,
        protocol: "tcp",
        purpose: "the machine's Docker",
    };
    const taken = new Map<string, { readonly holder: Holder; readonly ports: PlannedPort[] }>();
    for (const wanted of [...plan.ports, engine]) {
        const holder = holderOf(wanted, [plan.address], facts, plan);
        if (holder !== undefined) {
            const { ports } = taken.get(holder.who) ?? { ports: [] };
            taken.set(holder.who, { holder, ports: [...ports, wanted] });
        }
    }
    const found = [...taken.values()].map(({ holder, ports }) => {
        const names = ports.map(
            ({ port, protocol, purpose }) => `${port}/${protocol} (${purpose})`,
        );
        const [verb, noun] = ports.length === 1 ? ["is", "port"] : ["are", "ports"];
        return refused(
            "port",
            `${noun} ${names.join(", ")} ${verb} taken by ${holder.who}`,
            `${holder.stop}, or use another host.`,
        );
    });
    return facts.listeners === undefined ? [...found, untold] : found;
}

/** Programs may have ports of which the host does not tell. */
const untold = said(
    "port",
    "it did not tell what listens there",
    "whether its ports are free is not known: see `sudo ss -lntup` there.",
);

/** What has a port on the bridge at which containers ask the node; one finding for each setting. */
export function bridgePortFindings({ plan, facts }: Looked): Finding[] {
    const bridge = facts.addresses.filter(({ device }) => device === "docker0");
    const at = bridge.map(({ address }) => address);
    const found = new Map<string, Finding>();
    for (const wanted of plan.bridgePorts) {
        const { from = "ports", port, protocol } = wanted;
        const holder = holderOf(wanted, at, facts, plan);
        if (holder !== undefined) {
            const way = /^(dns|http)On/.test(from) ? `set ${from} to false` : "name another port";
            const finding = refused(
                "dns-port",
                `${from}: port ${port}/${protocol} of its bridge is taken by ${holder.who}`,
                `${holder.stop}, bind it to other addresses, or ${way}.`,
            );
            found.set(from, finding);
        }
    }
    return [...found.values()];
}

/** Who has a port at one of these addresses; a container with a name that the node needs is reported by its name, and
 * one that is adopted lets go of it. */
function holderOf(
    wanted: PlannedPort,
    addresses: readonly string[],
    { docker: { engine }, listeners = [] }: HostFacts,
    { containers: names, adopts }: Pick<HostPlan, "containers" | "adopts">,
): Holder | undefined {
    const reported = adopts === undefined ? names : [...names, adopts];
    const publishes = (one: HostContainer) =>
        one.ports.includes(`${wanted.port}/${wanted.protocol}`);
    const containers = (engine?.containers ?? []).filter((one) => publishes(one) && comesBack(one));
    const other = containers.find(({ name }) => !reported.includes(name));
    if (other !== undefined) {
        return {
            who: `the container ${listed([other.name])}`,
            stop: `Stop it there (\`sudo docker stop ${other.name}\`)`,
        };
    }
    if (containers.length > 0) {
        return undefined;
    }
    const listener = listeners.find((one) => isAt(one, wanted, addresses));
    if (listener === undefined || ofDocker.test(listener.program ?? "")) {
        return undefined;
    }
    // On the host's own network, an adopted container's program is seen itself.
    if (adopts !== undefined && listener.program === "consul") {
        return undefined;
    }
    const { program, pid } = listener;
    if (program === undefined || pid === undefined) {
        const query = `sudo ss -lnp 'sport = :${wanted.port}'`;
        return { who: "a program of its own", stop: `Find it (\`${query}\`) and stop it` };
    }
    return { who: `the program "${program}" (process ${pid})`, stop: "Stop it there" };
}

function isAt(listener: Listener, wanted: PlannedPort, addresses: readonly string[]): boolean {
    const { port, protocol, address } = listener;
    const isThere = address === "*" || addresses.includes(address);
    return port === wanted.port && protocol === wanted.protocol && isThere;
}

/** Whether a container has its ports now, or takes them again when Docker is restarted. */
function comesBack({ state, restart }: HostContainer): boolean {
    return ["running", "restarting", "paused"].includes(state) || restart === "always";
}
