import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { declaredBy, type DeclaredResource } from "./declaredProgram.ts";
import { withPart } from "./markedPart.ts";
import { projectRoot } from "./paths.ts";

/** A container on a machine, as far as it is drawn. */
interface DrawnContainer {
    readonly id: string;
    readonly name: string;
    readonly image: string;
    readonly command: readonly string[];
    readonly envs: readonly string[];
    /** Resolvers that it was given. */
    readonly dns: readonly string[];
    readonly ports: readonly { readonly external?: number; readonly ip?: string }[];
    /** Address of the machine that it is on. */
    readonly machine: string;
}

/** Where a port is bound that names no address. */
const everywhere = "every address";

/** A machine by its address. */
type Machines = ReadonlyMap<string, string>;

/** What a program declares, drawn as a Mermaid flowchart: machines, and the containers on them. */
export function topologyOf(declared: readonly DeclaredResource[]): string {
    const machines = machinesOf(declared);
    const containers = containersOf(declared);
    const servers = containers.filter(isServer);
    const others = [...machines.keys()].filter(
        (machine) => !servers.some((server) => server.machine === machine),
    );
    const own = [...machines.keys()].filter((machine) => !others.includes(machine));
    const drawn = (addresses: readonly string[]) =>
        addresses.flatMap((address) => drawMachine(address, machines, containers));
    const lines = [
        ...(own.length > 1
            ? ['subgraph servers["servers"]', ...indented(drawn(own)), "end"]
            : drawn(own)),
        ...drawn(others),
        ...joins(containers, own.length > 1),
        ...containers.flatMap((one) => questions(one, containers)),
    ];
    return ["```mermaid", "flowchart TB", ...indented(lines), "```"].join("\n");
}

/** Names of the machines by their addresses. */
function machinesOf(declared: readonly DeclaredResource[]): Machines {
    const commands = declared.filter(({ inputs }) => inputs.create === "machine up");
    const providers = new Map(
        declared
            .filter(({ type }) => type === "pulumi:providers:docker")
            .map(({ name, inputs }) => [name, hostOf(inputs)]),
    );
    const found = commands.map(({ name, inputs }) => {
        const { machine } = JSON.parse(String(inputs.stdin)) as { readonly machine: string };
        const address = providers.get(name.replace(/-machine$/, "-docker")) ?? machine;
        return [address, machine] as const;
    });
    return new Map(found.sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true })));
}

/** The address of a provider's engine; empty for this computer's own. */
function hostOf(inputs: Readonly<Record<string, unknown>>): string {
    return /^tcp:\/\/(.*):\d+$/.exec(String(inputs.host))?.[1] ?? "";
}

function containersOf(declared: readonly DeclaredResource[]): DrawnContainer[] {
    const hosts = new Map(
        declared
            .filter(({ type }) => type === "pulumi:providers:docker")
            .map(({ name, inputs }) => [name, hostOf(inputs)]),
    );
    return declared
        .filter(({ type }) => type === "docker:index/container:Container")
        .map(({ name, inputs, provider }): DrawnContainer => ({
            id: name.replaceAll(/\W/g, "_"),
            name: String(inputs.name),
            image: String(inputs.image),
            command: listOf(inputs.command),
            envs: listOf(inputs.envs),
            dns: listOf(inputs.dns),
            ports: (inputs.ports ?? []) as DrawnContainer["ports"],
            machine: hosts.get(provider) ?? "",
        }))
        .filter(({ machine }) => machine !== "")
        .sort((a, b) => a.id.localeCompare(b.id, "en", { numeric: true }));
}

function listOf(value: unknown): readonly string[] {
    return Array.isArray(value) ? value.map(String) : [];
}

/** The value of a flag of an agent, the first where it is given more than once. */
function flag({ command }: DrawnContainer, name: string): string | undefined {
    return flags(command, name)[0];
}

function flags(command: readonly string[], name: string): string[] {
    return command
        .filter((word) => word.startsWith(`-${name}=`))
        .map((word) => word.slice(name.length + 2));
}

function isServer({ command }: DrawnContainer): boolean {
    return command[0] === "agent" && command.includes("-server");
}

function isClient({ command }: DrawnContainer): boolean {
    return command[0] === "agent" && !command.includes("-server");
}

function drawMachine(
    address: string,
    machines: Machines,
    containers: readonly DrawnContainer[],
): string[] {
    const name = machines.get(address) ?? address;
    const id = `machine_${name.replaceAll(/\W/g, "_")}`;
    const title = name === address ? name : `machine ${name}, ${address}`;
    const inside = containers.filter(({ machine }) => machine === address);
    const drawn = inside.map((one) => `${one.id}["${describe(one)}"]`);
    return [`subgraph ${id}["${title}"]`, ...indented(drawn), "end"];
}

/** A container in words: who it is, and what of it is to be reached from where. */
function describe(one: DrawnContainer): string {
    const expect = flag(one, "bootstrap-expect");
    const lines = isServer(one)
        ? [
              `server ${flag(one, "node") ?? one.name}`,
              ...(expect ? [`-bootstrap-expect=${expect}`] : []),
          ]
        : isClient(one)
          ? [`client ${flag(one, "node") ?? one.name}`]
          : [one.name, one.image];
    return [...lines, ...published(one)].join("<br/>");
}

/** The ports that a container publishes, a line for each address. */
function published({ ports, machine }: DrawnContainer): string[] {
    const addresses = new Set(ports.map(({ ip = everywhere }) => ip));
    return [...addresses].map((ip) => {
        const rows = ports.filter((port) => (port.ip ?? everywhere) === ip);
        const numbers = new Set(rows.map(({ external }) => external ?? 0));
        const list = [...numbers].sort((a, b) => a - b).join(" ");
        return ip === machine ? `ports ${list}` : `ports ${list} on ${ip}`;
    });
}

/** Who joins whom. Clients that join every server join the box of them, or arrows hide the rest. */
function joins(containers: readonly DrawnContainer[], isBoxed: boolean): string[] {
    const agents = containers.filter((one) => isServer(one) || isClient(one));
    const named = (from: DrawnContainer, address: string) =>
        agents.find(
            (one) =>
                flag(one, "advertise") === address ||
                (one.machine === from.machine && one.name === address),
        );
    const servers = agents.filter(isServer);
    return agents.flatMap((one) => {
        const targets = flags(one.command, "retry-join").flatMap((to) => named(one, to)?.id ?? []);
        const isAll = targets.length > 1 && targets.length === Math.min(3, servers.length);
        return isBoxed && isClient(one) && isAll
            ? [`${one.id} -- joins --> servers`]
            : targets.map((target) => `${one.id} -- joins --> ${target}`);
    });
}

/** Which agents a container that is none asks, by HTTP or by DNS. */
function questions(one: DrawnContainer, containers: readonly DrawnContainer[]): string[] {
    if (one.command[0] === "agent") {
        return [];
    }
    const said = [...one.command, ...one.envs].join(" ");
    const agents = containers.filter(({ command }) => command[0] === "agent");
    const byHttp = agents.filter((agent) =>
        said.includes(`${flag(agent, "advertise") ?? "?"}:8500`),
    );
    const byDns = agents.filter(
        ({ machine, ports }) =>
            machine === one.machine &&
            ports.some(({ ip, external }) => external === 53 && one.dns.includes(ip ?? "")),
    );
    return [
        ...byHttp.map(({ id }) => `${one.id} -- HTTP --> ${id}`),
        ...byDns.map(({ id }) => `${one.id} -- DNS --> ${id}`),
    ];
}

function indented(lines: readonly string[]): string[] {
    return lines.map((line) => `    ${line}`);
}

/** Brings the picture in an example's README.md up to date. */
async function updateReadme(name: string): Promise<void> {
    const folder = join(projectRoot, "examples", name);
    const readme = join(folder, "README.md");
    const picture = topologyOf(await declaredBy(folder));
    await writeFile(readme, withPart(await readFile(readme, "utf8"), "topology", picture));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
    for (const name of process.argv.slice(2)) {
        await updateReadme(name);
    }
}
