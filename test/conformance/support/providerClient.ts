import * as grpc from "@grpc/grpc-js";
import service from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import emptyMessages from "google-protobuf/google/protobuf/empty_pb.js";
import type * as Service from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as Provider from "@pulumi/pulumi/proto/provider_pb.js";
import { propertiesOf, structOf } from "../../../providers/protocol/messages.ts";
import type { Properties } from "../../../providers/protocol/provider.ts";
import {
    checkAnswer,
    diffAnswer,
    refusal,
    resourceAnswer,
    type CheckAnswer,
    type DiffAnswer,
    type Refusal,
    type ResourceAnswer,
} from "./answers.ts";

/** The resource that a call is about. */
export interface Target {
    /** The type token: `command:local:Command`. */
    readonly type: string;
    readonly name: string;
}

/** A resource as it is recorded, and how it is declared now. */
export interface Recorded {
    readonly id: string;
    readonly state: Properties;
    readonly oldInputs: Properties;
    readonly inputs: Properties;
    readonly ignoreChanges?: readonly string[];
}

/** How an operation is run. */
export interface CallOptions {
    /** @default false */
    readonly preview?: boolean;
    /** Seconds. @default the provider's own limit */
    readonly timeout?: number;
}

const { Empty } = emptyMessages;

/** Calls any server of a provider as the engine does. Its answers are plain objects; an error is one, too. */
export class ProviderClient {
    readonly #client: Service.ResourceProviderClient;

    constructor(port: number) {
        const address = `127.0.0.1:${port}`;
        this.#client = new service.ResourceProviderClient(
            address,
            grpc.credentials.createInsecure(),
            {
                "grpc.max_receive_message_length": -1,
                // A connection of its own, as the engine has for each provider resource.
                "grpc.use_local_subchannel_pool": 1,
            },
        );
    }

    /** Tells the server the address of the engine that calls. */
    async attach(engine: string): Promise<void> {
        const request = new pluginMessages.PluginAttach().setAddress(engine);
        await called((done) => this.#client.attach(request, done));
    }

    checkConfig(name: string, inputs: Properties): Promise<CheckAnswer | Refusal> {
        const request = new messages.CheckRequest()
            .setUrn(urnOf({ type: `pulumi:providers:${name}`, name: "it" }))
            .setNews(structOf(inputs));
        return answered((done) => this.#client.checkConfig(request, done), checkAnswer);
    }

    diffConfig(
        name: string,
        { oldInputs, inputs }: Pick<Recorded, "oldInputs" | "inputs">,
    ): Promise<DiffAnswer | Refusal> {
        const request = new messages.DiffRequest()
            .setUrn(urnOf({ type: `pulumi:providers:${name}`, name: "it" }))
            .setOlds(structOf(oldInputs))
            .setOldInputs(structOf(oldInputs))
            .setNews(structOf(inputs));
        return answered((done) => this.#client.diffConfig(request, done), diffAnswer);
    }

    configure(inputs: Properties): Promise<Refusal | Record<string, boolean>> {
        const request = new messages.ConfigureRequest()
            .setArgs(structOf(inputs))
            .setAcceptsecrets(true)
            .setAcceptresources(true)
            .setSendsOldInputs(true)
            .setSendsOldInputsToDelete(true);
        return answered(
            (done) => this.#client.configure(request, done),
            (response: Provider.ConfigureResponse) => ({
                acceptsSecrets: response.getAcceptsecrets(),
                supportsPreview: response.getSupportspreview(),
            }),
        );
    }

    check(target: Target, news: Properties, olds: Properties = {}): Promise<CheckAnswer | Refusal> {
        const request = new messages.CheckRequest()
            .setUrn(urnOf(target))
            .setType(target.type)
            .setName(target.name)
            .setOlds(structOf(olds))
            .setNews(structOf(news))
            .setRandomseed(Buffer.from("a seed of some bytes, always the same"));
        return answered((done) => this.#client.check(request, done), checkAnswer);
    }

    diff(target: Target, recorded: Recorded): Promise<DiffAnswer | Refusal> {
        const request = ofRecorded(new messages.DiffRequest(), target, recorded);
        return answered((done) => this.#client.diff(request, done), diffAnswer);
    }

    create(
        target: Target,
        inputs: Properties,
        { preview = false, timeout = 0 }: CallOptions = {},
    ): Promise<ResourceAnswer | Refusal> {
        const request = new messages.CreateRequest()
            .setUrn(urnOf(target))
            .setType(target.type)
            .setName(target.name)
            .setProperties(structOf(inputs))
            .setPreview(preview)
            .setTimeout(timeout);
        return answered((done) => this.#client.create(request, done), resourceAnswer);
    }

    update(
        target: Target,
        recorded: Recorded,
        { preview = false, timeout = 0 }: CallOptions = {},
    ): Promise<{ readonly state: Properties } | Refusal> {
        const request = ofRecorded(new messages.UpdateRequest(), target, recorded)
            .setPreview(preview)
            .setTimeout(timeout);
        return answered(
            (done) => this.#client.update(request, done),
            (response: Provider.UpdateResponse) => ({
                state: propertiesOf(response.getProperties()),
            }),
        );
    }

    read(
        target: Target,
        { id, state, inputs }: ResourceAnswer & { readonly inputs: Properties },
    ): Promise<(ResourceAnswer & { readonly inputs: Properties }) | Refusal> {
        const request = new messages.ReadRequest()
            .setUrn(urnOf(target))
            .setType(target.type)
            .setName(target.name)
            .setId(id)
            .setProperties(structOf(state))
            .setInputs(structOf(inputs));
        return answered(
            (done) => this.#client.read(request, done),
            (response: Provider.ReadResponse) => ({
                ...resourceAnswer(response),
                inputs: propertiesOf(response.getInputs()),
            }),
        );
    }

    delete(
        target: Target,
        { id, state, oldInputs }: Pick<Recorded, "id" | "state" | "oldInputs">,
        { timeout = 0 }: CallOptions = {},
    ): Promise<{ readonly deleted: true } | Refusal> {
        const request = new messages.DeleteRequest()
            .setUrn(urnOf(target))
            .setType(target.type)
            .setName(target.name)
            .setId(id)
            .setProperties(structOf(state))
            .setOldInputs(structOf(oldInputs))
            .setTimeout(timeout);
        return answered(
            (done) => this.#client.delete(request, done),
            () => ({ deleted: true as const }),
        );
    }

    /** Interrupts what is under way. */
    async cancel(): Promise<void> {
        await called((done) => this.#client.cancel(new Empty(), done));
    }

    close(): void {
        this.#client.close();
    }
}

/** The URN of a resource of the tests. */
export function urnOf({ type, name }: Target): string {
    return `urn:pulumi:test::conformance::${type}::${name}`;
}

type Done<Response> = (error: grpc.ServiceError | null, response: Response) => void;

function called<Response>(call: (done: Done<Response>) => unknown): Promise<Response> {
    return new Promise((resolve, reject) => {
        call((error, response) => {
            if (error === null) {
                resolve(response);
            } else {
                reject(error);
            }
        });
    });
}

async function answered<Response, Answer>(
    call: (done: Done<Response>) => unknown,
    answer: (response: Response) => Answer,
): Promise<Answer | Refusal> {
    return new Promise((resolve) => {
        call((error, response) => {
            resolve(error === null ? answer(response) : refusal(error));
        });
    });
}

function ofRecorded<Request extends Provider.DiffRequest | Provider.UpdateRequest>(
    request: Request,
    target: Target,
    { id, state, oldInputs, inputs, ignoreChanges = [] }: Recorded,
): Request {
    request
        .setUrn(urnOf(target))
        .setType(target.type)
        .setName(target.name)
        .setId(id)
        .setOlds(structOf(state))
        .setOldInputs(structOf(oldInputs))
        .setNews(structOf(inputs))
        .setIgnorechangesList([...ignoreChanges]);
    return request;
}
