import * as pulumi from "@pulumi/pulumi";

/** A resource as the state of this stack has it. */
export interface StateResource {
    readonly urn: string;
    /** Secrets in clear. */
    readonly outputs: Readonly<Record<string, unknown>>;
}

/** This stack's name, as Pulumi takes it everywhere. */
export function ownStackName(): string {
    return [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");
}

/**
 * The resources that this stack has in its state, those of a run that failed included. Asked of the engine by the function
 * behind `StackReference`, which answers alike in a preview, an update, a refresh and a destroy that run the program.
 */
export async function ownState(): Promise<StateResource[]> {
    const stackName = ownStackName();
    const token = "pulumi:pulumi:readStackResourceOutputs";
    const answer: unknown = await pulumi.runtime.invoke(token, { stackName });
    return Object.entries(objectIn(answer, "outputs")).map(([urn, resource]) => ({
        urn,
        outputs: objectIn(resource, "outputs"),
    }));
}

function objectIn(value: unknown, key: string): Readonly<Record<string, unknown>> {
    const inner: unknown =
        typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
    return typeof inner === "object" && inner !== null ? { ...inner } : {};
}
