import * as pulumi from "@pulumi/pulumi";

/**
 * The text of an output, without its edges to the resources that it came from.
 *
 * It is for a text of one node in an argument of another. When a machine is deleted before it is
 * replaced, the engine first deletes every resource with a property that comes from the machine, if
 * an unknown value of that property would replace the resource (pulumi/pulumi#2167, "delete-before-
 * replace triggers delete-before-replace in all dependencies"). So it would stop every container that
 * joins the node on that machine. Other edges give the order, and a changed text still replaces a
 * container, in its turn.
 */
export function valueAlone(output: pulumi.Output<string>): pulumi.Output<string> {
    const text = pulumi.runtime
        .serializeProperty("value alone", output, new Set())
        .then((value: unknown) =>
            value === pulumi.runtime.unknownValue ? pulumi.unknown : String(value),
        );
    // Never called for an unknown value, which stays unknown.
    return pulumi.output(text).apply(String);
}
