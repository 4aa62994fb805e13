import { expect, test } from "vitest";
import {
    agentPorts,
    apiPorts,
    bindPorts,
    describePorts,
    portsOf,
} from "../../../../components/agent/ports.ts";

const rows = (role: "server" | "client") =>
    portsOf(role).map(({ port, protocol }) => `${port}/${protocol}`);

test("a server publishes RPC, both gossips, HTTP and DNS, each with every protocol it speaks", () => {
    expect(rows("server")).toEqual([
        "8300/tcp",
        "8301/tcp",
        "8301/udp",
        "8302/tcp",
        "8302/udp",
        "8500/tcp",
        "8600/tcp",
        "8600/udp",
    ]);
});

test("a client publishes no port that only servers listen on", () => {
    expect(rows("client")).toEqual(["8301/tcp", "8301/udp", "8500/tcp", "8600/tcp", "8600/udp"]);
});

test("no row is there twice, and each says what it is for", () => {
    const keys = agentPorts.map(({ port, protocol }) => `${port}/${protocol}`);
    expect([...new Set(keys)]).toEqual(keys);
    expect(agentPorts.filter(({ purpose }) => purpose === "")).toEqual([]);
});

test("every port is bound to the one address, under the same number", () => {
    expect(bindPorts(portsOf("client"), "10.0.0.1")).toEqual([
        { internal: 8301, external: 8301, ip: "10.0.0.1", protocol: "tcp" },
        { internal: 8301, external: 8301, ip: "10.0.0.1", protocol: "udp" },
        { internal: 8500, external: 8500, ip: "10.0.0.1", protocol: "tcp" },
        { internal: 8600, external: 8600, ip: "10.0.0.1", protocol: "tcp" },
        { internal: 8600, external: 8600, ip: "10.0.0.1", protocol: "udp" },
    ]);
});

test("with a bridge address DNS is there on port 53 beside each of its own, and nothing else is", () => {
    expect(bindPorts(portsOf("client"), "10.0.0.1", "172.17.0.1")).toEqual([
        { internal: 8301, external: 8301, ip: "10.0.0.1", protocol: "tcp" },
        { internal: 8301, external: 8301, ip: "10.0.0.1", protocol: "udp" },
        { internal: 8500, external: 8500, ip: "10.0.0.1", protocol: "tcp" },
        { internal: 8600, external: 8600, ip: "10.0.0.1", protocol: "tcp" },
        { internal: 8600, external: 53, ip: "172.17.0.1", protocol: "tcp" },
        { internal: 8600, external: 8600, ip: "10.0.0.1", protocol: "udp" },
        { internal: 8600, external: 53, ip: "172.17.0.1", protocol: "udp" },
    ]);
});

test("bindings are told in words, so that any other binding is another text", () => {
    const bindings = bindPorts(portsOf("client"), "10.0.0.1", "172.17.0.1").slice(4);
    expect(describePorts(bindings)).toBe(
        "8600/tcp=172.17.0.1:53 8600/udp=10.0.0.1:8600 8600/udp=172.17.0.1:53",
    );
});

test("a node that stands for others publishes HTTP and DNS, and DNS on the bridge if asked", () => {
    const at = "192.0.2.1";
    expect(describePorts(bindPorts(apiPorts, at))).toBe(
        `8500/tcp=${at}:8500 8600/tcp=${at}:8600 8600/udp=${at}:8600`,
    );
    expect(describePorts(bindPorts(apiPorts, at, "172.17.0.1"))).toBe(
        `8500/tcp=${at}:8500 8600/tcp=${at}:8600 8600/tcp=172.17.0.1:53 ` +
            `8600/udp=${at}:8600 8600/udp=172.17.0.1:53`,
    );
});

test("an API that is reached at another address of the machine is bound there, too, and nothing else is", () => {
    const at = "10.0.0.1";
    const reached = { address: "100.64.0.1", port: 8500 };
    const bindings = bindPorts(portsOf("server"), at, undefined, reached);
    expect(bindings.filter(({ ip }) => ip !== at)).toEqual([
        { internal: 8500, external: 8500, ip: "100.64.0.1", protocol: "tcp" },
    ]);
    expect(bindings.filter(({ ip }) => ip === at)).toEqual(bindPorts(portsOf("server"), at));
});
