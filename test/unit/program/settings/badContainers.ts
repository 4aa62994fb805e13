import { one, type BadSettings } from "./badCase.ts";

const inClear = (address: string) =>
    `registries.${address}.password: got a secret, which is not repeated here; it is in clear in the stack file. Remove it, ` +
    `then \`pulumi config set --secret --path 'registries["${address}"].password'\`; who has read that file can log in, so ` +
    "change the password if anybody may have";

/** Settings of engines and containers that are wrong. */
export const badContainers: readonly BadSettings[] = [
    one(
        "limits that no agent runs with, and what is no limit",
        { container: { memory: 16, fileLimit: 1.5, cpus: 2 } },
        "container.memory: got 16; MiB, or a text with a unit such as 512m or 2g; at least 128m, for an idle agent uses about 120",
        "container.fileLimit: got 1.5; a whole number from 1024 to 1048576",
        "container.cpus: got 2; there is no such setting; there are memory, memoryReservation, fileLimit, logDriver, logOpts, " +
            "extraHosts, data",
    ),
    one(
        "data in a folder that is the system's",
        { container: { data: { hostPath: "/etc" } } },
        'container.data.hostPath: got "/etc"; an absolute path of letters, digits, dots, underscores and dashes, and no ' +
            "folder of the system's own, such as /srv/consul",
    ),
    one(
        "a token among the options of a log",
        { container: { logDriver: "splunk", logOpts: { "splunk-token": "hunter2" } } },
        "container.logOpts.splunk-token: is a secret by its name, and is in clear in the stack file; what a container is " +
            "made with is shown by `docker inspect`. Leave it out",
    ),
    one(
        "data of what is adopted at another place",
        {
            driver: "generic",
            servers: [{ name: "a", address: "192.0.2.1", adopt: { container: "consul" } }],
            container: { data: { hostPath: "/srv/consul" } },
        },
        'servers[0].adopt: got {"container":"consul"}; what is adopted keeps its data where they are; leave ' +
            '"container.data" out',
    ),
    one(
        "what no engine is told",
        {
            engine: { mirrors: ["mirror"], options: { host: "tcp://0.0.0.0", "log-opt": "a=b" } },
            servers: [{ name: "a", engine: { labels: { zone: "$(rm)" } } }],
        },
        'engine.mirrors[0]: got "mirror"; the URL of a mirror without a path, such as https://mirror.example',
        'engine.options.host: got "tcp://0.0.0.0"; another option: this one is docker-machine\'s own',
        'engine.options.log-opt: got "a=b"; another option: this one is engine.logOpts',
        'servers[0].engine.labels.zone: got "$(rm)"; a text without blanks and quotes, of letters, digits and ._:/=,@+-: ' +
            "docker-machine writes it into a unit by a shell",
    ),
    one(
        "proxies with a login, in clear",
        {
            engine: {
                proxy: {
                    http: "http://token@proxy.example:3128",
                    https: "http://me:hunter2@proxy.example:3128",
                },
            },
        },
        "engine.proxy.https: looks like a URL with a password, and is in clear in the stack file; docker-machine takes it as " +
            "arguments, and writes it into a unit that everybody on the machine reads. Leave it out",
        "engine.proxy.http: got a secret, which is not repeated here; a proxy without a login: it would be in clear on the " +
            "machines and in docker-machine's arguments. Let in the machines by their addresses, or have a proxy on the " +
            "machine add the login",
    ),
    one(
        "an engine of one of the nodes that share a machine",
        { oneMachine: true, servers: [{ name: "a", engine: { logDriver: "local" } }] },
        'servers[0].engine: got {"logDriver":"local"}; the one machine has one engine: use "engine"',
    ),
    one(
        "a password in clear",
        { registries: { "registry.example:5000": { username: "me", password: "hunter2" } } },
        inClear("registry.example:5000"),
    ),
    one(
        "a registry that is none",
        { registries: { "https://registry.example": { username: "me", password: "hunter2" } } },
        'registries["https://registry.example"]: got {"username":"me","password":"(secret)"}; a registry\'s address as images have ' +
            "it in front of their names, HOST or HOST:PORT, without https:// and path; Docker Hub is docker.io",
    ),
    one(
        "a login that is not whole",
        { registries: { "registry.example": { username: "me" } } },
        "registries.registry.example.password: got a secret, which is not repeated here; a password or an access token, as a string",
    ),
];
