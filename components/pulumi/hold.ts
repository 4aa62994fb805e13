import * as pulumi from "@pulumi/pulumi";

/**
 * The options of a resource that stays as the last run left it, whatever is declared of it: the engine puts its inputs of
 * before in the place of all of them, also of those that are new. One that is not there yet is made as it is declared, and
 * where somebody asks for a replacement (`--replace`) the engine takes what is declared.
 */
export const held = { ignoreChanges: ["*"] };

/** A resource that is kept as the last run left it. */
export interface HeldResource {
    readonly name: string;
    readonly resource: pulumi.Resource;
    /** What was declared of it. */
    readonly declared: pulumi.Inputs;
}

/**
 * Keeps all resources of a component as the last run left them. Not its providers: they lead to where a machine is now.
 *
 * @param see is shown each of them.
 */
export function holdAll(see: (one: HeldResource) => void): pulumi.ResourceTransformation {
    return ({ resource, type, name, props, opts }) => {
        // By its type: what class it is shows only once it is made.
        if (type.startsWith("pulumi:providers:") || type.startsWith("consul-machines:")) {
            return undefined;
        }
        see({ name, resource, declared: props });
        return { props, opts: pulumi.mergeOptions(opts, held) };
    };
}

/**
 * The keys of what was declared of a held resource and is not so: what will change once it is held no longer. Of a
 * provider's answer only what was declared is compared, for it also has what the provider knows itself.
 */
export function pendingKeys({ resource, declared }: HeldResource): pulumi.Output<string[]> {
    const keys = Object.keys(declared).filter((key) => declared[key] !== undefined);
    const wanted = Object.fromEntries(keys.map((key) => [key, declared[key] as unknown]));
    const now = Object.fromEntries(keys.map((key) => [key, Reflect.get(resource, key) as unknown]));
    return pulumi
        .all([pulumi.output(wanted), pulumi.output(now)])
        .apply(([wants, is]) => keys.filter((key) => !hasAll(is[key], wants[key])));
}

/** Whether a value has everything that is wanted, whatever else it has, and in whichever order. */
export function hasAll(value: unknown, wanted: unknown): boolean {
    if (wanted === undefined || wanted === null) {
        return true;
    }
    if (Array.isArray(wanted)) {
        return (
            Array.isArray(value) &&
            value.length === wanted.length &&
            wanted.every((one) => value.some((other) => hasAll(other, one)))
        );
    }
    if (typeof wanted === "object") {
        return (
            typeof value === "object" &&
            value !== null &&
            Object.entries(wanted).every(([key, inner]) => hasAll(Reflect.get(value, key), inner))
        );
    }
    return value === wanted;
}
