import { property } from "../../scripts/system/json.ts";
import { describeError } from "../../scripts/system/progress.ts";
import { goArch } from "./goModule.ts";
import { obtain, ToolMissing, type Attempt, type Tool, type Way } from "./obtain.ts";
import { pluginTool } from "./plugins.ts";
import type { Pulumi } from "./pulumi.ts";
import { plugins } from "./versions.ts";

/** Which providers an operation runs: Pulumi's own plugins, or those that this project embeds. */
export type ProviderChoice =
    | { readonly kind: "official" }
    | {
          readonly kind: "embedded";
          /** Why not Pulumi's own. */
          readonly reason: string;
      };

/** Chooses the providers: `official` or `embedded`. Unset: official where they are there or can be downloaded. */
export const providersVariable = "CONSUL_MACHINES_PROVIDERS";

/** How long a download site may take to say whether it has a plugin. */
const probeWithinMs = 5000;

/**
 * What the user asks for; undefined where that is left to the computer.
 *
 * @throws Error for any other value, with what would have been right.
 */
export function askedProviders(
    env: NodeJS.ProcessEnv = process.env,
): ProviderChoice["kind"] | undefined {
    const asked = env[providersVariable];
    if (asked === undefined || asked === "" || asked === "official" || asked === "embedded") {
        return asked === "" ? undefined : asked;
    }
    throw new Error(`${providersVariable}: got "${asked}"; expected official or embedded`);
}

/** A plugin's name and version. */
type Plugin = (typeof plugins)[number];

/** The one that most resources are made by comes first. */
const wanted: readonly Plugin[] = plugins.toReversed();

/** Finds, or downloads, one plugin; the tests have others. */
export interface PluginSource {
    readonly tool: (plugin: Plugin) => Tool<string>;
    /** Why no download site has it for this computer; undefined where one has. */
    readonly whyNoDownload: (plugin: Plugin) => Promise<string | undefined>;
}

/**
 * The providers that the program's resources are made by.
 *
 * @param asked what the user asks for. @default what the environment says
 */
export function providersTool(
    pulumi: Pulumi,
    asked: ProviderChoice["kind"] | undefined = askedProviders(),
    source: PluginSource = { tool: (plugin) => pluginTool(pulumi, plugin), whyNoDownload },
): Tool<ProviderChoice> {
    const official = new OfficialPlugins(source);
    const embedded: Way<ProviderChoice> = {
        kind: "find",
        how: "embedded",
        attempt: () => {
            const reason =
                asked === "embedded" ? `${providersVariable}=embedded` : official.whyMissing;
            return Promise.resolve({
                got: { kind: "embedded", reason },
                note: `embedded (${reason})`,
            });
        },
    };
    const plugged: Way<ProviderChoice>[] = [
        { kind: "find", how: "installed", attempt: () => official.find() },
        { kind: "fetch", how: "downloading Pulumi's own plugins", attempt: () => official.fetch() },
    ];
    const ways = { official: plugged, embedded: [embedded], any: [...plugged, embedded] };
    return {
        name: "Pulumi's providers",
        ways: ways[asked ?? "any"],
        advice:
            `${wanted.map((plugin) => source.tool(plugin).advice).join("\n  ")}\n  ` +
            `Or leave ${providersVariable} unset, and this project's own are taken.`,
    };
}

/** Pulumi's own plugins, all of them or none. */
class OfficialPlugins {
    readonly #source: PluginSource;
    #missing: readonly Plugin[] = wanted;
    #detail = "";

    constructor(source: PluginSource) {
        this.#source = source;
    }

    /** Why they are not taken: which one is not there, and why it cannot be downloaded. */
    get whyMissing(): string {
        const titles = this.#missing.slice(0, 1).map(titleOf);
        return `${titles.join()} is not installed${this.#detail}`;
    }

    async find(): Promise<Attempt<ProviderChoice>> {
        const reasons = await Promise.all(wanted.map((plugin) => this.#try(plugin, "find")));
        this.#missing = wanted.filter((_, index) => reasons[index] !== undefined);
        return this.#missing.length === 0 ? all() : { missed: this.whyMissing };
    }

    /** Gets the missing ones, one after another: where one is not to be had, the next is of no use. */
    async fetch(): Promise<Attempt<ProviderChoice>> {
        for (const plugin of this.#missing) {
            const reason =
                (await this.#source.whyNoDownload(plugin)) ?? (await this.#try(plugin, "fetch"));
            if (reason !== undefined) {
                this.#missing = [plugin];
                this.#detail = ` and cannot be downloaded: ${reason}`;
                return { missed: this.whyMissing };
            }
        }
        return all();
    }

    /** Tries the ways of one kind to a plugin; why they fail, undefined where one succeeds. */
    async #try(plugin: Plugin, only: "find" | "fetch"): Promise<string | undefined> {
        const tool = this.#source.tool(plugin);
        const ways = tool.ways.filter(({ kind }) => kind === only);
        try {
            await obtain({ ...tool, ways });
            return undefined;
        } catch (error) {
            if (!(error instanceof ToolMissing)) {
                throw error;
            }
            return error.detail;
        }
    }
}

/** All of them are there. */
function all(): Attempt<ProviderChoice> {
    const versions = wanted.map(({ name, version }) => `${name} ${version}`);
    return { got: { kind: "official" }, note: `Pulumi's own plugins (${versions.join(", ")})` };
}

function titleOf({ name, version }: Plugin): string {
    return `Pulumi's ${name} plugin ${version}`;
}

/**
 * Asks the sites that Pulumi downloads plugins from whether they have this one. Pulumi itself tries for minutes
 * where none answers.
 */
async function whyNoDownload({ name, version }: Plugin): Promise<string | undefined> {
    const file = `pulumi-resource-${name}-v${version}-${process.platform}-${goArch()}.tar.gz`;
    const sites = [
        `https://get.pulumi.com/releases/plugins/${file}`,
        `https://github.com/pulumi/pulumi-${name}/releases/download/v${version}/${file}`,
    ];
    const reasons = await Promise.all(sites.map(whyNotServed));
    return reasons.includes(undefined) ? undefined : reasons.join("; ");
}

/** Why a site does not serve a file; undefined where it does. */
async function whyNotServed(url: string): Promise<string | undefined> {
    const { host } = new URL(url);
    try {
        const signal = AbortSignal.timeout(probeWithinMs);
        const { ok, status } = await fetch(url, { method: "HEAD", signal });
        return ok ? undefined : `${host} answers ${status}`;
    } catch (error) {
        const isLate = error instanceof Error && error.name === "TimeoutError";
        const limit = `no answer within ${probeWithinMs / 1000} s`;
        return `${host}: ${isLate ? limit : shortReason(error)}`;
    }
}

/** What the connection failed of: the code of the cause of Node's "fetch failed", such as ENOTFOUND. */
function shortReason(error: unknown): string {
    const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
    const code = property(cause, "code");
    return typeof code === "string" ? code : describeError(cause);
}
