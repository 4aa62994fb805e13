import type { Listener } from "./hostFacts.ts";

/** How each source tells of what listens, by its name. */
const readers: Readonly<Record<string, (line: string) => Listener | undefined>> = {
    ss: socketStatistics,
    netstat: networkStatistics,
    proc: kernelTable,
};

/**
 * Reads what listens on a host.
 *
 * @param source which program or table tells of it: `ss`, `netstat` or `proc`.
 * @returns undefined where nothing tells.
 */
export function readListeners(
    source: string | undefined,
    linesOf: (source: string) => readonly string[],
): readonly Listener[] | undefined {
    const read = readers[source ?? ""];
    if (source === undefined || read === undefined) {
        return undefined;
    }
    const lines = linesOf(source);
    return lines.length === 0 ? undefined : lines.flatMap((line) => read(line) ?? []);
}

/** A line of `ss -lntup`. */
function socketStatistics(line: string): Listener | undefined {
    const [, protocol, at] = /^(tcp|udp)\s+\S+\s+\d+\s+\d+\s+(\S+)\s/.exec(line) ?? [];
    const [, program, pid] = /users:\(\("([^"]+)",pid=(\d+)/.exec(line) ?? [];
    return listener(protocol, at, program, pid);
}

/** A line of `netstat -lntup`, of net-tools or busybox. */
function networkStatistics(line: string): Listener | undefined {
    const [, protocol, at] = /^(tcp|udp)6?\s+\d+\s+\d+\s+(\S+)\s/.exec(line) ?? [];
    const [, pid, program] = /\s(\d+)\/(\S+?):?(?:\s.*)?$/.exec(line) ?? [];
    return listener(protocol, at, program, pid);
}

/** A row of the kernel's own tables: `tcp 0B00580A:2134`. */
function kernelTable(line: string): Listener | undefined {
    const [, protocol, address = "", port] =
        /^(tcp|udp)6? ([0-9A-F]+):([0-9A-F]{4})$/.exec(line) ?? [];
    if (protocol === undefined || port === undefined) {
        return undefined;
    }
    // Of a socket for both kinds of addresses that is bound to an IPv4 one, that is the last of its four numbers.
    const plain = address.replace(/^0{16}FFFF0000(?=.{8}$)/, "");
    const bytes = (plain.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16));
    // The kernel writes an address as numbers of its own byte order.
    const text = bytes.length === 4 ? bytes.reverse().join(".") : "an IPv6 address";
    const isEvery = /^0+$/.test(plain);
    return listener(protocol, `${isEvery ? "*" : text}:${Number.parseInt(port, 16)}`);
}

function listener(
    protocol: string | undefined,
    at: string | undefined,
    program?: string,
    pid?: string,
): Listener | undefined {
    const [, address = "", port] = /^(.*):(\d+)$/.exec(at ?? "") ?? [];
    if ((protocol !== "tcp" && protocol !== "udp") || port === undefined) {
        return undefined;
    }
    const plain = address
        .replace(/^\[(.*)\]$/, "$1")
        .replace(/%.*$/, "")
        // How a socket for both kinds of addresses, as of a JVM, has an IPv4 one.
        .replace(/^::ffff:(?=[\d.]+$)/i, "");
    return {
        protocol,
        address: ["", "*", "0.0.0.0", "::"].includes(plain) ? "*" : plain,
        port: Number(port),
        program,
        pid: pid === undefined ? undefined : Number(pid),
    };
}
