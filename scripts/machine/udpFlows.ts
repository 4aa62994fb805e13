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
