import { describe, expect, test } from "vitest";
import type { AgentFlags } from "../../../../components/agent/agentCommand.ts";
import { imageContractOf } from "../../../../components/agent/imageContracts.ts";
import { bindPorts, describePorts, portsOf } from "../../../../components/agent/ports.ts";

const { command, configFiles, dataDirectory, ports, api } = imageContractOf("progrium");

const joining: AgentFlags = {
    role: "server",
    nodeName: "server-2",
    datacenter: "dc1",
    advertise: "192.168.99.100",
    join: ["192.168.99.102"],
};
const first: AgentFlags = {
    ...joining,
    nodeName: "server-1",
    advertise: "192.168.99.102",
    join: [],
    bootstrapExpect: 2,
};
const client: AgentFlags = { ...joining, role: "client", nodeName: "client-1" };

/** The flags of `consul agent` in Consul 0.5.2 that take a value, and those that do not: the flag
 * set of `readConfig` in its command/agent/command.go. */
const valued = [
    ...["advertise", "advertise-wan", "atlas", "atlas-token", "bind", "bootstrap-expect"],
    ...["client", "config-dir", "config-file", "data-dir", "dc", "domain", "encrypt", "join"],
    ...["join-wan", "log-level", "node", "pid-file", "protocol", "recursor", "retry-interval"],
    ...["retry-interval-wan", "retry-join", "retry-join-wan", "retry-max", "retry-max-wan"],
    ...["ui-dir"],
];
const bare = ["atlas-join", "bootstrap", "rejoin", "server", "syslog"];

/** What the entry point says before the container's arguments, and what the image's folder says. */
const givenByTheImage = ["agent", "-config-dir=/config"];
const bakedIn = ["bind", "client", "data-dir", "recursor", "ui-dir"];

/** Name of a flag, without its dash and value. */
const nameOf = (word: string) => word.replace(/^-/, "").replace(/=.*$/, "");

describe("the arguments", () => {
    test("a server that joins is told its name, its address and whom to join", () => {
        expect(command(joining)).toEqual([
            "-server",
            "-node=server-2",
            "-dc=dc1",
            "-config-dir=/consul-machines",
            "-advertise=192.168.99.100",
            "-retry-join=192.168.99.102",
            "-retry-interval=1s",
        ]);
    });

    test("the first server is told how many to expect", () => {
        expect(command(first)).toEqual([
            "-server",
            "-node=server-1",
            "-dc=dc1",
            "-config-dir=/consul-machines",
            "-advertise=192.168.99.102",
            "-bootstrap-expect=2",
            "-retry-interval=1s",
        ]);
    });

    test("a client is no server", () => {
        expect(command(client)).toEqual([
            "-node=client-1",
            ...command(joining).filter((word) => !/^-(server|node=.*)$/.test(word)),
        ]);
    });

    test("an agent that would join itself is refused", () => {
        expect(() => command({ ...joining, join: [joining.advertise] })).toThrow(RangeError);
    });

    test.each([first, joining, client])("$nodeName: each is one of that Consul's", (flags) => {
        for (const word of command(flags)) {
            expect(word.includes("=") ? valued : bare).toContain(nameOf(word));
        }
    });

    test.each([first, joining, client])("$nodeName: none says what the image says", (flags) => {
        const words = command(flags);
        expect(words.filter((word) => givenByTheImage.includes(word))).toEqual([]);
        expect(words.map(nameOf).filter((name) => bakedIn.includes(name))).toEqual([]);
    });

    test.each([first, joining, client])(
        "$nodeName: the entry point, which splits them at blanks, leaves them whole",
        (flags) => {
            expect(command(flags).filter((word) => /[\s*?[]/.test(word))).toEqual([]);
            expect(command(flags)[0]).not.toBe("cmd:run");
        },
    );
});

describe("the ports", () => {
    const own = "192.168.99.102";
    const onOwn = (...rows: string[]) => rows.map((row) => row.replace("@", `=${own}:`));

    test("a server's are the page's, DNS on the resolvers' port inside", () => {
        expect(describePorts(bindPorts(portsOf("server", ports), own)).split(" ")).toEqual(
            onOwn(
                ...["8300/tcp@8300", "8301/tcp@8301", "8301/udp@8301", "8302/tcp@8302"],
                ...["8302/udp@8302", "8400/tcp@8400", "8500/tcp@8500", "53/tcp@8600"],
                "53/udp@8600",
            ),
        );
    });

    test("a client has none that only servers listen on", () => {
        expect(describePorts(bindPorts(portsOf("client", ports), own)).split(" ")).toEqual(
            onOwn(
                ...["8301/tcp@8301", "8301/udp@8301", "8400/tcp@8400", "8500/tcp@8500"],
                ...["53/tcp@8600", "53/udp@8600"],
            ),
        );
    });

    test("on the bridge DNS is there as the page has it, port 53 to port 53", () => {
        const { ports: rows } = imageContractOf("progrium", "open", { dnsOnBridge: true });
        const bindings = bindPorts(portsOf("client", rows), own, "172.17.42.1");
        const bound = describePorts(bindings).split(" ");
        expect(bound.filter((one) => one.includes("172.17.42.1"))).toEqual([
            "53/tcp=172.17.42.1:53",
            "53/udp=172.17.42.1:53",
        ]);
    });

    test("all that Consul advertises have one number inside and outside", () => {
        const moved = portsOf("server", ports).filter(({ internal }) => internal !== undefined);
        expect(moved.map(({ port, protocol }) => `${port}/${protocol}`)).toEqual([
            "8600/tcp",
            "8600/udp",
        ]);
    });
});

describe("the configuration", () => {
    test("turns running commands from afar off, and says nothing that version does not know", () => {
        const ours = { disable_remote_exec: true, leave_on_terminate: false };
        expect(configFiles({ role: "server" })).toEqual({ config: ours, reloadable: {} });
        expect(configFiles({ role: "client", recursors: ["9.9.9.9"] })).toEqual({
            config: { ...ours, recursors: ["9.9.9.9"] },
            reloadable: {},
        });
    });

    test("takes the operator's, all of it for the next start", () => {
        const extra = { log_level: "DEBUG", dns_config: { allow_stale: true } };
        const { config, reloadable } = configFiles({ role: "client", extra });
        expect(config).toMatchObject(extra);
        expect(reloadable).toEqual({});
    });
});

test("its data are in /data, and its gates ask an older API", () => {
    expect([dataDirectory, api]).toEqual(["/data", "0.5"]);
});

test("an image of which nothing else is said is as Consul's official one", () => {
    expect(imageContractOf()).toBe(imageContractOf("official"));
    expect(imageContractOf().api).toBeUndefined();
});

test("of today's image what a running agent takes is told from what it starts with", () => {
    const extra = { log_level: "DEBUG", domain: "example" };
    const { config, reloadable } = imageContractOf().configFiles({ role: "client", extra });
    expect(config).toMatchObject({ domain: "example" });
    expect(config).not.toHaveProperty("log_level");
    expect(reloadable).toEqual({ log_level: "DEBUG" });
});
