import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
    LocalWorkspace,
    type Deployment,
    type EngineEvent,
    type PulumiFn,
    type Stack,
} from "@pulumi/pulumi/automation/index.js";
import { onTestFinished, vi } from "vitest";
import { ProviderServer } from "../../../providers/protocol/providerServer.ts";
import { suppliedCli } from "./cli.ts";
import { labSocket } from "./cluster.ts";
import { fakeCommand } from "./fakeCommand.ts";
import { fakeDocker } from "./fakeDocker.ts";
import { World } from "./world.ts";

/** Names of a stack: they are part of every URN, and of names on the machines. */
export interface StackNames {
    readonly projectName: string;
    readonly stackName: string;
}

/** What is opened as a stack. */
interface Opened {
    readonly names: StackNames;
    readonly folder: string;
    readonly world: World;
    readonly policyPack?: string | undefined;
}

/** How it is brought up. */
interface UpChoices {
    /** URNs of what is replaced. @default nothing */
    readonly replace?: string[];
    /** Whether it is looked first what is still there. @default false */
    readonly refresh?: boolean;
}

/** What a run does, or would do. */
export interface Steps {
    /** How many resources stay as they are. */
    readonly same: number;
    /** Everything else, `OPERATION NAME`, sorted. */
    readonly changes: readonly string[];
}

/** What a policy pack says of a run. */
export interface Verdict {
    /** Whether nothing forbids it. */
    readonly passes: boolean;
    /** Which policies are violated, how firmly, and by what: `LEVEL POLICY NAME`, sorted. */
    readonly violations: readonly string[];
    /** What is said of each. */
    readonly messages: readonly string[];
}

const usualNames: StackNames = { projectName: "engine-tests", stackName: "test" };

/** What a test reads of a resource in the state. */
interface StoredResource {
    readonly urn: string;
    readonly custom: boolean;
}

/** A stack of the real engine, whose providers this process serves. */
export class EngineStack {
    /** What the providers act on. */
    readonly world: World;
    readonly #opened: Opened;
    readonly #servers: readonly ProviderServer[];
    readonly #stack: Stack;

    private constructor(opened: Opened, servers: readonly ProviderServer[], stack: Stack) {
        this.world = opened.world;
        this.#opened = opened;
        this.#servers = servers;
        this.#stack = stack;
    }

    /**
     * An empty stack, on a computer where nothing runs but its Docker Engine.
     *
     * @param policyPack folder of a policy pack that every run has to pass. @default none
     */
    static create(names: StackNames = usualNames, policyPack?: string): Promise<EngineStack> {
        const world = new World(new Map([[labSocket, new Set()]]));
        return EngineStack.#open({ names, folder: newFolder(), world, policyPack });
    }

    /** A stack whose state was recorded, on computers that are as they were then. */
    static async restore(names: StackNames, state: Deployment, world: World): Promise<EngineStack> {
        const restored = await EngineStack.#open({ names, folder: newFolder(), world });
        await restored.#stack.importStack(state);
        return restored;
    }

    /**
     * A copy of this stack as it is now, for the test that asks for it; what is done to it is not
     * done to this one.
     */
    async fork(): Promise<EngineStack> {
        const folder = newFolder();
        cpSync(this.#opened.folder, folder, { recursive: true });
        const world = this.world.fork();
        const copy = await EngineStack.#open({ ...this.#opened, folder, world });
        onTestFinished(() => {
            copy.dispose();
        });
        return copy;
    }

    static async #open(opened: Opened): Promise<EngineStack> {
        const { names, folder, world, policyPack } = opened;
        const docker = new ProviderServer(fakeDocker(world));
        const command = new ProviderServer(fakeCommand(world));
        const [dockerPort, commandPort] = await Promise.all([docker.listen(), command.listen()]);
        const stack = await LocalWorkspace.createOrSelectStack(
            { ...names, program: () => Promise.resolve({}) },
            {
                workDir: join(folder, "work"),
                pulumiCommand: suppliedCli(),
                pulumiHome: join(folder, "home"),
                envVars: {
                    PULUMI_BACKEND_URL: `file://${join(folder, "backend")}`,
                    PULUMI_CONFIG_PASSPHRASE: "no secret",
                    PULUMI_DEBUG_PROVIDERS: `docker:${dockerPort},command:${commandPort}`,
                    // No plugin of this computer, and none from elsewhere, may stand in for ours; but a
                    // policy pack is run by the host for Node programs, which may be on PATH alone.
                    PULUMI_IGNORE_AMBIENT_PLUGINS: String(policyPack === undefined),
                    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
                    PULUMI_SKIP_UPDATE_CHECK: "true",
                    PULUMI_DISABLE_CHECKPOINT_BACKUPS: "true",
                },
            },
        );
        // After each operation it starts the CLI twice more for what no test reads.
        vi.spyOn(stack, "outputs").mockResolvedValue({});
        vi.spyOn(stack, "info").mockResolvedValue(undefined);
        return new EngineStack(opened, [docker, command], stack);
    }

    /** Brings the stack up; resolves with what was asked of the providers, in order. */
    up(program: PulumiFn, options: UpChoices = {}): Promise<string[]> {
        return this.#recorded(() => this.#stack.up({ ...options, ...this.#policies, program }));
    }

    /** The same where it has to fail; resolves with what the CLI printed too. */
    async failingUp(
        program: PulumiFn,
        options: UpChoices = {},
    ): Promise<{ lines: string[]; output: string }> {
        const failure = await this.up(program, options).then(
            () => undefined,
            (error: unknown) => error,
        );
        if (!(failure instanceof Error)) {
            throw new Error("the run was expected to fail, and did not");
        }
        return { lines: this.world.lines, output: failure.message };
    }

    /** Previews; resolves with what the policy pack says of it. */
    async judge(program: PulumiFn): Promise<Verdict> {
        const violations: string[] = [];
        const messages: string[] = [];
        const onEvent = ({ policyEvent }: EngineEvent) => {
            if (policyEvent !== undefined) {
                const { enforcementLevel, policyName, resourceUrn = "", message } = policyEvent;
                violations.push(`${enforcementLevel} ${policyName} ${nameIn(resourceUrn)}`);
                messages.push(message);
            }
        };
        const passes = await this.#stack.preview({ ...this.#policies, program, onEvent }).then(
            () => true,
            () => false,
        );
        return { passes, violations: violations.sort(), messages };
    }

    /** Previews; resolves with the URNs of what would be created. */
    async preview(program: PulumiFn): Promise<string[]> {
        const created: string[] = [];
        const onEvent = ({ resourcePreEvent }: EngineEvent) => {
            if (resourcePreEvent?.metadata.op === "create") {
                created.push(resourcePreEvent.metadata.urn);
            }
        };
        await this.#stack.preview({ ...this.#policies, program, onEvent });
        return created;
    }

    /** Previews; resolves with all that would be done. */
    async steps(program: PulumiFn): Promise<Steps> {
        const changes: string[] = [];
        const onEvent = ({ resourcePreEvent }: EngineEvent) => {
            const { op, urn } = resourcePreEvent?.metadata ?? { op: "same", urn: "" };
            if (op !== "same") {
                changes.push(`${op} ${nameIn(urn)}`);
            }
        };
        const { changeSummary } = await this.#stack.preview({ program, onEvent });
        return { same: changeSummary.same ?? 0, changes: changes.sort() };
    }

    /** Destroys what is in the state, as it is there or as a program declares it; resolves as {@link up} does. */
    destroy(program?: PulumiFn): Promise<string[]> {
        if (program !== undefined) {
            this.#stack.workspace.program = program;
        }
        return this.#recorded(() => this.#stack.destroy({ runProgram: program !== undefined }));
    }

    /** URNs of what the state holds. */
    async urns(): Promise<string[]> {
        return (await this.#resources()).map(({ urn }) => urn);
    }

    /** The URN of the one resource of this logical name that is no component. */
    async urnOf(name: string): Promise<string> {
        const found = (await this.#resources())
            .filter(({ urn, custom }) => custom && urn.endsWith(`::${name}`))
            .map(({ urn }) => urn);
        if (found.length !== 1 || found[0] === undefined) {
            throw new Error(`${name}: expected one resource of that name, got ${found.length}`);
        }
        return found[0];
    }

    /** Ends the servers and removes the state. */
    dispose(): void {
        for (const server of this.#servers) {
            server.close();
        }
        rmSync(this.#opened.folder, { recursive: true, force: true });
    }

    /** The state, secrets in clear. */
    state(): Promise<Deployment> {
        return this.#stack.exportStack();
    }

    /** The state's own file, secrets encrypted. */
    checkpoint(): string {
        const { folder, names } = this.#opened;
        const { projectName, stackName } = names;
        const path = ["backend", ".pulumi", "stacks", projectName, `${stackName}.json`];
        return readFileSync(join(folder, ...path), "utf8");
    }

    /** Replaces the state, secrets in clear. */
    setState(state: Deployment): Promise<void> {
        return this.#stack.importStack(state);
    }

    async #resources(): Promise<StoredResource[]> {
        const exported: { deployment: unknown } = await this.state();
        return (exported.deployment as { resources?: StoredResource[] }).resources ?? [];
    }

    get #policies(): { policyPacks?: string[] } {
        const { policyPack } = this.#opened;
        return policyPack === undefined ? {} : { policyPacks: [policyPack] };
    }

    async #recorded(run: () => Promise<unknown>): Promise<string[]> {
        this.world.clearCalls();
        await run();
        return this.world.lines;
    }
}

/** The logical name in a URN. */
function nameIn(urn: string): string {
    return urn.slice(urn.lastIndexOf("::") + 2);
}

function newFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), "consul-machines-engine-"));
    for (const name of ["work", "home", "backend"]) {
        mkdirSync(join(folder, name));
    }
    return folder;
}
