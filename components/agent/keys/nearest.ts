/** The name that is most like another one, by the pairs of letters that both have; undefined where none is. */
export function nearest(name: string, names: readonly string[]): string | undefined {
    const likeness = (other: string) => shared(pairsOf(name), pairsOf(other));
    const [best] = names
        .map((other) => ({ other, score: likeness(other) }))
        .sort((a, b) => b.score - a.score);
    return best !== undefined && best.score >= leastLikeness ? best.other : undefined;
}

/** Of one, for names of the same pairs. Half of them is a slip or another spelling; less is another word. */
const leastLikeness = 0.6;

/** The pairs of letters of a name, whatever its case: nodeMeta is node_meta. */
function pairsOf(name: string): string[] {
    const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
    return Array.from({ length: Math.max(0, plain.length - 1) }, (_, at) =>
        plain.slice(at, at + 2),
    );
}

/** Dice's coefficient. */
function shared(one: readonly string[], other: readonly string[]): number {
    const left = [...other];
    const both = one.filter((pair) => {
        const at = left.indexOf(pair);
        return at !== -1 && left.splice(at, 1).length === 1;
    });
    const all = one.length + other.length;
    return all === 0 ? 0 : (2 * both.length) / all;
}
