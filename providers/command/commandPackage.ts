import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import {
    unknownValue,
    type Change,
    type Checked,
    type Difference,
    type Log,
    type OperationOptions,
    type Properties,
    type ProviderInstance,
    type ProviderPackage,
    type Resource,
    type Subject,
} from "../protocol/provider.ts";
import { inputFailures, inputNames, ownOutputs, refuse, stateFailures } from "./fields.ts";
import { inputDifference } from "./inputDifference.ts";
import { runCommand, type Printed } from "./runCommand.ts";
import { revealed, taken } from "../protocol/values.ts";

/** Pulumi's `command:local:Command`, in place of its plugin: a state of either is gone on with by the other. */
export const commandPackage: ProviderPackage = {
    name: "command",
    version: "1.2.1",
    instance: (log) => new CommandInstance(log),
};

/** What the plugin adds to the configuration that is recorded. Another value would be an update of each provider. */
const recordedConfig = { "__pulumi-go-provider-version": "1.2.0" } as const;

/** What of a command's inputs a run of it takes. */
const declaredSchema = z.object({
    stdin: z.string().optional(),
    logging: z.string().optional(),
    interpreter: z.array(z.string()).default([]),
    dir: z.string().optional(),
    environment: z.record(z.string(), z.string()).default({}),
    addPreviousOutputInEnv: z.boolean().default(true),
});

const streams = ["stdout", "stderr"] as const;

class CommandInstance implements ProviderInstance {
    readonly acceptsSecrets = true;
    readonly acceptsResources = true;
    readonly #log: Log;
    readonly #cancelling = new AbortController();

    constructor(log: Log) {
        this.#log = log;
    }

    checkConfig(inputs: Properties): Checked {
        return { inputs: { ...inputs, ...recordedConfig } };
    }

    diffConfig(olds: Properties, news: Properties): Difference {
        const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
        const changed = keys.filter((key) => !isDeepStrictEqual(olds[key], news[key]));
        return { paths: new Map(changed.map((key) => [key, { kind: "update", replaces: false }])) };
    }

    configure(): Promise<void> {
        return Promise.resolve();
    }

    check({ type }: Subject, _olds: Properties, news: Properties): Checked {
        if (type !== "command:local:Command") {
            throw new Error(
                `${type} is not served here: install Pulumi's own command plugin for it`,
            );
        }
        const inputs = taken(news);
        const unsupported = ["assetPaths", "archivePaths"].filter((key) => key in inputs);
        const failures = [
            ...inputFailures(inputs),
            ...unsupported.map((property) => ({
                property,
                reason: `${property} is not supported here: install Pulumi's own command plugin for it`,
            })),
        ];
        return { inputs, failures };
    }

    diff(_subject: Subject, { oldInputs, inputs }: Change): Difference {
        return inputDifference(oldInputs, inputs);
    }

    async create(
        subject: Subject,
        given: Properties,
        { preview, timeout }: OperationOptions,
    ): Promise<Resource> {
        const inputs = taken(given);
        refuse(inputFailures(inputs), "invalid inputs: ");
        const id = subject.name + randomBytes(4).toString("hex");
        if (preview) {
            return { id, state: { ...inputs, stdout: unknownValue, stderr: unknownValue } };
        }
        const nothing = { stdout: "", stderr: "" };
        const text = inputs.create;
        const printed = await this.#run(subject, { text, inputs, before: nothing, timeout });
        return { id, state: { ...inputs, ...printed } };
    }

    async update(
        subject: Subject,
        change: Change,
        { preview, timeout }: OperationOptions,
    ): Promise<Properties> {
        const state = taken(change.state);
        const inputs = taken(change.inputs);
        refuse(stateFailures(state));
        refuse(inputFailures(inputs));
        const outputs = ownOutputs
            .filter((name) => name in state)
            .map((name) => [name, revealed(state[name])] as const);
        if (preview) {
            const isKnown = !mayChangeOutputs(state, inputs);
            const foreseen = outputs.map(
                ([name, value]) => [name, isKnown ? value : unknownValue] as const,
            );
            return { ...inputs, ...Object.fromEntries(foreseen) };
        }
        const before = printedIn(state);
        const text = inputs.update ?? inputs.create;
        const printed = await this.#run(subject, { text, inputs, before, timeout });
        return { ...inputs, ...Object.fromEntries(outputs), ...printed };
    }

    /** What a command did is not looked at: the record is all that there is. */
    read(_subject: Subject, { id, state, inputs = {} }: Resource): Promise<Resource> {
        const declared = taken(inputs);
        refuse(inputFailures(declared));
        return Promise.resolve({ id, state: taken(state), inputs: declared });
    }

    async delete(subject: Subject, resource: Resource, timeout: number | undefined): Promise<void> {
        const state = taken(resource.state);
        refuse(stateFailures(state));
        const before = printedIn(state);
        await this.#run(subject, { text: state.delete, inputs: state, before, timeout });
    }

    cancel(): void {
        this.#cancelling.abort();
    }

    /** Runs a command; what was printed before where there is none. */
    async #run({ urn }: Subject, operation: Operation): Promise<Printed> {
        const { text, before, timeout } = operation;
        if (text === undefined) {
            return before;
        }
        const inputs = declaredSchema.parse(revealed(operation.inputs));
        const cancelling = this.#cancelling.signal;
        const signal =
            timeout === undefined
                ? cancelling
                : AbortSignal.any([cancelling, AbortSignal.timeout(timeout * 1000)]);
        return runCommand({
            command: String(revealed(text)),
            interpreter: inputs.interpreter,
            dir: inputs.dir,
            environment: {
                ...inputs.environment,
                ...(inputs.addPreviousOutputInEnv ? environmentOf(before) : {}),
            },
            stdin: inputs.stdin === "" ? undefined : inputs.stdin,
            signal,
            shown: streams.filter((stream) => isShown(stream, inputs.logging)),
            onLine: (line) => {
                this.#log("status", line, urn);
            },
        });
    }
}

/** What is run, and with what. */
interface Operation {
    /** The command; may be a secret. Undefined where nothing is to be run. */
    readonly text: unknown;
    readonly inputs: Properties;
    readonly before: Printed;
    readonly timeout: number | undefined;
}

/** What the run before has printed. */
function environmentOf({ stdout, stderr }: Printed): Record<string, string> {
    return {
        ...(stdout === "" ? {} : { PULUMI_COMMAND_STDOUT: stdout }),
        ...(stderr === "" ? {} : { PULUMI_COMMAND_STDERR: stderr }),
    };
}

function isShown(stream: (typeof streams)[number], logging = "stdoutAndStderr"): boolean {
    return logging === "stdoutAndStderr" || logging === stream;
}

function printedIn({ stdout, stderr }: Properties): Printed {
    return { stdout: String(revealed(stdout)), stderr: String(revealed(stderr)) };
}

/** Whether an update may print something else: an input is not known yet, or one that was recorded has changed. */
function mayChangeOutputs(state: Properties, inputs: Properties): boolean {
    return inputNames.some(
        (name) =>
            revealed(inputs[name]) === unknownValue ||
            (name in state && !isDeepStrictEqual(inputs[name], state[name])),
    );
}
