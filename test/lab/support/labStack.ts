import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { repairLocalState } from "../../../cli/stack/localState.ts";
import { accessOf } from "../../../cli/stack/stackClients.ts";
import { placeOf } from "../../../cli/stack/stackSettings.ts";
import { removeWorkFolder } from "../../../cli/stack/stackPlaces.ts";
import { projectRoot } from "../../../cli/tools/paths.ts";
import { defaultStoreFolder, ownerOf } from "../../../scripts/protocol/names.ts";
import { rememberAccess } from "./access.ts";
import { labEnvironment, labImage, providers } from "./pieces.ts";

/** The result of a run of the CLI. */
export interface Ended {
    readonly exitCode: number | null;
    readonly output: string;
}

/** One node, as the stack exports it. */
export interface NodeOutput {
    readonly role: string;
    readonly address: string;
    readonly httpAddress: string;
    readonly machine: string;
}

/** The stack's exports. */
export interface Outputs {
    /** File with the rights to ask the cluster; undefined for an open one. */
    readonly access?: string | undefined;
    /** Of a secured cluster alone. */
    readonly caCertificate?: string;
    /** Of a secured cluster alone. */
    readonly managementToken?: string;
    /** Of one whose API demands a certificate of its callers. */
    readonly clientCertificate?: string;
    readonly clientKey?: string;
    readonly uiUrl: string;
    readonly httpAddress: string;
    readonly dnsAddress: string;
    readonly nodes: Readonly<Record<string, NodeOutput>>;
}

/** A run that is under way. */
export class Running {
    readonly #child: ChildProcess;
    readonly #leadsGroup: boolean;
    readonly ended: Promise<Ended>;
    #output = "";

    /** @param leadsGroup whether it was started with processes of its own, of which it leads the group. */
    constructor(child: ChildProcess, leadsGroup = false) {
        this.#child = child;
        this.#leadsGroup = leadsGroup;
        for (const stream of [child.stdout, child.stderr]) {
            stream?.setEncoding("utf8").on("data", (text: string) => {
                this.#output += text;
            });
        }
        this.ended = new Promise((done, failed) => {
            child.once("error", failed);
            child.once("close", (exitCode) => {
                done({ exitCode, output: this.#output });
            });
        });
    }

    /** Waits until the output matches; false if the run ended before. */
    async reaches(pattern: RegExp): Promise<boolean> {
        while (!pattern.test(this.#output)) {
            if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
                return false;
            }
            await new Promise((again) => setTimeout(again, 20));
        }
        return true;
    }

    /**
     * Sends a signal to the run: to the CLI, and nothing else; or to all processes of the group that it leads, as a
     * terminal does.
     */
    kill(signal: NodeJS.Signals): void {
        const { pid } = this.#child;
        if (this.#leadsGroup && pid !== undefined) {
            process.kill(-pid, signal);
        } else {
            this.#child.kill(signal);
        }
    }
}

/** The operations for which `npm run` has a script of the same name. */
const verbs = ["up", "preview", "refresh", "destroy"];

/**
 * A stack of this project on lab machines, driven as its users drive it, from the project's folder, with state and
 * settings in a folder of its own: by the `pulumi` command, and where the providers are embedded by `npm run up` and
 * its like, as far as there is one.
 */
export class LabStack {
    readonly name: string;
    /** What its next run makes, changes or removes resources by. */
    providers = providers;
    /** The clone of the project that it is driven from. */
    project = projectRoot;
    readonly #folder: string;
    readonly #env: NodeJS.ProcessEnv;

    constructor(name: string, env: Readonly<Record<string, string>> = {}) {
        this.name = name;
        this.#folder = mkdtempSync(join(tmpdir(), `${name}-`));
        this.#env = {
            PULUMI_BACKEND_URL: pathToFileURL(this.#folder).href,
            PULUMI_CONFIG_PASSPHRASE: "lab",
            PULUMI_SKIP_UPDATE_CHECK: "true",
            ...env,
        };
    }

    /** Makes the stack, empty. */
    async init(): Promise<void> {
        this.configure({});
        await this.must(["stack", "init", this.name]);
        // It writes the stack's settings beside the project, and no flag changes that; ours are elsewhere.
        rmSync(`Pulumi.${this.name}.yaml`, { force: true });
    }

    /** Writes the stack's settings, the image among them. */
    configure(settings: Readonly<Record<string, unknown>>): void {
        const config = Object.fromEntries(
            Object.entries({ image: labImage, snapshots: this.snapshots, ...settings }).map(
                ([key, value]) => [`consul-machines:${key}`, value],
            ),
        );
        // JSON is YAML too.
        writeFileSync(this.#configFile, JSON.stringify({ config }));
    }

    /** Where the stack's state is: a variable of Pulumi's, for a stack that reads this one's outputs. */
    get backend(): { readonly PULUMI_BACKEND_URL: string } {
        return { PULUMI_BACKEND_URL: pathToFileURL(this.#folder).href };
    }

    /** Where the stack keeps snapshots; gone with it. */
    get snapshots(): string {
        return join(this.#folder, "snapshots");
    }

    get #configFile(): string {
        return join(this.#folder, `Pulumi.${this.name}.yaml`);
    }

    /** Starts the CLI, or the script that runs it. */
    start(words: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
        const isScript = this.providers === "embedded" && verbs.includes(words[0] ?? "");
        const [program, ...before] = isScript
            ? [process.execPath, "cli/bootstrap.mjs"]
            : ["pulumi"];
        const child = spawn(program, [...before, ...words], {
            cwd: this.project,
            env: { ...labEnvironment(this.providers), ...this.#env, ...env },
            stdio: ["ignore", "pipe", "pipe"],
            detached: isScript,
        });
        return new Running(child, isScript);
    }

    /** Runs the CLI to its end. */
    run(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
        return this.start(words, env).ended;
    }

    /** Runs the CLI, which must succeed. */
    async must(words: readonly string[]): Promise<string> {
        const { exitCode, output } = await this.run(words);
        if (exitCode !== 0) {
            throw new Error(`pulumi ${words.join(" ")} ended with ${exitCode}:\n${output}`);
        }
        return output;
    }

    /** Words of a command on this stack with these settings. */
    words(verb: string, ...more: string[]): string[] {
        return [verb, "--stack", this.name, "--config-file", this.#configFile, ...more];
    }

    /** Words of an update. */
    upWords(...more: string[]): string[] {
        return this.words("up", "--yes", "--skip-preview", ...more);
    }

    up(...more: string[]): Promise<string> {
        return this.must(this.upWords(...more));
    }

    /** @param more `--run-program` where a machine does not answer: docs/replace.md. */
    destroy(...more: string[]): Promise<string> {
        return this.must(this.words("destroy", "--yes", "--skip-preview", ...more));
    }

    async outputs(): Promise<Outputs> {
        const words = ["stack", "output", "--json", "--show-secrets", "--stack", this.name];
        const outputs = JSON.parse(await this.must(words)) as Outputs;
        const place = {
            store: defaultStoreFolder(this.name),
            owner: ownerOf("consul-machines", this.name),
        };
        rememberAccess(outputs);
        return { ...outputs, access: accessOf(outputs.nodes, place) };
    }

    /** The stack's state, secrets encrypted, as text. */
    state(): Promise<string> {
        return this.must(["stack", "export", "--stack", this.name]);
    }

    /** What an operator does after the CLI was killed: docs/interrupted.md. */
    async unlock(): Promise<void> {
        repairLocalState(this.#folder);
        await this.must(["cancel", "--yes", this.name]);
    }

    /** Destroys what is left, even after a failed test, and removes the stack. */
    async end(): Promise<void> {
        try {
            repairLocalState(this.#folder);
            await this.run(["cancel", "--yes", this.name]);
            await this.destroy().catch(() => this.destroy("--run-program"));
        } finally {
            rmSync(this.#folder, { recursive: true, force: true });
            removeWorkFolder(placeOf(this.name));
        }
    }
}
