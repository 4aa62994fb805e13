import * as grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/engine_pb.js";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb.js";
import type * as Engine from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type { Log } from "./provider.ts";

const { DEBUG, INFO, WARNING, ERROR } = messages.LogSeverity;

const severities = { debug: DEBUG, status: INFO, info: INFO, warning: WARNING, error: ERROR };

/** The engine that is attached, as far as lines are shown by it. */
export class EngineLog {
    #engine: Engine.EngineClient | undefined;
    /** Ends when all lines so far are shown. */
    #shown = Promise.resolve();

    /** Takes the address that an engine attaches with. The last one counts: one run has one engine. */
    connect(address: string): void {
        this.#engine?.close();
        this.#engine = new services.EngineClient(address, grpc.credentials.createInsecure());
    }

    /** Shows a line beside a resource, after all that came before it. */
    readonly write: Log = (severity, message, urn) => {
        const request = new messages.LogRequest()
            .setSeverity(severities[severity])
            .setMessage(message)
            .setUrn(urn)
            .setEphemeral(severity === "status");
        this.#shown = this.#shown.then(() => this.#send(request));
    };

    /** Resolves when the engine has all lines that were written. */
    flushed(): Promise<void> {
        return this.#shown;
    }

    #send(request: LogRequest): Promise<void> {
        return new Promise((resolve) => {
            if (this.#engine === undefined) {
                resolve();
                return;
            }
            // A line that cannot be shown must not fail the operation that it is about.
            this.#engine.log(request, () => {
                resolve();
            });
        });
    }

    close(): void {
        this.#engine?.close();
        this.#engine = undefined;
    }
}
