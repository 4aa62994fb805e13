import * as grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/engine_pb.js";
import type * as Engine from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type { Log } from "./provider.ts";

/** The engine that is attached, as far as lines are shown by it. */
export class EngineLog {
    #engine: Engine.EngineClient | undefined;

    /** Takes the address that an engine attaches with. The last one counts: one run has one engine. */
    connect(address: string): void {
        this.#engine?.close();
        this.#engine = new services.EngineClient(address, grpc.credentials.createInsecure());
    }

    /** Shows a line beside a resource. */
    readonly write: Log = (severity, message, urn) => {
        const { LogSeverity } = messages;
        const level = { debug: 0, info: 1, warning: 2, error: 3 }[severity] as
            | (typeof LogSeverity)["DEBUG"]
            | (typeof LogSeverity)["INFO"]
            | (typeof LogSeverity)["WARNING"]
            | (typeof LogSeverity)["ERROR"];
        const request = new messages.LogRequest()
            .setSeverity(level)
            .setMessage(message)
            .setUrn(urn);
        // A line that cannot be shown must not fail the operation that it is about.
        this.#engine?.log(request, () => undefined);
    };

    close(): void {
        this.#engine?.close();
        this.#engine = undefined;
    }
}
