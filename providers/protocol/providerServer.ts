import * as grpc from "@grpc/grpc-js";
import emptyMessages from "google-protobuf/google/protobuf/empty_pb.js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import type * as Plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import service from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import type * as Provider from "@pulumi/pulumi/proto/provider_pb.js";
import { EngineLog } from "./engineLog.ts";
import { checkResponse, diffResponse, propertiesOf, statusOf, structOf } from "./messages.ts";
import type {
    Change,
    Log,
    OperationOptions,
    ProviderInstance,
    ProviderPackage,
    Subject,
} from "./provider.ts";

const { Empty } = emptyMessages;

/**
 * Serves a provider package to engines, which attach to its port (`PULUMI_DEBUG_PROVIDERS`).
 *
 * It speaks Pulumi's provider protocol itself. `@pulumi/pulumi/provider` has one provider in a process, told apart by
 * nothing; here each provider resource of a program, with its own machine, is an instance of its own.
 */
export class ProviderServer {
    readonly #server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
    readonly #package: ProviderPackage;
    readonly #log = new EngineLog();
    /** By connection: the engine opens one for each provider resource. */
    readonly #instances = new Map<string, ProviderInstance>();
    /** By resource: the engine drops a connection after half an hour without a call, and opens another. */
    readonly #ofResource = new Map<string, ProviderInstance>();

    constructor(served: ProviderPackage) {
        this.#package = served;
        this.#server.addService(service.ResourceProviderService, {
            ...this.#ofTheProvider(),
            ...this.#ofInputs(),
            ...this.#ofResources(),
        });
    }

    /** Starts to listen on this computer's loopback address; resolves with the port. */
    listen(): Promise<number> {
        return new Promise((resolve, reject) => {
            const credentials = grpc.ServerCredentials.createInsecure();
            this.#server.bindAsync("127.0.0.1:0", credentials, (error, port) => {
                if (error === null) {
                    resolve(port);
                } else {
                    reject(error);
                }
            });
        });
    }

    close(): void {
        for (const instance of this.#instances.values()) {
            instance.cancel();
        }
        this.#log.close();
        this.#server.forceShutdown();
    }

    /** The instance that a call about a resource is for. */
    #instanceFor({ urn }: Subject, connection: string): ProviderInstance {
        const known = this.#instances.get(connection) ?? this.#ofResource.get(urn);
        const instance = known ?? this.#instance(connection);
        this.#instances.set(connection, instance);
        this.#ofResource.set(urn, instance);
        return instance;
    }

    #instance(connection: string): ProviderInstance {
        const known = this.#instances.get(connection);
        if (known !== undefined) {
            return known;
        }
        const log: Log = (severity, message, urn) => {
            this.#log.write(severity, message, urn);
        };
        const instance = this.#package.instance(log);
        this.#instances.set(connection, instance);
        return instance;
    }

    /**
     * The engine opens one connection for each provider resource, so its peer tells them apart. It has all lines of
     * an operation before the answer: afterwards it shows none.
     */
    #unary<Request, Response>(
        work: (request: Request, connection: string) => Response | Promise<Response>,
    ): grpc.handleUnaryCall<Request, Response> {
        return (call, callback) => {
            void (async () => work(call.request, call.getPeer()))()
                .finally(() => this.#log.flushed())
                .then(
                    (response) => {
                        callback(null, response);
                    },
                    (error: unknown) => {
                        callback(statusOf(error));
                    },
                );
        };
    }

    #ofTheProvider(): grpc.UntypedServiceImplementation {
        return {
            attach: this.#unary((request: Plugin.PluginAttach) => {
                this.#log.connect(request.getAddress());
                return new Empty();
            }),
            cancel: this.#unary((_request, connection) => {
                this.#instance(connection).cancel();
                return new Empty();
            }),
            getPluginInfo: this.#unary(() =>
                new pluginMessages.PluginInfo().setVersion(this.#package.version),
            ),
            checkConfig: this.#unary((request: Provider.CheckRequest, connection) =>
                checkResponse(
                    this.#instance(connection).checkConfig(propertiesOf(request.getNews())),
                ),
            ),
            diffConfig: this.#unary((request: Provider.DiffRequest, connection) => {
                const olds = propertiesOf(request.getOldInputs() ?? request.getOlds());
                const { inputs } = changeOf(request);
                return diffResponse(this.#instance(connection).diffConfig(olds, inputs));
            }),
            configure: this.#unary(async (request: Provider.ConfigureRequest, connection) => {
                const instance = this.#instance(connection);
                await instance.configure(propertiesOf(request.getArgs()), request.getName() ?? "");
                return new messages.ConfigureResponse()
                    .setSupportspreview(true)
                    .setAcceptsecrets(instance.acceptsSecrets)
                    .setAcceptresources(instance.acceptsResources ?? false);
            }),
        };
    }

    #ofInputs(): grpc.UntypedServiceImplementation {
        return {
            check: this.#unary((request: Provider.CheckRequest, connection) => {
                const olds = propertiesOf(request.getOlds());
                const news = propertiesOf(request.getNews());
                const subject = subjectOf(request);
                const instance = this.#instanceFor(subject, connection);
                return checkResponse(instance.check(subject, olds, news));
            }),
            diff: this.#unary((request: Provider.DiffRequest, connection) => {
                const subject = subjectOf(request);
                const instance = this.#instanceFor(subject, connection);
                return diffResponse(instance.diff(subject, changeOf(request)));
            }),
        };
    }

    #ofResources(): grpc.UntypedServiceImplementation {
        return {
            create: this.#unary(async (request: Provider.CreateRequest, connection) => {
                const inputs = propertiesOf(request.getProperties());
                const subject = subjectOf(request);
                const instance = this.#instanceFor(subject, connection);
                const { id, state } = await instance.create(subject, inputs, optionsOf(request));
                return new messages.CreateResponse().setId(id).setProperties(structOf(state));
            }),
            update: this.#unary(async (request: Provider.UpdateRequest, connection) => {
                const subject = subjectOf(request);
                const instance = this.#instanceFor(subject, connection);
                const state = await instance.update(subject, changeOf(request), optionsOf(request));
                return new messages.UpdateResponse().setProperties(structOf(state));
            }),
            delete: this.#unary(async (request: Provider.DeleteRequest, connection) => {
                const resource = {
                    id: request.getId(),
                    state: propertiesOf(request.getProperties()),
                };
                const { timeout } = optionsOf(request);
                const subject = subjectOf(request);
                await this.#instanceFor(subject, connection).delete(subject, resource, timeout);
                return new Empty();
            }),
            read: this.#unary(async (request: Provider.ReadRequest, connection) => {
                const subject = subjectOf(request);
                const found = await this.#instanceFor(subject, connection).read(subject, {
                    id: request.getId(),
                    state: propertiesOf(request.getProperties()),
                    inputs: propertiesOf(request.getInputs()),
                });
                const response = new messages.ReadResponse();
                return found === undefined
                    ? response
                    : response
                          .setId(found.id)
                          .setProperties(structOf(found.state))
                          .setInputs(
                              found.inputs === undefined
                                  ? request.getInputs()
                                  : structOf(found.inputs),
                          );
            }),
        };
    }
}

function subjectOf(request: { getUrn(): string; getName(): string; getType(): string }): Subject {
    return { urn: request.getUrn(), name: request.getName(), type: request.getType() };
}

/** What is compared; what the program ignores is as it was. */
function changeOf(request: Provider.DiffRequest | Provider.UpdateRequest): Change {
    const oldInputs = propertiesOf(request.getOldInputs());
    const ignored = request.getIgnorechangesList();
    const recorded = ignored.map((key) => [key, oldInputs[key]] as const);
    return {
        id: request.getId(),
        state: propertiesOf(request.getOlds()),
        oldInputs,
        inputs: { ...propertiesOf(request.getNews()), ...Object.fromEntries(recorded) },
        ignored,
    };
}

function optionsOf(request: {
    getTimeout(): number;
    getPreview?: () => boolean;
}): OperationOptions {
    const timeout = request.getTimeout();
    return {
        preview: request.getPreview?.() ?? false,
        timeout: timeout > 0 ? timeout : undefined,
    };
}
