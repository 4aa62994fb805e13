import * as grpc from "@grpc/grpc-js";
import anyMessages from "google-protobuf/google/protobuf/any_pb.js";
import structMessages from "google-protobuf/google/protobuf/struct_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import type * as Provider from "@pulumi/pulumi/proto/provider_pb.js";
import statusMessages from "@pulumi/pulumi/proto/status_pb.js";
import { PartlyCreated, type Checked, type Difference, type Properties } from "./provider.ts";
import { propertyOf } from "./values.ts";

/** A message of the protocol that holds properties. */
interface StructLike {
    toJavaScript(): Properties;
}

/** The properties in a message; none where it has none. */
export function propertiesOf(struct: StructLike | undefined): Properties {
    return struct?.toJavaScript() ?? {};
}

/** Properties as the protocol sends them. What is undefined is left out. */
export function structOf(properties: Properties) {
    const { Struct } = structMessages;
    // Through JSON: the message takes no undefined value.
    const plain: unknown = JSON.parse(JSON.stringify(properties));
    return Struct.fromJavaScript(plain as Parameters<typeof Struct.fromJavaScript>[0]);
}

/** The answer to a check. */
export function checkResponse({ inputs, failures = [] }: Checked): Provider.CheckResponse {
    const response = new messages.CheckResponse().setInputs(structOf(inputs));
    for (const { property, reason } of failures) {
        response.addFailures(new messages.CheckFailure().setProperty(property).setReason(reason));
    }
    return response;
}

/** The answer to a question what would change. */
export function diffResponse(difference: Difference): Provider.DiffResponse {
    const { paths, deleteBeforeReplace = false, stables = [] } = difference;
    const { DiffChanges } = messages.DiffResponse;
    const replacing = [...paths].filter(([, { replaces }]) => replaces).map(([path]) => path);
    const response = new messages.DiffResponse()
        .setChanges(paths.size > 0 ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE)
        .setHasdetaileddiff(true)
        .setDiffsList([...(difference.properties ?? topLevel([...paths.keys()]))])
        .setReplacesList(topLevel(replacing))
        .setStablesList([...stables])
        .setDeletebeforereplace(deleteBeforeReplace && replacing.length > 0);
    for (const [path, { kind, replaces, ofInputs = false }] of paths) {
        const detail = new messages.PropertyDiff()
            .setKind(kinds[kind][replaces ? 1 : 0])
            .setInputdiff(ofInputs);
        response.getDetaileddiffMap().set(path, detail);
    }
    return response;
}

const { Kind } = messages.PropertyDiff;

/** The protocol's kinds of difference: one that is an update, and one that replaces. */
const kinds = {
    add: [Kind.ADD, Kind.ADD_REPLACE],
    delete: [Kind.DELETE, Kind.DELETE_REPLACE],
    update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
} as const;

/** The top-level properties of paths, each once. */
function topLevel(paths: readonly string[]): string[] {
    return [...new Set(paths.map(propertyOf))];
}

/** An error as the protocol has it; a resource that was created partly is recorded by its details. */
export function statusOf(error: unknown): grpc.ServiceError | Partial<grpc.StatusObject> {
    const details = error instanceof Error ? error.message : String(error);
    if (!(error instanceof PartlyCreated)) {
        return { code: grpc.status.UNKNOWN, details };
    }
    const { id, state } = error.resource;
    const failed = new messages.ErrorResourceInitFailed()
        .setId(id)
        .setProperties(structOf(state))
        .setReasonsList([details]);
    const packed = new anyMessages.Any();
    packed.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const status = new statusMessages.Status().setCode(grpc.status.UNKNOWN).setMessage(details);
    status.addDetails(packed);
    const metadata = new grpc.Metadata();
    metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
    return { code: grpc.status.UNKNOWN, details, metadata };
}
