import { one, type BadSettings } from "./badCase.ts";

const nodes = "a count from 0 to 99, or a list of nodes";
const name = "lowercase letters, digits and dashes, a letter first, at most 40 characters";
const address = "an IPv4 address that other machines reach, such as 192.168.99.102";
const otherName = "a name that no node may have: it means another";

const named = (bad: unknown, rule = name): BadSettings =>
    one(
        `a node of the name ${JSON.stringify(bad)}`,
        { servers: [{ name: bad }] },
        `servers[0].name: got ${JSON.stringify(bad)}; ${rule}`,
    );

const hosts = (...servers: object[]) => ({ driver: "generic", servers });

const counts: readonly BadSettings[] = [
    one(
        "no servers",
        { servers: 0 },
        'servers: got 0; at least one, unless "joinStack" or "join" names the cluster of another stack',
    ),
    one(
        "an empty list of servers",
        { servers: [] },
        'servers: got 0; at least one, unless "joinStack" or "join" names the cluster of another stack',
    ),
    one("too many servers", { servers: 100 }, `servers: got 100; ${nodes}`),
    one("half a client", { clients: 1.5 }, `clients: got 1.5; ${nodes}`),
    one("fewer clients than none", { clients: -1 }, `clients: got -1; ${nodes}`),
    one("a count in words", { servers: "three" }, `servers: got "three"; ${nodes}`),
    one("a map of nodes", { servers: { a: {} } }, `servers: got {"a":{}}; ${nodes}`),
    one(
        "a count of hosts, whose addresses are unknown",
        { driver: "generic", servers: 3 },
        "servers: got 3; the driver generic needs the host's address, so list the nodes",
    ),
];

const generation = "a whole number, 2 for the first machine that takes a lost one's place";
const generations: readonly BadSettings[] = [
    one(
        "a generation of a node that is not there",
        { generations: { "server-9": 2 } },
        'generations.server-9: got 2; there is no node "server-9"; there are server-1, server-2, ' +
            "server-3",
    ),
    one(
        "a generation before the first",
        { generations: { "server-1": 0 } },
        `generations.server-1: got 0; ${generation}`,
    ),
    one(
        "generations of no node",
        { generations: 2 },
        "generations: got 2; a map from names of nodes to numbers",
    ),
    one(
        "a generation of a node that shares its machine",
        { oneMachine: true, generations: { "server-1": 2 } },
        "generations.server-1: got 2; nodes that share a machine are lost with it; " +
            "restore a snapshot: docs/restore.md",
    ),
];

const names: readonly BadSettings[] = [
    named("Node_3"),
    named("-a"),
    named("a.b"),
    named(""),
    named("x".repeat(41)),
    named(7),
    named("localhost", otherName),
    one(
        "a node that is no map",
        { servers: ["server-1"] },
        'servers[0]: got "server-1"; a node: name, and where needed address, reach, options, services, files, adopt and agentConfig',
    ),
    one(
        "a node with an unknown key",
        { servers: [{ name: "a", ip: "10.0.0.1" }] },
        'servers[0].ip: got "10.0.0.1"; there is no such setting; there are name, address, ' +
            "reach, options, engine, services, files, adopt, agentConfig",
    ),
    one(
        "two servers of one name",
        { servers: [{ name: "a", address: "10.155.9.11" }, { name: "a" }], driver: "virtualbox" },
        'servers[0].address: got "10.155.9.11"; the driver virtualbox gives its machines their ' +
            "addresses; leave it out",
        'servers[1].name: got "a"; servers[0] has that name already',
    ),
    one(
        "a client of a server's name",
        { servers: 1, clients: [{ name: "server-1" }], driver: "virtualbox" },
        'clients[0].name: got "server-1"; servers has that name already',
    ),
    {
        ...one(
            "a host name that is too long with the stack's before it",
            { servers: [{ name: "b".repeat(40) }], driver: "virtualbox" },
            `servers[0].name: got "${"b".repeat(40)}"; with the stack's name before it, at most 63 ` +
                "characters",
        ),
        stack: "a".repeat(30),
    },
    {
        ...one(
            "a stack whose name no machine may have",
            {},
            'stack: got "Dev_1"; lowercase letters, digits and dashes: machines are named after ' +
                "the stack",
        ),
        stack: "Dev_1",
    },
];

const addresses: readonly BadSettings[] = [
    ...["10.0.0.256", "host.example", "127.0.0.1", "224.0.0.1", "::1"].map((bad) =>
        one(
            `the address ${bad}`,
            hosts({ name: "a", address: bad }),
            `servers[0].address: got "${bad}"; ${address}`,
        ),
    ),
    one(
        "a host without an address",
        hosts({ name: "a" }),
        "servers[0].address: got nothing; the driver generic needs the host's address",
    ),
    one(
        "two nodes of one address",
        {
            ...hosts({ name: "a", address: "192.0.2.1" }),
            clients: [{ name: "b", address: "192.0.2.1" }],
        },
        'clients[0].address: got "192.0.2.1"; servers[0] has that address already; give one of ' +
            "them another",
    ),
    ...["me@db", "127.0.0.1", "db:22"].map((bad) =>
        one(
            `a host that is reached at ${bad}`,
            hosts({ name: "a", address: "192.0.2.1", reach: bad }),
            `servers[0].reach: got "${bad}"; an IPv4 address or a host name at which this computer reaches the host, such ` +
                "as 203.0.113.5",
        ),
    ),
    one(
        "two nodes that this computer reaches at one address",
        hosts(
            { name: "a", address: "192.0.2.1", reach: "192.0.2.55" },
            { name: "b", address: "192.0.2.2", reach: "192.0.2.55" },
        ),
        'servers[1].reach: got "192.0.2.55"; servers[0] is reached there already; the nodes\' ports are the same on each ' +
            "host, so each needs an address of its own for this computer",
    ),
    one(
        "a node that this computer reaches at another one's address",
        hosts(
            { name: "a", address: "192.0.2.1" },
            { name: "b", address: "192.0.2.2", reach: "192.0.2.1" },
        ),
        'servers[1].reach: got "192.0.2.1"; servers[0] is reached there already; the nodes\' ports are the same on each ' +
            "host, so each needs an address of its own for this computer",
    ),
    one(
        "a lab machine that is reached elsewhere",
        { servers: [{ name: "a", reach: "192.0.2.1" }] },
        'servers[0].reach: got "192.0.2.1"; only hosts of the driver generic are reached elsewhere than at their address; ' +
            "the driver is lab, so leave it out",
    ),
    one(
        "a lab machine outside of the lab's network",
        {
            driverOptions: { subnet: "10.89.7.0/24" },
            servers: [{ name: "a", address: "10.89.8.9" }],
        },
        'servers[0].address: got "10.89.8.9"; an address in the lab\'s subnet 10.89.7.0/24',
    ),
    one(
        "a lab machine at its network's gateway",
        {
            driverOptions: { subnet: "10.89.7.0/24" },
            servers: [{ name: "a", address: "10.89.7.1" }],
        },
        'servers[0].address: got "10.89.7.1"; an address that a machine may have: the first two ' +
            "and the last of 10.89.7.0/24 are taken",
    ),
    one("a server to join that is none", { join: ["a"] }, `join[0]: got "a"; ${address}`),
    one(
        "one server to join, not in a list",
        { join: "10.0.0.1" },
        'join: got "10.0.0.1"; a list of addresses',
    ),
    one(
        "a server of this stack to join",
        { ...hosts({ name: "a", address: "192.0.2.1" }), join: ["192.0.2.1"] },
        'join[0]: got "192.0.2.1"; an address of another stack\'s server; this is the one of a',
    ),
    one(
        "a resolver by its name",
        { recursors: ["dns.example"] },
        'recursors[0]: got "dns.example"; the IPv4 address of a resolver',
    ),
];

/** Settings of nodes that are wrong. */
export const badNodes: readonly BadSettings[] = [...counts, ...generations, ...names, ...addresses];
