import { createHash } from "node:crypto";
import { isIPv4 } from "node:net";
import type { EngineMaking, EngineOptions } from "../../scripts/protocol/engineOptions.ts";
import { engineLabel } from "../../scripts/protocol/labels.ts";

/** A value of one of a daemon's own options. A list repeats it. */
export type EngineOption = string | number | boolean | readonly string[];

/** What the machines' Docker Engines are told. A change restarts them, one server after another; what a machine was made with
 * stays. */
export interface EngineSettings {
    /** URLs of mirrors of Docker Hub, which are asked in front of it. @default none */
    readonly mirrors?: readonly string[] | undefined;
    /** Registries, `HOST:PORT`, or networks of them, that are asked without TLS or with a certificate of their own making.
     * @default none */
    readonly insecureRegistries?: readonly string[] | undefined;
    /** Through what engines ask registries. @default nothing */
    readonly proxy?: EngineProxy | undefined;
    /** Logging driver of containers that name none. @default the engine's own, `json-file` */
    readonly logDriver?: string | undefined;
    /** Options of that driver, in clear. @default none */
    readonly logOpts?: Readonly<Record<string, string>> | undefined;
    /** Labels of the engines. @default none but ours */
    readonly labels?: Readonly<Record<string, string>> | undefined;
    /** Other options of the daemon, `{ "live-restore": true }`: as `dockerd --help` has them. Those that would move data or
     * networks are for machines that are made from now on. @default none */
    readonly options?: Readonly<Record<string, EngineOption>> | undefined;
    /** URL of the script that installs Docker where a host has none, or `none` with rancher-machine. It is for machines that
     * are made from now on. @default docker-machine's own, `https://get.docker.com` */
    readonly installUrl?: string | undefined;
    /** Storage driver of machines that are made from now on. @default that of the Docker that is there, else `overlay2` */
    readonly storageDriver?: string | undefined;
}

/** A proxy of engines. */
export interface EngineProxy {
    /** For registries without TLS: a URL, without a login. @default none */
    readonly http?: string | undefined;
    /** For registries with TLS: a URL, without a login. @default none */
    readonly https?: string | undefined;
    /** Hosts, domains and networks that are asked directly, besides the machine itself and all addresses for private
     * use. @default none */
    readonly no?: readonly string[] | undefined;
}

/** Options of a daemon that would put what it has out of its sight, or its containers onto another network. */
const ofMaking: ReadonlySet<string> = new Set([
    "bip",
    "bridge",
    "data-root",
    "exec-root",
    "userns-remap",
]);

/** What no proxy is asked for: the machine itself, and where machines are. The machines' own addresses are in these networks,
 * so that one that is added changes no other's engine. */
const directly = [
    "localhost",
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
] as const;

/** The settings of one machine's engine: its own win over those of all, key by key. */
export function engineOf(
    all: EngineSettings | undefined,
    own: EngineSettings | undefined,
): EngineSettings | undefined {
    const merged = { ...all, ...own };
    return Object.values(merged).some((value) => value !== undefined) ? merged : undefined;
}

/**
 * What an engine is told.
 *
 * @param address of its machine, where that is known before it is made.
 * @returns undefined where that is nothing.
 */
export function engineOptions(
    settings: EngineSettings | undefined,
    address: string | undefined,
): EngineOptions | undefined {
    if (settings === undefined) {
        return undefined;
    }
    const {
        mirrors = [],
        insecureRegistries = [],
        logDriver,
        logOpts = {},
        options = {},
    } = settings;
    const given = Object.entries(options).flatMap(([name, value]) =>
        (typeof value === "object" ? value : [value]).map((one) => `${name}=${one}`),
    );
    const isOfMaking = (flag: string) => ofMaking.has(flag.split("=", 1)[0] ?? "");
    const told = {
        mirrors: [...mirrors],
        insecureRegistries: [...insecureRegistries],
        env: proxyVariables(settings.proxy, address),
        labels: pairs(settings.labels),
        flags: [
            ...(logDriver === undefined ? [] : [`log-driver=${logDriver}`]),
            ...pairs(logOpts).map((option) => `log-opt=${option}`),
            ...given.filter((flag) => !isOfMaking(flag)),
        ],
    };
    const making = makingOf(settings, given.filter(isOfMaking));
    const isNothing = Object.values(told).every((list) => list.length === 0);
    if (isNothing && making === undefined) {
        return undefined;
    }
    const digest = createHash("sha256").update(JSON.stringify(told)).digest("hex").slice(0, 16);
    const labels = isNothing ? [] : [...told.labels, `${engineLabel}=${digest}`];
    return { ...told, labels, ...(making === undefined ? {} : { making }) };
}

function makingOf(
    { storageDriver, installUrl }: EngineSettings,
    flags: readonly string[],
): EngineMaking | undefined {
    const making = {
        ...(storageDriver === undefined ? {} : { storageDriver }),
        ...(installUrl === undefined ? {} : { installUrl }),
        ...(flags.length === 0 ? {} : { flags }),
    };
    return Object.keys(making).length === 0 ? undefined : making;
}

function proxyVariables(proxy: EngineProxy = {}, address: string | undefined): string[] {
    const { http, https, no = [] } = proxy;
    if (http === undefined && https === undefined) {
        return [];
    }
    const own = address !== undefined && !isPrivate(address) ? [address] : [];
    return [
        ...(http === undefined ? [] : [`HTTP_PROXY=${http}`]),
        ...(https === undefined ? [] : [`HTTPS_PROXY=${https}`]),
        `NO_PROXY=${[...new Set([...directly, ...own, ...no])].join(",")}`,
    ];
}

function isPrivate(address: string): boolean {
    return isIPv4(address) && /^(127|10|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(address);
}

/** `NAME=VALUE`, sorted, so that their order restarts nothing. */
function pairs(map: Readonly<Record<string, string>> = {}): string[] {
    return Object.entries(map)
        .map(([name, value]) => `${name}=${value}`)
        .sort();
}
