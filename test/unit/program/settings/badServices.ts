import { one, type BadSettings } from "./badCase.ts";

const settings =
    "name, id, address, port, ports, tags, meta, taggedAddresses, weights, enableTagOverride, socketPath, checks, kind, " +
    "proxy, connect, locality, definition";
const shared =
    "of nodes that share a machine only the first one's API is reached; register services by that";

const asking = (header: object) => [{ name: "web", port: 80, checks: [{ kind: "http", header }] }];

/** What is refused of services, beyond what each of them may say (`test/unit/components/node/badServices.ts`). */
export const badServices: readonly BadSettings[] = [
    one(
        "services that say what no service has, and a check without a port",
        {
            servers: [
                { name: "a", services: [{ name: "web", tag: 80 }] },
                { name: "b", services: [{ name: "db", checks: [{ kind: "tcp" }] }] },
            ],
        },
        `servers[0].services[0].tag: got 80; there is no such setting; there are ${settings}`,
        "servers[1].services[0].checks[0].port: got nothing; the port to ask, for the service " +
            "names none",
    ),
    one(
        "a service that tells everybody a secret",
        { servers: [{ name: "a", services: [{ name: "web", meta: { apiToken: "x" } }] }] },
        "servers[0].services[0].meta.apiToken: is a secret by its name, and is in clear in the stack file; run " +
            "`pulumi config set --secret --path 'servers[0].services[0].meta.apiToken'`",
    ),
    one(
        "services of a role that are wrong",
        {
            serverServices: [{ name: "web", port: 0 }],
            clientServices: [{ definition: { name: "a", checks: [{ tcp: "a:1" }] } }],
        },
        "serverServices[0].port: got 0; a port, from 1 to 65535",
        "clientServices[0].definition.checks[0].interval: got nothing; how often it is checked, such as 10s",
    ),
    one(
        "a node's service of the id that one of its role's has, and one that is the other role's",
        {
            servers: [{ name: "a", services: [{ name: "metrics" }] }],
            clients: [
                { name: "b", services: [{ name: "own" }, { name: "x", id: "metrics" }] },
                { name: "c", services: [{ definition: { name: "metrics" } }] },
            ],
            clientServices: [{ name: "metrics" }],
        },
        'clients[0].services[1].id: got "metrics"; another id than "metrics", which clientServices[0] has on every ' +
            "node of that role",
        'clients[1].services[0].id: got "metrics"; another id than "metrics", which clientServices[0] has on every ' +
            "node of that role",
    ),
    one(
        "what the image's Consul does not take",
        {
            image: "hashicorp/consul:1.16.3",
            clients: [
                {
                    name: "b",
                    services: [
                        { name: "shop", ports: [{ name: "http", port: 80 }] },
                        {
                            definition: {
                                name: "x",
                                check: { tcp: "a:1", tcp_use_tls: true, interval: "5s" },
                            },
                        },
                    ],
                },
            ],
            clientServices: [{ name: "y", locality: { region: "eu" } }],
        },
        "clientServices[0]: Consul 1.17 is the first that takes, and not 1.16.3, a locality",
        "clients[0].services[0]: Consul 1.22 is the first that takes, and not 1.16.3, several ports by their names; " +
            "declare a service for each",
        "clients[0].services[1]: Consul 1.17 is the first that takes, and not 1.16.3, a check tcp over TLS",
    ),
    one(
        "services of nodes that share a machine",
        {
            oneMachine: true,
            servers: [{ name: "a", services: [{ name: "web" }] }],
            clientServices: [{ name: "web" }],
        },
        `clientServices: ${shared}`,
        `servers[0].services: ${shared}`,
    ),
    one(
        "headers that let a caller in, in clear",
        {
            clients: [
                { name: "b", services: asking({ Authorization: "Basic eDp5", Accept: "a/b" }) },
            ],
            clientServices: [
                {
                    definition: {
                        name: "z",
                        check: {
                            http: "http://me:pass@a/",
                            header: { "X-Api-Key": ["k"] },
                            interval: "5s",
                        },
                    },
                },
            ],
        },
        ...[
            "clientServices[0].definition.check.http",
            "clientServices[0].definition.check.header.X-Api-Key",
            "clients[0].services[0].checks[0].header.Authorization",
        ].map(
            (path) =>
                `${path}: got a secret, which is not repeated here; the stack file has it in clear; set it by ` +
                `\`pulumi config set --secret --path '${path}'\``,
        ),
    ),
    one(
        "services of a role, with progrium's image",
        {
            image: "progrium/consul:latest",
            imageFlavour: "progrium",
            security: "open",
            servers: 1,
            serverServices: [{ name: "web" }],
        },
        'serverServices: got [{"name":"web"}]; Consul 0.5.2 keeps no meta of a service, by which declared ones are told ' +
            "from others; register them with registrator, or by the agent's HTTP API",
    ),
];
