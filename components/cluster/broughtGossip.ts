import * as pulumi from "@pulumi/pulumi";
import { gossipKeyRule, isGossipKey } from "../agent/secretValues.ts";
import { secretDigest } from "../node/broughtFiles.ts";
import { refuse } from "../pulumi/refusal.ts";
import { valueAlone } from "../pulumi/valueAlone.ts";

/** A gossip key that is brought. */
export interface BroughtGossip {
    /** The key. Secret. */
    readonly key: pulumi.Output<string>;
    /** Tells it from another one. No secret. */
    readonly digest: pulumi.Output<string>;
}

/** The gossip key that a program brings, if it does. It fails the run, in a preview too, where it is none. */
export function broughtGossip(
    name: string,
    given: pulumi.Input<string> | undefined,
    parent: pulumi.Resource,
): BroughtGossip | undefined {
    if (given === undefined) {
        return undefined;
    }
    const key = pulumi
        .secret(given)
        .apply((text) =>
            isGossipKey(text)
                ? pulumi.output(text)
                : refuse(`${name}-gossip-refused`, `gossipKey: ${gossipKeyRule}.`, parent),
        );
    return { key, digest: valueAlone(pulumi.unsecret(key).apply(secretDigest)) };
}
