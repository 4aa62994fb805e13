import { DockerMachineCli, findBinary } from "./dockerMachineCli.ts";
import type { ListedContainer } from "../docker/engineApi.ts";
import { engineOf } from "./machineEngine.ts";
import { describeError, progress } from "../system/progress.ts";
import { storeLayout } from "./storeLayout.ts";
import { countAstray, forgettingCommands, type UdpPort } from "./udpFlows.ts";

/** The first Docker Engine that forgets such flows by itself. */
const curedIn = 23;

/** A machine whose host is told to forget. */
export interface FlowHost {
    /** docker-machine's store. */
    readonly store: string;
    readonly machine: string;
    /** The docker-machine binary. @default the first one found */
    readonly binary?: string | undefined;
}

/** A container that runs. */
export interface RunningContainer extends ListedContainer {
    readonly NetworkSettings: {
        readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>>;
    };
}

/**
 * Has a machine's host forget how it led UDP to containers that were made anew.
 *
 * The kernel keeps a UDP flow with the translation of addresses that was right for its first packet,
 * until two or three minutes have passed without another; and gossip comes from the same port to the
 * same port for ever. Engines before 23.0 leave these flows alone (moby#8795). What other agents send
 * to a new container then goes to the address inside the machine that the one before it had; or, if
 * it came while there was none, to no container. Here every flow goes that has a claim to what comes
 * in at a published port, whichever side began it: the next packet finds the way that is there now.
 *
 * To be called once the containers run. Newer engines are left alone. Where it cannot be done and
 * flows go astray, that is said and nothing fails: gossip falls back to TCP.
 *
 * @param isMeant which of the machine's containers.
 */
export async function forgetStaleFlows(
    host: FlowHost,
    isMeant: (container: RunningContainer) => boolean,
): Promise<void> {
    const { store, machine, binary } = host;
    let version = "(of an unknown version)";
    try {
        const engine = await engineOf(store, machine);
        ({ Version: version } = (await engine.ask("/version")) as { readonly Version: string });
        if (!isOld(version)) {
            return;
        }
        const running = (await engine.ask("/containers/json")) as readonly RunningContainer[];
        const ports = running.filter(isMeant).flatMap(udpPorts);
        if (ports.length > 0) {
            const cli = new DockerMachineCli(await findBinary(binary), storeLayout(store).root);
            await forget(cli, machine, ports);
        }
    } catch (error) {
        const reason = describeError(error).replace(/\.$/, "");
        progress(
            `${machine}: its Docker Engine ${version} leaves UDP flows behind that may lead to where ` +
                `a container was before, and they could not be forgotten: ${reason}. ` +
                `Install conntrack on its host, or Docker Engine ${curedIn}.0 or later. Until then, ` +
                'where agents log "UDP probes failed", restart the machine.',
        );
    }
}

/** Whether an engine leaves flows behind; one that names no number is some build of today. */
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

/** What conntrack says at the end of a deletion, also when nothing was there to delete. */
const done = "flow entries have been deleted";

async function forget(cli: DockerMachineCli, machine: string, ports: readonly UdpPort[]) {
    const commands = forgettingCommands(ports);
    // Each flow is shown as it goes: only what conntrack says of the whole is wanted.
    const script = `{ ${commands.join("; ")}; } 2>&1 | grep -v ^udp`;
    const { stdout, tail } = await cli.call(["ssh", machine, script]);
    const said = stdout.split("\n");
    if (said.filter((line) => line.includes(done)).length === commands.length) {
        return;
    }
    const reason = said.find((line) => line !== "" && !line.includes(done)) ?? tail.at(-1);
    const table = await cli.call(["ssh", machine, "sudo cat /proc/net/nf_conntrack"]);
    // Our own way there is among the flows: of an empty table nothing is known.
    if (table.stdout === "" || countAstray(table.stdout, ports) > 0) {
        throw new Error(reason ?? "it does not answer by SSH");
    }
}
