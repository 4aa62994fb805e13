import type {
    DiagnosticEvent,
    EngineEvent,
    StepEventMetadata,
} from "@pulumi/pulumi/automation/index.js";
import type { Progress } from "../show/stepProgress.ts";

/** What a step did, in the words of its line. */
const outcomes: Readonly<Record<string, string>> = {
    create: "made",
    "create-replacement": "recreated",
    update: "changed",
    delete: "removed",
    "delete-replaced": "removed, to be recreated",
    refresh: "checked",
};

/** Follows an operation of Pulumi's: shows each resource, and keeps the errors. */
export class EventFollower {
    readonly #progress: Progress;
    readonly #failures: string[] = [];
    #unchanged = 0;

    constructor(progress: Progress) {
        this.#progress = progress;
    }

    /** Messages of resources that failed, each led by its resource's name. */
    get failures(): readonly string[] {
        return this.#failures;
    }

    /** How many resources needed no change. */
    get unchanged(): number {
        return this.#unchanged;
    }

    /** Takes one event: the `onEvent` of the Automation API. */
    readonly follow = (event: EngineEvent): void => {
        const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent } = event;
        if (resourcePreEvent && isShown(resourcePreEvent.metadata)) {
            this.#progress.begin(resourceName(resourcePreEvent.metadata.urn));
        }
        if (resOutputsEvent && isOwn(resOutputsEvent.metadata)) {
            this.#finish(resOutputsEvent.metadata);
        }
        if (resOpFailedEvent && isShown(resOpFailedEvent.metadata)) {
            const name = resourceName(resOpFailedEvent.metadata.urn);
            const took = this.#progress.end(name) ?? "";
            this.#progress.line(`  ${name}: failed  ${took}`);
        }
        if (diagnosticEvent?.severity === "error") {
            this.#failures.push(failureText(diagnosticEvent));
        }
    };

    #finish(metadata: StepEventMetadata): void {
        if (!isShown(metadata)) {
            this.#unchanged += metadata.op === "same" ? 1 : 0;
            return;
        }
        const name = resourceName(metadata.urn);
        const took = this.#progress.end(name);
        if (took !== undefined) {
            this.#progress.line(`  ${name}: ${outcomes[metadata.op] ?? metadata.op}  ${took}`);
        }
    }
}

/** Whether a step is about a resource of the program's, and not a provider or a component. */
function isOwn({ type, new: now, old }: StepEventMetadata): boolean {
    const isCustom = (now ?? old)?.custom === true;
    return isCustom && !type.startsWith("pulumi:");
}

function isShown(metadata: StepEventMetadata): boolean {
    return isOwn(metadata) && metadata.op in outcomes;
}

/** The name a resource has in the program: the last part of its URN. */
export function resourceName(urn: string): string {
    return urn.slice(urn.lastIndexOf("::") + 2);
}

/** Lines of a failed script's output to show: the reason is mostly among the last. */
const lastLines = 16;

/** An error of the engine's, led by its resource's name, without colour codes. */
function failureText({ urn, message }: DiagnosticEvent): string {
    const lines = message
        .replaceAll(/<\{%[^%]*%\}>/g, "")
        .trim()
        .split("\n");
    const kept = lines.length > lastLines ? ["...", ...lines.slice(-lastLines)] : lines;
    const text = kept.join("\n");
    return urn === undefined || urn === "" ? text : `${resourceName(urn)}: ${text}`;
}
