import * as grpc from "@grpc/grpc-js";
import emptyMessages from "google-protobuf/google/protobuf/empty_pb.js";
import structMessages from "google-protobuf/google/protobuf/struct_pb.js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import service from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import type * as Provider from "@pulumi/pulumi/proto/provider_pb.js";
import { differingPaths, type Difference } from "./difference.ts";
import type { FakeProvider, Subject } from "./fakeProvider.ts";
import type { Properties } from "./world.ts";

/** Prefix of all logical names: the cluster's name. */
const cluster = "consul-";

interface StructLike {
    toJavaScript(): Properties;
}

const { Empty } = emptyMessages;
const { Struct } = structMessages;

/** Serves a provider to the engine, which attaches to its port. */
export class ProviderServer {
    readonly #server = new grpc.Server();
    readonly #provider: FakeProvider;

    constructor(provider: FakeProvider) {
        this.#provider = provider;
        this.#server.addService(service.ResourceProviderService, {
            ...this.#ofTheProvider(),
            ...this.#ofResources(),
        });
    }

    /** Starts to listen; resolves with the port. */
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
        this.#server.forceShutdown();
    }

    #ofTheProvider(): grpc.UntypedServiceImplementation {
        const provider = this.#provider;
        return {
            attach: unary(() => new Empty()),
            cancel: unary(() => new Empty()),
            getPluginInfo: unary(() =>
                new pluginMessages.PluginInfo().setVersion(provider.version),
            ),
            checkConfig: unary((request: Provider.CheckRequest) =>
                new messages.CheckResponse().setInputs(request.getNews()),
            ),
            // No key of either provider's configuration replaces it.
            diffConfig: unary((request: Provider.DiffRequest) => {
                const paths = differingPaths(propertiesOf(request.getOldInputs()), newsOf(request));
                return diffResponse({
                    paths: new Map(paths.map((path) => [path, { replaces: false }])),
                    deleteBeforeReplace: false,
                });
            }),
            configure: unary((request: Provider.ConfigureRequest, connection) => {
                provider.configure(connection, propertiesOf(request.getArgs()));
                return new messages.ConfigureResponse().setSupportspreview(true);
            }),
        };
    }

    #ofResources(): grpc.UntypedServiceImplementation {
        const provider = this.#provider;
        return {
            check: unary((request: Provider.CheckRequest) =>
                new messages.CheckResponse().setInputs(request.getNews()),
            ),
            diff: unary((request: Provider.DiffRequest, connection) => {
                const olds = propertiesOf(request.getOldInputs());
                return diffResponse(
                    provider.diff(subjectOf(connection, request), olds, newsOf(request)),
                );
            }),
            create: unary(async (request: Provider.CreateRequest, connection) => {
                const subject = subjectOf(connection, request);
                const inputs = propertiesOf(request.getProperties());
                const response = new messages.CreateResponse();
                if (request.getPreview()) {
                    return response.setProperties(structOf(provider.foresee(subject, inputs)));
                }
                const { id, outputs } = await provider.create(subject, inputs);
                return response.setId(id).setProperties(structOf(outputs));
            }),
            update: unary(async (request: Provider.UpdateRequest, connection) => {
                const subject = subjectOf(connection, request);
                const news = newsOf(request);
                const outputs = request.getPreview()
                    ? provider.foresee(subject, news)
                    : await provider.update(subject, propertiesOf(request.getOlds()), news);
                return new messages.UpdateResponse().setProperties(structOf(outputs));
            }),
            delete: unary(async (request: Provider.DeleteRequest, connection) => {
                const state = propertiesOf(request.getProperties());
                await provider.delete(subjectOf(connection, request), state);
                return new Empty();
            }),
            read: unary((request: Provider.ReadRequest, connection) => {
                const state = propertiesOf(request.getProperties());
                const response = new messages.ReadResponse();
                return provider.exists(subjectOf(connection, request), state)
                    ? response
                          .setId(request.getId())
                          .setProperties(request.getProperties())
                          .setInputs(request.getInputs())
                    : response;
            }),
        };
    }
}

/** The engine opens one connection per provider resource, so its peer distinguishes them. */
function unary<Request, Response>(
    work: (request: Request, connection: string) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
    return (call, callback) => {
        void (async () => work(call.request, call.getPeer()))().then(
            (response) => {
                callback(null, response);
            },
            (error: unknown) => {
                const details = error instanceof Error ? error.message : String(error);
                callback({ code: grpc.status.UNKNOWN, details });
            },
        );
    };
}

function diffResponse({ paths, deleteBeforeReplace }: Difference): Provider.DiffResponse {
    const { DiffChanges } = messages.DiffResponse;
    const { Kind } = messages.PropertyDiff;
    const replacing = [...paths].filter(([, { replaces }]) => replaces);
    const response = new messages.DiffResponse()
        .setChanges(paths.size > 0 ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE)
        .setHasdetaileddiff(true)
        .setDiffsList([...paths.keys()])
        .setReplacesList(replacing.map(([path]) => path))
        .setDeletebeforereplace(deleteBeforeReplace && replacing.length > 0);
    for (const path of paths.keys()) {
        const isReplacing = replacing.some(([other]) => other === path);
        const kind = isReplacing ? Kind.UPDATE_REPLACE : Kind.UPDATE;
        response
            .getDetaileddiffMap()
            .set(path, new messages.PropertyDiff().setKind(kind).setInputdiff(true));
    }
    return response;
}

/** The new inputs, in which what the program ignores is as it was. */
function newsOf(request: Provider.DiffRequest | Provider.UpdateRequest): Properties {
    const olds = propertiesOf(request.getOldInputs());
    const ignored = request.getIgnorechangesList().map((key) => [key, olds[key]] as const);
    return { ...propertiesOf(request.getNews()), ...Object.fromEntries(ignored) };
}

function subjectOf(connection: string, request: { getName(): string; getType(): string }): Subject {
    const name = request.getName().replace(cluster, "");
    return { connection, name, type: request.getType() };
}

function propertiesOf(struct: StructLike | undefined): Properties {
    return struct?.toJavaScript() ?? {};
}

function structOf(properties: Properties) {
    return Struct.fromJavaScript(properties as Parameters<typeof Struct.fromJavaScript>[0]);
}
