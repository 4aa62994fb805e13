import { isDeepStrictEqual } from "node:util";
import {
    PartlyCreated,
    type Change,
    type Checked,
    type Difference,
    type Log,
    type OperationOptions,
    type Properties,
    type PropertyDifference,
    type ProviderInstance,
    type ProviderPackage,
    type Resource,
    type Subject,
} from "../protocol/provider.ts";
import { defaultHost, EngineUnreachable, MachineEngine } from "./engine.ts";
import { container } from "./resources/container.ts";
import { network } from "./resources/network.ts";
import { remoteImage } from "./resources/remoteImage.ts";
import type { ResourceType } from "./resources/resourceType.ts";
import { volume } from "./resources/volume.ts";
import { checkInputs } from "./schema/check.ts";
import { compare } from "./schema/difference.ts";
import {
    createdState,
    plannedState,
    readInputs,
    readState,
    updatedState,
    type Equality,
} from "./schema/state.ts";
import { isSame } from "./schema/values.ts";

const types: readonly ResourceType[] = [container, network, remoteImage, volume];

/** Pulumi's docker package, as far as containers, networks, volumes and images that are pulled go. */
export const dockerPackage: ProviderPackage = {
    name: "docker",
    version: "5.2.0",
    instance: (log) => new DockerInstance(log),
};

/** One machine's provider. It connects to nothing before it is asked for something. */
class DockerInstance implements ProviderInstance {
    // As Pulumi's own: the engine marks secrets in what it gets back.
    readonly acceptsSecrets = false;
    readonly #log: Log;
    readonly #interruption = new AbortController();
    #engine: MachineEngine | undefined;

    constructor(log: Log) {
        this.#log = log;
    }

    checkConfig(inputs: Properties): Checked {
        return { inputs: { ...inputs, host: inputs.host ?? defaultHost } };
    }

    diffConfig(olds: Properties, news: Properties): Difference {
        const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])].sort();
        const changed = keys.filter((key) => !isDeepStrictEqual(olds[key], news[key]));
        const paths = new Map(
            changed.map((key): [string, PropertyDifference] => [
                key,
                // An engine that has moved keeps what is on it.
                { kind: "update", replaces: false, ofInputs: true },
            ]),
        );
        return { paths };
    }

    configure(inputs: Properties, name: string): Promise<void> {
        this.#engine = new MachineEngine(inputs, name);
        return Promise.resolve();
    }

    check(subject: Subject, _olds: Properties, news: Properties): Checked {
        return checkInputs(typeOf(subject).schema, news);
    }

    diff(subject: Subject, change: Change): Difference {
        const { schema, comparisons, createsFirst = false } = typeOf(subject);
        const difference = compare(schema, change.state, wanted(change), comparisons);
        return { ...difference, deleteBeforeReplace: !createsFirst };
    }

    async create(
        subject: Subject,
        inputs: Properties,
        { preview, timeout }: OperationOptions,
    ): Promise<Resource> {
        const type = typeOf(subject);
        const { schema, meta } = type;
        if (preview) {
            return { id: "", state: plannedState(schema, inputs) };
        }
        let made: string | undefined;
        const note = (id: string) => {
            made = id;
        };
        const options = { timeout, signal: this.#interruption.signal };
        try {
            const { id, values } = await type.create(this.#machine(), inputs, note, options);
            return { id, state: createdState(schema, inputs, id, values, meta) };
        } catch (error) {
            if (made === undefined || !(error instanceof Error)) {
                throw error;
            }
            const state = createdState(schema, inputs, made, {}, meta);
            throw new PartlyCreated(error.message, { id: made, state });
        }
    }

    async update(
        subject: Subject,
        change: Change,
        { preview, timeout }: OperationOptions,
    ): Promise<Properties> {
        const { id, state } = change;
        const inputs = wanted(change);
        const type = typeOf(subject);
        const { schema, meta } = type;
        if (!preview) {
            const options = { timeout, signal: this.#interruption.signal };
            await type.update?.(this.#machine(), id, state, inputs, options);
        }
        return updatedState(schema, state, inputs, equalityOf(type), meta);
    }

    async read(
        subject: Subject,
        { id, state, inputs = {} }: Resource,
    ): Promise<Resource | undefined> {
        const type = typeOf(subject);
        const { schema, meta } = type;
        try {
            const answer = await type.read(this.#machine(), id, state);
            if (answer === undefined) {
                return undefined;
            }
            const seen = readState(schema, state, answer.id, answer.values, meta);
            const kept = readInputs(schema, inputs, seen, equalityOf(type));
            return { id: answer.id, state: seen, inputs: kept };
        } catch (error) {
            if (!(error instanceof EngineUnreachable)) {
                throw error;
            }
            // What is on a machine that does not answer is not known, and no reason to stop the others.
            this.#log("warning", `${error.message}. It is taken to be as it was.`, subject.urn);
            return { id, state };
        }
    }

    delete(subject: Subject, { id, state }: Resource, timeout: number | undefined): Promise<void> {
        const options = { timeout, signal: this.#interruption.signal };
        return typeOf(subject).delete(this.#machine(), id, state, options);
    }

    cancel(): void {
        this.#interruption.abort(new Error("the run was interrupted"));
    }

    #machine(): MachineEngine {
        if (this.#engine === undefined) {
            throw new Error(
                "the provider is not configured: the engine has opened another connection to it, " +
                    "as it does after half an hour without a call. Run it again",
            );
        }
        return this.#engine;
    }
}

/** What is declared. What the program ignores is as it is, which may be not as it was declared. */
function wanted({ state, inputs, ignored }: Change): Properties {
    return { ...inputs, ...Object.fromEntries(ignored.map((name) => [name, state[name]])) };
}

/** How a type compares two values of a property. */
function equalityOf({ comparisons = {} }: ResourceType): Equality {
    return (name, property, old, now) =>
        (comparisons[name] ?? ((a, b) => isSame(property, a, b)))(old, now);
}

/** @throws Error for a type that is not served, with the way out. */
function typeOf({ type }: Subject): ResourceType {
    const found = types.find(({ token }) => token === type);
    if (found === undefined) {
        const served = types.map(({ token }) => token.slice(token.lastIndexOf(":") + 1)).join(", ");
        throw new Error(
            `${type}: the embedded providers serve ${served} only. ` +
                "Run with Pulumi's own plugins: CONSUL_MACHINES_PROVIDERS=official",
        );
    }
    return found;
}
