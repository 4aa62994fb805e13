import type { DockerVersion, NetworkInfo } from "dockerode";
import type { ListedContainer } from "../docker/container.ts";
import { describeError, progress } from "../system/progress.ts";
import type { DockerMachineCli } from "./dockerMachineCli.ts";
import type { Machine } from "./machine.ts";

/** The first Docker Engine that deletes such flows itself. */
const curedIn = 23;

/** A container that runs. */
export interface RunningContainer extends ListedContainer {
    readonly NetworkSettings: {
        readonly Networks: Readonly<Record<string, Pick<NetworkInfo, "IPAddress">>>;
    };
}

/**
 * Deletes what a machine's kernel keeps of how it led UDP to containers that were replaced.
 *
 * The kernel keeps a UDP flow with the translation of addresses that was right for its first packet,
 * until two or three minutes have passed without another; and gossip never stops, from the same port to
 * the same port. Engines before 23.0 leave these flows alone (moby#8795). What other agents send to a new
 * container then goes to the address inside the machine that its predecessor had; or, if it came while
 * there was none, to no container. So every flow is deleted that claims what comes in at a published
 * port, whichever side began it: the next packet is led by the rules of today.
 *
 * To be called once the containers run. Newer engines are left alone. Where it cannot be done and
 * flows lead elsewhere, a warning is printed and nothing fails: gossip falls back to TCP.
 *
 * @param binary the docker-machine binary. @default the first one found
 * @param isMeant which of the machine's containers.
 */
export async function deleteStaleFlows(
    machine: Machine,
    binary: string | undefined,
    isMeant: (container: RunningContainer) => boolean,
): Promise<void> {
    let version = "(of an unknown version)";
    try {
        const engine = await machine.engine();
        version = (await engine.ask<DockerVersion>("/version")).Version;
        if (!isOld(version)) {
            return;
        }
        const running = await engine.ask<readonly RunningContainer[]>("/containers/json");
        const ports = running.filter(isMeant).flatMap(udpPorts);
        if (ports.length > 0) {
            await deleteFlows(await machine.cli(binary), machine.name, ports);
        }
    } catch (error) {
        const reason = describeError(error).replace(/\.$/, "");
        progress(
            `${machine.name}: its Docker Engine ${version} leaves UDP flows behind that may lead to ` +
                `where a container was before, and they could not be deleted: ${reason}. ` +
                `Install conntrack on its host, or Docker Engine ${curedIn}.0 or later. Until then, ` +
                'where agents log "UDP probes failed", restart the machine.',
        );
    }
}

/** Whether an engine leaves flows behind; one whose version is no number is a recent build. */
export function isOld(version: string | undefined): boolean {
    return Number.parseInt(version ?? "", 10) < curedIn;
}

function udpPorts({ Ports, NetworkSettings }: RunningContainer): UdpPort[] {
    const inside = Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
    return Ports.flatMap(({ Type, IP, PublicPort }) =>
        Type === "udp" && IP !== undefined && PublicPort !== undefined
            ? [{ ip: IP, port: PublicPort, inside }]
            : [],
    );
}

/** What conntrack prints at the end of a deletion, also when there was nothing to delete. */
const done = "flow entries have been deleted";

async function deleteFlows(cli: DockerMachineCli, machine: string, ports: readonly UdpPort[]) {
    const commands = deletionCommands(ports);
    // Each flow is shown as it is deleted: only the summary is wanted.
    const script = `{ ${commands.join("; ")}; } 2>&1 | grep -v ^udp`;
    const { stdout, tail } = await cli.call(["ssh", machine, script]);
    const printed = stdout.split("\n");
    if (printed.filter((line) => line.includes(done)).length === commands.length) {
        return;
    }
    const reason = printed.find((line) => line !== "" && !line.includes(done)) ?? tail.at(-1);
    const table = await cli.call(["ssh", machine, "sudo cat /proc/net/nf_conntrack"]);
    // Our own connection is among the flows: of an empty table nothing is known.
    if (table.stdout === "" || countAstray(table.stdout, ports) > 0) {
        throw new Error(reason ?? "it does not answer by SSH");
    }
}

/** A UDP port of a machine that a container publishes. */
export interface UdpPort {
    /** The machine's address at which it is published. */
    readonly ip: string;
    readonly port: number;
    /** The container's addresses inside the machine. */
    readonly inside: readonly string[];
}

/** One end of a flow in the kernel's table. */
const end = /\bsrc=(\S+) dst=(\S+) sport=(\d+) dport=(\d+)/g;

/**
 * To which addresses inside a machine the kernel leads what comes in at a UDP port: one for each flow
 * that claims the port. Those are flows that others began to it, and those that a container began to
 * others, whose answers come in there. It is the machine's own address where a flow leads to no container.
 *
 * @param table the kernel's flows, as `conntrack -L` and /proc/net/nf_conntrack print them.
 */
export function ledTo(table: string, { ip, port }: Pick<UdpPort, "ip" | "port">): string[] {
    return table.split("\n").flatMap((line) => {
        const [begun, answered] = [...line.matchAll(end)];
        if (begun === undefined || answered === undefined || !/\budp\b/.test(line)) {
            return [];
        }
        const [, from = "", to, , at] = begun;
        const [, answering = "", back, , backAt] = answered;
        if (to === ip && Number(at) === port) {
            return [answering];
        }
        return back === ip && Number(backAt) === port ? [from] : [];
    });
}

/** How many flows do not lead to the container that publishes their port. */
export function countAstray(table: string, ports: readonly UdpPort[]): number {
    return ports.flatMap((port) => ledTo(table, port).filter((at) => !port.inside.includes(at)))
        .length;
}

/** Commands by which conntrack deletes all flows that claim what comes in at these ports. */
export function deletionCommands(ports: readonly UdpPort[]): string[] {
    return ports.flatMap(({ ip, port }) =>
        ["orig", "reply"].map(
            (way) => `sudo conntrack -D -p udp --${way}-dst ${ip} --${way}-port-dst ${port}`,
        ),
    );
}
