import type { ContainerInspectInfo } from "dockerode";
import { inspectContainer, startContainer, stopContainer } from "../docker/container.ts";
import {
    placeContainerFiles,
    readContainerFiles,
    type ContainerFile,
    type PlacedFile,
} from "../docker/containerFile.ts";
import type { EngineApi } from "../docker/engineApi.ts";
import { Machine } from "../machine/machine.ts";
import { configDirectory, configFile, dataDirectory, roundFile } from "../protocol/agentFiles.ts";
import type { FilesOwner } from "../security/agentFiles.ts";
import { NodeVolumes, type Texts } from "../security/configVolume.ts";
import type { SecuredNode } from "../protocol/security.ts";
import { parseJson, property } from "../system/json.ts";
import { describeError } from "../system/progress.ts";
import { steps, type Step } from "./rounds.ts";

/** Seconds that an agent may take to stop before its engine kills it; it takes a fraction of one. */
const stopSeconds = 30;

/** Where an agent keeps what was registered with it, each with the token of its registration. */
const registrationFolders = [`${dataDirectory}/services`, `${dataDirectory}/checks`];

/** A node that is to be secured. */
export type OpenNode = FilesOwner & Pick<SecuredNode, "role">;

/** The agent of one node, in the container that it has in an open cluster. */
export class OpenAgent {
    readonly nodeName: string;
    readonly node: OpenNode;
    /** The address that others know it by. */
    readonly advertised: string;
    /** Port under which its container publishes its API; undefined where it publishes none. */
    readonly openPort: number | undefined;
    /** Whether it ran when it was looked for. */
    readonly isRunning: boolean;
    readonly #engine: EngineApi;
    readonly #files: NodeVolumes;

    constructor(engine: EngineApi, node: OpenNode, container: ContainerInspectInfo) {
        const { Running, Restarting } = container.State;
        this.nodeName = node.nodeName;
        this.node = node;
        this.isRunning = Running && !Restarting;
        this.openPort = publishedPort(container);
        this.advertised = argumentOf(container, "advertise") ?? new URL(node.httpAddress).hostname;
        this.#engine = engine;
        this.#files = new NodeVolumes(engine, node, undefined);
    }

    /** What it was started with, and how far it has come since; undefined: nowhere. */
    async state(): Promise<{ readonly config: object; readonly step: Step | undefined }> {
        const files = await this.#files.configFiles();
        const config = parseJson(files.get(configFile)?.text ?? "");
        if (typeof config !== "object" || config === null) {
            throw new Error(
                `${this.nodeName}: ${configFile} in its container is not as this project writes it; replace the ` +
                    'container first, by `pulumi up --refresh` with the setting "security" at "open"',
            );
        }
        const noted = files.get(roundFile)?.text;
        return { config, step: steps.find((step) => step === noted) };
    }

    /** Writes files of its configuration, and of its data. Whoever runs the agent may read them. */
    write(texts: Texts): Promise<void> {
        return this.#files.write(texts);
    }

    /** Notes that it has come this far: it has read its files, and does its part. */
    note(step: Step): Promise<void> {
        return this.#files.write({ [roundFile]: step });
    }

    /** Runs a command in its container. */
    execute(command: readonly string[]) {
        return this.#files.execute(command);
    }

    /**
     * Starts it again. What was registered with it without a token gets this one on the way, by which it goes on
     * reporting once nobody may without.
     */
    async restart(token?: string): Promise<void> {
        const { container } = this.node.agent;
        await this.#saying("restarted", async () => {
            await stopContainer(this.#engine, container, stopSeconds);
            if (token !== undefined) {
                await this.#giveRegistrations(token);
            }
            await startContainer(this.#engine, container);
        });
    }

    /** Starts it where an interrupted run has stopped it. */
    start(): Promise<void> {
        const { container } = this.node.agent;
        return this.#saying("started", () => startContainer(this.#engine, container));
    }

    async #saying(what: string, work: () => Promise<void>): Promise<void> {
        try {
            await work();
        } catch (error) {
            throw new Error(
                `${this.nodeName}: its container on the machine "${this.node.agent.machine}" could not be ${what}: ` +
                    describeError(error),
                { cause: error },
            );
        }
    }

    async #giveRegistrations(token: string): Promise<void> {
        const { container } = this.node.agent;
        for (const folder of registrationFolders) {
            const files = await readContainerFiles(this.#engine, container, folder);
            const changed = [...files].flatMap((file) => withToken(file, token));
            if (changed.length > 0) {
                await placeContainerFiles(this.#engine, container, dataDirectory, changed);
            }
        }
    }
}

/** A registration as an agent keeps it, with this token; nothing for one that has a token. */
function withToken(
    [path, { text, mode, uid, gid }]: readonly [string, ContainerFile],
    token: string,
): PlacedFile[] {
    const registration = parseJson(text);
    if (property(registration, "Token") !== "" || typeof registration !== "object") {
        return [];
    }
    return [{ path, text: JSON.stringify({ ...registration, Token: token }), mode, uid, gid }];
}

function argumentOf({ Args }: ContainerInspectInfo, name: string): string | undefined {
    const prefix = `-${name}=`;
    return Args.find((argument) => argument.startsWith(prefix))?.slice(prefix.length);
}

/** What is found of a node's agent: its container in an open cluster, its container in a secured one, or none. */
export type FoundContainer = OpenAgent | "secured" | "none";

/**
 * Looks for the container of a node's agent.
 *
 * @throws Error where its machine's engine does not answer.
 */
export async function findContainer(node: OpenNode): Promise<FoundContainer> {
    const { machine, container: name } = node.agent;
    try {
        const found = Machine.of(node.agent);
        if (!(await found.exists())) {
            throw new Error("its store has no such machine");
        }
        const engine = await found.engine();
        const container = await inspectContainer(engine, name);
        if (container === undefined) {
            return "none";
        }
        const isSecured = container.Mounts.some(
            ({ Destination }) => Destination === configDirectory,
        );
        return isSecured ? "secured" : new OpenAgent(engine, node, container);
    } catch (error) {
        throw new Error(
            `${node.nodeName}: the machine "${machine}" does not answer: ${describeError(error)}`,
            { cause: error },
        );
    }
}

/** Port of the API inside of an open agent's container. */
const insidePort = "8500/tcp";

/** Under which number a container has the API published, running or not. */
function publishedPort({ HostConfig }: ContainerInspectInfo): number | undefined {
    const bindings: unknown = property(property(HostConfig, "PortBindings"), insidePort);
    const binding: unknown = Array.isArray(bindings) ? bindings[0] : undefined;
    const port = Number(property(binding, "HostPort") ?? Number.NaN);
    return Number.isInteger(port) && port > 0 ? port : undefined;
}
