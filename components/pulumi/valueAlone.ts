import * as pulumi from "@pulumi/pulumi";

/**
 * The text of an output, without its edges to the resources that it came from.
 *
 * For a text of one node in an argument of another: when a machine is deleted before it is made
 * anew, the engine first deletes all that would be replaced if a property that comes from it were
 * to change, and so would stop every container that joins the node on that machine. Other edges
 * give the order, and a text that has changed still replaces a container, in its turn.
 */
export function valueAlone(output: pulumi.Output<string>): pulumi.Output<string> {
    const text = pulumi.runtime
        .serializeProperty("value alone", output, new Set())
        .then((value: string) =>
            value === pulumi.runtime.unknownValue ? (pulumi.unknown as unknown as string) : value,
        );
    return pulumi.output(text);
}
