import { z } from "zod";
import { httpPort, httpsPort } from "../../../components/agent/ports.ts";
import type { Declared } from "../declare.ts";

const words = z.array(z.string()).default([]);
const port = z.object({ external: z.number().default(0), ip: z.string().default("every address") });

/** The inputs of a container that are drawn, and those of others that they are found by. */
const inputsSchema = z.object({
    name: z.string().default(""),
    image: z.string().default(""),
    command: words,
    envs: words,
    /** Resolvers that it was given. */
    dns: words,
    ports: z.array(port).default([]),
});

/** A resource, as far as a picture needs it. */
export type Drawable = Pick<Declared, "key" | "name" | "inputs" | "provider">;

/** A container on a machine, as far as it is drawn. */
interface DrawnContainer extends z.infer<typeof inputsSchema> {
    readonly id: string;
    readonly isServer: boolean;
    readonly isAgent: boolean;
    /** Address of the machine that it is on. */
    readonly machine: string;
}

/** What a program declares, drawn as a Mermaid flowchart: machines, and the containers on them. */
export function topologyOf(declared: readonly Drawable[]): string {
    const hosts = hostsOf(declared);
    const machines = machinesOf(declared, hosts);
    const containers = containersOf(declared, hosts);
    const withServers = machines.filter(([address]) =>
        containers.some(({ isServer, machine }) => isServer && machine === address),
    );
    const draw = (some: readonly Machine[]) => some.flatMap((one) => drawMachine(one, containers));
    const isBoxed = withServers.length > 1;
    return flowchart([
        ...(isBoxed ? subgraph("servers", "servers", draw(withServers)) : draw(withServers)),
        ...draw(machines.filter((one) => !withServers.includes(one))),
        ...joins(containers, isBoxed),
        ...containers.flatMap((one) => questions(one, containers)),
    ]);
}

/** A machine's address and name. */
type Machine = readonly [address: string, name: string];

/** The address of each provider's engine. This computer's own engine has none and is not drawn. */
function hostsOf(declared: readonly Drawable[]): ReadonlyMap<string, string> {
    const found = declared.map(({ key, inputs }) => {
        return [key, /^tcp:\/\/(.*):\d+$/.exec(String(inputs.host))?.[1] ?? ""] as const;
    });
    return new Map(found.filter(([, address]) => address !== ""));
}

function machinesOf(declared: readonly Drawable[], hosts: ReadonlyMap<string, string>): Machine[] {
    return declared
        .filter(({ inputs }) => inputs.create === "machine up")
        .map(({ name, inputs }): Machine => {
            const { machine } = z
                .object({ machine: z.string() })
                .parse(JSON.parse(String(inputs.stdin)));
            return [
                hosts.get(`Provider ${name.replace(/machine$/, "docker")}`) ?? machine,
                machine,
            ];
        })
        .sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
}

function containersOf(
    declared: readonly Drawable[],
    hosts: ReadonlyMap<string, string>,
): DrawnContainer[] {
    return declared
        .filter(({ key, provider }) => key.startsWith("Container ") && hosts.has(provider))
        .map(({ name, inputs, provider }) => {
            const drawn = inputsSchema.parse(inputs);
            const isAgent = drawn.command[0] === "agent";
            return {
                ...drawn,
                id: idOf(name),
                isAgent,
                isServer: isAgent && drawn.command.includes("-server"),
                machine: hosts.get(provider) ?? "",
            };
        })
        .sort((a, b) => a.id.localeCompare(b.id, "en", { numeric: true }));
}

/** A name as Mermaid takes it. */
export function idOf(name: string): string {
    return name.replaceAll(/\W/g, "_");
}

/** The values of an agent's flag. */
function flags({ command }: DrawnContainer, name: string): string[] {
    const start = `-${name}=`;
    return command.filter((word) => word.startsWith(start)).map((word) => word.slice(start.length));
}

function drawMachine([address, name]: Machine, containers: readonly DrawnContainer[]): string[] {
    const title = name === address ? name : `machine ${name}, ${address}`;
    const inside = containers.filter(({ machine }) => machine === address);
    return subgraph(
        `machine_${idOf(name)}`,
        title,
        inside.map((one) => `${one.id}["${describe(one)}"]`),
    );
}

/** A container in words: what it is, and what it publishes where. */
function describe(one: DrawnContainer): string {
    const { isAgent, isServer, name, image } = one;
    const [nodeName = name] = flags(one, "node");
    const title = isAgent ? [`${isServer ? "server" : "client"} ${nodeName}`] : [name, image];
    const expect = isServer
        ? flags(one, "bootstrap-expect").map((n) => `-bootstrap-expect=${n}`)
        : [];
    return [...title, ...expect, ...published(one)].join("<br/>");
}

/** The ports that a container publishes, a line for each address. */
function published({ ports, machine }: DrawnContainer): string[] {
    return [...new Set(ports.map(({ ip }) => ip))].map((address) => {
        const bound = ports.filter(({ ip }) => ip === address).map(({ external }) => external);
        const list = [...new Set(bound)].sort((a, b) => a - b).join(" ");
        return address === machine ? `ports ${list}` : `ports ${list} on ${address}`;
    });
}

/** Who joins whom. Clients that join every server join the box of them, or arrows hide the rest. */
function joins(containers: readonly DrawnContainer[], isBoxed: boolean): string[] {
    const agents = containers.filter(({ isAgent }) => isAgent);
    const all = Math.min(3, agents.filter(({ isServer }) => isServer).length);
    return agents.flatMap((one) => {
        const targets = flags(one, "retry-join").flatMap(
            (to) =>
                agents.find(
                    (other) =>
                        flags(other, "advertise").includes(to) ||
                        (other.machine === one.machine && other.name === to),
                )?.id ?? [],
        );
        const joinsAll = isBoxed && !one.isServer && targets.length === all;
        return (joinsAll ? ["servers"] : targets).map((to) => `${one.id} -- joins --> ${to}`);
    });
}

/** Which agents a container that is none asks, by HTTP, by HTTPS or by DNS. */
function questions(one: DrawnContainer, containers: readonly DrawnContainer[]): string[] {
    const agents = one.isAgent ? [] : containers.filter(({ isAgent }) => isAgent);
    const words = [...one.command, ...one.envs].join(" ");
    const asked = (port: number) =>
        agents.filter((agent) =>
            flags(agent, "advertise").some((address) => words.includes(`${address}:${port}`)),
        );
    const byDns = agents.filter(
        ({ machine, ports }) =>
            machine === one.machine &&
            ports.some(({ ip, external }) => external === 53 && one.dns.includes(ip)),
    );
    return [
        ...asked(httpPort).map(({ id }) => `${one.id} -- HTTP --> ${id}`),
        ...asked(httpsPort).map(({ id }) => `${one.id} -- HTTPS --> ${id}`),
        ...byDns.map(({ id }) => `${one.id} -- DNS --> ${id}`),
    ];
}

/** A Mermaid flowchart, as a block of Markdown. */
export function flowchart(lines: readonly string[]): string {
    return ["```mermaid", "flowchart TB", ...indented(lines), "```"].join("\n");
}

function subgraph(id: string, title: string, lines: readonly string[]): string[] {
    return [`subgraph ${id}["${title}"]`, ...indented(lines), "end"];
}

function indented(lines: readonly string[]): string[] {
    return lines.map((line) => `    ${line}`);
}
