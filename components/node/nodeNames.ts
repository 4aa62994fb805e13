/**
 * The name by which Pulumi knows a node, and from which those of all its resources are made.
 *
 * A node whose machine was lost goes on as its next generation: under another name, so that Pulumi
 * makes it beside what it knows of the lost one, and never has to ask that one about anything. The
 * dot keeps such a name apart from those of other nodes, whose names have none.
 *
 * @param cluster the cluster's own name in the program.
 * @param generation counted from 1, the machine that was there first.
 */
export function nodeResourceName(cluster: string, nodeName: string, generation = 1): string {
    return ofGeneration(`${cluster}-${nodeName}`, generation);
}

/** The name of what lives on a node's machine, in this generation of it. */
export function ofGeneration(name: string, generation: number): string {
    return generation === 1 ? name : `${name}.${generation}`;
}
