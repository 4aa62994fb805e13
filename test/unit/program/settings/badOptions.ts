import { one, type BadSettings } from "./badCase.ts";

const subnet = "an IPv4 network of 16 to 24 bits, such as 10.89.7.0/24";
const image = "a reference with a tag (hashicorp/consul:1.22.2) or the path of a .tar or .tar.gz";
const clear =
    "is a secret by its name, and is in clear in the stack file; docker-machine takes options as arguments, which " +
    "everybody on this computer sees. Give the driver its secrets by the environment variables that it reads, such as " +
    "AWS_SECRET_ACCESS_KEY";

const plain = (path: string, what = "is a secret by its name") =>
    `${path}: ${what}, and is in clear in the stack file; run \`pulumi config set --secret --path '${path}'\``;

const hosts = (...servers: object[]) => ({ driver: "generic", servers });

const drivers: readonly BadSettings[] = [
    one(
        "a driver no binary could have",
        { driver: "Virtual Box", driverOptions: { memory: 1 } },
        `driver: got "Virtual Box"; a driver's name, lowercase letters and digits`,
    ),
    ...["nonsense", "10.89.7.0", "10.89.7.1/24", "10.89.7.0/25", "10.89.0.0/15"].map((bad) =>
        one(
            `the subnet ${bad}`,
            { driverOptions: { subnet: bad } },
            `driverOptions.subnet: got "${bad}"; ${subnet}`,
        ),
    ),
    one(
        "an engine for the lab that is elsewhere",
        { driverOptions: { dockerHost: "tcp://10.0.0.1:2375" } },
        'driverOptions.dockerHost: got "tcp://10.0.0.1:2375"; unix:///PATH, the socket of this ' +
            "computer's Docker Engine",
    ),
    one(
        "an option that the lab does not have",
        { driverOptions: { memory: 1024 } },
        "driverOptions.memory: got 1024; there is no such setting; there are subnet, dockerHost",
    ),
    one(
        "options of one lab machine",
        { servers: [{ name: "a", options: { memory: 1024 } }] },
        'servers[0].options: got {"memory":1024}; lab machines have no options of their own',
    ),
    one(
        "an SSH port that is none",
        hosts({ name: "a", address: "192.0.2.1", options: { sshPort: 0 } }),
        "servers[0].options.sshPort: got 0; a whole number from 1 to 65535",
    ),
    one(
        "less memory than a machine boots with",
        { driver: "virtualbox", driverOptions: { memory: "1GB", hostonlyCidr: "192.168.59.1/99" } },
        'driverOptions.memory: got "1GB"; a whole number from 512 to 1048576',
        'driverOptions.hostonlyCidr: got "192.168.59.1/99"; an address and mask, such as ' +
            "192.168.59.1/24",
    ),
    one(
        "options of a wrong form",
        {
            driver: "amazonec2",
            driverOptions: { "a b": 1, "root-size": { gb: 3 }, tags: ["a", 1] },
        },
        "driverOptions.a b: got 1; an option's name has only letters, digits and dashes",
        'driverOptions.root-size: got {"gb":3}; a string, a number, true, false or a list of strings',
        "driverOptions.tags[1]: got 1; a string, a number, true, false or a list of strings",
    ),
    one(
        "options that are no map",
        { driverOptions: ["a"] },
        'driverOptions: got ["a"]; a map from option names to values',
    ),
    one(
        "a docker-machine that is not there",
        { dockerMachine: "/nowhere/docker-machine" },
        'dockerMachine: found none of "/nowhere/docker-machine"; install docker-machine (the ' +
            "GitLab fork is maintained) or rancher-machine on PATH, or name the binary in the " +
            'setting "consul-machines:dockerMachine".',
    ),
];

const images: readonly BadSettings[] = [
    one(
        "an image without a tag",
        { image: "hashicorp/consul" },
        `image: got "hashicorp/consul"; ${image}`,
    ),
    one(
        "a registry's port taken for a tag",
        { image: "localhost:5000/consul" },
        `image: got "localhost:5000/consul"; ${image}`,
    ),
    one(
        "an archive that is not there",
        { image: "/nowhere/consul.tar" },
        'image: got "/nowhere/consul.tar"; there is no such file. Make it with `docker save -o ' +
            "FILE IMAGE:TAG`, or name an image to pull.",
    ),
];

const others: readonly BadSettings[] = [
    one(
        "a datacenter with a dot",
        { datacenter: "dc.1" },
        'datacenter: got "dc.1"; lowercase letters, digits, dashes and underscores',
    ),
    one("a yes for a true", { dnsOnBridge: "yes" }, 'dnsOnBridge: got "yes"; true or false'),
    one(
        "agent configuration that is no map",
        { agentConfig: 3 },
        "agentConfig: got 3; a map of Consul's configuration",
    ),
    one(
        "agent configuration that is ours",
        { agentConfig: { server: true } },
        'agentConfig.server: cannot be set here; list the node under "servers" or "clients"',
    ),
    one(
        "variables of a wrong form",
        { environment: { "1A": "x", B: 2 } },
        'environment.1A: got "x"; a variable\'s name has only letters, digits and underscores, ' +
            "no digit first",
        "environment.B: got 2; a string; put quotes around it",
    ),
    one(
        "labels of a wrong form",
        { labels: { "a b": "x" } },
        'labels.a b: got "x"; a label\'s name has only letters, digits, dots, underscores, ' +
            "slashes and dashes",
    ),
    one(
        "a label that is ours",
        { labels: { "consul-machines.owner": "me" } },
        'labels.consul-machines.owner: got "me"; a label of another name: those that begin with ' +
            '"consul-machines." are ours',
    ),
];

const secrets: readonly BadSettings[] = [
    one(
        "a driver's password",
        {
            driver: "vmwarefusion2",
            servers: 0,
            join: ["192.0.2.9"],
            driverOptions: { password: "hunter2" },
        },
        `driverOptions.password: ${clear}`,
    ),
    one(
        "a gossip key and a token in the agents' configuration",
        { agentConfig: { encrypt: "aGk=", acl: { tokens: { agent: "x" }, token_ttl: "30s" } } },
        'agentConfig.encrypt: cannot be set here; set "security" to "full", which encrypts gossip with a key that is ' +
            "made here, while the cluster runs: docs/security.md",
        plain("agentConfig.encrypt"),
        plain("agentConfig.acl.tokens.agent"),
    ),
    one(
        "a token among the variables",
        { environment: { CONSUL_HTTP_TOKEN: "x", TOKEN_FILE: "/run/token" } },
        plain("environment.CONSUL_HTTP_TOKEN"),
    ),
    one(
        "secrets under names that do not tell",
        {
            agentConfig: { telemetry: { statsd_address: "udp://consul:hunter2@192.0.2.7:8125" } },
            environment: {
                LICENSE: "02MV4UU43BK5HGYTOJZWFQMTMNNEWU33JJ",
                MAIN_KEY: "pUqJrVyVRj5jsiYEkM/tFQYfWyJIv4s3XkvDwy7Cu5s=",
            },
            labels: { owner: "ghp_0123456789abcdefghijklmnopqrstuvwxyz" },
            snapshots: "s3://AKIAIOSFODNN7EXAMPLE/snapshots",
        },
        plain("agentConfig.telemetry.statsd_address", "looks like a URL with a password"),
        plain("environment.LICENSE", "looks like a license of Consul Enterprise"),
        plain("environment.MAIN_KEY", "looks like a gossip key"),
        "labels.owner: looks like a GitHub token, and is in clear in the stack file; labels are shown by `docker inspect`. Leave it out",
        "snapshots: looks like an AWS access key, and is in clear in the stack file; it is part of names, arguments and " +
            "messages, and would be shown there. Leave it out",
    ),
    one(
        "a password where no such option is",
        { driver: "virtualbox", driverOptions: { password: "hunter2" } },
        "driverOptions.password: got a secret, which is not repeated here; there is no such " +
            "setting; there are memory, cpuCount, diskSize, hostonlyCidr, boot2dockerUrl",
        `driverOptions.password: ${clear}`,
    ),
    one(
        "a secret in a setting of the wrong form",
        { environment: [{ password: "hunter2" }] },
        'environment: got [{"password":"(secret)"}]; a map from variable names to strings',
    ),
];

/** Settings of anything but nodes that are wrong. */
export const badOptions: readonly BadSettings[] = [...drivers, ...images, ...others, ...secrets];
