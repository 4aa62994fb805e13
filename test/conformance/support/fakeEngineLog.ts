import * as grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/engine_pb.js";
import type * as Engine from "@pulumi/pulumi/proto/engine_pb.js";
import emptyMessages from "google-protobuf/google/protobuf/empty_pb.js";

/** A line that a provider had shown. */
export interface ShownLine {
    readonly severity: string;
    readonly message: string;
    readonly urn: string;
    /** Whether it is shown only while the operation runs. */
    readonly ephemeral: boolean;
}

const severities = new Map(
    Object.entries(messages.LogSeverity).map(([name, value]) => [
        Number(value),
        name.toLowerCase(),
    ]),
);

/** The part of an engine that shows the lines of providers; those for debugging are left out. */
export class FakeEngineLog {
    /** In the order in which they came. */
    readonly lines: ShownLine[] = [];
    readonly #server = new grpc.Server();
    #port = 0;

    static async listen(): Promise<FakeEngineLog> {
        const log = new FakeEngineLog();
        await log.#listen();
        return log;
    }

    /** What a provider attaches to. */
    get address(): string {
        return `127.0.0.1:${this.#port}`;
    }

    close(): void {
        this.#server.forceShutdown();
    }

    #listen(): Promise<void> {
        this.#server.addService(services.EngineService, {
            log: (
                { request }: { request: Engine.LogRequest },
                callback: grpc.sendUnaryData<unknown>,
            ) => {
                if (request.getSeverity() !== messages.LogSeverity.DEBUG) {
                    this.lines.push({
                        severity: severities.get(request.getSeverity()) ?? "",
                        message: request.getMessage(),
                        urn: request.getUrn(),
                        ephemeral: request.getEphemeral(),
                    });
                }
                callback(null, new emptyMessages.Empty());
            },
        });
        return new Promise((resolve, reject) => {
            const credentials = grpc.ServerCredentials.createInsecure();
            this.#server.bindAsync("127.0.0.1:0", credentials, (error, port) => {
                if (error === null) {
                    this.#port = port;
                    resolve();
                } else {
                    reject(error);
                }
            });
        });
    }
}
