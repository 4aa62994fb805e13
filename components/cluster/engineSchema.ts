import { z } from "zod";
import { unitText } from "../../scripts/protocol/engineOptions.ts";
import type { EngineSettings } from "../machine/engineSettings.ts";
import { registryAddressProblem } from "../machine/registries.ts";
import { objectRule } from "../node/objectRule.ts";
import { issueLines } from "../node/problems.ts";
import { nodesOf, type ConsulClusterArgs, type NodeArgs } from "./clusterArgs.ts";

/** Options of a daemon that have a place of their own, and where. */
const elsewhere: Readonly<Record<string, string>> = {
    host: "docker-machine's own",
    tls: "docker-machine's own",
    tlscacert: "docker-machine's own",
    tlscert: "docker-machine's own",
    tlskey: "docker-machine's own",
    tlsverify: "docker-machine's own",
    "http-proxy": "engine.proxy.http",
    "https-proxy": "engine.proxy.https",
    "insecure-registry": "engine.insecureRegistries",
    label: "engine.labels",
    "log-driver": "engine.logDriver",
    "log-opt": "engine.logOpts",
    "no-proxy": "engine.proxy.no",
    "registry-mirror": "engine.mirrors",
    "storage-driver": "engine.storageDriver",
};

const textRule =
    "a text without blanks and quotes, of letters, digits and ._:/=,@+-: docker-machine writes it into a unit by a shell";
const text = z.string(textRule).regex(unitText, textRule);

const mirrorRule = "the URL of a mirror without a path, such as https://mirror.example";
const mirror = z.string(mirrorRule).regex(/^https?:\/\/[A-Za-z0-9.-]+(:\d+)?\/?$/, mirrorRule);

const insecureRule = "a registry, HOST or HOST:PORT, or a network of them such as 10.0.0.0/8";
const insecure = z
    .string(insecureRule)
    .refine(
        (value) =>
            /^\d+\.\d+\.\d+\.\d+\/\d+$/.test(value) || registryAddressProblem(value) === undefined,
        insecureRule,
    );

/** A proxy's login is looked at by itself: no message repeats it. */
const proxyRule = "the URL of a proxy, such as http://proxy.example:3128";
const proxyUrl = z
    .string(proxyRule)
    .refine(
        (url) => url.includes("@") || /^(https?|socks5):\/\/[A-Za-z0-9.-]+(:\d+)?\/?$/.test(url),
        proxyRule,
    );
const directRule = "a host, a domain such as .example, or a network";
const direct = z.string(directRule).regex(/^[A-Za-z0-9.*:/_-]+$/, directRule);

const proxyShape = {
    http: proxyUrl.exactOptional().describe("For registries without TLS."),
    https: proxyUrl.exactOptional().describe("For registries with TLS."),
    no: z
        .array(direct, "a list of hosts, domains and networks")
        .exactOptional()
        .describe(
            "What is asked directly, besides the machine itself and all addresses for private use.",
        ),
};

const installRule = "the https URL of an install script, or none with rancher-machine";
const storageRule = "a storage driver's name, such as overlay2";
const driverRule = "a logging driver's name, such as json-file or journald";
const labelRule = "a label of another name: that one is docker-machine's or ours";
const nameRule = "an option's name as `dockerd --help` has it, without dashes in front";
const valueRule = "a text, a number, true, false or a list of texts";

const option = z.union([text, z.number(), z.boolean(), z.array(text)], valueRule);

/** Texts by names of this form. */
const textMap = (keys: z.ZodString, rule: string) => z.record(keys, text, objectRule(rule));

const lowerName = z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, "lowercase letters, digits, ._-");

/** A change that only later machines see. */
const later = { change: "nothing: it is for machines that are made from now on" };

const shape = {
    mirrors: z
        .array(mirror, "a list of URLs")
        .exactOptional()
        .describe("Mirrors of Docker Hub, which are asked in front of it."),
    insecureRegistries: z
        .array(insecure, "a list of registries")
        .exactOptional()
        .describe("Registries without TLS, or with a certificate of their own making."),
    proxy: z
        .strictObject(proxyShape, objectRule("http, https and no", Object.keys(proxyShape)))
        .exactOptional()
        .describe("Through what engines ask registries."),
    logDriver: z
        .string(driverRule)
        .regex(/^[a-z0-9][a-z0-9._/:-]*$/, driverRule)
        .exactOptional()
        .describe("Logging driver of containers that name none; agents' as well."),
    logOpts: textMap(lowerName, "a map from a logging driver's options to texts")
        .exactOptional()
        .describe("Its options, in clear."),
    labels: textMap(
        lowerName.refine(
            (name) => name !== "provider" && !name.startsWith("consul-machines."),
            labelRule,
        ),
        "a map from label names to texts",
    )
        .exactOptional()
        .describe("Labels of the engines."),
    options: z
        .record(
            z
                .string()
                .regex(/^[a-z][a-z0-9-]*$/, nameRule)
                .superRefine((name, context) => {
                    const place = elsewhere[name];
                    if (place !== undefined) {
                        const message = `another option: this one is ${place}`;
                        context.addIssue({ code: "custom", message });
                    }
                }),
            option,
            objectRule("a map from a daemon's options to values"),
        )
        .exactOptional()
        .meta({
            description: "Other options of the daemon, as `dockerd --help` has them.",
            change: "engines restart; of data-root, exec-root, userns-remap, bridge and bip nothing",
        }),
    installUrl: z
        .string(installRule)
        .regex(/^(none|https:\/\/[A-Za-z0-9._~:/-]+)$/, installRule)
        .exactOptional()
        .meta({
            description: "The script that installs Docker where a host has none.",
            default: "https://get.docker.com",
            ...later,
        }),
    storageDriver: z
        .string(storageRule)
        .regex(/^[a-z0-9][a-z0-9-]*$/, storageRule)
        .exactOptional()
        .meta({
            description: "How the engine stores images and containers.",
            default: "that of the Docker that is there, else overlay2",
            ...later,
        }),
};

/** The setting `engine`, as it is written. */
export const engineSchema = z.strictObject(
    shape,
    objectRule("what engines are told", Object.keys(shape)),
);

/** The paths of proxies with a login, which would be in clear in the machines' units and in processes' arguments. */
export function proxyLogins({ proxy = {} }: EngineSettings): ("http" | "https")[] {
    return (["http", "https"] as const).filter((key) => proxy[key]?.includes("@") === true);
}

/** The rule that such a proxy breaks. */
export const proxyLoginRule =
    "a proxy without a login: it would be in clear on the machines and in docker-machine's arguments. Let in the machines by " +
    "their addresses, or have a proxy on the machine add the login";

/**
 * What is wrong with what engines are to be told, a line each.
 *
 * @param at what the settings are called: `engine`, or `server-1.engine`.
 */
export function engineProblems(settings: EngineSettings | undefined, at: string): string[] {
    const logins = proxyLogins(settings ?? {});
    if (logins.length > 0) {
        return logins.map((key) => `${at}.proxy.${key}: got a secret; ${proxyLoginRule}.`);
    }
    // What a library's user leaves undefined is not stated.
    const stated: unknown = JSON.parse(JSON.stringify(settings ?? {}));
    return issueLines(engineSchema.safeParse(stated).error, stated, at);
}

/** What is wrong with what the engines of a cluster are to be told, a line each. */
export function clusterEngineProblems(args: ConsulClusterArgs): string[] {
    const nodes: readonly Pick<NodeArgs, "name" | "engine">[] = nodesOf(args);
    return [
        ...engineProblems(args.engine, "engine"),
        ...nodes.flatMap(({ name, engine }) => engineProblems(engine, `${name}.engine`)),
    ];
}
