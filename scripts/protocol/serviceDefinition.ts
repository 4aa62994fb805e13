/** Key of a service's meta under which we keep the digest of its definition: the mark by which a
 * declared service is told from what others register on the same agent. */
export const definitionMark = "declared-digest";

/** A service as the agent's HTTP API takes it. */
export interface ServiceDefinition {
    readonly ID: string;
    readonly Name: string;
    readonly Address: string;
    readonly Port?: number;
    readonly Tags: readonly string[];
    readonly Meta: Readonly<Record<string, string>>;
    readonly Checks: readonly DefinedPart[];
    /** What not every service has. */
    readonly [further: string]: DefinedValue | undefined;
}

/** A part of a service, with the names that the API has. */
export interface DefinedPart {
    readonly [key: string]: DefinedValue;
}

/** A value of a part. */
export type DefinedValue = string | number | boolean | null | readonly DefinedValue[] | DefinedPart;
