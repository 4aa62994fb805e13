import { one, type BadSettings } from "./badCase.ts";

/** What does not go with one machine for all nodes, or only goes with one. */
export const badOneMachine: readonly BadSettings[] = [
    one(
        "one machine that is neither there nor not",
        { oneMachine: "yes" },
        'oneMachine: got "yes"; true or false',
    ),
    one(
        "an address of one machine that is not asked for",
        { address: "192.0.2.1" },
        'address: got "192.0.2.1"; it is for "oneMachine"; give each node its own',
    ),
    one(
        "an existing host to share, without its address",
        { oneMachine: true, driver: "generic", servers: 3, clients: 1 },
        "address: got nothing; the driver generic needs the host's address",
    ),
    one(
        "addresses and options of nodes that share a machine",
        {
            oneMachine: true,
            driver: "generic",
            address: "192.0.2.1",
            servers: [{ name: "a", address: "192.0.2.2", reach: "192.0.2.55" }],
            clients: [{ name: "b", options: { sshUser: "ops" } }],
        },
        'servers[0].address: got "192.0.2.2"; the one machine has it: use "address"',
        'servers[0].reach: got "192.0.2.55"; the one machine has it: use "reach"',
        'clients[0].options: got {"sshUser":"ops"}; the one machine has them: "driverOptions"',
    ),
    one(
        "where the one machine of the lab is reached",
        { oneMachine: true, reach: "192.0.2.55" },
        'reach: got "192.0.2.55"; only hosts of the driver generic are reached elsewhere than at their address; the ' +
            "driver is lab, so leave it out",
    ),
    one(
        "where the one machine is reached that there is not",
        { reach: "192.0.2.55" },
        'reach: got "192.0.2.55"; it is for "oneMachine"; give each node its own',
    ),
    one(
        "another stack's servers to join from inside one machine",
        { oneMachine: true, join: ["192.0.2.9"] },
        'join: got ["192.0.2.9"]; nodes that share a machine advertise addresses inside it, which ' +
            "no other machine reaches; give each node a machine of its own",
    ),
    one(
        "a node that is called like the machine it shares",
        { oneMachine: true, servers: [{ name: "machine" }] },
        'servers[0].name: got "machine"; the name of the machine that all nodes share',
    ),
];
