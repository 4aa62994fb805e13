import type * as grpc from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statusMessages from "@pulumi/pulumi/proto/status_pb.js";
import type * as Provider from "@pulumi/pulumi/proto/provider_pb.js";
import { propertiesOf } from "../../../providers/protocol/messages.ts";
import type { Properties } from "../../../providers/protocol/provider.ts";

/** A provider refused: what it said, and what it made all the same. */
export interface Refusal {
    readonly error: string;
    /** The resource that was created partly. */
    readonly partly?: { readonly id: string; readonly state: Properties };
}

/** Inputs as a provider has checked them. */
export interface CheckAnswer {
    readonly inputs: Properties;
    readonly failures: readonly { readonly property: string; readonly reason: string }[];
}

/** What a provider says would change. */
export interface DiffAnswer {
    /** 0 unknown, 1 none, 2 some. */
    readonly changes: number;
    readonly diffs: readonly string[];
    readonly replaces: readonly string[];
    readonly stables: readonly string[];
    readonly deleteBeforeReplace: boolean;
    /** By path: `labels[0].value`. */
    readonly detailed: Readonly<
        Record<string, { readonly kind: string; readonly ofInputs: boolean }>
    >;
}

/** A resource that a provider made or read. */
export interface ResourceAnswer {
    readonly id: string;
    readonly state: Properties;
}

/** An error, with what the provider made all the same. */
export function refusal({ details, metadata }: grpc.ServiceError): Refusal {
    const [packed] = metadata.get("grpc-status-details-bin");
    if (!(packed instanceof Buffer)) {
        return { error: details };
    }
    const failed = statusMessages.Status.deserializeBinary(packed)
        .getDetailsList()
        .map((detail) =>
            detail.unpack(
                (bytes) => messages.ErrorResourceInitFailed.deserializeBinary(bytes),
                "pulumirpc.ErrorResourceInitFailed",
            ),
        )
        .find((detail) => detail !== null);
    return failed === undefined
        ? { error: details }
        : {
              error: details,
              partly: { id: failed.getId(), state: propertiesOf(failed.getProperties()) },
          };
}

/** The answer to a check. */
export function checkAnswer(response: Provider.CheckResponse): CheckAnswer {
    return {
        inputs: propertiesOf(response.getInputs()),
        failures: response
            .getFailuresList()
            .map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() })),
    };
}

const kindNames = new Map(
    Object.entries(messages.PropertyDiff.Kind).map(([name, kind]) => [Number(kind), name]),
);

/** The answer to a question what would change. Lists whose order says nothing are sorted. */
export function diffAnswer(response: Provider.DiffResponse): DiffAnswer {
    const detailed = [...response.getDetaileddiffMap().entries()].map(
        ([path, detail]) =>
            [
                path,
                { kind: kindNames.get(detail.getKind()) ?? "", ofInputs: detail.getInputdiff() },
            ] as const,
    );
    return {
        changes: response.getChanges(),
        diffs: response.getDiffsList().sort(),
        replaces: response.getReplacesList().sort(),
        stables: response.getStablesList().sort(),
        deleteBeforeReplace: response.getDeletebeforereplace(),
        detailed: Object.fromEntries(detailed),
    };
}

/** A resource, as it is answered. */
export function resourceAnswer(
    response: Provider.CreateResponse | Provider.ReadResponse,
): ResourceAnswer {
    return { id: response.getId(), state: propertiesOf(response.getProperties()) };
}
