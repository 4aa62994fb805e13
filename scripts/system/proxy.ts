import { BlockList, isIP, isIPv4 } from "node:net";

/** Variables by which programs send what they ask of others through a proxy. */
const proxyNames = [
    ...["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
] as const;

/** Those that Pulumi's Docker provider reads for a machine's engine, the first that has a value. */
const engineNames = ["HTTPS_PROXY", "https_proxy"] as const;

/** A variable that leads to a proxy. */
export interface ProxyVariable {
    readonly name: string;
    readonly value: string;
}

/** The variable that leads what goes to a machine's engine through a proxy; undefined where none does. A provider that
 * the CLI is told to attach to, as the embedded one, reads none. */
export function engineProxy(env: NodeJS.ProcessEnv): ProxyVariable | undefined {
    if (/(^|,)docker:/.test(env.PULUMI_DEBUG_PROVIDERS ?? "")) {
        return undefined;
    }
    return engineNames
        .map((name) => ({ name, value: env[name] ?? "" }))
        .find(({ value }) => value !== "");
}

/** Whether any program is led through a proxy. */
export function hasProxy(env: NodeJS.ProcessEnv): boolean {
    return proxyNames.some((name) => (env[name] ?? "") !== "");
}

/** What is not to go through a proxy, as programs written in Go read it. */
function exceptionsIn(env: NodeJS.ProcessEnv): string[] {
    const upper = env.NO_PROXY ?? "";
    const text = upper === "" ? (env.no_proxy ?? "") : upper;
    return text
        .split(",")
        .map((entry) => entry.trim().toLowerCase())
        .filter((entry) => entry !== "");
}

/**
 * Which of these hosts, or networks `ADDRESS/BITS`, programs written in Go would reach through the proxy: Pulumi's Docker
 * provider and docker-machine are such.
 */
export function proxied(env: NodeJS.ProcessEnv, hosts: readonly string[]): string[] {
    const exceptions = exceptionsIn(env);
    return hosts.filter((host) => !isLocal(host) && !exceptions.some((one) => covers(one, host)));
}

/** Variables to lay over an environment, so that nothing asks these hosts through a proxy. None where there is no proxy. */
export function direct(env: NodeJS.ProcessEnv, hosts: readonly string[]): Record<string, string> {
    if (!hasProxy(env) || hosts.length === 0) {
        return {};
    }
    const text = noProxyLine(env, proxied(env, hosts));
    // Each program reads one of the two first.
    return { NO_PROXY: text, no_proxy: text };
}

/** The value of NO_PROXY with these hosts behind those that are there. */
export function noProxyLine(env: NodeJS.ProcessEnv, hosts: readonly string[]): string {
    return [...new Set([...exceptionsIn(env), ...hosts])].join(",");
}

/**
 * Why Pulumi's Docker provider would not reach engines, with the line to type; undefined where it does. What the program
 * and its scripts ask goes straight to the machines, but this provider is started by the CLI, with the shell's variables.
 *
 * @param hosts where this computer reaches the machines, or networks that they are in.
 */
export function engineProxyProblem(
    env: NodeJS.ProcessEnv,
    hosts: readonly string[],
): string | undefined {
    const proxy = engineProxy(env);
    const led = proxied(env, hosts);
    if (proxy === undefined || led.length === 0) {
        return undefined;
    }
    return (
        `${proxy.name}: got "${withoutLogin(proxy.value)}"; Pulumi's Docker provider would send to that proxy what it asks ` +
        `of the machines' engines, too. Run \`export NO_PROXY=${noProxyLine(env, led)}\`, then this again.`
    );
}

/** A proxy's address without the name and password that may be in it. */
export function withoutLogin(proxy: string): string {
    return proxy.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/i, "$1");
}

function isLocal(host: string): boolean {
    return host === "localhost" || (isIPv4(host) && host.startsWith("127."));
}

/** Whether an exception is one for this host, or for all of this network. */
function covers(exception: string, host: string): boolean {
    if (exception === "*") {
        return true;
    }
    const [address = "", bits] = host.toLowerCase().split("/");
    if (isIPv4(address)) {
        return coversAddress(exception, address, bits === undefined ? 32 : Number(bits));
    }
    // One with a port is for that port alone.
    if (isIP(exception) > 0 || exception.includes(":")) {
        return false;
    }
    const domain = exception.replace(/^\*?\./, "");
    return address.endsWith(`.${domain}`) || (domain === exception && address === domain);
}

function coversAddress(exception: string, address: string, bits: number): boolean {
    const [base = "", length] = exception.split("/");
    if (!isIPv4(base)) {
        return false;
    }
    const own = length === undefined ? 32 : Number(length);
    if (!Number.isInteger(own) || own < 0 || own > 32 || own > bits) {
        return false;
    }
    const list = new BlockList();
    list.addSubnet(base, own);
    return list.check(address);
}
